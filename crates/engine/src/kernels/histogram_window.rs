//! Windows that hold native histograms, or samples that tell when their counting started.
//!
//! Every function of a window has a kernel for plain floats; the kernels here compute the same
//! functions of what is rare. They see no metric names: a [`Note`] gets one from the engine.
//! Anchored and smoothed windows stand in `extended`.
//! Start at [`Beside`], which tells for each function what becomes of histograms.

mod instant;
mod over_time;
mod pairs;
mod rate;
mod starts;

pub(crate) use instant::{idelta, irate};
pub(crate) use over_time::{avg, count, first, last, present, sum, ts_of_first, ts_of_last};
pub(crate) use pairs::{began_anew, changes, differ, resets};
pub(crate) use rate::{delta, increase, rate};

use model::{
    FloatHistogram, SampleValue,
    histogram::{self, MixedSchemas},
};
use store::{Newest, NewestValue, PlainWindow, Samples};

use super::Window;
use crate::notice::HistogramOperation;

/// The samples of one series in one window, of both kinds; at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MixedWindow<'a> {
    /// Those with `lo < ts <= hi`, without stale markers. Starts are given only where they count.
    pub(crate) samples: Samples<'a>,
    /// Where the window begins, exclusive.
    pub(crate) lo: i64,
    /// Where it ends, inclusive; not the evaluation time where there is an offset.
    pub(crate) hi: i64,
    /// The evaluation time.
    pub(crate) t: i64,
}

/// What is remarkable about a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Floats and histograms, where only one kind has a meaning.
    Mixed,
    /// Histograms beside the floats that were computed.
    Ignored,
    /// Exponential and custom buckets.
    MixedSchemas,
    NotCounter,
    NotGauge,
    ResetCollision,
    /// Custom bounds differed.
    Reconciled(HistogramOperation),
    /// A sample's counting started before the sample in front of it.
    StartOverlap,
}

/// Turns a window and the scalar arguments, in the order written, into a value or none.
pub(crate) type MixedFn = fn(&MixedWindow<'_>, &[f64], &mut Vec<Note>) -> Option<SampleValue>;

/// What a function of a window makes of histograms.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside {
    /// They are passed over, with a note if there are floats too.
    Ignored,
    /// They count; so do start timestamps, where they are given.
    Counted(MixedFn),
}

impl<'a> MixedWindow<'a> {
    /// The floats alone.
    pub(crate) fn floats(&self) -> Window<'a> {
        let Self { samples: Samples { floats, .. }, lo, hi, t } = *self;
        let PlainWindow { ts, values, known } = PlainWindow::new(floats.ts, floats.values);
        Window { ts, values, known, reach: None, lo, hi, t }
    }

    /// All samples in the order of their times.
    fn merged(&self) -> impl Iterator<Item = Newest<'a>> + use<'a> {
        merged(self.samples, [0, 0])
    }
}

/// Samples in the order of their times, after so many floats and so many histograms.
pub(crate) fn merged(
    samples: Samples<'_>,
    [mut float, mut histogram]: [usize; 2],
) -> impl Iterator<Item = Newest<'_>> {
    let Samples { floats, histograms } = samples;
    std::iter::from_fn(move || {
        let histogram_is_next = match (floats.ts.get(float), histograms.ts.get(histogram)) {
            (Some(f), Some(h)) => h < f,
            (f, _) => f.is_none(),
        };
        if histogram_is_next {
            let i = histogram;
            histogram += 1;
            let value = NewestValue::Histogram(histograms.values.get(i)?);
            Some(Newest { t: histograms.ts[i], start: starts::of(histograms.starts, i), value })
        } else {
            let i = float;
            float += 1;
            let value = NewestValue::Float(floats.values[i]);
            Some(Newest { t: floats.ts[i], start: starts::of(floats.starts, i), value })
        }
    })
}

/// Notes what there is to say about an addition or subtraction. Contradicting hints are not worth
/// a note: windows look for resets themselves.
fn noted(
    result: Result<histogram::Notes, MixedSchemas>,
    operation: HistogramOperation,
    notes: &mut Vec<Note>,
) -> Result<(), MixedSchemas> {
    if result?.bounds_reconciled {
        notes.push(Note::Reconciled(operation));
    }
    Ok(())
}

/// A window of histograms that do not go together has no value, and nothing else is said of it.
fn nothing_but(notes: &mut Vec<Note>, note: Note) -> Option<FloatHistogram> {
    notes.clear();
    notes.push(note);
    None
}

#[cfg(test)]
mod tests;
