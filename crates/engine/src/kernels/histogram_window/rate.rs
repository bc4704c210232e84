//! `rate`, `increase` and `delta` of histograms, and of counters that tell when they started.
//!
//! As `extrapolatedRate` and `histogramRate` in prometheus promql/functions.go.

use model::{
    FloatHistogram, SampleValue,
    histogram::{CounterResetHint, Parts},
};
use store::{Floats, Histograms, is_fall};

use super::{MixedWindow, Note, noted, nothing_but, starts};
use crate::{
    kernels::rate::{Reach, seconds},
    notice::HistogramOperation::{Addition, Subtraction},
};

/// Per-second increase of a counter.
pub(crate) fn rate(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    let (rise, factor) = extrapolated(w, true, notes)?;
    Some(scaled(rise, factor / seconds(w.hi - w.lo)))
}

/// Increase of a counter.
pub(crate) fn increase(
    w: &MixedWindow<'_>,
    _: &[f64],
    notes: &mut Vec<Note>,
) -> Option<SampleValue> {
    let (rise, factor) = extrapolated(w, true, notes)?;
    Some(scaled(rise, factor))
}

/// Difference of a gauge.
pub(crate) fn delta(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    let (rise, factor) = extrapolated(w, false, notes)?;
    Some(scaled(rise, factor))
}

/// How far a series moved between its samples.
enum Rise {
    Float(f64),
    Histogram(FloatHistogram),
}

fn scaled(rise: Rise, factor: f64) -> SampleValue {
    match rise {
        Rise::Float(rise) => (rise * factor).into(),
        Rise::Histogram(mut rise) => {
            rise.multiply(factor);
            rise.into()
        }
    }
}

/// The rise from the first to the last sample, and the factor that stretches it to the window's
/// edges.
fn extrapolated(w: &MixedWindow<'_>, counter: bool, notes: &mut Vec<Note>) -> Option<(Rise, f64)> {
    let (floats, histograms) = (w.samples.floats, w.samples.histograms);
    match (floats.ts, histograms.ts) {
        ([_, ..], [_, ..]) => {
            notes.push(Note::Mixed);
            None
        }
        ([], _) => of_histograms(w, &histograms, counter, notes),
        (_, []) => of_floats(w, &floats, counter, notes),
    }
}

fn of_floats(
    w: &MixedWindow<'_>,
    floats: &Floats<'_>,
    counter: bool,
    notes: &mut Vec<Note>,
) -> Option<(Rise, f64)> {
    let (first, last) = (*floats.values.first()?, *floats.values.last()?);
    let mut rise = last - first;
    if counter {
        note_overlap(floats.ts, floats.starts, notes);
        for (i, pair) in floats.values.windows(2).enumerate() {
            if is_fall(pair[0], pair[1]) || started_anew(floats.ts, floats.starts, i) {
                rise += pair[0];
            }
        }
    }
    let reach = Reach::of(floats.ts, w.lo, w.hi)?;
    if let Some(start) = counting_began(w, floats.ts, floats.starts, counter) {
        return Some((Rise::Float(rise + first), reach.factor_from_zero_at(start)));
    }
    let zero = counter.then_some((first, rise));
    (floats.ts.len() > 1).then(|| (Rise::Float(rise), reach.factor(zero)))
}

fn of_histograms(
    w: &MixedWindow<'_>,
    histograms: &Histograms<'_>,
    counter: bool,
    notes: &mut Vec<Note>,
) -> Option<(Rise, f64)> {
    let first = histograms.values.first()?;
    let rise = match histograms.values {
        [_] => None,
        _ => Some(histogram_rise(histograms, counter, notes)?),
    };
    let reach = Reach::of(histograms.ts, w.lo, w.hi)?;
    if let Some(start) = counting_began(w, histograms.ts, histograms.starts, counter) {
        let Some(mut rise) = rise else {
            let rise = FloatHistogram::clone(first);
            return Some((Rise::Histogram(rise), reach.factor_from_zero_at(start)));
        };
        let result = rise.add(first);
        if noted(result, Addition, notes).is_err() {
            notes.push(Note::MixedSchemas);
            return None;
        }
        return Some((Rise::Histogram(rise), reach.factor_from_zero_at(start)));
    }
    let rise = rise?;
    let factor = reach.factor(counter.then_some((first.count, rise.count)));
    Some((Rise::Histogram(rise), factor))
}

/// Where a counter is known to have stood at zero inside the window.
fn counting_began(w: &MixedWindow<'_>, ts: &[i64], all: &[i64], counter: bool) -> Option<i64> {
    if counter { starts::inside(all, ts, w.lo) } else { None }
}

/// Whether counting began anew between sample `i` and the next.
fn started_anew(ts: &[i64], all: &[i64], i: usize) -> bool {
    !all.is_empty() && starts::is_reset((all[i], ts[i]), (all[i + 1], ts[i + 1]))
}

/// Once per window.
fn note_overlap(ts: &[i64], all: &[i64], notes: &mut Vec<Note>) {
    let pairs = all.iter().zip(ts).zip(all.iter().skip(1));
    if pairs.into_iter().any(|((prev, t), start)| starts::overlaps((*prev, *t), *start)) {
        notes.push(Note::StartOverlap);
    }
}

/// The last histogram minus the first, resets of a counter added; at least two are given.
fn histogram_rise(
    histograms: &Histograms<'_>,
    counter: bool,
    notes: &mut Vec<Note>,
) -> Option<FloatHistogram> {
    let Histograms { ts, values, starts } = *histograms;
    let [first, inside @ .., last] = values else { return None };
    let is_gauge = |h: &FloatHistogram| h.hint == CounterResetHint::Gauge;
    if counter && (is_gauge(first) || is_gauge(last)) {
        notes.push(Note::NotCounter);
    }
    // What was counted before a reset right after the first sample does not matter, whatever its
    // buckets were.
    let nothing = (counter && (started_anew(ts, starts, 0) || values[1].detect_reset(first)))
        .then(|| empty_like(&values[1]));
    let first = nothing.as_ref().unwrap_or(first);
    if last.is_custom() != first.is_custom() {
        notes.push(Note::MixedSchemas);
        return None;
    }
    let mut schema = last.schema().min(first.schema());
    for h in inside.iter().filter(|_| counter) {
        if is_gauge(h) {
            notes.push(Note::NotCounter);
        }
        if h.is_custom() != first.is_custom() {
            return nothing_but(notes, Note::MixedSchemas);
        }
        schema = schema.min(h.schema());
    }
    let mut rise = last.to_schema(schema);
    let result = rise.subtract(first);
    if noted(result, Subtraction, notes).is_err() {
        return nothing_but(notes, Note::MixedSchemas);
    }
    if counter {
        note_overlap(ts, starts, notes);
        let mut prev = first;
        for (i, cur) in values[1..].iter().enumerate() {
            if started_anew(ts, starts, i) || cur.detect_reset(prev) {
                let result = rise.add(prev);
                if noted(result, Addition, notes).is_err() {
                    return nothing_but(notes, Note::MixedSchemas);
                }
            }
            prev = cur;
        }
    } else if !is_gauge(&values[0]) || !is_gauge(last) {
        notes.push(Note::NotGauge);
    }
    rise.hint = CounterResetHint::Gauge;
    Some(rise.compact())
}

/// A histogram of the same kind without observations.
fn empty_like(h: &FloatHistogram) -> FloatHistogram {
    let bounds = h.custom_bounds().into();
    Parts { schema: h.schema(), bounds, ..Parts::default() }.into()
}
