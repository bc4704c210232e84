//! Durations and percentages in the text of an alert, where it says something of its condition.
//!
//! English only, and only plain phrases: `for more than 15 minutes`, `in the last 5m`, `above 90%`.
//! Start at [`durations`] and [`percentages`].

use diagnostics::Span;

use crate::Text;

/// An amount that a text names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Claim {
    /// Milliseconds, or percent.
    pub(crate) amount: f64,
    /// The amount as written, its unit included.
    pub(crate) span: Span,
    /// Whether the text says that something lasts so long, rather than that it happened within it.
    pub(crate) lasts: bool,
}

/// Units of time, with their milliseconds. Those of one letter follow their number directly.
const UNITS: [(&str, f64); 21] = [
    ("s", 1e3),
    ("sec", 1e3),
    ("secs", 1e3),
    ("second", 1e3),
    ("seconds", 1e3),
    ("m", 6e4),
    ("min", 6e4),
    ("mins", 6e4),
    ("minute", 6e4),
    ("minutes", 6e4),
    ("h", 36e5),
    ("hr", 36e5),
    ("hrs", 36e5),
    ("hour", 36e5),
    ("hours", 36e5),
    ("d", 864e5),
    ("day", 864e5),
    ("days", 864e5),
    ("w", 6048e5),
    ("week", 6048e5),
    ("weeks", 6048e5),
];

/// Words that may stand between `for` or `in` and the amount.
const BETWEEN: [&str; 14] = [
    "the", "a", "more", "than", "at", "least", "over", "longer", "last", "past", "about", "almost",
    "nearly", "previous",
];
/// Among them, those that speak of the past.
const PAST: [&str; 3] = ["last", "past", "previous"];
/// Words that begin a phrase of the past; `for` begins one of any time.
const BEGIN: [&str; 4] = ["in", "within", "during", "over"];
/// Words before an amount that something is compared with.
const COMPARING: [&str; 23] = [
    "above",
    "over",
    "than",
    "below",
    "under",
    "exceed",
    "exceeds",
    "exceeded",
    "exceeding",
    "least",
    "beyond",
    "reached",
    "reaches",
    ">",
    "<",
    ">=",
    "<=",
    "past",
    "most",
    "surpassed",
    "surpasses",
    "at",
    "is",
];

/// Whether a text has a digit: most have none, and name no amounts.
pub(crate) fn may_name_amounts(text: &Text<'_>) -> bool {
    // To look at many bytes at once is faster than to stop at the first digit.
    let has_digit = |part: &str| part.bytes().fold(false, |has, byte| has | byte.is_ascii_digit());
    text.literals().any(has_digit)
}

/// The parts of a text in which numbers may be, and where they begin. The others, which are most,
/// are passed over many bytes at a time.
fn parts(text: &str) -> impl Iterator<Item = (usize, &[u8])> {
    const LENGTH: usize = 32;
    let may_have = |part: &[u8; LENGTH]| {
        part.iter().fold(false, |found, byte| found | matches!(byte, b'.'..=b'9'))
    };
    let (parts, rest) = text.as_bytes().as_chunks();
    let parts = parts.iter().enumerate().filter(move |(_, part)| may_have(part));
    let parts = parts.map(|(number, part)| (number * LENGTH, part.as_slice()));
    parts.chain([(text.len() - rest.len(), rest)])
}

/// How long a text says that the condition lasts, or how far it looks back.
pub(crate) fn durations(text: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    for start in numbers(text) {
        let Some((amount, length)) = duration(&text[start..]) else { continue };
        let mut before = text[..start].split_whitespace().rev().map(lower);
        let mut is_past = false;
        let begin = before.find(|word| {
            is_past |= PAST.contains(&word.as_str());
            !BETWEEN.contains(&word.as_str()) || word == "over" && is_past
        });
        let Some(begin) = begin else { continue };
        if begin != "for" && !(is_past && BEGIN.contains(&begin.as_str())) {
            continue;
        }
        let span = Span::new(start, start + length);
        claims.push(Claim { amount, span, lasts: begin == "for" });
    }
    claims
}

