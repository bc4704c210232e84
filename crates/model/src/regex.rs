//! Regular expressions of Go's dialect (RE2 syntax with Perl classes), on `regex-automata`.
//!
//! A pattern is translated, not passed on: the dialects differ in what they accept and in what
//! the same text means. It does not hold Go's sources or its matcher: only what users can observe.
//! `parse` reads a pattern, with `class`, `counter` and `escape` for their parts of the syntax;
//! `shape` recognises patterns that need no machine; `template` fills `$1` and `$name` in.

mod class;
mod counter;
mod escape;
mod parse;
mod shape;
mod template;

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use regex_automata::{Input, meta, util::captures::Captures};
use regex_syntax::hir::{Hir, Look};

use self::{parse::Parsed, shape::Shape};

/// The memory that one compiled pattern may take; far beyond any pattern that people write.
const MACHINE_BYTES: usize = 16 << 20;

/// Patterns with groups longer than this get their machine at once, so that a machine made later
/// is small for certain.
const LATE_MACHINE_BYTES: usize = 4 << 10;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Regex {
    program: Program,
    /// The names of the groups, from group 1 on; a name may occur twice.
    groups: Arc<[Option<Box<str>>]>,
}

#[derive(Clone, Debug)]
enum Program {
    /// Literals and the like over the whole value; a machine is made when groups are asked for.
    Shape {
        shape: Shape,
        hir: Arc<Hir>,
        late: OnceLock<meta::Regex>,
    },
    Machine(meta::Regex),
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
        let Parsed { hir, groups } = parse::parse(pattern, true)?;
        let simple = groups.is_empty() || pattern.len() <= LATE_MACHINE_BYTES;
        let shape = simple.then(|| Shape::of(&hir)).flatten();
        let hir = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let program = match shape {
            Some(shape) => Program::Shape { shape, hir: Arc::new(hir), late: OnceLock::new() },
            None => Program::Machine(machine(&hir, pattern)?),
        };
        Ok(Self { program, groups: groups.into() })
    }

    /// A pattern that may match anywhere, as Go's `regexp.Compile`.
    pub fn unanchored(pattern: &str) -> Result<Self, RegexError> {
        let Parsed { hir, groups } = parse::parse(pattern, false)?;
        Ok(Self { program: Program::Machine(machine(&hir, pattern)?), groups: groups.into() })
    }

    /// Whether the pattern matches.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.program {
            Program::Shape { shape, .. } => shape.is_match(text),
            Program::Machine(machine) => machine.is_match(text),
        }
    }

    /// The values that an anchored pattern matches, in ascending order, where they are few:
    /// `a|b` gives `["a", "b"]`. None where there may be others.
    pub fn literals(&self) -> Option<Vec<&str>> {
        match &self.program {
            Program::Shape { shape, .. } => shape.literals(),
            Program::Machine(_) => None,
        }
    }

    /// The text of the whole first match and of each group in turn; none without a match. A group
    /// that took no part is none.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        let machine = match &self.program {
            Program::Machine(machine) => machine,
            Program::Shape { shape, .. } if !shape.is_match(text) => return None,
            Program::Shape { .. } if self.groups.is_empty() => return Some(vec![Some(text)]),
            Program::Shape { hir, late, .. } => late.get_or_init(|| {
                machine(hir, "").expect("a short pattern of a simple shape stays small")
            }),
        };
        find_at(machine, text, 0).map(|captures| groups_of(text, &captures))
    }

    /// Replaces every match by the template, as Go's `ReplaceAllString`: `$1`, `${1}`, `$name` and
    /// `${name}` are groups, `$$` is a dollar sign, and a bare name is as long as it can be.
    pub fn replace_all(&self, text: &str, template: &str) -> String {
        let Program::Machine(machine) = &self.program else {
            return self.expand_first(text, template).unwrap_or_else(|| text.to_owned());
        };
        let (mut out, mut copied, mut from) = (String::new(), 0, 0);
        while from <= text.len()
            && let Some(captures) = find_at(machine, text, from)
        {
            let found = captures.get_match().expect("a match has bounds");
            out.push_str(&text[copied..found.start()]);
            // No empty match right behind another match.
            if found.end() > copied || found.start() == 0 {
                template::expand(template, &self.groups, &groups_of(text, &captures), &mut out);
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
        template::expand(template, &self.groups, &self.captures(text)?, &mut out);
        Some(out)
    }
}

fn find_at(machine: &meta::Regex, text: &str, from: usize) -> Option<Captures> {
    let mut captures = machine.create_captures();
    machine.search_captures(&Input::new(text).range(from..), &mut captures);
    captures.is_match().then_some(captures)
}

fn machine(hir: &Hir, pattern: &str) -> Result<meta::Regex, RegexError> {
    let config = meta::Config::new().nfa_size_limit(Some(MACHINE_BYTES));
    meta::Builder::new()
        .configure(config)
        .build_from_hir(hir)
        .map_err(|_| RegexError::new("expression too large", pattern))
}

fn groups_of<'t>(text: &'t str, captures: &Captures) -> Vec<Option<&'t str>> {
    captures.iter().map(|span| span.map(|span| &text[span.start..span.end])).collect()
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
            assert!(matches!(regex.program, Program::Shape { .. }), "{pattern} needs a machine");
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
