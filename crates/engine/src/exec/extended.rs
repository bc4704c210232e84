//! Selectors with `anchored` and `smoothed`: windows, instants and whole queries.
//!
//! They see samples from around their windows, as far as lookback reaches. Ordinary windows are
//! computed elsewhere and do not pay for it. Start at [`window`] and [`smoothed`].

mod instant;
mod movement;
mod pairs;
mod raw;

pub(super) use instant::smoothed;
pub(crate) use raw::raw;

use std::ops::Range;

use promql::FunctionId;
use store::Samples;

use super::{
    DUPLICATE,
    histogram::stats::{Reading, StatsReader},
    samples::{labels_of, overlay},
    window::{note_suspicious, worded},
};
use crate::{
    bind::{Bound, SeriesRef},
    engine::{Ctx, NodeState},
    kernels::histogram_window::Note,
    notice::{self, Cite, RawNotice},
    plan::{
        FragmentId, Steps,
        needs::Reach,
        node::{RangeFrom, RangeInput},
        time::TimeShift,
    },
};

/// Computes a function over windows with `anchored` or `smoothed`.
pub(super) fn window(
    function: FunctionId,
    input: &RangeInput,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let (RangeFrom::Fragment(fragment), Some(extended)) = (input.from, input.extended) else {
        unreachable!("selectors are extended, subqueries are not")
    };
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Series { map, visit, scratch, .. } = bound else {
        unreachable!("window functions are bound to series")
    };
    let reach = Reach::of(input.extended, ctx.data.lookback);
    let starts = ctx.plan.options.start_timestamps;
    let reading = input.stats.then_some(Reading::Windows);
    let windows = Windows { time: input.time, range: input.range, reach, reading };
    for (i, series) in visit.iter().map(|one| (one.at(), one.series)) {
        let row = map.at(i);
        let taken = !map.identity && block.row_is_taken(row);
        let (mut any, mut floats) = (false, false);
        let mut noting = Noting { cite: Cite::Arg(0), fragment, series, ctx, notices };
        windows.each(fragment, series, ctx, |step, around| {
            use FunctionId as F;
            let value = match function {
                F::Changes | F::Resets => pairs::count(function, around, starts).map(Into::into),
                _ => movement::movement(function, extended, around, &mut noting),
            };
            if let Some(value) = value {
                any = true;
                floats |= value.float().is_some();
                block.set_value(row, step, value);
            }
        });
        if any && taken {
            return Err(DUPLICATE.to_owned());
        }
        if floats {
            note_suspicious(&scratch.suspicious, i, notices);
        }
    }
    Ok(())
}

/// Which windows are looked at, and how far around them.
#[derive(Clone, Copy, Debug)]
struct Windows {
    time: TimeShift,
    range: i64,
    reach: Reach,
    /// How histograms are read, where that is without their buckets.
    reading: Option<Reading>,
}

/// The samples in and around a window `(lo, hi]`.
#[derive(Clone, Copy, Debug)]
struct Around<'a> {
    samples: Samples<'a>,
    lo: i64,
    hi: i64,
}

impl Windows {
    /// Calls back with each step's window that has samples in or around it.
    fn each(
        self,
        fragment: FragmentId,
        series: SeriesRef,
        ctx: &Ctx<'_>,
        mut on: impl FnMut(usize, Around<'_>),
    ) {
        let Reach { left, right } = self.reach;
        let ends = self.time.references(ctx.steps, ctx.query);
        let (lo, hi) = (ends.start - self.range - left, ends.end() + right);
        let mut all = samples(fragment, series, (lo, hi), ctx);
        let mut reader = StatsReader::default();
        if let Some(reading) = self.reading.filter(|_| !all.histograms.ts.is_empty()) {
            let with_edge = samples(fragment, series, (lo - 1, hi), ctx);
            let ends = Steps { start: ends.start + right, ..ends };
            all = reader.windows(all, with_edge, ends, left + self.range + right, reading);
        }
        let (mut floats, mut histograms) = (0..0, 0..0);
        for step in 0..ctx.steps.count {
            let hi = self.time.reference(ctx.steps.at(step), ctx.query);
            let lo = hi - self.range;
            floats = advanced(all.floats.ts, floats, lo - left, hi + right);
            histograms = advanced(all.histograms.ts, histograms, lo - left, hi + right);
            let samples = all.slice(floats.clone(), histograms.clone());
            if !samples.is_empty() {
                on(step, Around { samples, lo, hi });
            }
        }
    }
}

/// The samples of a series in `(lo, hi]`.
fn samples<'a>(
    fragment: FragmentId,
    series: SeriesRef,
    (lo, hi): (i64, i64),
    ctx: &Ctx<'a>,
) -> Samples<'a> {
    match series {
        SeriesRef::Base(id) => ctx.base_table(fragment).samples(id, lo, hi),
        SeriesRef::Overlay(id) => overlay(ctx).samples(id, lo, hi),
        SeriesRef::Inside => unreachable!("subqueries are not extended"),
    }
}

/// Which samples are in `(lo, hi]`, where neither edge lies before the last ones.
fn advanced(ts: &[i64], last: Range<usize>, lo: i64, hi: i64) -> Range<usize> {
    let after = |from: usize, edge: i64| from + ts[from..].partition_point(|t| *t <= edge);
    let start = after(last.start, lo);
    start..after(last.end.max(start), hi)
}

/// Where notices about a series go.
struct Noting<'a> {
    cite: Cite,
    fragment: FragmentId,
    series: SeriesRef,
    ctx: &'a Ctx<'a>,
    notices: &'a mut Vec<RawNotice>,
}

impl Noting<'_> {
    fn note(&mut self, note: Note) {
        let metric = || labels_of(self.series, self.fragment, self.ctx).metric_name().into();
        notice::add(self.notices, RawNotice { cite: self.cite, kind: worded(note, metric) });
    }
}
