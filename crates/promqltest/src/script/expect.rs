//! What should come of an evaluation: the lines below it, `expect` lines among them.

use model::{Labels, Regex, duration, quote::quote};

use super::{Eval, When, from_to_step, next_word, steps};
use crate::series::{Point, Series};

/// What should come of an evaluation.
#[derive(Debug, Default)]
pub struct Expected {
    /// A number.
    pub scalar: Option<f64>,
    /// A string.
    pub string: Option<String>,
    /// Series in the order written, none of them twice.
    pub series: Vec<ExpectedSeries>,
    /// Whether the series are the samples of an instant query's windows.
    pub range_vector: bool,
    /// Whether the order of results matters.
    pub ordered: bool,
    /// Whether it should fail.
    pub fails: bool,
    /// What its error should match, all of them.
    pub errors: Vec<Pattern>,
    /// The warnings that should be.
    pub warnings: Notices,
    /// The infos that should be.
    pub infos: Notices,
}

/// A series that should be in the result.
#[derive(Debug)]
pub struct ExpectedSeries {
    /// The label set.
    pub labels: Labels,
    /// Its place among the lines of series below `eval`, from 1.
    pub position: usize,
    /// One sample, or one per step.
    pub points: Vec<Point>,
}

/// Which notices of a level should be. Where nothing is said about them, all may be.
#[derive(Debug, Default)]
pub struct Notices {
    /// What each should match, and each of these some notice; unchecked where empty.
    pub patterns: Vec<Pattern>,
    /// Whether there should be one, of any text: the old `eval_warn` and `eval_info`.
    pub some: bool,
    /// Whether there should be none.
    pub none: bool,
}

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

    /// The text, or the expression between slashes; none where any will do.
    pub fn show(&self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Message(text) => Some(text.clone()),
            Self::Regex { text, .. } => Some(format!("/{text}/")),
        }
    }

    fn regex(text: &str) -> Option<Self> {
        let regex = Regex::unanchored(text).ok()?;
        Some(Self::Regex { text: text.to_owned(), regex })
    }
}

impl Expected {
    /// Whether the evaluation cannot be repeated as a range query.
    pub fn instant_only(&self) -> bool {
        self.range_vector || self.string.is_some()
    }

    /// `eval_fail` and others, from before there was `expect`; false where there is none such.
    pub(super) fn old_suffix(&mut self, command: &str, range: bool) -> bool {
        match command {
            "eval" => {}
            "eval_fail" => self.fails = true,
            "eval_warn" => self.warnings.some = true,
            "eval_info" => self.infos.some = true,
            "eval_ordered" if !range => self.ordered = true,
            _ => return false,
        }
        true
    }

    /// Reads the lines that end an `eval_fail`; false if it is none.
    pub(super) fn old_failure(&mut self, text: &str) -> Result<bool, String> {
        if !self.fails {
            return Ok(false);
        }
        if let Some(message) = text.strip_prefix("expected_fail_message") {
            if !message.trim().is_empty() {
                self.errors.push(Pattern::Message(message.trim().to_owned()));
            }
        } else if let Some(regex) = text.strip_prefix("expected_fail_regexp") {
            let regex = regex.trim();
            self.errors.push(
                Pattern::regex(regex)
                    .ok_or_else(|| format!("invalid regexp '{regex}' for expected_fail_regexp"))?,
            );
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Adds a line of samples; the last of equal labels counts.
    pub(super) fn add_series(&mut self, read: Series, position: usize) {
        self.series.retain(|s| s.labels != read.labels);
        let Series { labels, points } = read;
        self.series.push(ExpectedSeries { labels, position, points });
    }
}

/// Reads `expect …`; false where the line is another.
pub(super) fn expect(eval: &mut Eval, text: &str) -> Result<bool, String> {
    if let Some(rest) = text.strip_prefix("expect range vector") {
        range_vector(eval, text, rest)?;
    } else if let Some(rest) = text.strip_prefix("expect string") {
        eval.expected.string = Some(string(rest)?);
    } else if text.split(' ').next() == Some("expect") {
        notice_or_failure(&mut eval.expected, text)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `expect fail|warn|info|no_warn|no_info|ordered [msg: TEXT|regex: RE]`
fn notice_or_failure(expected: &mut Expected, text: &str) -> Result<(), String> {
    const INVALID: &str = "invalid expect statement, must match `expect <type> <match_type>: \
                           <string>` format";
    let (what, rest) = next_word(next_word(text).1);
    let pattern = match rest.split_once(':') {
        None if rest.is_empty() => Pattern::Any,
        Some(("msg", text)) if !text.is_empty() => Pattern::Message(text.trim().to_owned()),
        Some(("regex", text)) if !text.is_empty() => {
            let text = text.trim();
            Pattern::regex(text).ok_or_else(|| format!("invalid regex {text} for {what}"))?
        }
        _ => return Err(INVALID.to_owned()),
    };
    match what {
        "ordered" => expected.ordered = true,
        "fail" if !expected.errors.is_empty() => {
            let message = "invalid expect lines, multiple expect fail lines are not allowed";
            return Err(message.to_owned());
        }
        "fail" => {
            expected.fails = true;
            expected.errors.push(pattern);
        }
        "warn" => expected.warnings.patterns.push(pattern),
        "info" => expected.infos.patterns.push(pattern),
        "no_warn" => expected.warnings.none = true,
        "no_info" => expected.infos.none = true,
        _ => return Err(INVALID.to_owned()),
    }
    for (name, notices) in [("info", &expected.infos), ("warn", &expected.warnings)] {
        if notices.none && !notices.patterns.is_empty() {
            return Err(format!(
                "invalid expect lines, {name} and no_{name} cannot be used together"
            ));
        }
    }
    Ok(())
}

/// `range vector from A to B step S`: an instant query at B.
fn range_vector(eval: &mut Eval, text: &str, rest: &str) -> Result<(), String> {
    let invalid = || format!("invalid range vector definition {}", quote(text));
    let (words, _) = from_to_step(rest).filter(|(_, rest)| rest.is_empty()).ok_or_else(invalid)?;
    (eval.steps, _) = steps(words)?;
    eval.when = match eval.when {
        When::Instant(_) => {
            let end = duration::parse(words[1]).map_err(|_| invalid())?;
            When::Instant(end)
        }
        When::Range => When::Range,
    };
    eval.expected.range_vector = true;
    Ok(())
}

/// A string in quotes, as Go reads them.
fn string(rest: &str) -> Result<String, String> {
    let required = "expected string literal not valid - a quoted string literal is required";
    let text = rest.strip_prefix(' ').filter(|text| !text.is_empty()).ok_or(required)?;
    unquote(text).ok_or_else(|| {
        let message = "expected string literal not valid - check that the string is correctly \
                       quoted";
        message.to_owned()
    })
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
