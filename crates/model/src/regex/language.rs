//! What several matchers of one label let through together.
//!
//! Values that are listed are tried; patterns become automata that run side by side over every
//! text there is. Where that would grow too large there is no answer, never a wrong one.
//! Start at [`satisfiable`].

mod guess;

use std::{
    borrow::Cow,
    collections::{HashSet, VecDeque},
    sync::LazyLock,
};

use regex_automata::{
    Anchored,
    dfa::{Automaton, StartKind, dense},
    nfa::thompson,
    util::{primitives::StateID, start},
};

use super::{Regex, parse};
use crate::{MatchOp, Matcher};

/// An automaton with its table.
type Dfa = dense::DFA<Vec<u32>>;

/// What one automaton may take, in bytes.
const AUTOMATON_BYTES: usize = 1 << 20;
/// So many combinations of states are looked at.
const MAX_VISITED: usize = 50_000;

/// Whether some label value (a missing label is the value "") passes all matchers, which are of
/// one label. None where that is too much work to tell.
pub fn satisfiable(matchers: &[&Matcher]) -> Option<bool> {
    if matchers.iter().any(|m| !m.is_utf8() && m.op == MatchOp::Equal) {
        return Some(false);
    }
    if let Some(values) = matchers.iter().find_map(|m| listed(m)) {
        return Some(values.iter().any(|value| matchers.iter().all(|m| m.matches(value))));
    }
    // Mostly there is one pattern, or a missing label passes: that needs no machine.
    let passes_empty = |m: &&Matcher| match m.regex() {
        Some(regex) => regex.matches_empty() == Some(m.op == MatchOp::Regex),
        None => m.matches(""),
    };
    if matchers.iter().all(passes_empty) {
        return Some(true);
    }
    let patterns: Vec<_> = matchers.iter().filter(|m| m.regex().is_some()).collect();
    if let [only] = matchers
        && only.op == MatchOp::Regex
        && only.regex().is_some_and(Regex::matches_something)
    {
        return Some(true);
    }
    if patterns.iter().all(|m| m.op == MatchOp::NotRegex && listed_by(m).is_some()) {
        // Finitely many values are ruled out.
        return Some(true);
    }
    let mut guesses = patterns.iter().flat_map(|m| guesses(&m.value)).chain([String::new()]);
    if guesses.any(|text| matchers.iter().all(|m| m.matches(&text))) {
        return Some(true);
    }
    Product::of(matchers)?.reaches_a_text()
}

/// Whether every value that passes `narrow` passes `wide`. None where that is too much to tell.
pub fn implies(narrow: &[&Matcher], wide: &Matcher) -> Option<bool> {
    let negated = wide.negated();
    let mut both = narrow.to_vec();
    both.push(&negated);
    satisfiable(&both).map(|found| !found)
}

/// The only values that a matcher lets through.
fn listed(matcher: &Matcher) -> Option<Vec<&str>> {
    match matcher.op {
        MatchOp::Equal => Some(vec![&matcher.value]),
        MatchOp::Regex => listed_by(matcher),
        MatchOp::NotEqual | MatchOp::NotRegex => None,
    }
}

fn listed_by(matcher: &Matcher) -> Option<Vec<&str>> {
    matcher.regex().and_then(Regex::literals)
}

/// A few texts that probably match a pattern. Mostly one of them passes the other matchers too,
/// and no automaton is needed.
fn guesses(pattern: &str) -> Vec<String> {
    let Ok(parsed) = parse::parse(pattern, true) else { return Vec::new() };
    let guess = |variant| {
        let mut text = String::new();
        guess::push(&parsed.hir, variant, &mut text);
        text
    };
    (0..guess::VARIANTS).map(guess).collect()
}

/// Automata that read the same text, and whether each has to accept it.
struct Product {
    parts: Vec<(Cow<'static, Dfa>, bool)>,
}

impl Product {
    /// All matchers, and that the text is UTF-8.
    fn of(matchers: &[&Matcher]) -> Option<Self> {
        static TEXT: LazyLock<Option<Dfa>> =
            LazyLock::new(|| automaton(&mut thompson::Compiler::new(), "(?s:.*)"));
        let mut parts = vec![(Cow::Borrowed(TEXT.as_ref()?), true)];
        // It keeps a third of a megabyte from one pattern to the next.
        let mut compiler = thompson::Compiler::new();
        for matcher in matchers {
            let literal;
            let pattern = match matcher.op {
                MatchOp::Regex | MatchOp::NotRegex => &*matcher.value,
                MatchOp::Equal | MatchOp::NotEqual => {
                    literal = regex_syntax::escape(&matcher.value);
                    &literal
                }
            };
            let accepts = matches!(matcher.op, MatchOp::Equal | MatchOp::Regex);
            parts.push((Cow::Owned(automaton(&mut compiler, pattern)?), accepts));
        }
        Some(Self { parts })
    }

