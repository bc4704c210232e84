//! Instant selectors: the newest sample at or before each step's reference time.

use model::{Labels, SampleValue};
use store::{Newest, NewestValue, PlainWindow, SeriesId, Table};

use super::{DUPLICATE, histogram::stats::StatsReader, plain::Plain, scalar::seconds};
use crate::{
    bind::{Bound, SeriesRef, Visit},
    engine::{Base, Ctx, NodeState},
    plan::{FragmentId, time::TimeShift},
    row::ABSENT,
};

/// Values; native histograms may be read without their buckets.
pub(super) fn select(
    fragment: FragmentId,
    time: TimeShift,
    without_buckets: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let read = Read { fragment, time, lookback: None, floats: Some(|_, value| value) };
    if without_buckets {
        let mut reader = StatsReader::default();
        return fill(read, ctx, state, |found, newest| reader.newest(&found, newest, ctx));
    }
    fill(read, ctx, state, |_, newest| newest.value.into())
}

/// Sample times in seconds. What was fetched for a fragment is that already.
pub(super) fn sample_time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let seen = ctx.data.lookback - time.blind(ctx.steps.start, ctx.steps);
    let floats: Option<FloatFn> = if is_fetched(ctx) { None } else { Some(|t, _| seconds(t)) };
    let read = Read { fragment, time, lookback: None, floats };
    fill(read, ctx, state, |found, newest| match (found.series, newest.value) {
        (SeriesRef::Base(_), NewestValue::Float(value)) if is_fetched(ctx) => {
            let is_seen = value > seconds(found.t - seen);
            if is_seen { value.into() } else { ABSENT.into() }
        }
        _ => seconds(newest.t).into(),
    })
}

/// Start timestamps in seconds, 0 where unknown. What was fetched for a fragment tells none.
pub(super) fn start_time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let read = Read { fragment, time, lookback: None, floats: None };
    fill(read, ctx, state, |found, newest| {
        let untold = is_fetched(ctx) && found.is_from_outside();
        if untold { ABSENT.into() } else { seconds(newest.start).into() }
    })
}

/// 1 at the steps at which no series has a sample; looks no further than for one at each.
pub(super) fn absent(fragment: FragmentId, time: TimeShift, ctx: &Ctx<'_>, state: &mut NodeState) {
    let NodeState { bound, block, .. } = state;
    let Bound::Series { visit, .. } = bound else { unreachable!("selectors are bound to series") };
    let read = Read { fragment, time, lookback: None, floats: None };
    for (step, out) in block.row_mut(0).iter_mut().enumerate() {
        let is_seen = |one: &Visit| read.place(one.series, ctx).newest(step, ctx).is_some();
        *out = if visit.iter().any(is_seen) { ABSENT } else { 1.0 };
    }
}

/// Where a sample was found.
pub(super) struct Found<'a> {
    pub(super) series: SeriesRef,
    pub(super) table: &'a Table,
    pub(super) id: SeriesId,
    /// The time that was looked at, in milliseconds.
    pub(super) t: i64,
    pub(super) lookback: i64,
}

impl Found<'_> {
    /// Whether no rule produced it.
    pub(super) fn is_from_outside(&self) -> bool {
        matches!(self.series, SeriesRef::Base(_))
    }
}

/// Turns time and value of a float into what a cell shows.
pub(super) type FloatFn = fn(i64, f64) -> f64;

/// How a selector reads.
#[derive(Clone, Copy)]
pub(super) struct Read {
    pub(super) fragment: FragmentId,
    pub(super) time: TimeShift,
    /// That of raw samples that were fetched.
    pub(super) lookback: Option<i64>,
    /// What is shown of series that have nothing but floats, where that can be told without
    /// looking at more.
    pub(super) floats: Option<FloatFn>,
}

impl Read {
    /// Where the samples of a series are looked for.
    fn place<'a>(&self, series: SeriesRef, ctx: &Ctx<'a>) -> Place<'a> {
        let Self { fragment, time, lookback, .. } = *self;
        let (table, id, lookback) = match series {
            SeriesRef::Base(id) => {
                (ctx.base_table(fragment), id, lookback.unwrap_or(base_lookback(ctx)))
            }
            SeriesRef::Overlay(id) => (overlay(ctx), id, ctx.data.lookback),
            SeriesRef::Inside => unreachable!("subqueries are no selectors"),
        };
        Place { series, table, id, time, lookback }
    }
}

/// Where the samples of a series are.
struct Place<'a> {
    series: SeriesRef,
    table: &'a Table,
    id: SeriesId,
    time: TimeShift,
    lookback: i64,
}

