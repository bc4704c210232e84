//! What only LogQL, the language of Loki, knows.

use diagnostics::{Diagnostic, Span};

use super::{foreign, quoted};

/// Functions over lines of logs.
const FUNCTIONS: &[&str] =
    &["approx_topk", "bytes_over_time", "bytes_rate", "rate_counter", "unwrap"];
/// Stages that follow a `|`.
const STAGES: &[&str] = &[
    "decolorize",
    "drop",
    "json",
    "keep",
    "label_format",
    "line_format",
    "logfmt",
    "pattern",
    "regexp",
    "unpack",
    "unwrap",
];

pub(super) fn explain(error: &Diagnostic, text: &str) -> Option<Diagnostic> {
    let help = "rules over logs belong into a rule file of Loki's ruler";
    let span = error.span.unwrap_or_default();
    if let Some(name) = quoted(&error.message, "unknown function with name ") {
        let message = format!("`{name}` is a function of LogQL, not of PromQL");
        return FUNCTIONS.contains(&name).then(|| foreign(error, span, message).help(help));
    }
    let (at, what) = pipeline(text)?;
    // The expression is fine up to there.
    (span.start as usize + 4 >= at).then(|| {
        let span = Span::new(at, at + what.len());
        foreign(error, span, format!("`{what}` is LogQL, not PromQL")).help(help)
    })
}

/// The first filter or stage outside of strings, and where it stands.
fn pipeline(text: &str) -> Option<(usize, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(end), _) if c == end => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '|') => {
                let rest = &text[at + 1..];
                if rest.starts_with(['=', '~']) {
                    return Some((at, &text[at..at + 2]));
                }
                let stage = rest.trim_start();
                let word = stage.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
                let end = text.len() - stage.len() + word.len();
                return STAGES.contains(&word).then(|| (at, &text[at..end]));
            }
            (None, '!') if text[..at].trim_end().ends_with('}') => {
                let rest = &text[at + 1..];
                let after = rest.get(1..)?.trim_start();
                if rest.starts_with(['=', '~']) && after.starts_with(['"', '`']) {
                    return Some((at, &text[at..at + 2]));
                }
            }
            _ => {}
        }
    }
    None
}