/// Percentages that a text compares something with.
pub(crate) fn percentages(text: &str) -> Vec<Claim> {
    if !text.contains('%') && !text.contains("percent") {
        return Vec::new();
    }
    let mut words = words(text).peekable();
    let mut before = words.next();
    let mut claims = Vec::new();
    while let Some(place) = words.next() {
        let comparing = before.replace(place);
        let word = place.of(text).trim_end_matches(['.', ',', ')', ';', ':']);
        let next = words.peek().map_or("", |next| next.of(text));
        let number = match word.strip_suffix('%') {
            Some(number) => number,
            None if next.starts_with("percent") || next.starts_with('%') => word,
            None => continue,
        };
        let Ok(amount) = number.parse::<f64>() else { continue };
        let comparing = lower(comparing.map_or("", |word| word.of(text)));
        if COMPARING.contains(&comparing.as_str()) {
            let start = place.start as usize;
            let span = Span::new(start, start + word.len());
            claims.push(Claim { amount, span, lasts: false });
        }
    }
    claims
}

fn lower(word: &str) -> String {
    word.trim_start_matches(['(', '"', '\'']).to_ascii_lowercase()
}

/// What is between white space; blanks of templates are words of their own.
fn words(text: &str) -> impl Iterator<Item = Span> + use<'_> {
    text.split_whitespace().map(|word| {
        // `word` is a slice of `text`.
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        Span::new(start, start + word.len())
    })
}

/// Where the words begin that begin with a number.
fn numbers(text: &str) -> impl Iterator<Item = usize> + use<'_> {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let digits = parts(text).flat_map(move |(start, part)| {
        let digits = part.iter().enumerate().filter(move |(_, byte)| is_digit(byte));
        digits.map(move |(at, _)| start + at)
    });
    digits.filter(|at| text[..*at].chars().next_back().is_none_or(char::is_whitespace))
}

/// The duration that a text begins with, and how long that is in bytes.
fn duration(text: &str) -> Option<(f64, usize)> {
    let mut words = words(text);
    let first = words.next()?;
    let word = first.of(text);
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let number: f64 = word[..digits].parse().ok()?;
    let rest = word[digits..].trim_end_matches(['.', ',', ')', ';', ':', '!']);
    if rest.is_empty() {
        let next = words.next().filter(|_| digits == word.len())?;
        let unit = next.of(text).trim_end_matches(['.', ',', ')', ';', ':', '!']);
        let unit_ms = unit_of(unit).filter(|_| unit.len() > 1)?;
        return Some((number * unit_ms, next.start as usize + unit.len()));
    }
    let length = digits + rest.len();
    // Other words are not worth the reason why they are no durations.
    let written = &text[..length];
    let may_be = written.bytes().all(|byte| byte.is_ascii_digit() || b"ywdhms".contains(&byte));
    if let Some(Ok(ms)) = may_be.then(|| model::duration::parse(written)) {
        return Some((ms as f64, length));
    }
    let unit = rest.trim_start_matches('-');
    Some((number * unit_of(unit)?, length))
}

fn unit_of(word: &str) -> Option<f64> {
    let word = word.to_ascii_lowercase();
    UNITS.iter().find(|(name, _)| *name == word).map(|(_, ms)| *ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, durations_expected: &str, percentages_expected: &str) {
        let show = |claims: Vec<Claim>| {
            let one = |c: &Claim| {
                format!("{}={}{}", c.span.of(text), c.amount, if c.lasts { "!" } else { "" })
            };
            claims.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(show(durations(text)), durations_expected, "{text}");
        assert_eq!(show(percentages(text)), percentages_expected, "{text}");
    }

    #[test]
    fn claims() {
        check("Down for more than 15 minutes.", "15 minutes=900000!", "");
        check("failed in the last 5m, for 1h30m", "5m=300000 1h30m=5400000!", "");
        check("over the past 10min (for over 30-seconds)", "10min=600000 30-seconds=30000!", "");
        check("5 minutes after, 3 pods for 4 users in 5 m, in 5 minutes, over 5m", "", "");
        check("Usage above 90% for 10 minutes", "10 minutes=600000!", "90%=90");
        check("is less than 12.5 percent, 30% of all", "", "12.5=12.5");
    }
}
