//! The regular expressions of matchers, against a matcher that is slow and obvious.
//!
//! `syntax` reads a pattern of Go's dialect anew, without the library that `model` uses, and `sets`
//! follows it over a text with sets of positions. What they do not know they leave alone: Unicode
//! tables, and case folding beyond ASCII.

mod sets;
mod syntax;

use model::Regex;

use super::dice::Dice;

/// Our matcher, with and without what spares it a machine, and the slow one judge alike. The bytes
/// are choices that make a pattern and texts.
pub fn matches(data: &[u8]) {
    let mut dice = Dice::Bytes(data);
    let pattern = pattern(&mut dice);
    let texts: Vec<String> = (0..8).map(|_| text(&mut dice, &pattern)).collect();
    check(&pattern, &texts);
}

/// The same for a pattern and texts that are given.
pub fn check(pattern: &str, texts: &[String]) {
    let Ok(anchored) = Regex::anchored(pattern) else {
        assert!(Regex::anchored_machine(pattern).is_err(), "{pattern:?} is plain and wrong");
        return;
    };
    let machine = Regex::anchored_machine(pattern).expect("what is accepted is well formed");
    let anywhere = Regex::unanchored(pattern).expect("what is accepted is well formed");
    let slow = [true, false].map(|dot_newline| syntax::parse(pattern, dot_newline));
    for text in texts {
        let ours = anchored.is_match(text);
        assert_eq!(ours, machine.is_match(text), "{pattern:?} on {text:?}, with a machine");
        if let Some(literals) = anchored.literals() {
            assert_eq!(ours, literals.contains(&&**text), "{pattern:?} on {text:?}, literals");
        }
        assert_eq!(ours, anchored.captures(text).is_some(), "{pattern:?} on {text:?}, groups");
        if let Some(node) = &slow[0] {
            assert_eq!(ours, sets::matches_whole(node, text), "{pattern:?} on {text:?}");
        }
        if let Some(node) = &slow[1] {
            let ours = anywhere.is_match(text);
            assert_eq!(ours, sets::matches_somewhere(node, text), "{pattern:?} in {text:?}");
        }
    }
}

const ATOMS: &[&str] = &[
    "a",
    "b",
    "foo",
    "api",
    "-",
    ":",
    "1",
    "é",
    "\n",
    "K",
    "s",
    ".",
    ".*",
    ".+",
    ".*?",
    "|",
    "|",
    "(",
    "(?:",
    "(?P<n>",
    ")",
    ")",
    ")",
    "*",
    "+",
    "?",
    "??",
    "{2}",
    "{0,2}",
    "{1,}",
    "{",
    "}",
    "^",
    "$",
    "(?i)",
    "(?i:",
    "(?s:",
    "(?-s)",
    "(?m)",
    "(?U)",
    "\\d",
    "\\w",
    "\\s",
    "\\S",
    "\\W",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\.",
    "\\-",
    "\\x41",
    "\\n",
    "\\Q",
    "\\E",
    "[a-c]",
    "[^a]",
    "[",
    "]",
    "[[:alpha:]]",
    "[^\\d-]",
    "[]a]",
    "a|b|c",
    "api-.+",
    "10\\.0\\.0\\.1",
    "(a|ab)(c|bcd)",
];

fn pattern(dice: &mut Dice<'_>) -> String {
    (0..=dice.below(8)).map(|_| dice.pick(ATOMS)).collect()
}

/// Characters of the pattern and others.
fn text(dice: &mut Dice<'_>, pattern: &str) -> String {
    const OTHERS: &[&str] = &[
        "a", "b", "c", "foo", "api", "-", "1", "A", "k", "\u{212a}", "ſ", "é", "\n", " ", "_", ".",
    ];
    let chars: Vec<String> = pattern.chars().map(String::from).collect();
    let mut text = String::new();
    for _ in 0..dice.below(7) {
        if chars.is_empty() || dice.one_in(2) {
            text += dice.pick(OTHERS);
        } else {
            text += &chars[dice.below(chars.len())];
        }
    }
    text
}