impl<'a> Place<'a> {
    /// The newest sample at a step, and where it was found.
    fn newest(&self, step: usize, ctx: &Ctx<'_>) -> Option<(Found<'a>, Newest<'a>)> {
        let Self { series, table, id, time, lookback } = *self;
        let t = time.reference(ctx.steps.at(step), ctx.query);
        let fetched = is_fetched(ctx) && matches!(series, SeriesRef::Base(_));
        let blind = if fetched { 0 } else { time.blind(ctx.steps.at(step), ctx.steps) };
        let lookback = lookback - blind;
        let newest = if lookback > 0 { table.latest_value(id, t, lookback) } else { None };
        Some((Found { series, table, id, t, lookback }, newest?))
    }
}

/// Fills cells from the newest samples.
pub(super) fn fill(
    read: Read,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut cell: impl FnMut(Found<'_>, Newest<'_>) -> SampleValue,
) -> Result<(), String> {
    let mut bare = Bare::new(&read, ctx);
    let Bound::Series { map, visit, .. } = &state.bound else {
        unreachable!("selectors are bound to series")
    };
    for (i, one) in visit.iter().enumerate() {
        let (row, series) = (map.at(one.at()), one.series);
        if let Some(bare) = bare.as_mut().filter(|_| map.identity) {
            bare.samples.ask_ahead(visit, i);
            if bare.fill(series, state.block.row_mut(row), ctx) {
                continue;
            }
        }
        let place = read.place(series, ctx);
        for step in 0..ctx.steps.count {
            let Some((found, newest)) = place.newest(step, ctx) else { continue };
            if !map.identity && state.block.is_present(row, step) {
                return Err(DUPLICATE.to_owned());
            }
            state.block.set_value(row, step, cell(found, newest));
        }
    }
    Ok(())
}

/// Fills the cells of series that have nothing but floats and never went stale.
struct Bare<'a> {
    samples: Plain<'a>,
    time: TimeShift,
    /// Those of series from outside and of produced ones.
    lookbacks: [i64; 2],
    value: FloatFn,
}

impl<'a> Bare<'a> {
    /// None where more must be looked at, or where not all steps look back equally far.
    fn new(read: &Read, ctx: &Ctx<'a>) -> Option<Self> {
        let (value, time) = (read.floats?, read.time);
        let lookbacks = [read.lookback.unwrap_or(base_lookback(ctx)), ctx.data.lookback];
        let ends = time.references(ctx.steps, ctx.query);
        let spans = lookbacks.map(|l| (ends.start.saturating_sub(l), ends.end()));
        let blind = time.blind(ctx.steps.end(), ctx.steps) != 0;
        let samples = Plain::new(read.fragment, spans, ctx);
        (!blind && ctx.steps.count > 0).then_some(Self { samples, time, lookbacks, value })
    }

    /// Whether the series is such a one.
    #[inline]
    fn fill(&mut self, series: SeriesRef, cells: &mut [f64], ctx: &Ctx<'_>) -> bool {
        let Some(PlainWindow { ts, values, .. }) = self.samples.find_bare(series) else {
            return false;
        };
        if let [cell] = cells {
            // The samples are cut to what the only step sees.
            if let ([.., t], [.., value]) = (ts, values) {
                *cell = (self.value)(*t, *value);
            }
            return true;
        }
        let lookback = self.lookbacks[usize::from(matches!(series, SeriesRef::Overlay(_)))];
        let mut seen = 0;
        for (step, cell) in cells.iter_mut().enumerate() {
            let t = self.time.reference(ctx.steps.at(step), ctx.query);
            seen += ts[seen..].iter().take_while(|ts| **ts <= t).count();
            if let Some(i) = seen.checked_sub(1)
                && ts[i] > t.saturating_sub(lookback)
            {
                *cell = (self.value)(ts[i], values[i]);
            }
        }
        true
    }
}

/// Whether what comes from outside was fetched for fragments.
fn is_fetched(ctx: &Ctx<'_>) -> bool {
    matches!(ctx.data.base, Base::Fragments(_))
}

/// What was fetched stands exactly at the time that was asked for.
fn base_lookback(ctx: &Ctx<'_>) -> i64 {
    match ctx.data.base {
        Base::Whole(_) => ctx.data.lookback,
        Base::Fragments(_) => 1,
    }
}

pub(super) fn overlay<'a>(ctx: &Ctx<'a>) -> &'a Table {
    ctx.data.overlay.expect("a series of the overlay was bound")
}

/// The labels of a series that a fragment selects, for a notice.
pub(super) fn labels_of<'a>(series: SeriesRef, fragment: FragmentId, ctx: &Ctx<'a>) -> &'a Labels {
    match series {
        SeriesRef::Base(id) => ctx.base_table(fragment).labels(id),
        SeriesRef::Overlay(id) => overlay(ctx).labels(id),
        SeriesRef::Inside => unreachable!("subqueries are no selectors"),
    }
}
