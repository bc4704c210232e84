//! Single values: whether they agree, and how they are shown.

use model::{SampleValue, histogram::FloatHistogram, is_stale, number::format_g};

use crate::series::Point;

/// Relative difference that counts as none.
const EPSILON: f64 = 1e-6;

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

/// Whether a histogram is as expected: the same buckets once empty ones are gone, with counts
/// that agree. Counter reset hints are compared where the expectation was written with one.
#[expect(clippy::float_cmp, reason = "bounds and thresholds are equal or not the same")]
pub fn same_histogram(expect: &FloatHistogram, got: &FloatHistogram, with_hint: bool) -> bool {
    let (a, b) = (expect.clone().compact(), got.clone().compact());
    let counts = [(a.count, b.count), (a.sum, b.sum), (a.zero_count, b.zero_count)];
    a.schema() == b.schema()
        && counts.into_iter().all(|(a, b)| almost_equal(a, b))
        && (!a.is_custom() || a.custom_bounds() == b.custom_bounds())
        && a.zero_threshold() == b.zero_threshold()
        && a.layout().positive_spans() == b.layout().positive_spans()
        && a.layout().negative_spans() == b.layout().negative_spans()
        && a.counts().iter().zip(b.counts()).all(|(a, b)| almost_equal(*a, *b))
        && (!with_hint || a.hint == b.hint)
}

/// Whether a value is as expected.
pub(super) fn same(expect: &Point, got: &SampleValue) -> bool {
    match (expect, got) {
        (Point::Float(expect), SampleValue::Float(got)) => almost_equal(*expect, *got),
        (Point::Histogram { value, has_hint }, SampleValue::Histogram(got)) => {
            same_histogram(value, got, *has_hint)
        }
        _ => false,
    }
}

/// A float as scripts have it.
pub(super) fn show(v: f64) -> String {
    if is_stale(v) { "stale".to_owned() } else { format_g(v) }
}

/// A value as scripts have it.
pub(super) fn show_value(value: &SampleValue) -> String {
    match value {
        SampleValue::Float(v) => show(*v),
        SampleValue::Histogram(h) => h.test_text(),
    }
}

/// An expected value as scripts have it.
pub(super) fn show_point(point: &Point) -> String {
    match point {
        Point::Missing => "_".to_owned(),
        Point::Float(v) => show(*v),
        Point::Histogram { value, .. } => value.test_text(),
    }
}
