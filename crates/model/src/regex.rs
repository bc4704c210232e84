//! Regular expressions of Go's dialect (RE2 syntax with Perl classes), on `regex-automata`.
//!
//! A pattern is translated, not passed on: the dialects differ in what they accept and in what
//! the same text means. It does not hold Go's sources or its matcher: only what users can observe.
//! `parse` reads a pattern into a `tree`, with `class`, `counter` and `escape` for their parts of
//! the syntax; `shape` recognises patterns that need no machine, and `plain` those that need not
//! even be parsed into a tree; `template` fills `$1` and `$name` in; [`language`] tells what several
//! patterns let through together.
//!
//! Reading a pattern finds everything that is wrong with it. Its machine is made when a text is
//! first matched with it, because most patterns never need one.

mod class;
mod counter;
mod escape;
pub mod language;
mod parse;
mod plain;
mod shape;
mod template;
mod tree;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use regex_automata::{Input, meta, util::captures::Captures};
use regex_syntax::hir::{Hir, Look};

use self::{parse::Parsed, plain::Plain, shape::Shape};

/// The memory that one compiled pattern may take; far beyond any pattern that people write.
const MACHINE_BYTES: usize = 16 << 20;

/// Machines with so many states stay below [`MACHINE_BYTES`] for certain, so that they may be made
/// when they are needed first. Larger ones are made at once, for it may fail.
const LATE_MACHINE_STATES: u64 = 1 << 18;

/// A pattern that was found well formed. Copies share what is compiled.
#[derive(Clone)]
pub struct Regex(Arc<Compiled>);

struct Compiled {
    pattern: Box<str>,
    anchored: bool,
    /// Literals and the like over the whole value, where the pattern is no more than that.
    shape: Option<Shape>,
    /// Whether the pattern matches the empty text, where that shows without a machine.
    empty: Option<bool>,
    /// Whether some text matches for certain, which shows without a machine where nothing is
    /// asserted.
    is_satisfiable: bool,
    /// Made when it is needed first.
    machine: OnceLock<meta::Regex>,
    /// The names of the groups, from group 1 on; a name may occur twice.
    groups: Box<[Option<Box<str>>]>,
}

/// Why a pattern was refused, in the words of Go's regexp library:
/// ``error parsing regexp: missing closing ): `(.*` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError(pub String);

impl Regex {
    /// A pattern that must match the whole value, with `.` matching newlines.
    ///
    /// Like a matcher in Prometheus, the pattern must be well-formed by itself: `a)|(b` is refused,
    /// and errors cite the pattern as the user wrote it.
    pub fn anchored(pattern: &str) -> Result<Self, RegexError> {
        if let Some(plain) = plain::read(pattern) {
            return Ok(Self::plain(pattern, plain));
        }
        let parsed = parse::parse(pattern, true)?;
        Self::parsed(pattern, true, Shape::of(&parsed.hir), parsed)
    }

    /// The same for a pattern that may hold bytes which are no UTF-8. No text contains them.
    pub(crate) fn anchored_bytes(pattern: &[u8]) -> Result<Self, RegexError> {
        match str::from_utf8(pattern) {
            Ok(pattern) => Self::anchored(pattern),
            // As in Prometheus, what is only an alternation of literals is never parsed.
            Err(_) if !pattern.iter().any(|byte| br"\.+*?()[]{}^$".contains(byte)) => {
                let words = pattern.split(|byte| *byte == b'|');
                let words = words.filter_map(|word| str::from_utf8(word).ok().map(Box::from));
                let shape = Some(Shape::one_of(words.collect()));
                Ok(Self::plain("", Plain { shape, matches_empty: false, is_group: false }))
            }
            Err(error) => {
                let rest = String::from_utf8_lossy(&pattern[error.valid_up_to()..]);
                Err(RegexError::new("invalid UTF-8", &rest))
            }
        }
    }

    /// A pattern that may match anywhere, as Go's `regexp.Compile`.
    pub fn unanchored(pattern: &str) -> Result<Self, RegexError> {
        Self::parsed(pattern, false, None, parse::parse(pattern, false)?)
    }

    /// The same pattern without what spares a machine: a reference for tests.
    #[doc(hidden)]
    pub fn anchored_machine(pattern: &str) -> Result<Self, RegexError> {
        Self::parsed(pattern, true, None, parse::parse(pattern, true)?)
    }

    /// A pattern that matches a text and nothing else, as Go's `QuoteMeta` writes it.
    pub fn quote(text: &str) -> String {
        let mut pattern = String::with_capacity(text.len());
        for c in text.chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern
    }

    fn parsed(
        pattern: &str,
        anchored: bool,
        shape: Option<Shape>,
        parsed: Parsed,
    ) -> Result<Self, RegexError> {
        let Parsed { hir, states, groups } = parsed;
        let late = states <= LATE_MACHINE_STATES;
        let compiled = Compiled {
            pattern: pattern.into(),
            anchored,
            shape,
            empty: matches_empty(&hir),
            is_satisfiable: matches_something(&hir),
            machine: OnceLock::new(),
            groups: groups.into(),
        };
        let needed = compiled.shape.is_none() || !compiled.groups.is_empty();
        if needed && !late {
            let _ = compiled.machine.set(machine(hir, pattern, anchored)?);
        }
        Ok(Self(Arc::new(compiled)))
    }

