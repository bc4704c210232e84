//! What Prometheus calls the tokens of a sequence of samples that it did not expect.

use model::quote::quote;
use promql::operators::{AGGREGATIONS, OPERATORS};

use super::SeriesError;

/// Words with a meaning of their own in expressions.
const KEYWORDS: [&str; 10] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
    "anchored",
    "smoothed",
];
/// Words that are written like functions.
const CALLS: [&str; 6] = ["start", "end", "step", "range", "max_of", "min_of"];

/// The token at a byte as messages call it, or why there is none.
pub(super) fn describe(text: &str, at: usize) -> Result<String, SeriesError> {
    let rest = &text[at..];
    let bad = |message| Err(SeriesError { at, message });
    Ok(match rest.chars().next() {
        None => "end of input".to_owned(),
        Some('{') if rest.starts_with("{{") => quote("{{"),
        Some(c @ ('+' | '-')) => operator(&c.to_string()),
        Some(c @ ('x' | '_')) => quote(&c.to_string()),
        Some(c) if is_space(c) => quote(&c.to_string()),
        Some(c) if starts_number(rest, c) => match super::values::number_at(text, at) {
            Ok((_, end)) => format!("number {}", shortened(&text[at..end])),
            Err(error) => return Err(error),
        },
        Some(c) if is_alpha(c) => word(word_of(rest)),
        Some(c) => {
            return bad(format!("unexpected character in series sequence: {}", quoted_char(c)));
        }
    })
}

/// An operator as messages call it.
pub(super) fn operator(text: &str) -> String {
    format!("<op:{text}>")
}

fn word(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    if is_number_word(word) {
        format!("number {}", quote(word))
    } else if AGGREGATIONS.iter().any(|a| a.name == lower) {
        format!("<aggr:{word}>")
    } else if OPERATORS.iter().any(|o| o.text == lower) {
        operator(word)
    } else if KEYWORDS.contains(&&*lower) {
        format!("<{word}>")
    } else if CALLS.contains(&&*lower) {
        quote(word)
    } else if word.contains(':') {
        format!("metric identifier {}", quote(word))
    } else {
        format!("identifier {}", quote(word))
    }
}

/// The word that a text begins with.
pub(super) fn word_of(text: &str) -> &str {
    let end = text.find(|c: char| !(is_alpha(c) || c.is_ascii_digit() || c == ':'));
    &text[..end.unwrap_or(text.len())]
}

/// Whether a word is a number.
pub(super) fn is_number_word(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("nan")
}

/// Whether a text whose first character is `c` begins with a number in digits.
pub(super) fn starts_number(text: &str, c: char) -> bool {
    let second = text[c.len_utf8()..].chars().next();
    c.is_ascii_digit() || c == '.' && second.is_some_and(|c| c.is_ascii_digit())
}

/// White space between samples.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// What a word begins with.
pub(super) fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(10) {
        Some((end, _)) => format!("{}...", quote(&text[..end])),
        None => quote(text),
    }
}

/// As `%q` prints a character.
fn quoted_char(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => format!("'{}'", quote(c.encode_utf8(&mut [0; 4])).trim_matches('"')),
    }
}
