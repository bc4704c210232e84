//! Aggregations that pick some of their input's series: `topk`, `bottomk`, `limitk`,
//! `limit_ratio`.

use std::cmp::Ordering;

use promql::AggregateOp;

use super::aggregate::Param;
use crate::{
    bind::{Bound, Groups},
    engine::{Ctx, NodeState},
    kernels::math,
    notice::{self, Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{Block, Row, present},
};

/// Picks at every step.
pub(super) fn pick(
    op: AggregateOp,
    arg: NodeId,
    param: Option<NodeId>,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let param = Param::new(param, ctx);
    let params = || param.at_all();
    let (input, given) = (&ctx.input(arg).block, ctx.input(arg).order.as_deref());
    let mut order = state.order.take().unwrap_or_default();
    order.clear();
    let NodeState { bound, block, notices, rows, .. } = state;
    let Bound::Groups(groups) = bound else { unreachable!("aggregations are bound to groups") };
    let nothing = if op == AggregateOp::LimitRatio {
        check_ratios(params, notices)?
    } else {
        check_counts(params)?
    };
    let steps = if nothing { 0 } else { ctx.steps.count };
    let ranks = matches!(op, AggregateOp::Topk | AggregateOp::Bottomk);
    for step in 0..steps {
        let param = param.at(step);
        if input.has_histograms() && ranks && param >= 1.0 && any_histogram(input, rows, step) {
            let kind = NoticeKind::IgnoredInAggregation { aggregation: op.as_str() };
            notice::add(notices, RawNotice { cite: Cite::Whole, kind });
        }
        for group in 0..groups.len() {
            if ranks || !input.has_histograms() {
                gather(groups, group, given, |row| {
                    Some(input.cell(row, step)).filter(|v| present(*v))
                });
            } else {
                gather(groups, group, given, |row| {
                    input.is_present(row, step).then(|| input.cell(row, step))
                });
            }
            let ranked = &mut groups.scratch.ranked;
            select(op, param, ranked, rows);
            for (value, row) in ranked.iter() {
                block.set(*row as usize, step, *value);
                if let Some(histogram) = input.histogram(*row as usize, step) {
                    block.set_histogram(*row as usize, step, histogram.clone());
                }
                order.push(*row);
            }
        }
    }
    let instant = ctx.steps.count == 1;
    state.order = instant.then_some(order);
    Ok(())
}

fn any_histogram(input: &Block, rows: &[Row], step: usize) -> bool {
    (0..rows.len()).any(|row| input.histogram(row, step).is_some())
}

/// The rows of a group that are there, in the order that was given.
fn gather(
    groups: &mut Groups,
    group: usize,
    given: Option<&[u32]>,
    cell: impl Fn(usize) -> Option<f64>,
) {
    let mut ranked = std::mem::take(&mut groups.scratch.ranked);
    ranked.clear();
    let members = groups.members_in(group, given);
    ranked.extend(members.iter().filter_map(|row| Some((cell(*row as usize)?, *row))));
    groups.scratch.ranked = ranked;
}

/// Leaves what is picked, best first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range; truncation is meant"
)]
fn select(op: AggregateOp, param: f64, ranked: &mut Vec<(f64, u32)>, rows: &[Row]) {
    let k = param.clamp(0.0, ranked.len() as f64) as usize;
    match op {
        AggregateOp::LimitRatio => {
            ranked.retain(|(_, row)| is_in_ratio(param.clamp(-1.0, 1.0), &rows[*row as usize]));
        }
        AggregateOp::Limitk => ranked.truncate(k),
        AggregateOp::Topk => {
            sort(ranked, |a, b| best_first(b.partial_cmp(&a), a, b));
            ranked.truncate(k);
        }
        _ => {
            sort(ranked, |a, b| best_first(a.partial_cmp(&b), a, b));
            ranked.truncate(k);
        }
    }
}

/// Sorts by value; equal ones stay in their order.
fn sort(ranked: &mut [(f64, u32)], by: impl Fn(f64, f64) -> Ordering) {
    if ranked.is_sorted_by_key(|(_, row)| row) {
        // Without memory of its own, which a sort needs to keep an order that it is not told.
        ranked.sort_unstable_by(|a, b| by(a.0, b.0).then(a.1.cmp(&b.1)));
    } else {
        ranked.sort_by(|a, b| by(a.0, b.0));
    }
}

/// NaN loses to any number.
pub(super) fn best_first(order: Option<Ordering>, a: f64, b: f64) -> Ordering {
    order.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// A series' hash decides where between 0 and 1 it stands.
fn is_in_ratio(ratio: f64, row: &Row) -> bool {
    let offset = row.labels.hash64() as f64 / u64::MAX as f64;
    if ratio >= 0.0 { offset < ratio } else { offset >= 1.0 + ratio }
}

/// Whether nothing can be picked at any step.
fn check_counts<I: Iterator<Item = f64>>(params: impl Fn() -> I) -> Result<bool, String> {
    if params().all(|k| k < 1.0) {
        return Ok(true);
    }
    if params().any(f64::is_nan) {
        return Err("Parameter value is NaN".to_owned());
    }
    let go = model::number::format_g;
    let (least, most) = extremes(params());
    if least <= -TOO_MANY {
        return Err(format!("Scalar value {} underflows int64", go(least)));
    }
    if most >= TOO_MANY {
        return Err(format!("Scalar value {} overflows int64", go(most)));
    }
    Ok(false)
}

/// The least integer that 64 bits with a sign cannot hold.
const TOO_MANY: f64 = 9_223_372_036_854_775_808.0;

fn extremes(params: impl Iterator<Item = f64>) -> (f64, f64) {
    params.fold((f64::MAX, -f64::MAX), |(least, most), v| (math::min(least, v), math::max(most, v)))
}

fn check_ratios<I: Iterator<Item = f64>>(
    params: impl Fn() -> I,
    notices: &mut Vec<RawNotice>,
) -> Result<bool, String> {
    if params().any(f64::is_nan) {
        return Err("Ratio value is NaN".to_owned());
    }
    let (low, high) = extremes(params());
    if low == 0.0 && high == 0.0 {
        return Ok(true);
    }
    for (given, capped) in [(high, 1.0), (low, -1.0)] {
        if given * capped > 1.0 {
            let kind = NoticeKind::InvalidRatio { given, capped };
            notices.push(RawNotice { cite: Cite::Arg(0), kind });
        }
    }
    Ok(false)
}
