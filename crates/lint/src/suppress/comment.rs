//! A comment to what it asks for.

use diagnostics::Span;

use super::pint;
use crate::{LINTS, Lint};

/// A day: year, month and day of the month.
pub type Day = (u16, u8, u8);

/// What a comment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Directive {
    /// Whether it is about the whole file.
    pub(super) is_for_file: bool,
    /// Which lints it is about.
    pub(super) words: Vec<Word>,
    /// The last day on which it holds.
    pub(super) until: Option<Day>,
    /// Whether it says why.
    pub(super) has_reason: bool,
    /// Whether it is one of pint's, of which nothing is demanded.
    pub(super) is_foreign: bool,
    /// What cannot be understood, and where.
    pub(super) mistakes: Vec<(Span, String)>,
}

/// A name, a code or a group, or `all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// In bytes of the file.
    pub(super) span: Span,
    /// The lints that it means, by name or code, where it is none of our words.
    pub(super) stands_for: Option<&'static [&'static str]>,
}

impl Word {
    pub(super) fn means(&self, lint: &Lint) -> bool {
        match self.stands_for {
            Some(codes) => codes.iter().any(|code| lint.is_meant_by(code)),
            None => self.text == "all" || lint.is_meant_by(&self.text),
        }
    }

    /// Whether it names no single lint.
    pub(super) fn is_wide(&self) -> bool {
        self.stands_for.is_some()
            || !LINTS.iter().any(|lint| lint.name == self.text || lint.code == self.text)
    }
}

impl Directive {
    /// Whether its last day has passed.
    pub(super) fn is_over(&self, today: Option<Day>) -> bool {
        self.until.zip(today).is_some_and(|(until, today)| today > until)
    }
}

/// What the comments that are for us begin with.
const OURS: &str = "watchfire:";
/// And those that are for pint.
const PINTS: &str = "pint ";

/// Whether a comment may ask for something.
pub(super) fn may_ask(comment: &str) -> bool {
    [OURS, PINTS].iter().any(|beginning| said(comment).starts_with(beginning))
}

/// Whether a comment of an expression may ask for something: most have other comments, or none.
pub(super) fn may_hold_asking(expr: &str) -> bool {
    expr.contains('#') && [OURS, PINTS].iter().any(|beginning| expr.contains(beginning))
}

fn said(comment: &str) -> &str {
    comment.trim_start_matches('#').trim_start()
}

/// What a comment asks for; none if it does not speak to us. `start` is its first byte in the
/// file.
pub(super) fn parse(comment: &str, start: u32) -> Option<Directive> {
    let text = said(comment);
    if let Some(rest) = text.strip_prefix(PINTS) {
        return pint::parse(rest);
    }
    let rest = text.strip_prefix(OURS)?;
    let at = |part: &str| {
        // `part` is a slice of `comment`.
        let offset = part.as_ptr().addr() - comment.as_ptr().addr();
        let offset = u32::try_from(offset).unwrap_or(0);
        let length = u32::try_from(part.len()).unwrap_or(0);
        Span { start: start + offset, end: start + offset + length }
    };
    let rest = rest.trim();
    let (verb, after) = rest.split_at(rest.find(['[', ' ']).unwrap_or(rest.len()));
    let mut directive = Directive { is_for_file: verb == "ignore-file", ..Directive::default() };
    if verb != "ignore" && verb != "ignore-file" {
        let message = format!("`{verb}` is neither `ignore` nor `ignore-file`");
        directive.mistakes.push((at(verb), message));
        return Some(directive);
    }
    let inside = after.trim_start().strip_prefix('[').and_then(|list| list.split_once(']'));
    let Some((list, tail)) = inside else {
        let message = format!("expected names of lints, as in `{verb}[comparison-never-true]`");
        directive.mistakes.push((at(verb), message));
        return Some(directive);
    };
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        directive.words.push(Word { text: word.to_owned(), span: at(word), stands_for: None });
    }
    if directive.words.is_empty() {
        directive.mistakes.push((at(list), "it names no lint".to_owned()));
    }
    let reason = match until(tail.trim()) {
        Until::Never => tail.trim(),
        Until::Day(day, reason) => {
            directive.until = Some(day);
            reason
        }
        Until::Unclear(word) => {
            let message = "expected a day such as 2027-01-31 behind `until`".to_owned();
            directive.mistakes.push((at(word), message));
            ""
        }
    };
    directive.has_reason = reason.contains(|c: char| c.is_alphanumeric());
    Some(directive)
}

