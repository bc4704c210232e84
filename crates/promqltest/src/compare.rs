//! Whether a result is what a script expects.
//!
//! Floats agree within a millionth, as in Prometheus's own runner. Start at [`compare`]; single
//! values are compared in `compare/value.rs`, what differs is told by [`Mismatch`].

mod mismatch;
mod value;

use std::collections::BTreeMap;

use engine::{
    Steps,
    query::{MatrixSeries, Value, VectorSample},
};
use model::{Labels, SampleValue};

use self::{mismatch::Pair, value::same};
pub use self::{
    mismatch::{DiffLine, Mismatch},
    value::{almost_equal, same_histogram},
};
use crate::{
    script::{Expected, ExpectedSeries},
    series::{Point, show_labels},
};

/// Compares a result with what is expected at `steps`; the error says what differs.
pub fn compare(expected: &Expected, steps: Steps, got: &Value) -> Result<(), Mismatch> {
    match (got, expected.scalar) {
        (Value::String(got), _) => string(expected.string.as_deref().unwrap_or(""), got),
        (Value::Scalar(got), Some(expect)) if almost_equal(expect, *got) => Ok(()),
        (Value::Scalar(got), Some(expect)) => {
            Err(Mismatch::of(vec![Pair::differing(value::show(expect), value::show(*got))]))
        }
        (Value::Scalar(got), None) => {
            Err(Mismatch::kind("series", &format!("the scalar {}", value::show(*got))))
        }
        (Value::Vector(_), Some(expect)) => Err(Mismatch::kind(&scalar(expect), "a vector")),
        (Value::Matrix(_), Some(expect)) => Err(Mismatch::kind(&scalar(expect), "a matrix")),
        (Value::Vector(got), None) => vector(expected, got),
        (Value::Matrix(got), None) => matrix(expected, got, steps),
    }
}

/// That series are in the order of their labels.
pub fn sorted(got: &[MatrixSeries]) -> Result<(), Mismatch> {
    match got.windows(2).find(|pair| pair[0].labels > pair[1].labels) {
        Some(pair) => {
            let message = format!("{} comes before {}", pair[0].labels, pair[1].labels);
            Err(Mismatch::plain(message))
        }
        None => Ok(()),
    }
}

fn scalar(expect: f64) -> String {
    format!("the scalar {}", value::show(expect))
}

/// A string that nobody expects is expected to be empty.
fn string(expect: &str, got: &str) -> Result<(), Mismatch> {
    if expect == got {
        return Ok(());
    }
    Err(Mismatch::of(vec![Pair::differing(format!("{expect:?}"), format!("{got:?}"))]))
}

fn vector(expected: &Expected, got: &[VectorSample]) -> Result<(), Mismatch> {
    let mut by_labels: BTreeMap<&Labels, &VectorSample> =
        got.iter().map(|s| (&s.labels, s)).collect();
    let mut pairs = Vec::new();
    for series in &expected.series {
        let Some(point) = series.points.first() else {
            let message = format!("{} has no value to compare with", show_labels(&series.labels));
            return Err(Mismatch::plain(message));
        };
        let line = format!("{} {}", show_labels(&series.labels), value::show_point(point));
        pairs.push(match by_labels.remove(&series.labels) {
            Some(sample) if same_at_instant(point, &sample.value) => Pair::same(line),
            Some(sample) => Pair::differing(line, show_sample(sample)),
            None => Pair::missing(line),
        });
    }
    let unexpected = got.iter().filter(|s| by_labels.contains_key(&s.labels));
    pairs.extend(unexpected.map(|s| Pair::unexpected(show_sample(s))));
    Mismatch::unless_same(pairs)?;
    if expected.ordered { in_order(&expected.series, got) } else { Ok(()) }
}

/// `_` stands for zero here, as Prometheus has it.
fn same_at_instant(expect: &Point, got: &SampleValue) -> bool {
    match expect {
        Point::Missing => same(&Point::Float(0.0), got),
        other => same(other, got),
    }
}

