//! Functions `…_over_time`.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, Mean, Total},
    number::format_g,
    quote::quote,
};
use promql::FunctionId;

use super::{
    math::{self, Sum},
    notes::Notes,
    range_calls::Call,
    rates::info_reconciled,
    value::Number,
    window::{Either, Window},
};

/// A function of all samples of a window, of which there is at least one.
pub(super) fn over_time(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    use FunctionId as F;
    let all = window.in_order();
    let (first, last) = (all[0], all[all.len() - 1]);
    let seconds = |t: i64| Number::Float(t as f64 / 1000.0);
    match call.function {
        F::CountOverTime => Some(Number::Float(all.len() as f64)),
        F::PresentOverTime | F::AbsentOverTime => Some(Number::Float(1.0)),
        F::TsOfFirstOverTime => Some(seconds(first.t())),
        // Without a sample of the other kind, that one's time is 0.
        F::TsOfLastOverTime if window.is_mixed() => Some(seconds(last.t())),
        F::TsOfLastOverTime => Some(seconds(last.t().max(0))),
        F::FirstOverTime => Some(first_of(window, first)),
        F::LastOverTime => Some(number(last)),
        F::SumOverTime | F::AvgOverTime => total(call, window, notes),
        _ => of_floats(call, window, notes).map(Number::Float),
    }
}

fn number(sample: Either<'_>) -> Number {
    match sample {
        Either::Float(p) => Number::Float(p.v),
        Either::Histogram(p) => Number::Histogram(p.v.clone()),
    }
}

/// Of a float and a histogram at one time the histogram counts as the first.
fn first_of(window: &Window, first: Either<'_>) -> Number {
    match window.histograms.first() {
        Some(h) if h.t == first.t() => Number::Histogram(h.v.clone()),
        _ => number(first),
    }
}

impl Call<'_> {
    pub(super) fn info_ignored(&self, notes: &mut Notes) {
        let what = "ignored histograms in a range containing both floats and histograms";
        notes.info(self.place, &format!("{what} for metric name {}", quote(self.name)));
    }
}

/// Functions that look at floats only.
fn of_floats(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<f64> {
    use FunctionId as F;
    if window.floats.is_empty() {
        return None;
    }
    if call.function == F::QuantileOverTime {
        let q = call.scalars[0];
        if !(0.0..=1.0).contains(&q) {
            notes.warn(call.place, &bad_quantile(q));
        }
    }
    if window.is_mixed() {
        call.info_ignored(notes);
    }
    let floats: Vec<f64> = window.floats.iter().map(|p| p.v).collect();
    Some(match call.function {
        F::MaxOverTime => extreme(window, |v, best| v > best).1,
        F::MinOverTime => extreme(window, |v, best| v < best).1,
        F::TsOfMaxOverTime => extreme(window, |v, best| v >= best).0 as f64 / 1000.0,
        F::TsOfMinOverTime => extreme(window, |v, best| v <= best).0 as f64 / 1000.0,
        F::QuantileOverTime => math::quantile(call.scalars[0], &floats),
        F::MadOverTime => deviation(&floats),
        F::StdvarOverTime => variance(&floats),
        F::StddevOverTime => variance(&floats).sqrt(),
        other => unreachable!("{other:?} is no function over time"),
    })
}

/// What is wrong with a quantile.
pub(super) fn bad_quantile(q: f64) -> String {
    format!("quantile value should be between 0 and 1, got {}", format_g(q))
}

/// The float that beats those before it, with its time. Everything beats NaN.
fn extreme(window: &Window, beats: impl Fn(f64, f64) -> bool) -> (i64, f64) {
    let (mut t, mut best) = (window.floats[0].t, window.floats[0].v);
    for p in &window.floats {
        if beats(p.v, best) || best.is_nan() {
            (t, best) = (p.t, p.v);
        }
    }
    (t, best)
}

/// The median distance from the median.
fn deviation(floats: &[f64]) -> f64 {
    if floats.iter().any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let median = math::quantile(0.5, floats);
    let distances: Vec<f64> = floats.iter().map(|v| (v - median).abs()).collect();
    math::quantile(0.5, &distances)
}

/// Population variance after Welford.
fn variance(floats: &[f64]) -> f64 {
    let (mut n, mut mean, mut squares) = (0.0, Sum::default(), Sum::default());
    for v in floats {
        n += 1.0;
        let delta = v - mean.total();
        mean = mean.plus(delta / n);
        squares = squares.plus(delta * (v - mean.total()));
    }
    squares.total() / n
}

/// `sum_over_time` and `avg_over_time`.
fn total(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    if window.is_mixed() {
        call.warn_mixed_kinds(notes);
        return None;
    }
    let is_sum = call.function == FunctionId::SumOverTime;
    if window.histograms.is_empty() {
        let floats: Vec<f64> = window.floats.iter().map(|p| p.v).collect();
        if !is_sum {
            return Some(Number::Float(math::mean(&floats)));
        }
        let sum = floats.iter().fold(Sum::default(), |sum, v| sum.plus(*v));
        return Some(Number::Float(if sum.sum.is_infinite() { sum.sum } else { sum.total() }));
    }
    let histograms: Vec<&FloatHistogram> = window.histograms.iter().map(|p| &p.v).collect();
    let combined = if is_sum { sum_of(&histograms) } else { mean_of(&histograms) };
    let Ok((value, reconciled)) = combined else {
        call.warn_mixed_schemas(notes);
        return None;
    };
    note_hints(call.place, histograms.iter().map(|h| h.hint), notes);
    if reconciled {
        info_reconciled(call.place, "aggregation", notes);
    }
    Some(Number::Histogram(value))
}

type Combined = Result<(FloatHistogram, bool), model::histogram::MixedSchemas>;

fn sum_of(histograms: &[&FloatHistogram]) -> Combined {
    let mut total = Total::new(histograms[0]);
    let mut reconciled = false;
    for h in &histograms[1..] {
        reconciled |= total.add(h)?.bounds_reconciled;
    }
    Ok((total.value(), reconciled))
}

fn mean_of(histograms: &[&FloatHistogram]) -> Combined {
    let mut mean = Mean::new(histograms[0]);
    let mut reconciled = false;
    for h in &histograms[1..] {
        reconciled |= mean.add(h)?.bounds_reconciled;
    }
    Ok((mean.value(), reconciled))
}

/// Warns where some of the histograms that are put together were reset and others were not.
pub(super) fn note_hints(
    place: u32,
    hints: impl Iterator<Item = CounterResetHint>,
    notes: &mut Notes,
) {
    let hints: Vec<_> = hints.collect();
    if hints.contains(&CounterResetHint::Reset) && hints.contains(&CounterResetHint::NotReset) {
        notes.warn(place, "conflicting counter resets during histogram aggregation");
    }
}
