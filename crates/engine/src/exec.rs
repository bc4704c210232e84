//! One evaluation: numbers move along what was bound.
//!
//! Each node fills its block from the blocks of its inputs, or from the columns of the tables.
//! Nothing here looks at labels, and in a steady state nothing allocates.
//! Start at [`exec`]; one file per kind of node.

mod aggregate;
mod binary;
pub(crate) mod extended;
mod histogram;
mod info;
mod order;
mod pick;
mod plain;
mod samples;
mod scalar;
mod sort;
mod values;
mod wider;
mod window;

pub(crate) use aggregate::AggregateScratch;
pub(crate) use histogram::stats::StatsReader;

use promql::AggregateOp;

use crate::{
    bind::Bound,
    engine::{Ctx, NodeState},
    plan::node::Op,
};

/// Two series of a result have the same labels.
pub(crate) const DUPLICATE: &str = "vector cannot contain metrics with the same labelset";

/// Computes a node's value, or takes it from a node that computed the same of more series.
pub(crate) fn exec(
    op: &Op,
    wider: Option<&NodeState>,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    state.block.reset(state.rows.len(), ctx.steps.count);
    state.whole = None;
    if !wider.is_some_and(|wider| wider::take(wider, state)) {
        compute(op, ctx, state)?;
    }
    order::pass_on(op, ctx, state);
    Ok(())
}

fn compute(op: &Op, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    match op {
        Op::Number(_)
        | Op::Time
        | Op::QueryBound(_)
        | Op::ScalarOf(_)
        | Op::ScalarNegate(_)
        | Op::ScalarBinary { .. }
        | Op::ScalarPick { .. }
        | Op::VectorOf(_) => {
            scalar::exec(op, ctx, state);
            Ok(())
        }
        Op::Text(_) | Op::NoStartTime(_) | Op::Raw(_) => Ok(()),
        Op::Repeat { arg, .. } => values::repeat(*arg, ctx, state),
        Op::Select { fragment, time, stats } => {
            samples::select(*fragment, *time, *stats, ctx, state)
        }
        Op::Smoothed { fragment, time, stats } => {
            extended::smoothed(*fragment, *time, *stats, ctx, state);
            Ok(())
        }
        Op::StartTime { fragment, time } => samples::start_time(*fragment, *time, ctx, state),
        Op::SampleTime { fragment, time } => samples::sample_time(*fragment, *time, ctx, state),
        Op::Window { function, input, .. } if input.extended.is_some() => {
            extended::window(*function, input, ctx, state)
        }
        Op::Window { function, input, params } => {
            window::window(*function, input, params, ctx, state)
        }
        Op::AbsentOverTime { input, .. } => {
            window::absent(input, ctx, state);
            Ok(())
        }
        Op::Math { function, arg, params } => values::math(*function, *arg, params, ctx, state),
        Op::EvalTime(arg) => values::eval_time(*arg, ctx, state),
        Op::Negate(arg) => values::negate(*arg, ctx, state),
        Op::DropNames(arg) | Op::LabelReplace { arg, .. } | Op::LabelJoin { arg, .. } => {
            values::unite(*arg, ctx, state)
        }
        Op::NoneSelected { fragment, time, .. } => {
            samples::absent(*fragment, *time, ctx, state);
            Ok(())
        }
        Op::Absent { arg, .. } => {
            values::absent(*arg, ctx, state);
            Ok(())
        }
        Op::Sort { arg, descending } => sort::by_value(*arg, *descending, ctx, state),
        Op::SortByLabel { arg, labels, descending } => {
            sort::by_label(*arg, labels, *descending, ctx, state)
        }
        Op::Aggregate { op, arg, param, .. } => match op {
            AggregateOp::Topk
            | AggregateOp::Bottomk
            | AggregateOp::Limitk
            | AggregateOp::LimitRatio => pick::pick(*op, *arg, *param, ctx, state),
            _ => {
                aggregate::aggregate(*op, *arg, *param, ctx, state);
                Ok(())
            }
        },
        Op::CountValues { label, arg, by } => {
            aggregate::count_values(label, *arg, by, ctx, state);
            Ok(())
        }
        Op::VectorScalar { op, vector, scalar, scalar_left, bool } => {
            let sides =
                binary::Sides { vector: *vector, scalar: *scalar, scalar_left: *scalar_left };
            binary::vector_scalar(*op, sides, *bool, ctx, state)
        }
        Op::VectorVector { op, lhs, rhs, matching, bool } => {
            binary::vector_vector(*op, [*lhs, *rhs], matching, *bool, ctx, state)
        }
        Op::Set { op, lhs, rhs, .. } => binary::sets(*op, *lhs, *rhs, ctx, state),
        Op::HistogramQuantile { q, arg } => histogram::quantile(*q, *arg, ctx, state),
        Op::HistogramFraction { lower, upper, arg } => {
            histogram::fraction(*lower, *upper, *arg, ctx, state)
        }
        Op::HistogramQuantiles { label, qs, arg } => {
            histogram::quantiles(label, qs, *arg, ctx, state)
        }
        Op::InfoTime { fragment, time } => info::time(*fragment, *time, ctx, state),
        Op::Info { base, values, times, .. } => info::info([*base, *values, *times], ctx, state),
        Op::HistogramNumber { function, arg } => histogram::number(*function, *arg, ctx, state),
    }
}

impl Bound {
    fn map(&self) -> &crate::bind::RowMap {
        match self {
            Self::Map(map) | Self::Series { map, .. } => map,
            other => unreachable!("bound as {other:?}"),
        }
    }
}
