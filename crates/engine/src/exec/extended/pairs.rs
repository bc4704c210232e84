//! `changes` and `resets` over anchored windows: what happened between neighbours, the first of
//! which is the newest sample at or before the left edge.
//!
//! As `pickFirstSampleIndices`, `funcChanges` and `funcResets` in prometheus promql/functions.go.

use promql::FunctionId;
use store::{Newest as Sample, NewestValue as Value, Samples};

use super::Around;

/// How many neighbours count. None where no sample is inside the window.
pub(super) fn count(
    function: FunctionId,
    Around { samples, lo, .. }: Around<'_>,
    start_timestamps: bool,
) -> Option<f64> {
    let (mut prev, mut hits, mut any) = (None, 0_u32, false);
    for sample in merged(samples) {
        let before = prev.replace(sample);
        if sample.t <= lo {
            continue;
        }
        any = true;
        let Some(before) = before else { continue };
        let hit = match function {
            FunctionId::Changes => differ(before.value, sample.value),
            _ => fell(before.value, sample.value) || start_timestamps && began_anew(before, sample),
        };
        hits += u32::from(hit);
    }
    any.then_some(f64::from(hits))
}

/// Samples of both kinds in the order of their times.
fn merged(samples: Samples<'_>) -> impl Iterator<Item = Sample<'_>> {
    let Samples { floats, histograms } = samples;
    let start = |starts: &[i64], i: usize| starts.get(i).copied().unwrap_or(0);
    let float = move |i: usize| {
        let value = Value::Float(floats.values[i]);
        Sample { t: floats.ts[i], start: start(floats.starts, i), value }
    };
    let histogram = move |i: usize| {
        let value = Value::Histogram(&histograms.values[i]);
        Sample { t: histograms.ts[i], start: start(histograms.starts, i), value }
    };
    let (mut f, mut h) = (0, 0);
    std::iter::from_fn(move || {
        let next = match (floats.ts.get(f), histograms.ts.get(h)) {
            (None, None) => return None,
            (Some(a), b) if b.is_none_or(|b| a < b) => {
                f += 1;
                float(f - 1)
            }
            _ => {
                h += 1;
                histogram(h - 1)
            }
        };
        Some(next)
    })
}

/// From NaN to NaN nothing changes.
#[expect(clippy::float_cmp, reason = "any difference is a change")]
fn differ(before: Value<'_>, now: Value<'_>) -> bool {
    match (before, now) {
        (Value::Float(a), Value::Float(b)) => a != b && !(a.is_nan() && b.is_nan()),
        (Value::Histogram(a), Value::Histogram(b)) => !b.same_values(a),
        _ => true,
    }
}

fn fell(before: Value<'_>, now: Value<'_>) -> bool {
    match (before, now) {
        (Value::Float(a), Value::Float(b)) => b < a,
        (Value::Histogram(a), Value::Histogram(b)) => b.detect_reset(a),
        _ => true,
    }
}

/// Whether start timestamps tell that counting began anew. One that is the time of the sample
/// before counts only where that sample's own start is known: else it says that the start is
/// unknown. As `isStartTimestampReset` in prometheus promql/functions.go.
fn began_anew(before: Sample<'_>, now: Sample<'_>) -> bool {
    let known = |s: &Sample<'_>| s.start != 0 && s.start < s.t;
    known(&now) && (now.start > before.t || now.start == before.t && known(&before))
}
