//! One series' samples: floats on a clock that it shares, and beside them what only some have.
//!
//! Floats and native histograms are kept apart, as Prometheus keeps both kinds apart inside a window.
//! Nearly every series has only one of them; what only some series have (stale markers, histograms,
//! start timestamps) lies behind a pointer. Stale markers do not stand among the values: they end
//! the validity of the sample before them and are kept as bare times.

use std::sync::Arc;

use model::{FloatHistogram, SampleValue};

use crate::{
    clock::Clocks,
    digest::Known,
    floats::{Floats, Span},
    run::Run,
    samples::{self, Histograms, Newest, NewestValue, Samples},
};

/// Samples in ascending order of time, with the front dropped in bulk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    floats: Floats,
    rare: Option<Box<Rare>>,
}

/// What only some series have.
#[derive(Clone, Debug, Default)]
struct Rare {
    /// When the series went stale, ascending. Hardly ever more than one.
    stale: Vec<i64>,
    mixed: Option<Mixed>,
}

/// What few series have.
#[derive(Clone, Debug, Default)]
struct Mixed {
    histograms: Run<Arc<FloatHistogram>>,
    /// When each float's counting started; empty where no sample tells, else one each, 0 for
    /// unknown.
    float_starts: Run<i64>,
    /// The same of histograms.
    histogram_starts: Run<i64>,
}

impl Column {
    /// Without samples; whether what stretches of many samples come to will be kept.
    pub(crate) fn new(stretches: bool) -> Self {
        Self { floats: Floats::new(stretches), rare: None }
    }

    /// How many samples there are.
    pub(crate) fn len(&self) -> usize {
        self.floats.len() + self.mixed().map_or(0, |m| m.histograms.ts().len())
    }

    fn mixed(&self) -> Option<&Mixed> {
        self.rare.as_ref().and_then(|rare| rare.mixed.as_ref())
    }

    fn mixed_mut(&mut self) -> &mut Mixed {
        self.rare.get_or_insert_default().mixed.get_or_insert_default()
    }

    /// The number of the clock on which the floats stand; none where there are no floats.
    #[inline]
    pub(crate) fn clock(&self) -> u32 {
        self.floats.clock()
    }

    /// The position of the first float on that clock.
    pub(crate) fn start(&self) -> u32 {
        self.floats.start()
    }

