//! Aggregations whose result is one number per group.

use std::collections::BTreeMap;

use model::{Labels, number::format_f};
use promql::AggregateOp;

use super::window::check_quantile;
use crate::{
    bind::{Groups, group_labels},
    engine::{Ctx, NodeState},
    kernels::aggregate::{self, Accumulator, Avg, Count, Group, Max, Min, Stddev, Stdvar, Sum},
    plan::node::{GroupBy, NodeId},
    row::{Block, Row, present},
};

/// Accumulators that are kept between evaluations, one per group and step.
#[derive(Debug, Default)]
pub(crate) struct AggregateScratch {
    seen: Vec<bool>,
    sum: Vec<Sum>,
    avg: Vec<Avg>,
    count: Vec<Count>,
    min: Vec<Min>,
    max: Vec<Max>,
    group: Vec<Group>,
    stddev: Vec<Stddev>,
    stdvar: Vec<Stdvar>,
    /// The values of one group.
    pub(super) values: Vec<f64>,
    /// The values and rows of one group.
    pub(super) ranked: Vec<(f64, u32)>,
}

/// Computes an aggregation over groups.
pub(super) fn aggregate(
    op: AggregateOp,
    arg: NodeId,
    param: Option<NodeId>,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) {
    use AggregateOp as A;
    let input = &ctx.input(arg).block;
    let NodeState { bound: state_bound, block, notices, .. } = state;
    let crate::bind::Bound::Groups(groups) = state_bound else {
        unreachable!("aggregations are bound to groups")
    };
    let n_steps = ctx.steps.count;
    let Groups { of_row, scratch, .. } = groups;
    let seen = &mut scratch.seen;
    match op {
        A::Sum => fold(&mut scratch.sum, seen, of_row, input, block, n_steps),
        A::Avg => fold(&mut scratch.avg, seen, of_row, input, block, n_steps),
        A::Count => fold(&mut scratch.count, seen, of_row, input, block, n_steps),
        A::Min => fold(&mut scratch.min, seen, of_row, input, block, n_steps),
        A::Max => fold(&mut scratch.max, seen, of_row, input, block, n_steps),
        A::Group => fold(&mut scratch.group, seen, of_row, input, block, n_steps),
        A::Stddev => fold(&mut scratch.stddev, seen, of_row, input, block, n_steps),
        A::Stdvar => fold(&mut scratch.stdvar, seen, of_row, input, block, n_steps),
        A::Quantile => {
            let q = param.expect("quantile has a parameter");
            (0..n_steps).for_each(|step| check_quantile(ctx.scalar(q, step), notices));
            quantile(groups, input, block, n_steps, |step| ctx.scalar(q, step));
        }
        A::Topk | A::Bottomk | A::Limitk | A::LimitRatio | A::CountValues => {
            unreachable!("these have files and nodes of their own")
        }
    }
}

/// Adds every present cell to its group's accumulator, row by row.
fn fold<A: Accumulator>(
    accumulators: &mut Vec<A>,
    seen: &mut Vec<bool>,
    of_row: &[u32],
    input: &Block,
    out: &mut Block,
    n_steps: usize,
) {
    let n = out.cells().len();
    accumulators.clear();
    accumulators.resize(n, A::new());
    seen.clear();
    seen.resize(n, false);
    for (row, group) in of_row.iter().enumerate() {
        let at = *group as usize * n_steps;
        for (step, cell) in input.row(row).iter().enumerate() {
            if present(*cell) {
                accumulators[at + step].add(*cell);
                seen[at + step] = true;
            }
        }
    }
    for ((out, accumulator), seen) in out.cells_mut().iter_mut().zip(accumulators).zip(seen) {
        if *seen {
            *out = accumulator.finish();
        }
    }
}

fn quantile(
    groups: &mut Groups,
    input: &Block,
    out: &mut Block,
    n_steps: usize,
    q: impl Fn(usize) -> f64,
) {
    let mut values = std::mem::take(&mut groups.scratch.values);
    for group in 0..groups.len() {
        for step in 0..n_steps {
            values.clear();
            let cells = groups.members(group).iter().map(|row| input.cell(*row as usize, step));
            values.extend(cells.filter(|cell| present(*cell)));
            if !values.is_empty() {
                out.set(group, step, aggregate::quantile(q(step), &mut values));
            }
        }
    }
    groups.scratch.values = values;
}

/// `count_values`: the values themselves become labels, so its rows are known only now.
pub(super) fn count_values(
    label: &str,
    arg: NodeId,
    by: &GroupBy,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) {
    let input = ctx.input(arg);
    let n_steps = ctx.steps.count;
    let mut counts: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for (i, row) in input.rows.iter().enumerate() {
        let group = group_labels(by, &row.labels);
        for (step, cell) in input.block.row(i).iter().enumerate().filter(|(_, c)| present(**c)) {
            let labels = group.to_builder().set(label, &format_f(*cell)).build();
            let steps = counts.entry(labels).or_insert_with(|| vec![0.0; n_steps]);
            steps[step] += 1.0;
        }
    }
    let rows =
        counts.keys().map(|labels| Row { labels: labels.clone(), drop_name: false }).collect();
    state.set_rows(rows, ctx);
    state.block.reset(counts.len(), n_steps);
    for (row, steps) in counts.values().enumerate() {
        for (step, count) in steps.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            state.block.set(row, step, *count);
        }
    }
}
