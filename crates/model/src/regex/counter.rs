//! Counted repetitions: `{2}`, `{2,}`, `{2,5}`. It judges no sizes.

use super::parse::cut;

/// How often something is repeated.
pub(super) struct Counter<'p> {
    /// None where a number is beyond all limits.
    pub(super) min: Option<u32>,
    /// None where it is open: `{2,}`.
    pub(super) max: Option<u32>,
    /// The text behind it.
    pub(super) rest: &'p str,
}

/// `{2}`, `{2,}` or `{2,5}`; none where the brace is an ordinary character.
pub(super) fn counter(text: &str) -> Option<Counter<'_>> {
    let (min, rest) = number(text.strip_prefix('{')?)?;
    let Some(rest) = rest.strip_prefix(',') else {
        return Some(Counter { min, max: min, rest: rest.strip_prefix('}')? });
    };
    if let Some(rest) = rest.strip_prefix('}') {
        return Some(Counter { min, max: None, rest });
    }
    let (max, rest) = number(rest)?;
    Some(Counter { min: min.filter(|_| max.is_some()), max, rest: rest.strip_prefix('}')? })
}

/// Digits without leading zeros; the value is none where it does not fit.
fn number(text: &str) -> Option<(Option<u32>, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = cut(text, rest);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().ok(), rest))
}
