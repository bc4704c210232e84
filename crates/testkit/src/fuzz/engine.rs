//! The engine against the slow evaluator: values to the bit, errors and notes to the letter.

mod known;

use std::{collections::BTreeSet, fmt, sync::Arc};

use engine::{
    EvalError, Level, Steps,
    query::{self, MatrixSeries, QueryOptions, QueryResult, Value as EngineValue},
};
use model::{FloatHistogram, Labels, SampleValue, number::format_g};
use promql::{Expr, ParseOptions, parse_expr};
use promqltest::{
    head::{self, Head},
    run,
    script::{self, Command},
};

use super::Dice;
use crate::{
    generate::{Case, When, case},
    reference::{self, Number, Options, Outcome, Sample, Storage, Stored, Value},
};
use known::Order;

/// Generates samples and a query and evaluates it twice.
///
/// # Panics
/// Where the two differ.
pub fn engine(bytes: &[u8]) {
    check(&case(&mut Dice::Bytes(bytes)));
}

/// Evaluates a case twice. Queries that do not parse are passed over, and differences that may be
/// chance.
///
/// # Panics
/// Where the two differ.
pub fn check(case: &Case) {
    let Ok(expr) = parse_expr(&case.query, &ParseOptions::all()) else { return };
    let head = load(&case.script);
    let mut expected = by_reference(case, &expr, &stored(&head));
    let mut got = by_engine(case, &expr, &head);
    let order = known::order_of(&expr);
    expected.sort(order);
    got.sort(order);
    let many_steps = matches!(case.when, When::Range { .. });
    if expected != got && known::hangs_on_chance(&expr, many_steps) {
        return;
    }
    assert!(expected == got, "{case}\nexpected {expected}\ngot {got}");
}

/// The samples of a script.
///
/// # Panics
/// Where the script is not well-formed.
pub fn load(text: &str) -> Head {
    let script = script::parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let mut head = Head::default();
    for command in &script.commands {
        if let Command::Load(load) = command {
            run::append(&mut head, load).unwrap_or_else(|error| panic!("{text}\n{error}"));
        }
    }
    head
}

/// The samples of a database as the slow evaluator has them.
pub fn stored(head: &Head) -> Storage {
    let sample = |s: head::Sample| {
        let value = match s.value {
            value if value.is_stale() => Stored::Stale,
            SampleValue::Float(v) => Stored::Float(v),
            SampleValue::Histogram(h) => Stored::Histogram(Arc::unwrap_or_clone(h)),
        };
        Sample { t: s.t, start: (s.start != 0).then_some(s.start), value }
    };
    let series = head.series();
    series.map(|(labels, s)| (labels.clone(), s.into_iter().map(sample).collect())).collect()
}

fn by_reference(case: &Case, expr: &Expr, storage: &Storage) -> Seen {
    let options = Options {
        delayed_name_removal: case.flags.delayed_name_removal,
        start_timestamps: case.flags.start_timestamps,
        type_and_unit_labels: case.flags.type_and_unit_labels,
        ..Options::default()
    };
    let text = &case.query;
    Seen::of_outcome(match case.when {
        When::Instant(t) => reference::instant(text, expr, t, storage, &options),
        When::Range { start, end, step } => {
            reference::range(text, expr, (start, end, step), storage, &options)
        }
    })
}

fn by_engine(case: &Case, expr: &Expr, head: &Head) -> Seen {
    let end = match case.when {
        When::Instant(_) => None,
        When::Range { end, .. } => Some(end),
    };
    let options = QueryOptions {
        end,
        delayed_name_removal: case.flags.delayed_name_removal,
        start_timestamps: case.flags.start_timestamps,
        type_and_unit_labels: case.flags.type_and_unit_labels,
        ..QueryOptions::default()
    };
    let table = head.table();
    let result = match case.when {
        When::Instant(t) => query::instant(expr, t, &table, &options),
        When::Range { start, end, step } => {
            query::range(expr, Steps::range(start, end, step), &table, &options)
        }
    };
    Seen::of_engine(result, &case.query)
}

/// A result as text: all bits of it, and nothing that does not matter.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Error(String),
    Result { kind: &'static str, lines: Vec<String>, notes: BTreeSet<String> },
}

impl Seen {
    fn error(message: &str) -> Self {
        Self::Error(without_chance(message))
    }

