//! Functions of one value at a time.

use std::sync::Arc;

use model::{FloatHistogram, SampleValue};
use promql::FunctionId;

use super::{DUPLICATE, scalar::seconds};
use crate::{
    engine::{Ctx, NodeState},
    kernels::{self, Kernel},
    plan::node::NodeId,
    row::{ABSENT, Block, present},
};

/// Mathematical and calendar functions.
pub(super) fn math(
    function: FunctionId,
    arg: NodeId,
    params: &[NodeId],
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    match kernels::kernel(function) {
        Kernel::Date(date) => map(arg, ctx, state, |_, v| date(v)),
        Kernel::Math(kernel) => {
            // No mathematical function has more than two parameters.
            let params_at =
                |step: usize| [0, 1].map(|i| params.get(i).map_or(0.0, |p| ctx.scalar(*p, step)));
            let n = params.len();
            map(arg, ctx, state, |step, v| kernel(v, &params_at(step)[..n]).unwrap_or(ABSENT))
        }
        _ => unreachable!("the plan makes value nodes of value functions only"),
    }
}

/// `timestamp` of a computed vector.
pub(super) fn eval_time(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    map(arg, ctx, state, |step, _| seconds(ctx.steps.at(step)))?;
    map_histograms(arg, ctx, state, |step, _| Some(seconds(ctx.steps.at(step)).into()))
}

pub(super) fn negate(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    unite_as(
        arg,
        ctx,
        state,
        |v| -v,
        |h| {
            let mut negative = FloatHistogram::clone(h);
            negative.negate();
            Arc::new(negative)
        },
    )
}

/// The values as they are, under other labels. Series of equal labels become one, which may have
/// a float and a histogram at one time. As `mergeSeriesWithSameLabelset` in prometheus
/// promql/engine.go.
pub(super) fn unite(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    unite_as(arg, ctx, state, |v| v, Arc::clone)
}

fn unite_as(
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    float: impl Fn(f64) -> f64,
    histogram: impl Fn(&Arc<FloatHistogram>) -> Arc<FloatHistogram>,
) -> Result<(), String> {
    map_of(ctx.input(arg).whole(), state, |_, v| float(v))?;
    let input = ctx.input(arg).whole();
    if !input.has_histograms() {
        return Ok(());
    }
    let (map, block) = (state.bound.map(), &mut state.block);
    for (row, to) in map.all().enumerate() {
        for (step, found) in input.histogram_row(row).iter().enumerate() {
            let Some(found) = found else { continue };
            if block.histogram(to, step).is_some() {
                return Err(DUPLICATE.to_owned());
            }
            block.set_histogram(to, step, histogram(found));
        }
    }
    settle(state);
    Ok(())
}

/// Where a row has a float and a histogram at one time, the float counts for what is computed
/// with it, and no later histogram does: Prometheus gets stuck at the one that it passed over
/// (`gatherVector` in promql/engine.go).
fn settle(state: &mut NodeState) {
    for row in 0..state.rows.len() {
        let (n_steps, block) = (state.block.n_steps(), &state.block);
        let both =
            |step: &usize| present(block.cell(row, *step)) && block.histogram(row, *step).is_some();
        let Some(first) = (0..n_steps).find(both) else { continue };
        state.whole.get_or_insert_with(|| Box::new(state.block.clone()));
        (first..n_steps).for_each(|step| state.block.clear_histogram(row, step));
    }
}

/// The values as they are, under other labels.
pub(super) fn copy(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    map(arg, ctx, state, |_, v| v)?;
    map_histograms(arg, ctx, state, |_, h| Some(h.clone().into()))
}

/// The first step's values at all steps; none may be two.
pub(super) fn repeat(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) -> Result<(), String> {
    let NodeState { block: input, whole, .. } = ctx.input(arg);
    if whole.is_some() {
        return Err("unexpected number of samples".to_owned());
    }
    if ctx.steps.count == 0 {
        return Ok(());
    }
    for row in 0..state.rows.len() {
        state.block.row_mut(row).fill(input.cell(row, 0));
        if let Some(histogram) = input.histogram(row, 0) {
            for step in 0..ctx.steps.count {
                state.block.set_histogram(row, step, histogram.clone());
            }
        }
    }
    Ok(())
}

/// 1 at the steps at which the input has no value.
pub(super) fn absent(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) {
    let input = ctx.input(arg);
    let out = state.block.row_mut(0);
    out.fill(1.0);
    for row in 0..input.rows.len() {
        for (step, out) in out.iter_mut().enumerate() {
            if input.block.is_present(row, step) {
                *out = ABSENT;
            }
        }
    }
}

/// Applies a function of step and value to every present cell.
pub(super) fn map(
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    function: impl Fn(usize, f64) -> f64,
) -> Result<(), String> {
    map_of(&ctx.input(arg).block, state, function)
}

fn map_of(
    input: &Block,
    state: &mut NodeState,
    function: impl Fn(usize, f64) -> f64,
) -> Result<(), String> {
    let map = state.bound.map();
    for (row, to) in map.all().enumerate() {
        let out = state.block.row_mut(to);
        for (step, (out, cell)) in out.iter_mut().zip(input.row(row)).enumerate() {
            if present(*cell) {
                let value = function(step, *cell);
                if present(value) && present(std::mem::replace(out, value)) {
                    return Err(DUPLICATE.to_owned());
                }
            }
        }
    }
    Ok(())
}

/// Applies a function of step and histogram to every cell that has one; to be called after [`map`]
/// where a node treats both.
pub(super) fn map_histograms(
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut function: impl FnMut(usize, &Arc<FloatHistogram>) -> Option<SampleValue>,
) -> Result<(), String> {
    let input = &ctx.input(arg).block;
    if !input.has_histograms() {
        return Ok(());
    }
    let map = state.bound.map();
    for (row, to) in map.all().enumerate() {
        for step in 0..ctx.steps.count {
            let result = input.histogram(row, step).and_then(|h| function(step, h));
            if let Some(value) = result {
                if !map.identity && state.block.is_present(to, step) {
                    return Err(DUPLICATE.to_owned());
                }
                state.block.set_value(to, step, value);
            }
        }
    }
    Ok(())
}
