//! Series as test files write them: `metric{label="value"} 1+2x3 _ stale {{sum:1}}`.
//!
//! Scripts and rule unit tests share this notation. Mistakes are told in Prometheus's words and
//! with its places. The samples are read in `series/values.rs`; native histograms by
//! [`model::histogram::notation`].

mod token;
mod values;

use std::sync::Arc;

use model::{Labels, METRIC_NAME, MatchOp, histogram::FloatHistogram};
use promql::{ParseOptions, parse_metric_selector};

/// One place in a sequence of samples.
#[derive(Clone, Debug)]
pub enum Point {
    /// No sample.
    Missing,
    /// A float; perhaps the stale marker.
    Float(f64),
    /// A native histogram.
    Histogram {
        /// The histogram.
        value: Arc<FloatHistogram>,
        /// Whether it was written with a counter reset hint, so that the hint is compared.
        has_hint: bool,
    },
}

/// A label set and samples, one per step.
#[derive(Clone, Debug)]
pub struct Series {
    /// The label set.
    pub labels: Labels,
    /// The samples from the first step on.
    pub points: Vec<Point>,
}

/// A mistake in a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesError {
    /// Where it is, in bytes.
    pub at: usize,
    /// Prometheus's words.
    pub message: String,
}

/// Parses a label set and the samples behind it.
pub fn parse(text: &str) -> Result<Series, SeriesError> {
    let end = metric_len(text);
    Ok(Series { labels: parse_labels(&text[..end])?, points: values::parse(text, end)? })
}

/// Parses `metric{label="value"}`.
pub fn parse_labels(text: &str) -> Result<Labels, SeriesError> {
    let matchers = parse_metric_selector(text, &ParseOptions::all()).map_err(|error| {
        let at = error.span.start as usize;
        let message = error.message.replace("label matching operator", "\"=\"");
        let message = message.replace("label matching", "label set");
        let token = message.strip_prefix("unexpected ").filter(|rest| {
            !["character", "left", "right"].iter().any(|word| rest.starts_with(word))
        });
        let no_metric = at == 0 && token.is_some_and(|rest| !rest.contains(" in"));
        let place = if no_metric { " in series values" } else { "" };
        SeriesError { at, message: message + place }
    })?;
    if let Some(m) = matchers.iter().find(|m| m.op != MatchOp::Equal) {
        let at = text.find(m.op.as_str()).unwrap_or(0);
        let token = token::operator(m.op.as_str());
        let message = format!("unexpected {token} in label set, expected \"=\"");
        return Err(SeriesError { at, message });
    }
    let labels = Labels::from_pairs(matchers.iter().map(|m| (&*m.name, &*m.value)));
    for (i, m) in matchers.iter().enumerate() {
        if matchers[..i].iter().any(|other| other.name == m.name) {
            let message = format!("label name \"{}\" is not unique: invalid sample", m.name);
            return Err(SeriesError { at: 0, message });
        }
    }
    Ok(labels)
}

/// Parses a number as scripts expect scalars: integers may be hexadecimal, octal or binary.
pub fn parse_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let integer = |digits: &str, radix| {
        let digits = digits.strip_prefix('_').unwrap_or(digits);
        let separated = !digits.starts_with('_') && !digits.ends_with('_');
        let digits = Some(digits).filter(|d| separated && !d.contains("__"))?;
        let signed = digits.starts_with(['+', '-']);
        i64::from_str_radix(&digits.replace('_', ""), radix).ok().filter(|_| !signed)
    };
    let based = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => integer(&digits[2..], 16),
        Some("0b") => integer(&digits[2..], 2),
        Some("0o") => integer(&digits[2..], 8),
        _ if digits.len() > 1 && digits.starts_with('0') => integer(&digits[1..], 8),
        _ if digits.contains('_') => integer(digits, 10).filter(|_| !digits.starts_with('_')),
        _ => None,
    };
    match based {
        Some(value) => Some(sign * value as f64),
        None => model::number::parse_float(text),
    }
}

/// A label set as scripts write it: `name{label="value"}`.
pub fn show_labels(labels: &Labels) -> String {
    let name = labels.metric_name();
    if name.is_empty() || !model::labels::is_legacy_metric_name(name) {
        return labels.to_string();
    }
    let rest = labels.without(&[METRIC_NAME]);
    if rest.is_empty() { name.to_owned() } else { format!("{name}{rest}") }
}

/// The length of the metric: a name, labels in braces, or both without anything between them.
fn metric_len(text: &str) -> usize {
    let name = token::word_of(text).len();
    if !text[name..].starts_with('{') {
        let word = text.find([' ', '\t']).unwrap_or(text.len());
        return if name == 0 { word } else { name };
    }
    let (mut quote, mut escaped) = (None, false);
    for (i, c) in text.char_indices().skip(name) {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"' | '\'')) => escaped = true,
            (_, Some(q)) => quote = if c == q { None } else { quote },
            ('"' | '\'' | '`', None) => quote = Some(c),
            ('}', None) => return i + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
