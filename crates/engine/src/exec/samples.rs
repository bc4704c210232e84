//! Instant selectors: the newest sample at or before each step's reference time.

use model::{Labels, SampleValue};
use store::{Newest, NewestValue, SeriesId, Table};

use super::{DUPLICATE, histogram::stats::StatsReader, scalar::seconds};
use crate::{
    bind::{Bound, SeriesRef},
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
    if without_buckets {
        let mut reader = StatsReader::default();
        return fill(fragment, time, None, ctx, state, |found, newest| {
            reader.newest(&found, newest, ctx)
        });
    }
    fill(fragment, time, None, ctx, state, |_, newest| newest.value.into())
}

/// Sample times in seconds. What was fetched for a fragment is that already.
pub(super) fn sample_time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let seen = ctx.data.lookback - time.blind(ctx.steps.start, ctx.steps);
    fill(fragment, time, None, ctx, state, |found, newest| match (found.series, newest.value) {
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
    fill(fragment, time, None, ctx, state, |found, newest| {
        let untold = is_fetched(ctx) && found.is_from_outside();
        if untold { ABSENT.into() } else { seconds(newest.start).into() }
    })
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

/// Fills cells from the newest samples; `lookback` is that of raw samples that were fetched.
pub(super) fn fill(
    fragment: FragmentId,
    time: TimeShift,
    lookback: Option<i64>,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut cell: impl FnMut(Found<'_>, Newest<'_>) -> SampleValue,
) -> Result<(), String> {
    let Bound::Series { series, map, visit, .. } = &state.bound else {
        unreachable!("selectors are bound to series")
    };
    for i in visit.iter().map(|i| *i as usize) {
        let (series, row) = (series[i], map.to[i]);
        let fetched = is_fetched(ctx) && matches!(series, SeriesRef::Base(_));
        let (table, id, lookback) = match series {
            SeriesRef::Base(id) => {
                (ctx.base_table(fragment), id, lookback.unwrap_or(base_lookback(ctx)))
            }
            SeriesRef::Overlay(id) => (overlay(ctx), id, ctx.data.lookback),
            SeriesRef::Inside => unreachable!("subqueries are no selectors"),
        };
        let row = row as usize;
        for step in 0..ctx.steps.count {
            let t = time.reference(ctx.steps.at(step), ctx.query);
            let blind = if fetched { 0 } else { time.blind(ctx.steps.at(step), ctx.steps) };
            let lookback = lookback - blind;
            let newest = if lookback > 0 { table.latest_value(id, t, lookback) } else { None };
            let Some(newest) = newest else { continue };
            if !map.identity && state.block.is_present(row, step) {
                return Err(DUPLICATE.to_owned());
            }
            let found = Found { series, table, id, t, lookback };
            state.block.set_value(row, step, cell(found, newest));
        }
    }
    Ok(())
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
