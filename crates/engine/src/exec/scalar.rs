//! Scalars, and vectors of one element made from them.

use promql::{BinaryOp, FunctionId};

use crate::{
    PlanOptions,
    engine::{Ctx, NodeState},
    kernels::{binary, math},
    plan::node::{NodeId, Op},
    row::present,
};

pub(super) fn exec(op: &Op, ctx: &Ctx<'_>, state: &mut NodeState) {
    for step in 0..ctx.steps.count {
        state.block.set(0, step, value(op, ctx, step));
    }
}

fn value(op: &Op, ctx: &Ctx<'_>, step: usize) -> f64 {
    match op {
        Op::Number(v) => *v,
        Op::Time => seconds(ctx.steps.at(step)),
        Op::QueryBound(function) => bound(*function, ctx),
        Op::VectorOf(arg) => ctx.scalar(*arg, step),
        Op::ScalarNegate(arg) => -ctx.scalar(*arg, step),
        Op::ScalarOf(arg) => only_element(*arg, ctx, step),
        Op::ScalarPick { function, lhs, rhs } => {
            let (l, r) = (ctx.scalar(*lhs, step), ctx.scalar(*rhs, step));
            if *function == FunctionId::MaxOf { math::max(l, r) } else { math::min(l, r) }
        }
        Op::ScalarBinary { op, lhs, rhs } => {
            combine(*op, ctx.scalar(*lhs, step), ctx.scalar(*rhs, step))
        }
        _ => unreachable!("not a scalar"),
    }
}

fn combine(op: BinaryOp, l: f64, r: f64) -> f64 {
    if op.is_comparison() {
        f64::from(binary::compare(op, l, r))
    } else {
        binary::arithmetic(op, l, r)
    }
}

fn bound(function: FunctionId, ctx: &Ctx<'_>) -> f64 {
    let PlanOptions { query_step, query_range, .. } = ctx.plan.options;
    seconds(match function {
        FunctionId::Start => ctx.query.start,
        FunctionId::End => ctx.query.start + query_range,
        FunctionId::Range => query_range,
        _ if query_range == 0 => 0,
        _ => query_step,
    })
}

/// The value of the only present row, else NaN.
fn only_element(arg: NodeId, ctx: &Ctx<'_>, step: usize) -> f64 {
    let input = ctx.input(arg);
    let mut cells =
        (0..input.rows.len()).map(|row| input.block.cell(row, step)).filter(|cell| present(*cell));
    match (cells.next(), cells.next()) {
        (Some(value), None) => value,
        _ => f64::NAN,
    }
}

pub(super) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}
