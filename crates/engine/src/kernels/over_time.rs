//! What a window amounts to: `avg_over_time` and its siblings, and when an extreme was reached.
//!
//! Those that sort stand in `quantile`.

use store::{Part, Stretch, greatest, least};

use super::{
    Window,
    kahan::{Mean, Sum},
};

/// Mean.
pub(crate) fn avg(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, |values| {
        let mut mean = Mean::default();
        for &x in values {
            mean.add(x);
        }
        mean.value()
    })
}

/// Sum.
pub(crate) fn sum(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, |values| {
        let sum = values.iter().fold(Sum::default(), |sum, &x| sum.plus(x));
        // NaN in the compensation must not hide an infinite sum.
        if sum.sum.is_infinite() { sum.sum } else { sum.total() }
    })
}

/// How many samples.
pub(crate) fn count(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, |values| values.len() as f64)
}

/// Least value; NaN only if there is nothing else.
pub(crate) fn min(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(w, least, |stretch| stretch.min)
}

/// Greatest value; NaN only if there is nothing else.
pub(crate) fn max(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(w, greatest, |stretch| stretch.max)
}

/// Oldest value.
pub(crate) fn first(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    w.values.first().copied()
}

/// Newest value.
pub(crate) fn last(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    w.values.last().copied()
}

/// 1.
pub(crate) fn present(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, |_| 1.0)
}

/// Population standard deviation.
pub(crate) fn stddev(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, |values| variance(values).sqrt())
}

/// Population variance.
pub(crate) fn stdvar(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    of_some(w, variance)
}

/// Unix time of the oldest sample.
pub(crate) fn ts_of_first(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    w.ts.first().map(|&t| t as f64 / 1000.0)
}

/// Unix time of the newest sample, in Prometheus never before 1970.
pub(crate) fn ts_of_last(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    w.ts.last().map(|&t| t.max(0) as f64 / 1000.0)
}

/// Unix time of the greatest value, the latest of several.
pub(crate) fn ts_of_max(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    ts_of_best(w, |x, best| x >= best)
}

/// Unix time of the least value, the latest of several.
pub(crate) fn ts_of_min(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    ts_of_best(w, |x, best| x <= best)
}

/// The values taken together from first to last, stretches of them at a time.
#[inline]
fn extreme(
    w: &Window<'_>,
    of: impl Fn(f64, f64) -> f64,
    known: impl Fn(&Stretch) -> f64,
) -> Option<f64> {
    of_some(w, |values| {
        let mut all = f64::NAN;
        w.known.parts(0..values.len(), |part| match part {
            Part::Samples(samples) => all = values[samples].iter().copied().fold(all, &of),
            Part::Stretch(_, stretch) => all = of(all, known(stretch)),
        });
        all
    })
}

#[inline]
fn of_some(w: &Window<'_>, f: impl Fn(&[f64]) -> f64) -> Option<f64> {
    if w.values.is_empty() { None } else { Some(f(w.values)) }
}

/// Welford's method with a compensated mean and a compensated sum of squares.
fn variance(values: &[f64]) -> f64 {
    let (mut n, mut mean, mut squares) = (0.0, Sum::default(), Sum::default());
    for &x in values {
        n += 1.0;
        let delta = x - mean.total();
        mean = mean.plus(delta / n);
        squares = squares.plus(delta * (x - mean.total()));
    }
    squares.total() / n
}

#[inline]
fn ts_of_best(w: &Window<'_>, better: impl Fn(f64, f64) -> bool) -> Option<f64> {
    let (mut best, mut best_t) = (*w.values.first()?, *w.ts.first()?);
    for (&x, &t) in w.values.iter().zip(w.ts) {
        if better(x, best) || best.is_nan() {
            (best, best_t) = (x, t);
        }
    }
    Some(best_t as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use crate::kernels::tests::check;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn means_and_sums() {
        check("avg_over_time", "0:1 1:2 2:6", (-1, 2), &[], Some(3.0));
        check("avg_over_time", "0:1e308 1:1e308", (-1, 2), &[], Some(1e308));
        check("avg_over_time", "0:inf 1:-inf", (-1, 2), &[], Some(f64::NAN));
        check("avg_over_time", "0:5 1:inf", (-1, 2), &[], Some(INF));
        check("sum_over_time", "0:5e60 1:1 2:-5e60", (-1, 2), &[], Some(1.0));
        check("sum_over_time", "0:1e308 1:1e308", (-1, 2), &[], Some(INF));
        check("sum_over_time", "0:1 1:NaN", (-1, 2), &[], Some(f64::NAN));
        check("count_over_time", "0:5 1:NaN", (-1, 2), &[], Some(2.0));
        check("present_over_time", "0:5 1:NaN", (-1, 2), &[], Some(1.0));
    }

    #[test]
    fn extremes_ignore_nan_beside_numbers() {
        check("min_over_time", "0:NaN 1:3 2:NaN 3:2 4:5", (-1, 4), &[], Some(2.0));
        check("max_over_time", "0:NaN 1:3 2:NaN 3:2 4:5", (-1, 4), &[], Some(5.0));
        check("max_over_time", "0:NaN 1:NaN", (-1, 4), &[], Some(f64::NAN));
        check("ts_of_max_over_time", "0:NaN 1:5 2:NaN 3:2 4:5", (-1, 4), &[], Some(4.0));
        check("ts_of_min_over_time", "0:2 1:5 2:NaN 3:2 4:5", (-1, 4), &[], Some(3.0));
        check("ts_of_first_over_time", "1:5 2:6", (-1, 4), &[], Some(1.0));
        check("ts_of_last_over_time", "1:5 2:6", (-1, 4), &[], Some(2.0));
        check("first_over_time", "1:5 2:6", (-1, 4), &[], Some(5.0));
        check("last_over_time", "1:5 2:6", (-1, 4), &[], Some(6.0));
    }

    #[test]
    fn variances() {
        check("stdvar_over_time", "0:0 1:4 2:8 3:4", (-1, 4), &[], Some(8.0));
        check("stddev_over_time", "0:1 1:1 2:1", (-1, 4), &[], Some(0.0));
        check("stddev_over_time", "0:1 1:3", (-1, 4), &[], Some(1.0));
        check(
            "stdvar_over_time",
            "0:1.5990505637277868 1:1.5990505637277868 2:1.5990505637277868",
            (-1, 4),
            &[],
            Some(0.0),
        );
        check("stdvar_over_time", "0:1 1:inf", (-1, 4), &[], Some(f64::NAN));
    }
}
