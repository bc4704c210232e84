//! Errors of expressions with what was probably meant: constructs of other languages by name,
//! guarded syntax with its flag, and the slips that people make.

mod logql;
mod metricsql;

use diagnostics::{Diagnostic, Span};
use promql::functions;

use super::advice::MAX_WORD;
use crate::features;

/// The error with more to say. Its span counts in `text`.
pub(super) fn explain(mut error: Diagnostic, text: &str) -> Diagnostic {
    error.code = "promql-syntax";
    let at = error.span.unwrap_or_default();
    if let Some(explained) =
        logql::explain(&error, text).or_else(|| metricsql::explain(&error, text))
    {
        return explained;
    }
    if let Some(feature) = features::of_error(&error.message) {
        error.code = "unavailable-feature";
        let flag = feature.flag.map(|flag| format!("; `--enable-feature={flag}` turns it on"));
        let since = format!("Prometheus has it since {}", feature.since_text());
        return error.help(since + &flag.unwrap_or_default());
    }
    let before = &text[..at.start as usize];
    let is_cut = ["unexpected end of input", "unclosed left"];
    let is_cut = is_cut.iter().any(|message| error.message.starts_with(message));
    if let Some((open, c)) = unclosed(before).filter(|_| is_cut) {
        let span = Span::new(open, open + 1);
        return error.because(span, format!("this `{c}` is not closed"));
    }
    match hint(&error.message, at.of(text), before) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// What to write instead.
fn hint(message: &str, found: &str, before: &str) -> Option<String> {
    if let Some(name) = quoted(message, "unknown function with name ") {
        return nearest_function(name);
    }
    if message.starts_with("expected type range vector in call to function")
        && message.ends_with("got instant vector")
    {
        return Some(format!("write a window behind it: `{}[5m]`", first_line(found)));
    }
    if message.contains("expected type instant vector") && message.ends_with("got range vector") {
        return Some(
            "leave the window out, or make one value of it: `last_over_time(…)`".to_owned(),
        );
    }
    if message.starts_with("ranges only allowed for vector selectors") {
        return Some("write a subquery, with a colon: `(…)[5m:]`".to_owned());
    }
    if message.starts_with("comparisons between scalars must use BOOL") {
        return Some("write `bool` behind the comparison to get 0 or 1".to_owned());
    }
    let next = found.trim_start();
    if next.starts_with("&&") || next.starts_with("||") || before.ends_with(['&', '|']) {
        return Some("PromQL writes `and`, `or` and `unless`".to_owned());
    }
    if next.starts_with('=') && !before.contains('{') {
        return Some("PromQL compares with `==`".to_owned());
    }
    if next.starts_with("<>") || next.starts_with("> ") && before.ends_with('<') {
        return Some("PromQL writes `!=`".to_owned());
    }
    if next.starts_with(['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}']) {
        return Some("write straight quotes: \"…\"".to_owned());
    }
    if next.starts_with("{{") || next.starts_with('$') || next.starts_with('<') {
        return Some("this looks like a placeholder that was not filled in".to_owned());
    }
    None
}

fn quoted<'m>(message: &'m str, before: &str) -> Option<&'m str> {
    message.strip_prefix(before)?.strip_prefix('"')?.strip_suffix('"')
}

/// The function that was probably meant.
fn nearest_function(name: &str) -> Option<String> {
    if name.len() > MAX_WORD {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let functions = functions::FUNCTIONS.iter().map(|function| function.name);
    let known = functions.chain(promql::operators::AGGREGATIONS.iter().map(|row| row.name));
    let near = known.min_by_key(|known| strsim::damerau_levenshtein(&lower, known))?;
    let distance = strsim::damerau_levenshtein(&lower, near);
    (distance <= near.len() / 3).then(|| format!("write `{near}`"))
}

/// The last bracket that is not closed.
fn unclosed(text: &str) -> Option<(usize, char)> {
    let mut open = Vec::new();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(end), _) if c == end => quote = None,
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '{' | '[') => open.push((at, c)),
            (None, ')' | '}' | ']') => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// An error of another language's construct.
fn foreign(error: &Diagnostic, span: Span, message: String) -> Diagnostic {
    let note = format!("Prometheus says: {}", error.message);
    Diagnostic::error("other-dialect", span, message).note(note)
}
