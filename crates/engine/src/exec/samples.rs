//! Instant selectors: the newest sample at or before each step's reference time.

use model::SampleValue;
use store::{Newest, NewestValue, Table};

use super::{DUPLICATE, scalar::seconds};
use crate::{
    bind::{Bound, SeriesRef},
    engine::{Base, Ctx, NodeState},
    plan::{FragmentId, time::TimeShift},
};

/// Values.
pub(super) fn select(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    fill(fragment, time, ctx, state, |_, newest| newest.value.into())
}

/// Sample times in seconds. What was fetched for a fragment is that already.
pub(super) fn sample_time(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let fetched = matches!(ctx.data.base, Base::Fragments(_));
    fill(fragment, time, ctx, state, |series, newest| match (series, newest.value) {
        (SeriesRef::Base(_), NewestValue::Float(value)) if fetched => value.into(),
        _ => seconds(newest.t).into(),
    })
}

fn fill(
    fragment: FragmentId,
    time: TimeShift,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    cell: impl Fn(SeriesRef, Newest<'_>) -> SampleValue,
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
        let row = row as usize;
        for step in 0..ctx.steps.count {
            let t = time.reference(ctx.steps.at(step), ctx.query);
            let Some(newest) = table.latest_value(id, t, lookback) else { continue };
            if !map.identity && state.block.is_present(row, step) {
                return Err(DUPLICATE.to_owned());
            }
            state.block.set_value(row, step, cell(series, newest));
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