fn in_order(expect: &[ExpectedSeries], got: &[VectorSample]) -> Result<(), Mismatch> {
    let places: BTreeMap<&Labels, usize> = expect.iter().map(|s| (&s.labels, s.position)).collect();
    let misplaced = (1..).zip(got).find(|(place, s)| places.get(&s.labels) != Some(place));
    let Some((place, sample)) = misplaced else { return Ok(()) };
    let wanted = places.get(&sample.labels).copied().unwrap_or_default();
    let labels = show_labels(&sample.labels);
    let message = format!("expected {labels} at place {wanted}, not {place}");
    let mut by_place: Vec<&ExpectedSeries> = expect.iter().collect();
    by_place.sort_by_key(|s| s.position);
    let lines = by_place.iter().zip(got).map(|(expect, got)| {
        let line = show_sample(got);
        if expect.labels == got.labels {
            Pair::same(line)
        } else {
            let point = expect.points.first().map_or_else(String::new, value::show_point);
            Pair::differing(format!("{} {point}", show_labels(&expect.labels)), line)
        }
    });
    Err(Mismatch::of(lines.collect()).in_order(message))
}

fn matrix(expected: &Expected, got: &[MatrixSeries], steps: Steps) -> Result<(), Mismatch> {
    if expected.ordered {
        return Err(Mismatch::plain("an order is expected, but the result is a matrix".to_owned()));
    }
    sorted(got)?;
    let mut by_labels: BTreeMap<&Labels, &MatrixSeries> =
        got.iter().map(|s| (&s.labels, s)).collect();
    let mut pairs = Vec::new();
    for series in &expected.series {
        if series.points.len() > steps.count {
            let labels = show_labels(&series.labels);
            let message = format!("{labels} has more values than there are steps");
            return Err(Mismatch::plain(message));
        }
        let line = format!("{} {}", show_labels(&series.labels), show_points(&series.points));
        pairs.push(match by_labels.remove(&series.labels) {
            Some(got) if same_points(&series.points, got, steps) => Pair::same(line),
            Some(got) => Pair::differing(line, show_series(got, steps)),
            None => Pair::missing(line),
        });
    }
    let unexpected = got.iter().filter(|s| by_labels.contains_key(&s.labels));
    pairs.extend(unexpected.map(|s| Pair::unexpected(show_series(s, steps))));
    Mismatch::unless_same(pairs)
}

fn same_points(expect: &[Point], got: &MatrixSeries, steps: Steps) -> bool {
    let mut wanted =
        expect.iter().zip(steps.iter()).filter(|(point, _)| !matches!(point, Point::Missing));
    let as_wanted = |(t, value): &(i64, SampleValue)| {
        wanted.next().is_some_and(|(point, at)| at == *t && same(point, value))
    };
    samples(got).iter().all(as_wanted) && wanted.next().is_none()
}

/// Floats and histograms of a series in the order of their times.
fn samples(series: &MatrixSeries) -> Vec<(i64, SampleValue)> {
    let floats = series.timestamps.iter().zip(&series.values).map(|(t, v)| (*t, (*v).into()));
    let histograms = series.histograms.iter().map(|(t, h)| (*t, h.clone().into()));
    let mut samples: Vec<(i64, SampleValue)> = floats.chain(histograms).collect();
    samples.sort_by_key(|(t, _)| *t);
    samples
}

fn show_sample(sample: &VectorSample) -> String {
    format!("{} {}", show_labels(&sample.labels), value::show_value(&sample.value))
}

fn show_points(points: &[Point]) -> String {
    points.iter().map(value::show_point).collect::<Vec<_>>().join(" ")
}

/// A series as a script would have it; samples beside the steps with their times.
fn show_series(series: &MatrixSeries, steps: Steps) -> String {
    let mut texts = vec!["_".to_owned(); steps.count];
    let mut beside = Vec::new();
    for (t, value) in samples(series) {
        let text = value::show_value(&value);
        match steps.iter().position(|at| at == t) {
            Some(i) => texts[i] = text,
            None => beside.push(format!("{text}@{}", t as f64 / 1000.0)),
        }
    }
    while texts.last().is_some_and(|text| text == "_") {
        texts.pop();
    }
    texts.extend(beside);
    format!("{} {}", show_labels(&series.labels), texts.join(" "))
}

#[cfg(test)]
mod tests;
