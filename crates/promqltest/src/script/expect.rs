//! The `expect` lines below an `eval`.

use engine::Steps;
use model::Regex;

use super::{Eval, Expected, ScriptError, When, error, from_to_step, next_word};

/// What a message should be.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Any.
    Any,
    /// Exactly this.
    Message(String),
    /// A match somewhere.
    Regex {
        /// As written.
        text: String,
        /// Compiled.
        regex: Regex,
    },
}

impl Pattern {
    /// Whether a message is as it should be.
    pub fn matches(&self, message: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Message(expect) => expect == message,
            Self::Regex { regex, .. } => regex.is_match(message),
        }
    }

    /// As written.
    pub fn text(&self) -> &str {
        match self {
            Self::Any => "anything",
            Self::Message(text) | Self::Regex { text, .. } => text,
        }
    }

    fn regex(text: &str, line: usize) -> Result<Self, ScriptError> {
        let regex = Regex::unanchored(text).map_err(|e| error(line, e.0))?;
        Ok(Self::Regex { text: text.to_owned(), regex })
    }
}

/// Reads `expect …`.
pub(super) fn expect(eval: &mut Eval, text: &str, line: usize) -> Result<(), ScriptError> {
    let (what, rest) = next_word(next_word(text).1);
    match what {
        "ordered" => eval.ordered = true,
        "fail" if eval.fail.is_some() => {
            return Err(error(line, "only one `expect fail` is allowed"));
        }
        "fail" => eval.fail = Some(pattern(rest, line)?),
        "warn" => eval.warn.push(pattern(rest, line)?),
        "info" => eval.info.push(pattern(rest, line)?),
        "no_warn" => eval.no_warn = true,
        "no_info" => eval.no_info = true,
        "range" => range_vector(eval, rest, line)?,
        "string" => {
            let quoted =
                text.trim_start_matches("expect").trim_start().trim_start_matches("string");
            let message = "a string is expected in quotes";
            eval.result =
                Expected::String(unquote(quoted.trim()).ok_or_else(|| error(line, message))?);
        }
        _ => return Err(error(line, format!("unknown expectation {what:?}"))),
    }
    if eval.no_warn && !eval.warn.is_empty() || eval.no_info && !eval.info.is_empty() {
        return Err(error(line, "a notice is both expected and forbidden"));
    }
    Ok(())
}

/// Reads the lines that end an `eval_fail`; false if it is none.
pub(super) fn old_failure(eval: &mut Eval, text: &str, line: usize) -> Result<bool, ScriptError> {
    if eval.fail.is_none() {
        return Ok(false);
    }
    if let Some(message) = text.strip_prefix("expected_fail_message") {
        eval.fail = Some(Pattern::Message(message.trim().to_owned()));
    } else if let Some(regex) = text.strip_prefix("expected_fail_regexp") {
        eval.fail = Some(Pattern::regex(regex.trim(), line)?);
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `range vector from A to B step S`: an instant query at B.
fn range_vector(eval: &mut Eval, rest: &str, line: usize) -> Result<(), ScriptError> {
    let ("vector", rest) = next_word(rest) else {
        return Err(error(line, "expected `expect range vector from …`"));
    };
    let ([start, end, step], _) = from_to_step(rest, line)?;
    eval.steps = Steps::range(start, end, step);
    eval.when = When::Instant(end);
    eval.result = Expected::RangeVector(Vec::new());
    Ok(())
}

/// Nothing, `msg: TEXT` or `regex: RE`.
fn pattern(rest: &str, line: usize) -> Result<Pattern, ScriptError> {
    if rest.is_empty() {
        return Ok(Pattern::Any);
    }
    match rest.split_once(':') {
        Some(("msg", text)) => Ok(Pattern::Message(text.trim().to_owned())),
        Some(("regex", text)) => Pattern::regex(text.trim(), line),
        _ => Err(error(line, format!("expected `msg:` or `regex:`, got {rest:?}"))),
    }
}

/// A string in double or back quotes. As PromQL's own literals, which allow all that Go allows.
fn unquote(text: &str) -> Option<String> {
    if !text.starts_with(['"', '`']) {
        return None;
    }
    match promql::parse_expr(text, &promql::ParseOptions::default()).ok()?.kind {
        promql::ExprKind::String(value) => Some(value.to_lossy().into_owned()),
        _ => None,
    }
}
