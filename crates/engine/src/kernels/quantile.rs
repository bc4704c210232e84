//! Quantiles of a list of floats: the aggregation, `quantile_over_time`, `mad_over_time`.
//!
//! Quantiles of histograms stand in `histogram`.

use std::cmp::Ordering;

use super::Window;

/// Windows of up to so many samples are sorted on the stack.
const ON_STACK: usize = 128;

/// The `q`-quantile of `values`, which are sorted by it with NaN as the smallest; linear between
/// neighbours. As `quantile` in prometheus promql/quantile.go.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_unstable_by(|a, b| nan_first(*a, *b));
    let n = values.len() as f64;
    let rank = q * (n - 1.0);
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(n - 1.0);
    let weight = rank - rank.floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..n")]
    let (lower, upper) = (lower as usize, upper as usize);
    values[lower] * (1.0 - weight) + values[upper] * weight
}

/// `quantile_over_time(q, window)`.
pub(crate) fn quantile_over_time(w: &Window<'_>, params: &[f64]) -> Option<f64> {
    if w.values.is_empty() {
        return None;
    }
    Some(with_copy(w.values, |values| quantile(params[0], values)))
}

/// Median of the distances from the median; NaN if any value is.
pub(crate) fn mad_over_time(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    if w.values.is_empty() {
        return None;
    }
    if w.values.iter().any(|x| x.is_nan()) {
        return Some(f64::NAN);
    }
    Some(with_copy(w.values, |values| {
        let median = quantile(0.5, values);
        for x in &mut *values {
            *x = (*x - median).abs();
        }
        quantile(0.5, values)
    }))
}

fn nan_first(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn with_copy(values: &[f64], f: impl FnOnce(&mut [f64]) -> f64) -> f64 {
    let mut stack = [0.0; ON_STACK];
    match stack.get_mut(..values.len()) {
        Some(copy) => {
            copy.copy_from_slice(values);
            f(copy)
        }
        None => f(&mut values.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::quantile;
    use crate::kernels::tests::check;

    const NAN: f64 = f64::NAN;

    #[test]
    fn quantiles_lie_between_neighbours() {
        for (q, expect) in [(0.0, 0.0), (0.5, 1.0), (0.75, 1.5), (0.8, 1.6), (1.0, 2.0)] {
            check("quantile_over_time", "0:2 1:0 2:1", (-1, 9), &[q], Some(expect));
        }
        check("quantile_over_time", "0:2 1:0", (-1, 9), &[-1.0], Some(f64::NEG_INFINITY));
        check("quantile_over_time", "0:2 1:0", (-1, 9), &[2.0], Some(f64::INFINITY));
        check("quantile_over_time", "0:2 1:0", (-1, 9), &[NAN], Some(NAN));
        check("quantile_over_time", "0:2 1:NaN 2:4", (-1, 9), &[0.5], Some(2.0));
    }

    #[test]
    fn deviation_from_the_median() {
        check("mad_over_time", "0:4 1:6 2:2 3:1 4:999 5:1 6:2", (-1, 9), &[], Some(1.0));
        check("mad_over_time", "0:4 1:NaN", (-1, 9), &[], Some(NAN));
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn long_windows_are_no_different() {
        let long: Vec<_> = (0..1000).map(|i| format!("{i}:{}", (i * 7919) % 1000)).collect();
        check("quantile_over_time", &long.join(" "), (-1, 1000), &[0.9], Some(899.1));
        assert_eq!(quantile(0.5, &mut []).to_bits(), NAN.to_bits());
        assert_eq!(quantile(0.5, &mut [3.0]), 3.0);
    }

    proptest! {
        #[test]
        fn quantiles_grow_with_q(mut v in prop::collection::vec(-1e6..1e6, 1..50), a in 0.0..=1.0, b in 0.0..=1.0) {
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            let (x, y) = (quantile(low, &mut v), quantile(high, &mut v));
            prop_assert!(x <= y + y.abs() * 1e-12);
        }
    }
}