    /// Leaves of the order what is defined.
    fn sort(&mut self, order: Order) {
        let Self::Result { lines, .. } = self else { return };
        match order {
            Order::Labels if lines.len() <= known::FEW => {}
            Order::Any | Order::Labels => lines.sort(),
            Order::Values => {
                let value = |line: &String| line.rsplit(' ').next().unwrap_or("").to_owned();
                lines.chunk_by_mut(|a, b| value(a) == value(b)).for_each(<[String]>::sort);
            }
        }
    }

    fn of_outcome(outcome: Result<Outcome, String>) -> Self {
        let Outcome { value, warnings, infos } = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return Self::error(&error),
        };
        let (kind, lines) = match value {
            Value::Scalar(v) => ("scalar", vec![float(v)]),
            Value::String(text) => ("string", vec![text]),
            Value::Vector(vector) => (
                "vector",
                vector.iter().map(|(labels, v)| format!("{labels} {}", number(v))).collect(),
            ),
            Value::Matrix(matrix) => ("matrix", matrix.iter().map(reference_series).collect()),
        };
        Self::Result { kind, lines, notes: warnings.into_iter().chain(infos).collect() }
    }

    fn of_engine(result: Result<QueryResult, EvalError>, text: &str) -> Self {
        let QueryResult { value, notices } = match result {
            Ok(result) => result,
            Err(error) => return Self::error(&error.message),
        };
        let (kind, lines) = match value {
            EngineValue::Scalar(v) => ("scalar", vec![float(v)]),
            EngineValue::String(text) => ("string", vec![text]),
            EngineValue::Vector(vector) => {
                let line = |s: &query::VectorSample| format!("{} {}", s.labels, sample(&s.value));
                ("vector", vector.iter().map(line).collect())
            }
            EngineValue::Matrix(matrix) => ("matrix", matrix.iter().map(engine_series).collect()),
        };
        let told = |level| notices.iter().filter(move |n| n.level == level);
        let notes = told(Level::Warning).chain(told(Level::Info)).map(|n| n.render(text));
        Self::Result { kind, lines, notes: notes.collect() }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(f, "the error {error}"),
            Self::Result { kind, lines, notes } => {
                write!(f, "a {kind}")?;
                lines.iter().chain(notes).try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

/// An error without the group and the two series that it names of many: in Prometheus chance may
/// pick them.
pub(super) fn without_chance(error: &str) -> String {
    let told = error.split_once(" for the match group {");
    told.map_or(error, |(before, _)| before).to_owned()
}

fn reference_series((labels, points): &(Labels, Vec<(i64, Number)>)) -> String {
    let points: Vec<_> = points.iter().map(|(t, v)| format!("{}@{t}", number(v))).collect();
    format!("{labels} {}", points.join(" "))
}

fn engine_series(series: &MatrixSeries) -> String {
    let floats = series.timestamps.iter().zip(&series.values).map(|(t, v)| (*t, float(*v)));
    let histograms = series.histograms.iter().map(|(t, h)| (*t, histogram(h)));
    let mut points: Vec<(i64, String)> = floats.chain(histograms).collect();
    points.sort_by_key(|(t, _)| *t);
    let points: Vec<_> = points.iter().map(|(t, v)| format!("{v}@{t}")).collect();
    format!("{} {}", series.labels, points.join(" "))
}

fn number(value: &Number) -> String {
    match value {
        Number::Float(v) => float(*v),
        Number::Histogram(h) => histogram(h),
    }
}

fn sample(value: &SampleValue) -> String {
    match value {
        SampleValue::Float(v) => float(*v),
        SampleValue::Histogram(h) => histogram(h),
    }
}

/// The shortest digits tell floats apart, and NaN is NaN.
fn float(v: f64) -> String {
    format_g(v)
}

/// All of a histogram: the test notation, and which of its empty buckets it has.
fn histogram(h: &FloatHistogram) -> String {
    let side = |buckets: &mut dyn Iterator<Item = (i32, f64)>| {
        let all: Vec<_> = buckets.map(|(i, count)| format!("{i}:{}", float(count))).collect();
        all.join(" ")
    };
    let (above, below) = (side(&mut h.positive()), side(&mut h.negative()));
    format!("{} [{above}] [{below}]", h.test_text())
}
