//! What a window with histograms amounts to: `sum_over_time` and those of its siblings for which
//! histograms count.
#![expect(clippy::unnecessary_wraps, reason = "one signature for all")]

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::{self, CounterResetHint, Mean, MixedSchemas, Total},
};
use store::Samples;

use super::{MixedWindow, Note, nothing_but};
use crate::{
    kernels::{WindowFn, over_time},
    notice::HistogramOperation,
};

/// Mean.
pub(crate) fn avg(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    of_one_kind(w, over_time::avg, notes, |all, notes| {
        folded(all, (Mean::new, Mean::add, Mean::value), notes)
    })
}

/// Sum.
pub(crate) fn sum(w: &MixedWindow<'_>, _: &[f64], notes: &mut Vec<Note>) -> Option<SampleValue> {
    of_one_kind(w, over_time::sum, notes, |all, notes| {
        folded(all, (Total::new, Total::add, Total::value), notes)
    })
}

/// How many samples.
pub(crate) fn count(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    Some((w.samples.len() as f64).into())
}

/// 1.
pub(crate) fn present(_: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    Some(1.0.into())
}

/// Oldest value.
pub(crate) fn first(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    w.merged().next().map(|sample| sample.value.into())
}

/// Newest value.
pub(crate) fn last(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    let Samples { floats, histograms } = w.samples;
    if floats.ts.last() > histograms.ts.last() {
        return floats.values.last().map(|value| (*value).into());
    }
    histograms.values.last().map(|value| value.clone().into())
}

/// Unix time of the oldest sample.
pub(crate) fn ts_of_first(
    w: &MixedWindow<'_>,
    _: &[f64],
    _: &mut Vec<Note>,
) -> Option<SampleValue> {
    w.merged().next().map(|sample| (sample.t as f64 / 1000.0).into())
}

/// Unix time of the newest sample; with a kind missing never before 1970.
pub(crate) fn ts_of_last(w: &MixedWindow<'_>, _: &[f64], _: &mut Vec<Note>) -> Option<SampleValue> {
    let last = |ts: &[i64]| ts.last().copied().unwrap_or(0);
    let Samples { floats, histograms } = w.samples;
    Some((last(floats.ts).max(last(histograms.ts)) as f64 / 1000.0).into())
}

/// Floats alone, or histograms alone.
fn of_one_kind(
    w: &MixedWindow<'_>,
    of_floats: WindowFn,
    notes: &mut Vec<Note>,
    of_histograms: impl FnOnce(&[Arc<FloatHistogram>], &mut Vec<Note>) -> Option<FloatHistogram>,
) -> Option<SampleValue> {
    match (w.samples.floats.ts, w.samples.histograms.values) {
        ([_, ..], [_, ..]) => {
            notes.push(Note::Mixed);
            None
        }
        ([], all) => of_histograms(all, notes).map(SampleValue::from),
        (_, []) => of_floats(&w.floats(), &[]).map(SampleValue::from),
    }
}

type Fold<A> = (
    fn(&FloatHistogram) -> A,
    fn(&mut A, &FloatHistogram) -> Result<histogram::Notes, MixedSchemas>,
    fn(&A) -> FloatHistogram,
);

/// All histograms of a window put together. Empty buckets stay, as in Prometheus.
fn folded<A>(
    all: &[Arc<FloatHistogram>],
    (new, add, value): Fold<A>,
    notes: &mut Vec<Note>,
) -> Option<FloatHistogram> {
    let (first, rest) = all.split_first()?;
    let (mut folded, mut reconciled) = (new(first), false);
    for h in rest {
        match add(&mut folded, h) {
            Ok(seen) => reconciled |= seen.bounds_reconciled,
            Err(MixedSchemas) => return nothing_but(notes, Note::MixedSchemas),
        }
    }
    let any = |hint: CounterResetHint| all.iter().any(|h| h.hint == hint);
    if any(CounterResetHint::Reset) && any(CounterResetHint::NotReset) {
        notes.push(Note::ResetCollision);
    }
    if reconciled {
        notes.push(Note::Reconciled(HistogramOperation::Aggregation));
    }
    Some(value(&folded))
}