    /// Whether another float takes more memory than there is.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.floats.is_full()
    }

    /// For how many floats there is memory.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.floats.room()
    }

    /// Takes memory for as many floats as come in a time, if nothing has been dropped.
    pub(crate) fn expect(&mut self, clocks: &Clocks, keep_ms: i64) {
        self.floats.expect(clocks, keep_ms);
    }

    /// The time of the newest sample or marker.
    #[inline]
    pub(crate) fn newest(&self, clocks: &Clocks) -> Option<i64> {
        let float = self.floats.newest(clocks);
        let Some(rare) = &self.rare else { return float };
        let histogram = rare.mixed.as_ref().and_then(|m| m.histograms.ts().last());
        float.max(histogram.copied()).max(rare.stale.last().copied())
    }

    /// Appends a float that is newer than all others.
    #[inline]
    pub(crate) fn push(&mut self, clocks: &mut Clocks, t: i64, value: f64) {
        if let Some(mixed) = self.rare.as_mut().and_then(|rare| rare.mixed.as_mut()) {
            note_start(&mut mixed.float_starts, self.floats.ts(clocks), t, 0);
        }
        self.floats.push(clocks, t, value);
    }

    /// Appends floats to a series that has none; they are newer than all else.
    pub(crate) fn begin(&mut self, clocks: &mut Clocks, ts: &[i64], values: &[f64]) {
        debug_assert!(self.is_empty(), "a series begins once");
        self.floats.extend(clocks, ts, values);
    }

    /// Appends a sample that is newer than all others; `start` is 0 where it is unknown.
    pub(crate) fn push_value(
        &mut self,
        clocks: &mut Clocks,
        t: i64,
        start: i64,
        value: SampleValue,
    ) {
        match value {
            SampleValue::Float(value) if start == 0 => self.push(clocks, t, value),
            SampleValue::Float(value) => {
                let Self { floats, rare } = self;
                let mixed = rare.get_or_insert_default().mixed.get_or_insert_default();
                note_start(&mut mixed.float_starts, floats.ts(clocks), t, start);
                floats.push(clocks, t, value);
            }
            SampleValue::Histogram(value) => {
                let Mixed { histograms, histogram_starts, .. } = self.mixed_mut();
                note_start(histogram_starts, histograms.ts(), t, start);
                histograms.push(t, value);
            }
        }
    }

    /// Ends the validity of the newest sample.
    pub(crate) fn push_stale(&mut self, t: i64) {
        self.rare.get_or_insert_default().stale.push(t);
    }

    /// The floats in `(lo, hi]`.
    pub(crate) fn window<'a>(
        &'a self,
        clocks: &'a Clocks,
        lo: i64,
        hi: i64,
    ) -> (&'a [i64], &'a [f64]) {
        self.floats.window(clocks, lo, hi)
    }

    /// Whether floats are all that the series has: no histograms, no start timestamps.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        match &self.rare {
            None => true,
            Some(rare) => rare.mixed.is_none(),
        }
    }

    /// Whether there are no stale markers either.
    #[inline]
    pub(crate) fn is_bare(&self) -> bool {
        self.rare.is_none()
    }

    /// Where the samples in `(lo, hi]` stand on the series' clock.
    #[inline]
    pub(crate) fn span(&self, clocks: &Clocks, lo: i64, hi: i64) -> Span {
        self.floats.span(clocks, lo, hi)
    }

    /// The floats at the positions of a span of the series' clock.
    #[inline]
    pub(crate) fn at<'a>(
        &'a self,
        clocks: &'a Clocks,
        span: Span,
    ) -> (&'a [i64], &'a [f64], Known<'a>) {
        self.floats.at(clocks, span)
    }

    /// The floats, for asking for them ahead.
    #[inline]
    pub(crate) fn floats(&self) -> &Floats {
        &self.floats
    }

    /// All samples in `(lo, hi]`.
    pub(crate) fn samples<'a>(&'a self, clocks: &'a Clocks, lo: i64, hi: i64) -> Samples<'a> {
        let (ts, values) = self.floats.window(clocks, lo, hi);
        let mut found = Samples {
            floats: samples::Floats { ts, values, starts: &[] },
            histograms: Histograms::default(),
        };
        if let Some(mixed) = self.mixed() {
            found.floats.starts = mixed.float_starts.window(lo, hi).1;
            let (ts, values) = mixed.histograms.window(lo, hi);
            let starts = mixed.histogram_starts.window(lo, hi).1;
            found.histograms = Histograms { ts, values, starts };
        }
        found
    }

    /// The newest float in `(t - lookback, t]`, unless a marker or a histogram follows it.
    pub(crate) fn latest(&self, clocks: &Clocks, t: i64, lookback: i64) -> Option<(i64, f64)> {
        self.latest_value(clocks, t, lookback).and_then(|newest| match newest.value {
            NewestValue::Float(value) => Some((newest.t, value)),
            NewestValue::Histogram(_) => None,
        })
    }

    /// The newest sample in `(t - lookback, t]`, unless a marker follows it.
    #[inline]
    pub(crate) fn latest_value<'a>(
        &'a self,
        clocks: &Clocks,
        t: i64,
        lookback: i64,
    ) -> Option<Newest<'a>> {
        let newest = self.floats.latest(clocks, t).map(|(t, value)| (t, NewestValue::Float(value)));
        let from = t.saturating_sub(lookback);
        let Some(rare) = &self.rare else {
            let (found, value) = newest?;
            return (found > from).then_some(Newest { t: found, start: 0, value });
        };
        let start = |starts: &Run<i64>| starts.window(from, t).1.last().copied().unwrap_or(0);
        let mut newest = newest.map(|(t, value)| {
            let start = rare.mixed.as_ref().map_or(0, |mixed| start(&mixed.float_starts));
            Newest { t, start, value }
        });
        if let Some(mixed) = &rare.mixed
            && let (&[.., at], [.., value]) = mixed.histograms.window(from, t)
            && newest.is_none_or(|newest| newest.t < at)
        {
            let (start, value) = (start(&mixed.histogram_starts), NewestValue::Histogram(value));
            newest = Some(Newest { t: at, start, value });
        }
        let newest = newest?;
        let ended = rare.stale.iter().any(|s| newest.t < *s && *s <= t);
        (newest.t > from && !ended).then_some(newest)
    }

    /// Forgets samples and markers before a time, which stands at a position of the clock.
    pub(crate) fn drop_before(&mut self, clocks: &mut Clocks, t: i64, cut: u32) {
        self.floats.drop_to(clocks, cut);
        let Some(rare) = &mut self.rare else { return };
        rare.stale.retain(|s| *s >= t);
        if let Some(mixed) = &mut rare.mixed {
            mixed.histograms.drop_before(t);
            mixed.float_starts.drop_before(t);
            mixed.histogram_starts.drop_before(t);
        } else if rare.stale.is_empty() {
            self.rare = None;
        }
    }

    /// Puts other samples in the place of those in `(lo, hi]`.
    pub(crate) fn replace(
        &mut self,
        clocks: &mut Clocks,
        (lo, hi): (i64, i64),
        (ts, values): (&[i64], &[f64]),
        histograms: &[(i64, Arc<FloatHistogram>)],
    ) {
        self.floats.replace(clocks, (lo, hi), ts, values);
        if let Some(rare) = &mut self.rare {
            rare.stale.retain(|s| *s <= lo || *s > hi);
        }
        if self.mixed().is_some() || !histograms.is_empty() {
            let mixed = self.mixed_mut();
            replace_starts(&mut mixed.float_starts, (lo, hi), ts);
            let (ts, values): (Vec<i64>, Vec<_>) = histograms.iter().cloned().unzip();
            mixed.histograms.replace(lo, hi, &ts, &values);
            replace_starts(&mut mixed.histogram_starts, (lo, hi), &ts);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0 && self.rare.as_ref().is_none_or(|rare| rare.stale.is_empty())
    }

    /// Memory beside the column's own, in bytes; buckets of histograms are not counted.
    pub(crate) fn bytes(&self) -> usize {
        let rare = self.rare.as_ref().map_or(0, |rare| {
            let mixed = rare.mixed.as_ref().map_or(0, |mixed| {
                let Mixed { histograms, float_starts, histogram_starts } = mixed;
                histograms.bytes() + float_starts.bytes() + histogram_starts.bytes()
            });
            size_of::<Rare>() + rare.stale.capacity() * size_of::<i64>() + mixed
        });
        self.floats.bytes() + rare
    }
}

/// What replaces samples has no starts that are known.
fn replace_starts(starts: &mut Run<i64>, (lo, hi): (i64, i64), ts: &[i64]) {
    if !starts.ts().is_empty() {
        starts.replace(lo, hi, ts, &vec![0; ts.len()]);
    }
}

/// Keeps the starts as many as the samples, from the first one that is known.
fn note_start(starts: &mut Run<i64>, samples: &[i64], t: i64, start: i64) {
    if start != 0 && starts.ts().is_empty() {
        for t in samples {
            starts.push(*t, 0);
        }
    }
    if start != 0 || !starts.ts().is_empty() {
        starts.push(t, start);
    }
}
