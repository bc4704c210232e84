//! One series' samples: timestamps and values side by side, so that a window is a slice.
//!
//! Floats and native histograms are two runs, as Prometheus keeps both kinds apart inside a window.
//! Nearly every series has only one of them; what only some series have (histograms, start
//! timestamps) lies behind a pointer. Stale markers do not stand among the values: they end the
//! validity of the sample before them and are kept as bare times.

use std::sync::Arc;

use model::{FloatHistogram, SampleValue};

use crate::{
    run::{Run, after},
    samples::{Floats, Histograms, Newest, NewestValue, Samples},
};

/// Samples in ascending order of time, with the front dropped in bulk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    floats: Run<f64>,
    /// When the series went stale, ascending. Hardly ever more than one.
    stale: Vec<i64>,
    rare: Option<Box<Rare>>,
}

/// What only some series have.
#[derive(Clone, Debug, Default)]
struct Rare {
    histograms: Run<Arc<FloatHistogram>>,
    /// When each float's counting started; empty where no sample tells, else one each, 0 for
    /// unknown.
    float_starts: Run<i64>,
    /// The same of histograms.
    histogram_starts: Run<i64>,
}

impl Column {
    /// How many samples there are.
    pub(crate) fn len(&self) -> usize {
        self.floats.ts().len() + self.rare.as_ref().map_or(0, |r| r.histograms.ts().len())
    }

    /// The time of the newest sample or marker.
    pub(crate) fn newest(&self) -> Option<i64> {
        let histogram = self.rare.as_ref().and_then(|r| r.histograms.ts().last());
        self.floats.ts().last().max(histogram).max(self.stale.last()).copied()
    }

    /// Appends a float that is newer than all others.
    pub(crate) fn push(&mut self, t: i64, value: f64) {
        if let Some(rare) = &mut self.rare {
            note_start(&mut rare.float_starts, &self.floats, t, 0);
        }
        self.floats.push(t, value);
    }

    /// Appends a sample that is newer than all others; `start` is 0 where it is unknown.
    pub(crate) fn push_value(&mut self, t: i64, start: i64, value: SampleValue) {
        match value {
            SampleValue::Float(value) if start == 0 => self.push(t, value),
            SampleValue::Float(value) => {
                let rare = self.rare.get_or_insert_default();
                note_start(&mut rare.float_starts, &self.floats, t, start);
                self.floats.push(t, value);
            }
            SampleValue::Histogram(value) => {
                let rare = self.rare.get_or_insert_default();
                note_start(&mut rare.histogram_starts, &rare.histograms, t, start);
                rare.histograms.push(t, value);
            }
        }
    }

    /// Ends the validity of the newest sample.
    pub(crate) fn push_stale(&mut self, t: i64) {
        self.stale.push(t);
    }

    /// The floats in `(lo, hi]`.
    pub(crate) fn window(&self, lo: i64, hi: i64) -> (&[i64], &[f64]) {
        self.floats.window(lo, hi)
    }

    /// The floats in `(lo, hi]`, where they are all that the series has: no histograms, no start
    /// timestamps.
    #[inline]
    pub(crate) fn plain_window(&self, lo: i64, hi: i64) -> Option<(&[i64], &[f64])> {
        if self.rare.is_some() { None } else { Some(self.floats.window(lo, hi)) }
    }

    /// All samples in `(lo, hi]`.
    pub(crate) fn samples(&self, lo: i64, hi: i64) -> Samples<'_> {
        let (ts, values) = self.floats.window(lo, hi);
        let mut found = Samples {
            floats: Floats { ts, values, starts: &[] },
            histograms: Histograms::default(),
        };
        if let Some(rare) = &self.rare {
            found.floats.starts = rare.float_starts.window(lo, hi).1;
            let (ts, values) = rare.histograms.window(lo, hi);
            let starts = rare.histogram_starts.window(lo, hi).1;
            found.histograms = Histograms { ts, values, starts };
        }
        found
    }

    /// The newest float in `(t - lookback, t]`, unless a marker or a histogram follows it.
    pub(crate) fn latest(&self, t: i64, lookback: i64) -> Option<(i64, f64)> {
        self.latest_value(t, lookback).and_then(|newest| match newest.value {
            NewestValue::Float(value) => Some((newest.t, value)),
            NewestValue::Histogram(_) => None,
        })
    }

    /// The newest sample in `(t - lookback, t]`, unless a marker follows it.
    pub(crate) fn latest_value(&self, t: i64, lookback: i64) -> Option<Newest<'_>> {
        if self.rare.is_none() {
            let i = after(self.floats.ts(), t).checked_sub(1)?;
            let found = self.floats.ts()[i];
            let value = NewestValue::Float(self.floats.values()[i]);
            return self.holds(found, t, lookback).then_some(Newest { t: found, start: 0, value });
        }
        let all = self.samples(t.saturating_sub(lookback), t);
        let float = all.floats.last().map(|(t, start, value)| Newest {
            t,
            start,
            value: NewestValue::Float(value),
        });
        let histogram = all.histograms.last().map(|(t, start, value)| Newest {
            t,
            start,
            value: NewestValue::Histogram(value),
        });
        let newest = [float, histogram].into_iter().flatten().max_by_key(|found| found.t)?;
        self.holds(newest.t, t, lookback).then_some(newest)
    }

    /// Whether a sample at or before `t` is young enough and not followed by a marker.
    fn holds(&self, found: i64, t: i64, lookback: i64) -> bool {
        let ended = self.stale.iter().any(|s| found < *s && *s <= t);
        found > t.saturating_sub(lookback) && !ended
    }

    /// Forgets samples and markers before a time.
    pub(crate) fn drop_before(&mut self, t: i64) {
        self.floats.drop_before(t);
        self.stale.retain(|s| *s >= t);
        if let Some(rare) = &mut self.rare {
            rare.histograms.drop_before(t);
            rare.float_starts.drop_before(t);
            rare.histogram_starts.drop_before(t);
        }
    }

    /// Puts other samples in the place of those in `(lo, hi]`.
    pub(crate) fn replace(
        &mut self,
        (lo, hi): (i64, i64),
        ts: &[i64],
        values: &[f64],
        histograms: &[(i64, Arc<FloatHistogram>)],
    ) {
        self.floats.replace(lo, hi, ts, values);
        self.stale.retain(|s| *s <= lo || *s > hi);
        if self.rare.is_some() || !histograms.is_empty() {
            let rare = self.rare.get_or_insert_default();
            replace_starts(&mut rare.float_starts, (lo, hi), ts);
            let (ts, values): (Vec<i64>, Vec<_>) = histograms.iter().cloned().unzip();
            rare.histograms.replace(lo, hi, &ts, &values);
            replace_starts(&mut rare.histogram_starts, (lo, hi), &ts);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.stale.is_empty()
    }
}

/// What replaces samples has no starts that are known.
fn replace_starts(starts: &mut Run<i64>, (lo, hi): (i64, i64), ts: &[i64]) {
    if !starts.ts().is_empty() {
        starts.replace(lo, hi, ts, &vec![0; ts.len()]);
    }
}

/// Keeps the starts as many as the samples, from the first one that is known.
fn note_start<T: Clone>(starts: &mut Run<i64>, samples: &Run<T>, t: i64, start: i64) {
    if start != 0 && starts.ts().is_empty() {
        samples.ts().iter().for_each(|t| starts.push(*t, 0));
    }
    if start != 0 || !starts.ts().is_empty() {
        starts.push(t, start);
    }
}
