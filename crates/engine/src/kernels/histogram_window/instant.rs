//! `irate` and `idelta`: the last two samples, of whichever kind.

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::CounterResetHint::{self, Gauge},
};
use store::{Newest, NewestValue};

use super::{MixedWindow, Note, merged, noted, starts};
use store::is_fall;

use crate::notice::HistogramOperation;

/// Per-second increase of a counter between the last two samples.
pub(crate) fn irate(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    between(w, true, notes)
}

/// Difference of the last two samples.
pub(crate) fn idelta(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    between(w, false, notes)
}

/// As `instantValue` in prometheus promql/functions.go.
fn between(w: &MixedWindow<'_>, counter: bool, notes: &mut Vec<Note>) -> Option<SampleValue> {
    let (prev, last) = last_two(w)?;
    let seconds = (last.t - prev.t) as f64 / 1000.0;
    let reset = counter && starts::reset(&prev, &last);
    match (prev.value, last.value) {
        (NewestValue::Float(a), NewestValue::Float(b)) => {
            let rise = if counter && (is_fall(a, b) || reset) { b } else { b - a };
            Some(if counter { rise / seconds } else { rise }.into())
        }
        (NewestValue::Histogram(a), NewestValue::Histogram(b)) => {
            note_kind([a, b].map(|h| h.hint), counter, notes);
            let reset = reset || counter && b.detect_reset(a);
            let mut rise = if reset { FloatHistogram::clone(b) } else { difference(b, a, notes)? };
            rise.hint = Gauge;
            rise = rise.compact();
            if counter {
                rise.divide(seconds);
            }
            Some(rise.into())
        }
        _ => {
            notes.push(Note::Mixed);
            None
        }
    }
}

fn last_two<'a>(w: &MixedWindow<'a>) -> Option<(Newest<'a>, Newest<'a>)> {
    let before_last_two = |ts: &[i64]| ts.len().saturating_sub(2);
    let skip = [w.samples.floats.ts, w.samples.histograms.ts].map(before_last_two);
    let [mut prev, mut last] = [None, None];
    for sample in merged(w.samples, skip) {
        (prev, last) = (last, Some(sample));
    }
    Some((prev?, last?))
}

/// Notes where histograms are not what the function is for.
fn note_kind(hints: [CounterResetHint; 2], counter: bool, notes: &mut Vec<Note>) {
    if counter && hints.contains(&Gauge) {
        notes.push(Note::NotCounter);
    }
    if !counter && hints != [Gauge, Gauge] {
        notes.push(Note::NotGauge);
    }
}

fn difference(
    last: &Arc<FloatHistogram>,
    prev: &FloatHistogram,
    notes: &mut Vec<Note>,
) -> Option<FloatHistogram> {
    let mut rise = FloatHistogram::clone(last);
    let result = rise.subtract(prev);
    if noted(result, HistogramOperation::Subtraction, notes).is_err() {
        notes.push(Note::MixedSchemas);
        return None;
    }
    Some(rise)
}
