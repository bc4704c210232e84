//! Whether a result is what a script expects.
//!
//! Floats agree within a millionth, as in Prometheus's own runner.

use std::collections::BTreeMap;

use engine::{
    Steps,
    query::{MatrixSeries, Value, VectorSample},
};
use model::{Labels, SampleValue, is_stale, number::format_g};

use crate::{
    script::{Eval, Expected, ExpectedSeries},
    series::Point,
};

/// Relative difference that counts as none.
const EPSILON: f64 = 1e-6;

/// Compares a result with what `eval` expects; the error says what differs.
pub fn compare(eval: &Eval, value: &Value) -> Result<(), String> {
    match (&eval.result, value) {
        (Expected::Scalar(expect), Value::Scalar(got)) => floats("the scalar", *expect, *got),
        (Expected::String(expect), Value::String(got)) if expect == got => Ok(()),
        (Expected::String(expect), Value::String(got)) => {
            Err(format!("expected {expect:?}, got {got:?}"))
        }
        // Prometheus's runner does not look at a string that nobody expects.
        (_, Value::String(got)) if got.is_empty() => Ok(()),
        (Expected::Series(expect), Value::Vector(got)) => vector(expect, got, eval.ordered),
        (Expected::Series(expect) | Expected::RangeVector(expect), Value::Matrix(got)) => {
            matrix(expect, got, eval.steps)
        }
        (expect, got) => Err(format!("expected {}, got {}", kind(expect), kind_of(got))),
    }
}

/// As `almost.Equal` in prometheus util/almost: stale markers and other NaNs equal their like.
pub fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    #[expect(clippy::float_cmp, reason = "what is equal needs no tolerance")]
    if a == b || a.is_nan() && b.is_nan() {
        return true;
    }
    let (sum, diff) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return diff < EPSILON * f64::MIN_POSITIVE;
    }
    diff / sum.min(f64::MAX) < EPSILON
}

fn vector(expect: &[ExpectedSeries], got: &[VectorSample], ordered: bool) -> Result<(), String> {
    let by_labels = index(expect);
    for (i, sample) in got.iter().enumerate() {
        let expected = by_labels
            .get(&sample.labels)
            .ok_or_else(|| format!("unexpected {} with value {:?}", sample.labels, sample.value))?;
        if ordered && expected.position != i + 1 {
            return Err(format!(
                "expected {} at place {}, not {}",
                sample.labels,
                expected.position,
                i + 1
            ));
        }
        match (expected.points.first(), &sample.value) {
            (Some(Point::Float(value)), SampleValue::Float(got)) => {
                floats(&sample.labels.to_string(), *value, *got)?;
            }
            (other, _) => return Err(format!("expected {other:?} of {}", sample.labels)),
        }
    }
    nothing_missing(expect, got.iter().map(|s| &s.labels))
}

fn matrix(expect: &[ExpectedSeries], got: &[MatrixSeries], steps: Steps) -> Result<(), String> {
    sorted(got)?;
    let by_labels = index(expect);
    for series in got {
        let expected =
            by_labels.get(&series.labels).ok_or_else(|| format!("unexpected {}", show(series)))?;
        points(expected, series, steps)?;
    }
    nothing_missing(expect, got.iter().map(|s| &s.labels))
}

/// That series are in the order of their labels.
pub fn sorted(got: &[MatrixSeries]) -> Result<(), String> {
    match got.windows(2).find(|pair| pair[0].labels > pair[1].labels) {
        Some(pair) => Err(format!("{} comes before {}", pair[0].labels, pair[1].labels)),
        None => Ok(()),
    }
}

fn points(expect: &ExpectedSeries, got: &MatrixSeries, steps: Steps) -> Result<(), String> {
    if expect.points.len() > steps.count {
        return Err(format!("{} has more values than there are steps", expect.labels));
    }
    let mut expected = Vec::new();
    for (t, point) in steps.iter().zip(&expect.points) {
        match point {
            Point::Missing => {}
            Point::Float(value) => expected.push((t, *value)),
            Point::Histogram => return Err(format!("expected a histogram of {}", expect.labels)),
        }
    }
    let same = expected.len() == got.values.len()
        && expected
            .iter()
            .zip(got.timestamps.iter().zip(&got.values))
            .all(|((t, value), (got_t, got))| t == got_t && almost_equal(*value, *got));
    if same {
        return Ok(());
    }
    let expected = MatrixSeries {
        labels: expect.labels.clone(),
        timestamps: expected.iter().map(|(t, _)| *t).collect(),
        values: expected.iter().map(|(_, v)| *v).collect(),
        ..MatrixSeries::default()
    };
    Err(format!("expected {}, got {}", show(&expected), show(got)))
}

fn floats(what: &str, expect: f64, got: f64) -> Result<(), String> {
    if almost_equal(expect, got) {
        return Ok(());
    }
    Err(format!("expected {what} to be {}, got {}", format_g(expect), format_g(got)))
}

fn index(expect: &[ExpectedSeries]) -> BTreeMap<&Labels, &ExpectedSeries> {
    expect.iter().map(|s| (&s.labels, s)).collect()
}

fn nothing_missing<'a>(
    expect: &[ExpectedSeries],
    got: impl Iterator<Item = &'a Labels>,
) -> Result<(), String> {
    let mut missing = index(expect);
    for labels in got {
        missing.remove(labels);
    }
    match missing.keys().next() {
        Some(labels) => Err(format!("expected {labels}, which is missing")),
        None => Ok(()),
    }
}

fn show(series: &MatrixSeries) -> String {
    let points = series.timestamps.iter().zip(&series.values);
    let points: Vec<_> =
        points.map(|(t, v)| format!("{}@{}", format_g(*v), *t as f64 / 1000.0)).collect();
    format!("{} {}", series.labels, points.join(" "))
}

fn kind(expect: &Expected) -> &'static str {
    match expect {
        Expected::Scalar(_) => "a scalar",
        Expected::String(_) => "a string",
        Expected::Series(_) => "series",
        Expected::RangeVector(_) => "a range vector",
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Scalar(v) => format!("the scalar {}", format_g(*v)),
        Value::String(text) => format!("the string {text:?}"),
        Value::Vector(_) => "a vector".to_owned(),
        Value::Matrix(series) => {
            let series: Vec<_> = series.iter().map(show).collect();
            format!("a matrix: {}", series.join("; "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::almost_equal;

    #[test]
    fn floats_agree_within_a_millionth() {
        let inf = f64::INFINITY;
        for (a, b, equal) in [
            (1.0, 1.000_001, true),
            (1.0, 1.000_01, false),
            (0.0, 1e-300, false),
            (f64::NAN, f64::NAN, true),
            (f64::NAN, model::stale_nan(), false),
            (inf, inf, true),
            (inf, -inf, false),
            (inf, f64::MAX, false),
        ] {
            assert_eq!(almost_equal(a, b), equal, "{a} {b}");
        }
    }
}
