//! Aggregations whose result is one value per group.
//!
//! Floats are folded in any order of memory; [`histograms`] comes after them, and only where the
//! input has some.

mod count_values;
mod histograms;

pub(super) use count_values::count_values;

use promql::AggregateOp;

use crate::{
    bind::Groups,
    engine::{Ctx, NodeState},
    kernels::{
        aggregate::{self, Accumulator, Avg, Count, Group, Max, Min, Stddev, Stdvar, Sum},
        math,
    },
    notice::{self, Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
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
    let (input, order) = (&ctx.input(arg).block, ctx.input(arg).order.as_deref());
    let NodeState { bound: state_bound, block, notices, rows, .. } = state;
    let crate::bind::Bound::Groups(groups) = state_bound else {
        unreachable!("aggregations are bound to groups")
    };
    let n_steps = ctx.steps.count;
    let Groups { of_row, scratch, .. } = groups;
    let seen = &mut scratch.seen;
    match op {
        A::Sum => fold(&mut scratch.sum, seen, (of_row, order), input, block, n_steps),
        A::Avg => fold(&mut scratch.avg, seen, (of_row, order), input, block, n_steps),
        A::Count => fold(&mut scratch.count, seen, (of_row, order), input, block, n_steps),
        A::Min => fold(&mut scratch.min, seen, (of_row, order), input, block, n_steps),
        A::Max => fold(&mut scratch.max, seen, (of_row, order), input, block, n_steps),
        A::Group => fold(&mut scratch.group, seen, (of_row, order), input, block, n_steps),
        A::Stddev => fold(&mut scratch.stddev, seen, (of_row, order), input, block, n_steps),
        A::Stdvar => fold(&mut scratch.stdvar, seen, (of_row, order), input, block, n_steps),
        A::Quantile => {
            let q = Param::new(param, ctx);
            check_quantiles(q.at_all(), notices);
            quantile(groups, input, block, n_steps, |step| q.at(step));
        }
        A::Topk | A::Bottomk | A::Limitk | A::LimitRatio | A::CountValues => {
            unreachable!("these have files and nodes of their own")
        }
    }
    let input = ctx.input(arg);
    if input.block.has_histograms() {
        histograms::add(op, input, n_steps, groups, block, notices);
    }
    if groups.names_differ {
        let rows = names_at_the_end(groups, input, rows, block, n_steps);
        state.set_rows(rows, ctx);
    }
}

/// An aggregation's parameter.
#[derive(Clone, Copy)]
pub(super) struct Param<'a, 'b> {
    ctx: &'a Ctx<'b>,
    node: NodeId,
}

impl<'a, 'b> Param<'a, 'b> {
    pub(super) fn new(param: Option<NodeId>, ctx: &'a Ctx<'b>) -> Self {
        let node = param.expect("the checker asks for a parameter");
        Self { ctx, node }
    }

    pub(super) fn at(&self, step: usize) -> f64 {
        self.ctx.scalar(self.node, step)
    }

    pub(super) fn at_all(self) -> impl Iterator<Item = f64> + Clone {
        (0..self.ctx.steps.count).map(move |step| self.at(step))
    }
}

/// Quantiles that are none: NaN, the greatest and the least of all steps.
fn check_quantiles(params: impl Iterator<Item = f64> + Clone, notices: &mut Vec<RawNotice>) {
    let nan = params.clone().any(f64::is_nan).then_some(f64::NAN);
    let most = params.clone().fold(-f64::MAX, math::max);
    let least = params.fold(f64::MAX, math::min);
    let most = (most > 1.0).then_some(most);
    let least = (least < 0.0).then_some(least);
    for q in nan.into_iter().chain(most).chain(least) {
        let kind = NoticeKind::InvalidQuantile(q);
        notice::add(notices, RawNotice { cite: Cite::Arg(0), kind });
    }
}

/// The groups with what decides whether they lose their name: the series that are there at the
/// last step that has a result.
fn names_at_the_end(
    groups: &Groups,
    input: &NodeState,
    rows: &[Row],
    block: &Block,
    n_steps: usize,
) -> Vec<Row> {
    let drops = |group: usize| {
        let last = (0..n_steps).rev().find(|step| block.is_present(group, *step))?;
        let there = groups.members(group).iter().map(|row| *row as usize);
        let mut there = there.filter(|row| input.block.is_present(*row, last));
        Some(there.any(|row| input.rows[row].drop_name))
    };
    let groups = rows.iter().enumerate();
    groups
        .map(|(group, row)| Row {
            labels: row.labels.clone(),
            drop_name: drops(group).unwrap_or(row.drop_name),
        })
        .collect()
}

/// Adds every present cell to its group's accumulator, row by row, in the order that the input has:
/// it decides about last digits.
fn fold<A: Accumulator>(
    accumulators: &mut Vec<A>,
    seen: &mut Vec<bool>,
    (of_row, order): (&[u32], Option<&[u32]>),
    input: &Block,
    out: &mut Block,
    n_steps: usize,
) {
    let n = out.cells().len();
    accumulators.clear();
    accumulators.resize(n, A::new());
    seen.clear();
    seen.resize(n, false);
    let mut add = |row: usize, group: u32| {
        let at = group as usize * n_steps;
        let to = accumulators[at..].iter_mut().zip(&mut seen[at..]);
        for (cell, (accumulator, seen)) in input.row(row).iter().zip(to) {
            if present(*cell) {
                accumulator.add(*cell);
                *seen = true;
            }
        }
    };
    match order {
        // One step, in the order of rows: no row is looked up.
        None if n_steps == 1 => {
            for (cell, group) in input.cells().iter().zip(of_row) {
                if present(*cell) {
                    accumulators[*group as usize].add(*cell);
                    seen[*group as usize] = true;
                }
            }
        }
        None => of_row.iter().enumerate().for_each(|(row, group)| add(row, *group)),
        Some(order) => order.iter().for_each(|row| add(*row as usize, of_row[*row as usize])),
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
