//! A second evaluator for PromQL: obvious rather than fast, and independent of `engine`.
//!
//! Written from the specification, with Prometheus's sources where that is short. Every node is
//! evaluated for all its times at once, step by step, over plain lists of labelled samples; nothing
//! is planned, bound, shared or remembered. Durations, matching, grouping and windows are worked
//! out anew at every step. Only the syntax tree (`promql`) and the algebra of native histograms
//! (`model`) are shared with what it is compared with. There is no limit of samples and no timeout.
//!
//! Start at [`instant`] and [`range`]; `eval` walks the tree, and each family of functions and
//! operators has a file of its own.

mod notes;
mod value;

mod durations;
mod invariance;

mod eval;

mod stats;
mod window;

mod calls;
mod extended;
mod range_calls;

mod counts;
mod over_time;
mod rates;
mod regression;

mod dates;
mod labels;
mod math;
mod selectors;
mod sorting;

mod aggregation;
mod picking;

mod binary;
mod elements;
mod sets;

mod classic;
mod histograms;
mod info;

use std::collections::{BTreeMap, BTreeSet};

use model::{FloatHistogram, Labels};
use promql::{Expr, ValueType};

use self::{eval::Evaluator, notes::Notes};

pub use self::value::Number;

/// All samples, each series by ascending time.
pub type Storage = BTreeMap<Labels, Vec<Sample>>;

/// A sample as it is stored.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Milliseconds since the Unix epoch.
    pub t: i64,
    /// The time at which the counter began, where it is known.
    pub start: Option<i64>,
    /// What was measured.
    pub value: Stored,
}

/// The value of a stored sample.
#[derive(Clone, Debug)]
pub enum Stored {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(FloatHistogram),
    /// The end of the series' validity.
    Stale,
}

/// What a server is told by flags.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How far back an instant selector looks, in milliseconds.
    pub lookback: i64,
    /// The step of subqueries without one, in milliseconds.
    pub subquery_step: i64,
    /// `promql-delayed-name-removal`
    pub delayed_name_removal: bool,
    /// `use-start-timestamps`
    pub start_timestamps: bool,
    /// `type-and-unit-labels`
    pub type_and_unit_labels: bool,
}

/// What came of an expression.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The value.
    pub value: Value,
    /// Warnings with their places: `PromQL warning: … (1:5)`.
    pub warnings: BTreeSet<String>,
    /// Infos with their places.
    pub infos: BTreeSet<String>,
}

/// A result.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Scalar(f64),
    /// A string.
    String(String),
    /// One sample per series, in the order in which they came.
    Vector(Vec<(Labels, Number)>),
    /// Samples by time, series by labels.
    Matrix(Vec<(Labels, Vec<(i64, Number)>)>),
}

/// The query around an expression.
#[derive(Clone, Copy)]
struct Query<'q> {
    storage: &'q Storage,
    options: &'q Options,
    start: i64,
    end: i64,
    /// 0 for instants.
    step: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lookback: 300_000,
            subquery_step: 60_000,
            delayed_name_removal: false,
            start_timestamps: false,
            type_and_unit_labels: false,
        }
    }
}

/// Evaluates an expression at one time. `text` is what it was parsed from.
pub fn instant(
    text: &str,
    expr: &Expr,
    t: i64,
    storage: &Storage,
    options: &Options,
) -> Result<Outcome, String> {
    let query = Query { storage, options, start: t, end: t, step: 0 };
    let mut notes = Notes::default();
    if let promql::ExprKind::String(text) = &expr.unparen().kind {
        return Ok(notes.outcome("", Value::String(text.to_lossy().into_owned())));
    }
    let series = Evaluator::whole(&query).top(expr, &mut notes)?;
    let value = match expr.value_type() {
        ValueType::Scalar => Value::Scalar(value::scalar_at(&series, t)),
        ValueType::RangeVector => Value::Matrix(value::matrix(series)),
        ValueType::InstantVector | ValueType::String => Value::Vector(value::vector(series)),
    };
    Ok(notes.outcome(text, value))
}

/// Evaluates an expression at the times from `start` to `end` that are whole steps from `start`.
pub fn range(
    text: &str,
    expr: &Expr,
    (start, end, step): (i64, i64, i64),
    storage: &Storage,
    options: &Options,
) -> Result<Outcome, String> {
    let found = expr.value_type();
    if matches!(found, ValueType::RangeVector | ValueType::String) {
        let found = found.documented();
        let wanted = "must be Scalar or instant Vector";
        return Err(format!("invalid expression type \"{found}\" for range query, {wanted}"));
    }
    let query = Query { storage, options, start, end, step };
    let mut notes = Notes::default();
    let series = Evaluator::whole(&query).top(expr, &mut notes)?;
    Ok(notes.outcome(text, Value::Matrix(value::matrix(series))))
}
