//! `deriv`, `predict_linear`, `double_exponential_smoothing`: curves through floats.

use promql::FunctionId;

use super::{
    math::Sum,
    notes::Notes,
    range_calls::Call,
    value::Number,
    window::{At, Window},
};

/// `deriv` and `predict_linear`.
pub(super) fn linear(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    if !has_two(call, window, notes) {
        return None;
    }
    let floats = &window.floats;
    Some(Number::Float(if call.function == FunctionId::Deriv {
        line(floats, floats[0].t).0
    } else {
        let (slope, intercept) = line(floats, call.t);
        slope * call.scalars[0] + intercept
    }))
}

/// Whether there are two floats. Histograms beside floats are noted.
fn has_two(call: &Call<'_>, window: &Window, notes: &mut Notes) -> bool {
    if window.is_mixed() {
        call.info_ignored(notes);
    }
    window.floats.len() >= 2
}

/// Slope by least squares, and the value at a time.
#[expect(clippy::float_cmp, reason = "all values must be exactly the same")]
fn line(floats: &[At<f64>], zero: i64) -> (f64, f64) {
    let first = floats[0].v;
    if floats.iter().skip(1).all(|p| p.v == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let [mut x, mut y, mut xy, mut xx] = [Sum::default(); 4];
    for p in floats {
        let at = (p.t - zero) as f64 / 1e3;
        x = x.plus(at);
        y = y.plus(p.v);
        xy = xy.plus(at * p.v);
        xx = xx.plus(at * at);
    }
    let n = floats.len() as f64;
    let [x, y, xy, xx] = [x, y, xy, xx].map(Sum::total);
    let slope = (xy - x * y / n) / (xx - x * x / n);
    (slope, y / n - slope * x / n)
}

/// `double_exponential_smoothing`
pub(super) fn smoothing(
    call: &Call<'_>,
    window: &Window,
    notes: &mut Notes,
) -> Result<Option<Number>, String> {
    let (level, trend) = (call.scalars[0], call.scalars[1]);
    for (what, short, v) in [("smoothing", "sf", level), ("trend", "tf", trend)] {
        if v <= 0.0 || v >= 1.0 {
            let got = fixed(v);
            return Err(format!("invalid {what} factor. Expected: 0 < {short} < 1, got: {got}"));
        }
    }
    if !has_two(call, window, notes) {
        return Ok(None);
    }
    let floats = &window.floats;
    let mut before = 0.0;
    let mut smoothed = floats[0].v;
    let mut slope = floats[1].v - floats[0].v;
    for (i, p) in floats.iter().enumerate().skip(1) {
        if i > 1 {
            slope = trend * (smoothed - before) + (1.0 - trend) * slope;
        }
        let next = level * p.v + (1.0 - level) * (smoothed + slope);
        before = smoothed;
        smoothed = next;
    }
    Ok(Some(Number::Float(smoothed)))
}

/// Go's `%f`.
fn fixed(v: f64) -> String {
    if v.is_finite() { format!("{v:.6}") } else { model::number::format_f(v) }
}
