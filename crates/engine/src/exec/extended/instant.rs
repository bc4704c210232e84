//! Instant selectors with `smoothed`: values between the samples on both sides.

use std::sync::Arc;

use model::{FloatHistogram, SampleValue, histogram::CounterResetHint};
use promql::ast::Extended;
use store::{Floats, Histograms};

use super::{super::histogram::stats::Reading, Around, Noting, Windows};
use crate::{
    bind::Bound,
    engine::{Ctx, NodeState},
    kernels::{
        extended::{interpolate, interpolated},
        histogram_window::Note,
    },
    notice::Cite,
    plan::{FragmentId, needs::Reach, time::TimeShift},
};

/// The sample at each step's reference time; else what lies there between its neighbours within
/// lookback; else the newest one before. As `smoothSeries` in prometheus promql/engine.go.
pub(crate) fn smoothed(
    fragment: FragmentId,
    time: TimeShift,
    without_buckets: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) {
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Series { map, visit, .. } = bound else {
        unreachable!("selectors are bound to series")
    };
    let reach = Reach::of(Some(Extended::Smoothed), ctx.data.lookback);
    // All steps are read as one, however far apart they are.
    let reading = without_buckets.then_some(Reading::Through);
    let windows = Windows { time, range: 0, reach, reading };
    for (row, series) in visit.iter().map(|one| (map.at(one.at()), one.series)) {
        let mut noting = Noting { cite: Cite::Whole, fragment, series, ctx, notices };
        windows.each(fragment, series, ctx, |step, around| {
            if let Some(value) = value(around, &mut noting) {
                block.set_value(row, step, value);
            }
        });
    }
}

fn value(
    Around { samples, hi: t, .. }: Around<'_>,
    noting: &mut Noting<'_>,
) -> Option<SampleValue> {
    let (floats, histograms) = (samples.floats, samples.histograms);
    match (floats.ts.is_empty(), histograms.ts.is_empty()) {
        (false, false) => {
            noting.note(Note::Mixed);
            None
        }
        (_, true) => float(floats, t).map(Into::into),
        (true, false) => histogram(histograms, t, noting).map(Into::into),
    }
}

/// Never taken as a counter's.
fn float(Floats { ts, values, .. }: Floats<'_>, t: i64) -> Option<f64> {
    match neighbours(ts, t) {
        Neighbours::Hit(i) | Neighbours::After(i) => Some(values[i]),
        Neighbours::Between(i) => {
            Some(interpolate((ts[i], values[i]), (ts[i + 1], values[i + 1]), t, false))
        }
        Neighbours::Before => None,
    }
}

/// Taken as a counter's unless both neighbours are gauges.
fn histogram(
    Histograms { ts, values, .. }: Histograms<'_>,
    t: i64,
    noting: &mut Noting<'_>,
) -> Option<Arc<FloatHistogram>> {
    match neighbours(ts, t) {
        Neighbours::Hit(i) => Some(values[i].clone()),
        Neighbours::Between(i) => {
            let (a, b) = (&values[i], &values[i + 1]);
            let counter = [a, b].iter().any(|h| h.hint != CounterResetHint::Gauge);
            let (a, b) = ((ts[i], a), (ts[i + 1], b));
            let mixed = a.1.is_custom() != b.1.is_custom();
            if mixed {
                noting.note(Note::MixedSchemas);
                return None;
            }
            interpolated(a, b, t, counter, &mut |note| noting.note(note)).ok()
        }
        Neighbours::After(i) => {
            // A hint is about two samples, not about a value in between.
            let mut last = FloatHistogram::clone(&values[i]);
            last.hint = CounterResetHint::Unknown;
            Some(Arc::new(last))
        }
        Neighbours::Before => None,
    }
}

/// Where a time stands among the times of samples.
enum Neighbours {
    /// On this one.
    Hit(usize),
    /// Between this one and the next.
    Between(usize),
    /// After this one, the last.
    After(usize),
    /// Before all of them.
    Before,
}

fn neighbours(ts: &[i64], t: i64) -> Neighbours {
    match ts.binary_search(&t) {
        Ok(i) => Neighbours::Hit(i),
        Err(0) => Neighbours::Before,
        Err(i) if i == ts.len() => Neighbours::After(i - 1),
        Err(i) => Neighbours::Between(i - 1),
    }
}
