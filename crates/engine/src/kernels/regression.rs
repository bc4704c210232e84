//! Where a window is heading: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use super::{Window, kahan::Sum};

/// Slope per second.
pub(crate) fn deriv(w: &Window<'_>, _: &[f64]) -> Option<f64> {
    // Times near the samples keep the sums of squares small.
    line(w, *w.ts.first()?).map(|line| line.slope)
}

/// The value `params[0]` seconds after the evaluation time, on a straight line.
pub(crate) fn predict_linear(w: &Window<'_>, params: &[f64]) -> Option<f64> {
    line(w, w.t).map(|line| line.slope * params[0] + line.intercept)
}

/// Smoothed level at the last sample; `params` are the smoothing and the trend factor, both
/// between 0 and 1.
pub(crate) fn double_exponential_smoothing(w: &Window<'_>, params: &[f64]) -> Option<f64> {
    let &[x0, x1, ..] = w.values else { return None };
    let (sf, tf) = (params[0], params[1]);
    let (mut before, mut level, mut trend) = (0.0, x0, x1 - x0);
    for (i, &x) in w.values.iter().enumerate().skip(1) {
        if i > 1 {
            trend = tf * (level - before) + (1.0 - tf) * trend;
        }
        let next = sf * x + (1.0 - sf) * (level + trend);
        (before, level) = (level, next);
    }
    Some(level)
}

struct Line {
    slope: f64,
    intercept: f64,
}

/// Least squares, with the intercept at `origin`. As `linearRegression` in prometheus
/// promql/functions.go.
fn line(w: &Window<'_>, origin: i64) -> Option<Line> {
    let [first, _, ..] = w.values else { return None };
    #[expect(clippy::float_cmp, reason = "a constant window has equal values, not similar ones")]
    if w.values.iter().skip(1).all(|y| y == first) {
        return Some(if first.is_infinite() {
            Line { slope: f64::NAN, intercept: f64::NAN }
        } else {
            Line { slope: 0.0, intercept: *first }
        });
    }
    let [mut xs, mut ys, mut products, mut squares] = [Sum::default(); 4];
    for (&t, &y) in w.ts.iter().zip(w.values) {
        let x = (t - origin) as f64 / 1e3;
        xs = xs.plus(x);
        ys = ys.plus(y);
        products = products.plus(x * y);
        squares = squares.plus(x * x);
    }
    let n = w.values.len() as f64;
    let (x, y) = (xs.total(), ys.total());
    let covariance = products.total() - x * y / n;
    let variance = squares.total() - x * x / n;
    let slope = covariance / variance;
    Some(Line { slope, intercept: y / n - slope * x / n })
}

#[cfg(test)]
mod tests {
    use crate::kernels::tests::check;

    const NAN: f64 = f64::NAN;

    #[test]
    fn straight_lines_are_continued() {
        check("deriv", "0:0 10:20 20:40", (-1, 20), &[], Some(2.0));
        check("predict_linear", "0:0 10:20 20:40", (-1, 20), &[60.0], Some(160.0));
        check("predict_linear", "0:7 10:7 20:7", (-1, 30), &[60.0], Some(7.0));
        check("deriv", "0:7", (-1, 30), &[], None);
        check("predict_linear", "0:7", (-1, 30), &[1.0], None);
    }

    #[test]
    fn infinite_constants_have_no_slope() {
        check("deriv", "0:inf 10:inf", (-1, 20), &[], Some(NAN));
        check("predict_linear", "0:inf 10:inf", (-1, 20), &[1.0], Some(NAN));
        check("deriv", "0:NaN 10:NaN", (-1, 20), &[], Some(NAN));
    }

    #[test]
    fn smoothing_follows_level_and_trend() {
        check("double_exponential_smoothing", "0:1 1:2 2:3", (-1, 9), &[0.5, 0.5], Some(3.0));
        check("double_exponential_smoothing", "0:1", (-1, 9), &[0.5, 0.5], None);
        // 0.5·10 + 0.5·(1 + 1) after the level 1, 2.
        check("double_exponential_smoothing", "0:0 1:1 2:10", (-1, 9), &[0.5, 0.1], Some(6.0));
    }
}
