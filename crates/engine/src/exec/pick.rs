//! Aggregations that pick some of their input's series: `topk`, `bottomk`, `limitk`,
//! `limit_ratio`.

use promql::AggregateOp;

use crate::{
    bind::{Bound, Groups},
    engine::{Ctx, NodeState},
    notice::{Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{Row, present},
};

/// Picks at every step.
pub(super) fn pick(
    op: AggregateOp,
    arg: NodeId,
    param: Option<NodeId>,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let param = param.expect("the checker asks for a parameter");
    let params = || (0..ctx.steps.count).map(|step| ctx.scalar(param, step));
    let input = &ctx.input(arg).block;
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
    for step in 0..steps {
        let param = ctx.scalar(param, step);
        for group in 0..groups.len() {
            gather(groups, group, |row| input.cell(row as usize, step));
            let ranked = &mut groups.scratch.ranked;
            select(op, param, ranked, rows);
            for (value, row) in ranked.iter() {
                block.set(*row as usize, step, *value);
                order.push(*row);
            }
        }
    }
    let instant = ctx.query.count == 1;
    state.order = instant.then_some(order);
    Ok(())
}

fn gather(groups: &mut Groups, group: usize, cell: impl Fn(u32) -> f64) {
    let mut ranked = std::mem::take(&mut groups.scratch.ranked);
    ranked.clear();
    let cells = groups.members(group).iter().map(|row| (cell(*row), *row));
    ranked.extend(cells.filter(|(cell, _)| present(*cell)));
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
            ranked.sort_by(|a, b| best_first(b.0.partial_cmp(&a.0), a.0, b.0));
            ranked.truncate(k);
        }
        _ => {
            ranked.sort_by(|a, b| best_first(a.0.partial_cmp(&b.0), a.0, b.0));
            ranked.truncate(k);
        }
    }
}

/// NaN loses to any number.
pub(super) fn best_first(order: Option<std::cmp::Ordering>, a: f64, b: f64) -> std::cmp::Ordering {
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
    match params().find(|k| k.abs() >= 9_223_372_036_854_775_808.0) {
        Some(k) if k < 0.0 => Err(format!("Scalar value {} underflows int64", go(k))),
        Some(k) => Err(format!("Scalar value {} overflows int64", go(k))),
        None => Ok(false),
    }
}

fn check_ratios<I: Iterator<Item = f64>>(
    params: impl Fn() -> I,
    notices: &mut Vec<RawNotice>,
) -> Result<bool, String> {
    if params().any(f64::is_nan) {
        return Err("Ratio value is NaN".to_owned());
    }
    let (low, high) = params().fold((0.0, 0.0), |(l, h): (f64, f64), r| (l.min(r), h.max(r)));
    for (given, capped) in [(high, 1.0), (low, -1.0)] {
        if given.abs() > 1.0 {
            let kind = NoticeKind::InvalidRatio { given, capped };
            notices.push(RawNotice { cite: Cite::Arg(0), kind });
        }
    }
    Ok(params().all(|r| r == 0.0))
}