    /// A pattern for whole values of which everything is known.
    fn plain(pattern: &str, plain: Plain) -> Self {
        let Plain { shape, matches_empty, is_group } = plain;
        Self(Arc::new(Compiled {
            pattern: pattern.into(),
            anchored: true,
            is_satisfiable: shape.as_ref().is_none_or(Shape::matches_something),
            empty: shape.is_none().then_some(matches_empty),
            shape,
            machine: OnceLock::new(),
            groups: if is_group { Box::new([None]) } else { Box::new([]) },
        }))
    }

    /// Whether the pattern matches.
    pub fn is_match(&self, text: &str) -> bool {
        match (&self.0.shape, self.0.empty) {
            (Some(shape), _) => shape.is_match(text),
            (None, Some(matches)) if text.is_empty() => matches,
            _ => self.0.machine().is_match(text),
        }
    }

    /// Whether the pattern matches the empty text, where that shows without a machine.
    pub(crate) fn matches_empty(&self) -> Option<bool> {
        match &self.0.shape {
            Some(shape) => Some(shape.is_match("")),
            None => self.0.empty,
        }
    }

    /// Whether some text matches for certain. Patterns with assertions are passed over.
    pub(crate) fn matches_something(&self) -> bool {
        self.0.is_satisfiable
    }

    /// The values that an anchored pattern matches, in ascending order, where they are few:
    /// `a|b` gives `["a", "b"]`. None where there may be others.
    pub fn literals(&self) -> Option<Vec<&str>> {
        self.0.shape.as_ref().and_then(Shape::literals)
    }

    /// The text of the whole first match and of each group in turn; none without a match. A group
    /// that took no part is none.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        match &self.0.shape {
            Some(shape) if !shape.is_match(text) => return None,
            Some(_) if self.0.groups.is_empty() => return Some(vec![Some(text)]),
            _ => {}
        }
        find_at(self.0.machine(), text, 0).map(|captures| groups_of(text, &captures))
    }

    /// Replaces every match by the template, as Go's `ReplaceAllString`: `$1`, `${1}`, `$name` and
    /// `${name}` are groups, `$$` is a dollar sign, and a bare name is as long as it can be.
    pub fn replace_all(&self, text: &str, template: &str) -> String {
        if self.0.shape.is_some() {
            return self.expand_first(text, template).unwrap_or_else(|| text.to_owned());
        }
        let machine = self.0.machine();
        let (mut out, mut copied, mut from) = (String::new(), 0, 0);
        while from <= text.len()
            && let Some(captures) = find_at(machine, text, from)
        {
            let found = captures.get_match().expect("a match has bounds");
            out.push_str(&text[copied..found.start()]);
            // No empty match right behind another match.
            if found.end() > copied || found.start() == 0 {
                template::expand(template, &self.0.groups, &groups_of(text, &captures), &mut out);
            }
            copied = found.end();
            let width = text[from..].chars().next().map_or(1, char::len_utf8);
            from = found.end().max(from + width);
        }
        out.push_str(&text[copied..]);
        out
    }

    /// The template filled in from the first match; none without a match. With an anchored pattern
    /// this is what `label_replace` writes.
    pub fn expand_first(&self, text: &str, template: &str) -> Option<String> {
        if !template.contains('$') {
            return self.is_match(text).then(|| template.to_owned());
        }
        let mut out = String::new();
        template::expand(template, &self.0.groups, &self.captures(text)?, &mut out);
        Some(out)
    }
}

impl Compiled {
    fn machine(&self) -> &meta::Regex {
        self.machine.get_or_init(|| {
            parse::parse(&self.pattern, self.anchored)
                .and_then(|parsed| machine(parsed.hir, &self.pattern, self.anchored))
                .expect("the pattern was found well formed and small")
        })
    }
}

/// Whether a pattern matches the empty text; none where assertions such as `\b` decide that, or
/// where parts match nothing: `[^\s\S]*` does match it.
fn matches_empty(hir: &Hir) -> Option<bool> {
    let properties = hir.properties();
    if properties.minimum_len()? > 0 {
        return Some(false);
    }
    // At an empty text every edge of the text is there, and no edge of a word.
    let is_edge = |look| matches!(look, Look::Start | Look::End);
    properties.look_set().iter().all(is_edge).then_some(true)
}

/// Whether some text matches a pattern; never said of one with assertions.
fn matches_something(hir: &Hir) -> bool {
    let properties = hir.properties();
    properties.look_set().is_empty() && properties.minimum_len().is_some()
}

fn find_at(machine: &meta::Regex, text: &str, from: usize) -> Option<Captures> {
    let mut captures = machine.create_captures();
    machine.search_captures(&Input::new(text).range(from..), &mut captures);
    captures.is_match().then_some(captures)
}

