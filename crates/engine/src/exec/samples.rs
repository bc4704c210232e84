//! Instant selectors: the newest sample at or before each step's reference time.

use store::Table;

use super::{DUPLICATE, scalar::seconds};
use crate::{
    bind::{Bound, SeriesRef},
    engine::{Base, Ctx, NodeState},
    plan::{FragmentId, time::TimeShift},
    row::{ABSENT, present},
};

/// Values.
pub(super) fn select(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    fill(fragment, time, ctx, state, |_, (_, value)| value)
}

/// Sample times in seconds. What was fetched for a fragment is that already.
pub(super) fn sample_time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let fetched = matches!(ctx.data.base, Base::Fragments(_));
    fill(fragment, time, ctx, state, |series, (ts, value)| match series {
        SeriesRef::Base(_) if fetched => value,
        _ => seconds(ts),
    })
}

fn fill(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    cell: impl Fn(SeriesRef, (i64, f64)) -> f64,
) -> Result<(), String> {
    let Bound::Series { series, map, visit, .. } = &state.bound else {
        unreachable!("selectors are bound to series")
    };
    for i in visit.iter().map(|i| *i as usize) {
        let (series, row) = (series[i], map.to[i]);
        let (table, id, lookback) = match series {
            SeriesRef::Base(id) => (ctx.base_table(fragment), id, base_lookback(ctx)),
            SeriesRef::Overlay(id) => (overlay(ctx), id, ctx.data.lookback),
            SeriesRef::Inside => unreachable!("subqueries are no selectors"),
        };
        let cells = state.block.row_mut(row as usize);
        for (step, out) in cells.iter_mut().enumerate() {
            let t = time.reference(ctx.steps.at(step), ctx.query);
            let new = table.latest(id, t, lookback).map_or(ABSENT, |found| cell(series, found));
            if present(new) && present(std::mem::replace(out, new)) {
                return Err(DUPLICATE.to_owned());
            }
        }
    }
    Ok(())
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
