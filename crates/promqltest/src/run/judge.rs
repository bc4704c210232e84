//! Whether an evaluation's error, notices and value are what was expected.

use engine::{
    EvalError, Level, Notice,
    query::{QueryResult, Value},
};

use crate::{
    compare::{Mismatch, compare},
    script::{Eval, Expected, Notices, Pattern},
};

/// Compares a result, or an error, with what is expected; the value, if one was. `text` is what
/// was evaluated: notices tell their places in it.
pub(super) fn judge(
    eval: &Eval,
    text: &str,
    result: Result<QueryResult, EvalError>,
) -> Result<Option<Value>, Mismatch> {
    let expected = &eval.expected;
    match result {
        Err(error) if expected.fails => {
            failure(expected, &error.message).map(|()| None).map_err(Mismatch::plain)
        }
        Err(error) => Err(Mismatch::plain(format!("error: {}", error.message))),
        Ok(_) if expected.fails => {
            let wanted = expected.errors.iter().find_map(Pattern::show);
            let wanted =
                wanted.map_or_else(|| "an error".to_owned(), |text| format!("the error {text}"));
            Err(Mismatch::plain(format!("expected {wanted}, got none")))
        }
        Ok(result) => {
            for (level, expected) in
                [(Level::Warning, &expected.warnings), (Level::Info, &expected.infos)]
            {
                let got = result.notices.iter().filter(|n| n.level == level);
                let got: Vec<_> = got.map(|n: &Notice| n.render(text)).collect();
                notices(level, expected, &got).map_err(Mismatch::plain)?;
            }
            compare(expected, eval.steps, &result.value)?;
            Ok(Some(result.value))
        }
    }
}

fn failure(expected: &Expected, message: &str) -> Result<(), String> {
    match expected.errors.iter().find(|pattern| !pattern.matches(message)) {
        Some(pattern) => {
            let wanted = pattern.show().unwrap_or_default();
            Err(format!("expected the error {wanted}, got {message}"))
        }
        None => Ok(()),
    }
}

/// Every notice of the level must match a pattern, and every pattern a notice.
fn notices(level: Level, expected: &Notices, got: &[String]) -> Result<(), String> {
    let (name, some) = match level {
        Level::Warning => ("warning", "a warning"),
        Level::Info => ("info", "an info"),
    };
    if expected.some && got.is_empty() {
        return Err(format!("expected {some}, got none"));
    }
    if !expected.patterns.is_empty() {
        for pattern in &expected.patterns {
            if !got.iter().any(|notice| pattern.matches(notice)) {
                let wanted = pattern.show().map(|text| format!("the {name} {text}"));
                let got = if got.is_empty() { "none".to_owned() } else { got.join("; ") };
                let wanted = wanted.as_deref().unwrap_or(some);
                return Err(format!("expected {wanted}, got {got}"));
            }
        }
        let unmatched =
            got.iter().find(|notice| !expected.patterns.iter().any(|p| p.matches(notice)));
        if let Some(notice) = unmatched {
            return Err(format!("unexpected {name} {notice}"));
        }
    }
    match got.first() {
        Some(notice) if expected.none => Err(format!("expected no {name}, got {notice}")),
        _ => Ok(()),
    }
}
