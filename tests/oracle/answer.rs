//! One form for both sides' answers, and whether two of them are the same.
//!
//! Numbers are the same where they differ by at most [`TOLERANCE`] of the larger; whether even
//! their bits agree is told too. Start at [`compare`].

use std::{collections::BTreeMap, fmt::Write as _};

use engine::query::{QueryOptions, Value};
use model::{Labels, SampleValue};
use promql::Expr;
use store::Table;

use super::queries::When;

/// How far two numbers may be apart, as a part of the larger.
const TOLERANCE: f64 = 1e-12;

/// What a query came to.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It was refused, or failed.
    Failed(String),
    Scalar(f64),
    Text(String),
    /// In the order in which it came.
    Vector(Vec<(Labels, f64)>),
    Matrix(BTreeMap<Labels, Vec<(i64, f64)>>),
}

impl Answer {
    /// Whether it holds no series at all.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Vector(samples) => samples.is_empty(),
            Self::Matrix(series) => series.is_empty(),
            _ => false,
        }
    }
}

/// Asks our engine.
pub(crate) fn ours(expr: &Expr, when: When, table: &Table, options: &QueryOptions) -> Answer {
    let result = match when {
        When::At(t) => engine::query::instant(expr, t, table, options),
        When::Over(steps) => engine::query::range(expr, steps, table, options),
    };
    match result.map(|result| result.value) {
        Err(error) => Answer::Failed(error.to_string()),
        Ok(Value::Scalar(value)) => Answer::Scalar(value),
        Ok(Value::String(text)) => Answer::Text(text),
        Ok(Value::Vector(samples)) => {
            Answer::Vector(samples.into_iter().map(|s| (s.labels, float(&s.value))).collect())
        }
        Ok(Value::Matrix(series)) => {
            assert!(series.iter().all(|s| s.histograms.is_empty()), "histograms come of floats");
            let points = series
                .into_iter()
                .map(|s| (s.labels, s.timestamps.into_iter().zip(s.values).collect()));
            Answer::Matrix(points.collect())
        }
    }
}

fn float(value: &SampleValue) -> f64 {
    match value {
        SampleValue::Float(value) => *value,
        SampleValue::Histogram(_) => panic!("a native histogram comes of floats"),
    }
}

/// The bits of all numbers agree, or nearly, or there is a difference.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Comparison {
    Identical,
    Close,
    Different(String),
}

impl Comparison {
    /// The worse of two.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Different(text), _) | (_, Self::Different(text)) => Self::Different(text),
            (Self::Identical, Self::Identical) => Self::Identical,
            _ => Self::Close,
        }
    }
}

/// Compares; the order of a vector counts where the query defines one.
pub(crate) fn compare(ours: &Answer, theirs: &Answer, ordered: bool) -> Comparison {
    use Answer as A;
    match (ours, theirs) {
        (A::Failed(_), A::Failed(_)) => Comparison::Identical,
        (A::Scalar(a), A::Scalar(b)) => numbers(*a, *b),
        (A::Text(a), A::Text(b)) if a == b => Comparison::Identical,
        (A::Vector(a), A::Vector(b)) => {
            let by_labels = |v: &[(Labels, f64)]| -> BTreeMap<Labels, Vec<(i64, f64)>> {
                v.iter().map(|(labels, value)| (labels.clone(), vec![(0, *value)])).collect()
            };
            let sets = series(&by_labels(a), &by_labels(b));
            if !ordered {
                return sets;
            }
            let in_order = a.iter().zip(b).map(|((_, a), (_, b))| numbers(*a, *b));
            in_order.fold(sets, Comparison::and)
        }
        (A::Matrix(a), A::Matrix(b)) => series(a, b),
        _ => Comparison::Different(format!("ours: {}\ntheirs: {}", show(ours), show(theirs))),
    }
}

type Points = Vec<(i64, f64)>;

fn series(ours: &BTreeMap<Labels, Points>, theirs: &BTreeMap<Labels, Points>) -> Comparison {
    let mut result = Comparison::Identical;
    for (labels, a) in ours {
        let Some(b) = theirs.get(labels) else {
            return Comparison::Different(format!("only ours: {labels} {a:?}"));
        };
        result = result.and(points(labels, a, b));
    }
    match theirs.iter().find(|(labels, _)| !ours.contains_key(labels)) {
        Some((labels, b)) => Comparison::Different(format!("only theirs: {labels} {b:?}")),
        None => result,
    }
}

fn points(labels: &Labels, ours: &[(i64, f64)], theirs: &[(i64, f64)]) -> Comparison {
    let times = |points: &[(i64, f64)]| points.iter().map(|(t, _)| *t).collect::<Vec<_>>();
    if times(ours) != times(theirs) {
        return Comparison::Different(format!("{labels}: ours {ours:?}\ntheirs {theirs:?}"));
    }
    let pairs = ours.iter().zip(theirs);
    let result = pairs.fold(Comparison::Identical, |r, (a, b)| r.and(numbers(a.1, b.1)));
    match result {
        Comparison::Different(text) => Comparison::Different(format!("{labels}: {text}")),
        other => other,
    }
}

fn numbers(a: f64, b: f64) -> Comparison {
    // One NaN is as good as another: the API has one text for all.
    if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) {
        return Comparison::Identical;
    }
    let near = (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
    if near && a.is_finite() && b.is_finite() {
        return Comparison::Close;
    }
    Comparison::Different(format!("ours {a:e}, theirs {b:e}"))
}

fn show(answer: &Answer) -> String {
    let mut text = format!("{answer:?}");
    if let Some((cut, _)) = text.char_indices().nth(600) {
        text.truncate(cut);
        let _ = write!(text, " and more");
    }
    text
}
