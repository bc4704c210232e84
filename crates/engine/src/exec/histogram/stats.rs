//! Native histograms read without their buckets, where only count and sum are asked for.
//!
//! A reader goes over a series' samples in order and finds counter resets on the way: each
//! histogram that does not tell is compared with the one that was read before it, so the first one
//! stays as it is. What is read further on is not told apart from what was read for an earlier
//! step; only where nobody needs the samples between two steps are they skipped, and what follows
//! is a first one again.
//! As `HistogramStatsIterator` in prometheus `promql/histogram_stats_iterator.go` with the iterators
//! of storage around it.

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::{CounterResetHint, Layout, Parts, Totals},
};
use store::{Histograms, Newest, NewestValue, Samples};

use crate::{
    bind::SeriesRef,
    engine::{Base, Ctx},
    exec::samples::Found,
    plan::Steps,
};

/// What is read of a series between its windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exec) enum Reading {
    /// Nothing.
    Windows,
    /// Everything.
    Through,
}

/// One pass over the samples of a series; reused from series to series.
#[derive(Debug, Default)]
pub(crate) struct StatsReader {
    series: Option<SeriesRef>,
    /// Where what is read without a gap begins, in milliseconds.
    from: i64,
    /// Up to where the step before has read.
    reached: Option<i64>,
    /// One without buckets for each schema.
    layouts: Vec<Arc<Layout>>,
    /// What was read of a series.
    read: Vec<Arc<FloatHistogram>>,
}

impl StatsReader {
    /// The newest value of a series at a step of a selector; steps come in order.
    pub(in crate::exec) fn newest(
        &mut self,
        found: &Found<'_>,
        newest: Newest<'_>,
        ctx: &Ctx<'_>,
    ) -> SampleValue {
        let Found { series, table, id, t, lookback } = *found;
        let NewestValue::Histogram(histogram) = newest.value else { return newest.value.into() };
        if let (Base::Fragments(_), SeriesRef::Base(_)) = (ctx.data.base, series) {
            // What was fetched stands at the steps; what lies between them nobody knows.
            return self.without_buckets(histogram, histogram.hint).into();
        }
        if self.series != Some(series) {
            self.begin();
            self.series = Some(series);
        }
        let from = t.saturating_sub(lookback);
        self.advance(|reached| table.samples(id, reached - 1, t), from, t);
        let all = table.samples(id, self.from.saturating_sub(1), newest.t);
        self.histogram(all.histograms, all.histograms.ts.len() - 1).into()
    }

    /// Starts with another series.
    fn begin(&mut self) {
        self.from = i64::MIN;
        self.reached = None;
        self.read.clear();
    }

    /// The samples of windows of a range that end at these times, where `cut` is what they hold
    /// and `all` has the sample at the left edge of the first one in addition.
    pub(in crate::exec) fn windows<'a>(
        &'a mut self,
        cut: Samples<'a>,
        all: Samples<'_>,
        ends: Steps,
        range: i64,
        reading: Reading,
    ) -> Samples<'a> {
        self.begin();
        let edge = all.histograms.ts.len() - cut.histograms.ts.len();
        for step in 0..ends.count {
            let end = ends.at(step);
            // From the second step on only what is new is looked at.
            let new = if step == 0 { range } else { range.min(ends.step) };
            let from = if step > 0 && reading == Reading::Through { i64::MIN } else { end - new };
            self.advance(|_| all, from, end);
            while let Some(t) = cut.histograms.ts.get(self.read.len()).filter(|t| **t <= end) {
                let i = self.read.len() + edge;
                let histogram = if *t > end - range {
                    self.histogram(all.histograms, i)
                } else {
                    // Between two windows: nobody looks at it.
                    all.histograms.values[i].clone()
                };
                self.read.push(histogram);
            }
        }
        self.read.extend_from_slice(&cut.histograms.values[self.read.len()..]);
        Samples { histograms: Histograms { values: &self.read, ..cut.histograms }, ..cut }
    }

    /// Moves to a step that looks at the samples in `[from, to]`; neither ever falls. `since` has
    /// those from a time on.
    fn advance<'a>(&mut self, since: impl FnOnce(i64) -> Samples<'a>, from: i64, to: i64) {
        // The first sample at or after the step before was looked at already.
        let skips = self.reached.is_none_or(|reached| first_from(since(reached), reached) < from);
        if skips {
            // Storage is asked for no sample at the left edge of the first step.
            self.from = if self.reached.is_none() { from.saturating_add(1) } else { from };
        }
        self.reached = Some(to);
    }

    /// The i-th histogram, compared with the one before it.
    fn histogram(&mut self, all: Histograms<'_>, i: usize) -> Arc<FloatHistogram> {
        let current = &all.values[i];
        let previous = i.checked_sub(1).filter(|p| all.ts[*p] >= self.from);
        let hint = match (current.hint, previous) {
            (CounterResetHint::Unknown, Some(p)) if current.detect_reset(&all.values[p]) => {
                CounterResetHint::Reset
            }
            (CounterResetHint::Unknown, Some(_)) => CounterResetHint::NotReset,
            (hint, _) => hint,
        };
        self.without_buckets(current, hint)
    }

    fn without_buckets(
        &mut self,
        histogram: &FloatHistogram,
        hint: CounterResetHint,
    ) -> Arc<FloatHistogram> {
        let totals = Totals { hint, zero_count: 0.0, ..histogram.totals() };
        let layout = self.layout(histogram.schema());
        Arc::new(FloatHistogram::new(layout, totals, Box::default()))
    }

    /// No buckets of a schema.
    fn layout(&mut self, schema: i32) -> Arc<Layout> {
        if let Some(known) = self.layouts.iter().find(|layout| layout.schema() == schema) {
            return known.clone();
        }
        let empty = FloatHistogram::from(Parts { schema, ..Parts::default() });
        self.layouts.push(empty.layout().clone());
        empty.layout().clone()
    }
}

/// The time of the first sample at or after a time.
fn first_from(all: Samples<'_>, t: i64) -> i64 {
    let of = |ts: &[i64]| ts.get(ts.partition_point(|ts| *ts < t)).copied();
    [of(all.floats.ts), of(all.histograms.ts)].into_iter().flatten().min().unwrap_or(i64::MAX)
}