fn machine(hir: Hir, pattern: &str, anchored: bool) -> Result<meta::Regex, RegexError> {
    let hir = if anchored {
        Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)])
    } else {
        hir
    };
    // Tables for every state at once take longer to make than most patterns are used for.
    let config = meta::Config::new().nfa_size_limit(Some(MACHINE_BYTES)).dfa(false);
    meta::Builder::new()
        .configure(config)
        .build_from_hir(&hir)
        .map_err(|_| RegexError::new("expression too large", pattern))
}

fn groups_of<'t>(text: &'t str, captures: &Captures) -> Vec<Option<&'t str>> {
    captures.iter().map(|span| span.map(|span| &text[span.start..span.end])).collect()
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.0.pattern).finish()
    }
}

impl RegexError {
    fn new(what: &str, cited: &str) -> Self {
        Self(format!("error parsing regexp: {what}: `{cited}`"))
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RegexError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pattern: &str) -> String {
        let message = Regex::anchored(pattern).expect_err("it is refused").to_string();
        message.split(": `").next().unwrap_or(&message).to_owned()
    }

    #[test]
    fn literal_values_are_known() {
        let check = |pattern: &str, values: Option<&[&str]>| {
            let regex = Regex::anchored(pattern).unwrap();
            assert_eq!(regex.literals().as_deref(), values, "{pattern}");
        };
        check("api", Some(&["api"]));
        check("(web|api)-[12]", Some(&["api-1", "api-2", "web-1", "web-2"]));
        check("foo|food|", Some(&["", "foo", "food"]));
        check("(?i)ab", Some(&["AB", "Ab", "aB", "ab"]));
        check("api.*", None);
        check("a|^b", None);
    }

    #[test]
    fn values_around_gaps() {
        let check = |pattern: &str, text: &str, expect: bool| {
            let regex = Regex::anchored(pattern).unwrap();
            assert!(regex.0.shape.is_some(), "{pattern} needs a machine");
            assert_eq!(regex.is_match(text), expect, "{pattern} on {text}");
        };
        check("api-.+", "api-", false);
        check("api-.+", "api-\n", true);
        check(".+foo.*", "foo", false);
        check(".+foo.*", "foofoo", true);
        check(".+foo.*", "éfoo", true);
        check("a.*a", "a", false);
        check("a.*b(.+)c", "abbc", true);
        check("a.*b(.+)c", "abc", false);
    }

    #[test]
    fn plain_patterns_are_what_the_parser_makes_of_them() {
        for pattern in [
            "",
            "()",
            "a",
            "(a)",
            "a|b",
            "(web|api|)",
            "|",
            r"10\.0\.0\.1",
            "é|ü",
            ".",
            "5..",
            "(5..|429)",
            ".*",
            ".+",
            "a.*",
            "(a.*)",
            ".*a.+",
            ".*.*",
            ".+a.*b.+",
            "lo|veth.+",
            "a.*|a.*",
            ".*|b",
            "b|.*",
            "a|.+|",
            ".|a",
            "a|.",
            "ab|ac",
            "(a.|ab)",
            r"a\|.",
            r"\(a\)",
        ] {
            let plain = plain::read(pattern).expect(pattern);
            let parsed = parse::parse(pattern, true).unwrap();
            let shape = Shape::of(&parsed.hir);
            assert_eq!(format!("{:?}", plain.shape), format!("{shape:?}"), "{pattern}");
            assert_eq!(Some(plain.matches_empty), matches_empty(&parsed.hir), "{pattern}");
            assert_eq!(usize::from(plain.is_group), parsed.groups.len(), "{pattern}");
            assert!(matches_something(&parsed.hir), "{pattern}");
        }
        let longest = ".".repeat(1 << 10);
        assert!(plain::read(&longest).is_some_and(|plain| plain.shape.is_none()));
        assert!(parse::parse(&longest, true).unwrap().states <= LATE_MACHINE_STATES);
        for other in
            [r"(a\)", "(a)|(b)", "(?:a)", "a?", ".*?", "..*+", "[a]", "^a", r"\d", r"a\", "(", ")"]
        {
            assert!(plain::read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn huge_patterns_are_errors() {
        assert_eq!(refused(&"(".repeat(100_000)), "error parsing regexp: missing closing )");
        let deep = format!("{}a{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(refused(&deep), "error parsing regexp: expression nests too deeply");
        assert!(Regex::anchored(&format!("{}a{}", "(".repeat(200), ")".repeat(200))).is_ok());
        for large in [r"\pL{1000}", &r"[\pL1]".repeat(10_000), &"é".repeat(1 << 20)] {
            assert_eq!(refused(large), "error parsing regexp: expression too large");
        }
    }

    #[test]
    fn groups_of_simple_patterns() {
        let regex = Regex::anchored("(?P<kind>web|api)-(.*)").unwrap();
        assert_eq!(regex.expand_first("api-7", "$2.${kind}"), Some("7.api".into()));
        assert_eq!(regex.expand_first("db-7", "$2"), None);
        assert_eq!(regex.captures("web-"), Some(vec![Some("web-"), Some("web"), Some("")]));
        assert_eq!(
            Regex::anchored("a.*").unwrap().expand_first("ab", "<$0$1>"),
            Some("<ab>".into())
        );
    }
}