/// When a comment ends to hold.
enum Until<'t> {
    Never,
    /// The day, and what else is said.
    Day(Day, &'t str),
    /// A word where the day should be.
    Unclear(&'t str),
}

/// `until DAY` at the beginning or the end of what a comment says.
fn until(tail: &str) -> Until<'_> {
    let tail = tail.trim_start_matches([':', ',', '-', ' ']);
    if let Some(rest) = tail.strip_prefix("until ") {
        let (word, reason) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
        return match day(word.trim_end_matches([':', ',', ';'])) {
            Some(day) => Until::Day(day, reason),
            None => Until::Unclear(word),
        };
    }
    let last = tail.rsplit_once("until ").and_then(|(reason, word)| {
        let reason = reason.trim_end_matches([' ', ',', '(', ';']);
        Some(Until::Day(day(word.trim_end_matches([')', '.']))?, reason))
    });
    last.unwrap_or(Until::Never)
}

/// `2027-01-31`.
pub(super) fn day(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str, n| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !is_number(year, 4) || !is_number(month, 2) || !is_number(day, 2) {
        return None;
    }
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn check(comment: &str, expect: &str) {
        let shown = parse(comment, 0).map_or_else(
            || "nothing to us".to_owned(),
            |d| {
                let words: Vec<&str> = d.words.iter().map(|word| &*word.text).collect();
                let scope = if d.is_for_file { "file" } else { "here" };
                let mut shown = format!("{scope} {}", words.join(" "));
                if let Some((year, month, day)) = d.until {
                    let _ = write!(shown, " until {year}-{month}-{day}");
                }
                shown += if d.has_reason { " reason" } else { "" };
                for (span, message) in &d.mistakes {
                    let _ = write!(shown, " [{}: {message}]", span.of(comment));
                }
                shown
            },
        );
        assert_eq!(shown, expect, "{comment}");
    }

    #[test]
    fn comments_that_are_understood() {
        check("# just words", "nothing to us");
        check("# watchfire: ignore[a-b]", "here a-b");
        check("#watchfire: ignore[a-b, PV] legacy", "here a-b PV reason");
        check("# watchfire: ignore-file[all]: vendored", "file all reason");
        check("# watchfire: ignore[a] until 2027-01-31", "here a until 2027-1-31");
        check("# watchfire: ignore[a] until 2027-01-31: moving", "here a until 2027-1-31 reason");
        check("# watchfire: ignore[a] moving (until 2027-01-31)", "here a until 2027-1-31 reason");
        check("# watchfire: ignore[a] nobody waits until it is done", "here a reason");
    }

    #[test]
    fn comments_that_are_not() {
        check(
            "# watchfire: ignroe[a]",
            "here  [ignroe: `ignroe` is neither `ignore` nor `ignore-file`]",
        );
        check("# watchfire: ignore[]", "here  [: it names no lint]");
        check(
            "# watchfire: ignore a",
            "here  [ignore: expected names of lints, as in `ignore[comparison-never-true]`]",
        );
        check(
            "# watchfire: ignore[a] until tomorrow",
            "here a [tomorrow: expected a day such as 2027-01-31 behind `until`]",
        );
        assert_eq!(day("2027-13-01"), None);
        assert_eq!(day("2027-1-1"), None);
    }
}