    fn reaches_a_text(&self) -> Option<bool> {
        let start = start::Config::new().anchored(Anchored::Yes);
        let start = self.parts.iter().map(|(dfa, _)| dfa.start_state(&start).ok());
        let start: Vec<StateID> = start.collect::<Option<_>>()?;
        let mut seen = HashSet::from([start.clone()]);
        let mut waiting = VecDeque::from([start]);
        let bytes = self.bytes();
        while let Some(states) = waiting.pop_front() {
            if self.accepts(&states) {
                return Some(true);
            }
            for byte in &bytes {
                let next = self.next(&states, *byte);
                if self.is_hopeless(&next) || seen.contains(&next) {
                    continue;
                }
                if seen.len() == MAX_VISITED {
                    return None;
                }
                seen.insert(next.clone());
                waiting.push_back(next);
            }
        }
        Some(false)
    }

    fn next(&self, states: &[StateID], byte: u8) -> Vec<StateID> {
        let parts = self.parts.iter().zip(states);
        parts.map(|((dfa, _), state)| dfa.next_state(*state, byte)).collect()
    }

    fn accepts(&self, states: &[StateID]) -> bool {
        self.parts.iter().zip(states).all(|((dfa, accepts), state)| {
            dfa.is_match_state(dfa.next_eoi_state(*state)) == *accepts
        })
    }

    /// Whether a part that has to accept can no longer do so.
    fn is_hopeless(&self, states: &[StateID]) -> bool {
        let mut parts = self.parts.iter().zip(states);
        parts.any(|((dfa, accepts), state)| {
            *accepts && dfa.is_dead_state(*state) || dfa.is_quit_state(*state)
        })
    }

    /// One byte of each kind that no part tells apart.
    fn bytes(&self) -> Vec<u8> {
        let class = |byte: u8| -> Vec<u8> {
            self.parts.iter().map(|(dfa, _)| dfa.byte_classes().get(byte)).collect()
        };
        let mut seen = HashSet::new();
        (0..=u8::MAX).filter(|byte| seen.insert(class(*byte))).collect()
    }
}

/// The automaton of an anchored pattern of Go's dialect.
fn automaton(compiler: &mut thompson::Compiler, pattern: &str) -> Option<Dfa> {
    let hir = parse::parse(pattern, true).ok()?.hir;
    let config = thompson::Config::new()
        .which_captures(thompson::WhichCaptures::None)
        .nfa_size_limit(Some(AUTOMATON_BYTES));
    let nfa = compiler.configure(config).build_from_hir(&hir).ok()?;
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .dfa_size_limit(Some(AUTOMATON_BYTES))
        .determinize_size_limit(Some(AUTOMATON_BYTES));
    dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matchers(text: &str) -> Vec<Matcher> {
        let one = |text: &str| {
            let ops =
                [("=~", MatchOp::Regex), ("!~", MatchOp::NotRegex), ("!=", MatchOp::NotEqual)];
            let found = ops.iter().find_map(|(sign, op)| Some((text.strip_prefix(sign)?, *op)));
            let (value, op) = found.unwrap_or_else(|| (&text[1..], MatchOp::Equal));
            Matcher::new("a", op, value).unwrap()
        };
        text.split_whitespace().map(one).collect()
    }

    fn check(text: &str, expected: Option<bool>) {
        let matchers = matchers(text);
        assert_eq!(satisfiable(&matchers.iter().collect::<Vec<_>>()), expected, "{text}");
    }

    #[test]
    fn contradictions_are_found() {
        for text in [
            "=x =y",
            "=x !=x",
            "=x =~y.*",
            "=~x|y =~z|y !=y",
            "!~.*",
            "!~.+ !=",
            "=~a.* =~b.*",
            "=~a.* !~[a-c].*",
            "=~.*x !~.*(x|y)",
            "=~[0-9]+ =~[a-z]+",
            "=~.+ =",
            "=~(?i)a.b =~c.*",
            "=~[^\\s\\S]",
            "=~a$b",
        ] {
            check(text, Some(false));
        }
    }

    #[test]
    fn what_something_passes_is_no_contradiction() {
        for text in [
            "=x =~x|y",
            "!=x !=y",
            "!~x|y",
            "=~a.* =~.*b",
            "=~.*",
            "!~.+",
            "=~a.* !~ab.*",
            "=~(?i)A.* =~a.*",
            "=~ä.* =~..",
            "=~.* !=",
            "=~a.+b|c",
            "=~^a$",
            "!~a.+ !~b.+ !=c",
        ] {
            check(text, Some(true));
        }
    }

    #[test]
    fn what_is_too_large_has_no_answer() {
        check("=~(.*a.{300}){3} =~(.*b.{300}){3}", None);
    }

    #[test]
    fn implication() {
        for (narrow, wide, expected) in [
            ("=5xx", "=~5..", true),
            ("=~[0-9].*", "=~5..", false),
            ("=~5[0-9]{2}", "=~5..", true),
            ("", "=~.*", true),
            ("", "!=", false),
            ("=~.+", "!=", true),
        ] {
            let (narrow_matchers, wide_matchers) = (matchers(narrow), matchers(wide));
            let narrow_refs: Vec<_> = narrow_matchers.iter().collect();
            assert_eq!(implies(&narrow_refs, &wide_matchers[0]), Some(expected), "{narrow} {wide}");
        }
    }
}
