//! Binding by difference: what a node knows of rows that stay, it keeps.
//!
//! The result is that of binding from nothing, to the order of rows; debug builds compare. Where a
//! node cannot tell, it says so, and is bound from nothing.

use super::{
    Bound, Delta, bind, buckets, group, input_of, matching, origin::Origins, renaming::Renaming,
    series_read,
};
use crate::{
    engine::{Ctx, NodeState},
    plan::node::{Node, Op},
    row::Row,
};

/// A node's new rows, where they came from, and how its inputs lead to them.
pub(crate) struct Rebinding {
    pub(crate) rows: Vec<Row>,
    pub(crate) origins: Origins,
    pub(crate) bound: Bound,
}

/// Follows the inputs, if it is known how they differ from what the node was bound to.
pub(crate) fn follow(node: &Node, ctx: &Ctx<'_>, state: &mut NodeState) -> Option<Rebinding> {
    let op = &node.op;
    let of_input = |at: usize, state: &NodeState| {
        let then = state.bound_to_input(node, at)?;
        ctx.input(node.inputs[at]).since(then)
    };
    if let Some(renaming) = Renaming::of(op, ctx) {
        let delta = match ctx.source(op) {
            Some((source, _)) => source.since(state.bound_to_source())?,
            None => of_input(0, state)?,
        };
        return renamed(op, &renaming, &delta, ctx, state);
    }
    match op {
        Op::Aggregate { op, arg, by, .. } => {
            let delta = of_input(0, state)?;
            let Bound::Groups(old) = std::mem::take(&mut state.bound) else { return None };
            let before = (std::mem::take(&mut state.rows), old);
            let delta = (&delta, ctx.delayed_names());
            Some(group::follow(*op, by, ctx.input(*arg), delta, before))
        }
        Op::HistogramQuantile { arg, .. } => {
            buckets::follow(ctx.input(*arg), ctx, &of_input(1, state)?, state)
        }
        Op::HistogramFraction { arg, .. } => {
            buckets::follow(ctx.input(*arg), ctx, &of_input(2, state)?, state)
        }
        Op::VectorVector { op, lhs, rhs, matching, bool } => {
            let deltas = [&of_input(0, state)?, &of_input(1, state)?];
            let sides = [lhs, rhs].map(|id| ctx.input(*id));
            matching::follow_join((*op, *bool), matching, sides, deltas, ctx, state)
        }
        Op::Set { op, lhs, rhs, matching } => {
            let deltas = [&of_input(0, state)?, &of_input(1, state)?];
            let sides = [lhs, rhs].map(|id| ctx.input(*id));
            matching::follow_sets(*op, matching, sides, deltas, ctx, state)
        }
        Op::NoneSelected { .. } => {
            let rows = std::mem::take(&mut state.rows);
            let origins = Delta::Same.origins(rows.len());
            Some(Rebinding { rows, origins, bound: bind(op, ctx).bound })
        }
        // One row, whatever there is to read.
        Op::Absent { .. } | Op::ScalarOf(_) => {
            let rows = std::mem::take(&mut state.rows);
            let origins = Delta::Same.origins(rows.len());
            Some(Rebinding { rows, origins, bound: Bound::Nothing })
        }
        _ => None,
    }
}

/// A node each of whose input rows leads to one row.
fn renamed(
    op: &Op,
    renaming: &Renaming<'_>,
    delta: &Delta,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Option<Rebinding> {
    let input = input_of(op, ctx);
    let NodeState { rows, bound, .. } = state;
    match bound {
        Bound::Map(map) => {
            let (rows, origins) = renaming.follow(input, delta, rows, map)?;
            let bound = Bound::Map(std::mem::take(map));
            Some(Rebinding { rows, origins, bound })
        }
        Bound::Series { map, scratch, .. } => {
            let (rows, origins) = renaming.follow(input, delta, rows, map)?;
            let (map, mut scratch) = (std::mem::take(map), std::mem::take(scratch));
            scratch.follow(op, input, delta, ctx);
            let (series, visit) = series_read(op, ctx)?;
            let bound = Bound::Series { series, map, visit, scratch };
            Some(Rebinding { rows, origins, bound })
        }
        _ => None,
    }
}
