//! Functions over windows: for each series and step a slice of its samples.

use promql::FunctionId;

use super::{DUPLICATE, samples::overlay};
use crate::{
    bind::{Bound, SeriesRef, window_kernel},
    engine::{Ctx, NodeState},
    kernels::Window,
    notice::{Cite, NoticeKind, RawNotice},
    plan::{
        Steps,
        node::{NodeId, RangeFrom, RangeInput},
    },
    row::{Block, present},
};

/// Computes a window function.
pub(super) fn window(
    function: FunctionId,
    input: &RangeInput,
    params: &[NodeId],
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Series { series, map, scratch } = bound else {
        unreachable!("window functions are bound to series")
    };
    let kernel = window_kernel(function);
    if !series.is_empty() {
        check_params(function, params, ctx, notices)?;
    }
    let (ts, values) = (&mut scratch.ts, &mut scratch.values);
    for (i, (row, series)) in map.to.iter().zip(series.iter()).enumerate() {
        let (ts, values) = samples(input, i, *series, ctx, ts, values);
        let out = block.row_mut(*row as usize);
        let taken = !map.identity && out.iter().any(|cell| present(*cell));
        let mut any = false;
        each_window(input, ctx, ts, values, |step, window| {
            scratch.params.clear();
            scratch.params.extend(params.iter().map(|p| ctx.scalar(*p, step)));
            if let Some(value) = kernel(&window, &scratch.params) {
                out[step] = value;
                any = true;
            }
        });
        if any && taken {
            return Err(DUPLICATE.to_owned());
        }
        if any && let Some(Some(metric)) = scratch.suspicious.get(i) {
            let kind = NoticeKind::NotCounter { metric: metric.clone() };
            let notice = RawNotice { cite: Cite::Arg(0), kind };
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
    }
    Ok(())
}

/// `absent_over_time`: 1 at the steps at which no series has a sample in its window.
pub(super) fn absent(input: &RangeInput, ctx: &Ctx<'_>, state: &mut NodeState) {
    let NodeState { bound, block, .. } = state;
    let Bound::Series { series, scratch, .. } = bound else {
        unreachable!("window functions are bound to series")
    };
    let out = block.row_mut(0);
    out.fill(1.0);
    for (i, series) in series.iter().enumerate() {
        let (ts, values) = samples(input, i, *series, ctx, &mut scratch.ts, &mut scratch.values);
        each_window(input, ctx, ts, values, |step, _| out[step] = crate::row::ABSENT);
    }
}

/// All samples that the windows of a series can hold.
fn samples<'a>(
    input: &RangeInput,
    row: usize,
    series: SeriesRef,
    ctx: &Ctx<'a>,
    ts: &'a mut Vec<i64>,
    values: &'a mut Vec<f64>,
) -> (&'a [i64], &'a [f64]) {
    let references = input.time.references(ctx.steps, ctx.query);
    let (lo, hi) = (references.start - input.range, references.end());
    match (series, input.from) {
        (SeriesRef::Base(id), RangeFrom::Fragment(fragment)) => {
            ctx.base_table(fragment).window(id, lo, hi)
        }
        (SeriesRef::Overlay(id), _) => overlay(ctx).window(id, lo, hi),
        (_, RangeFrom::Subquery(node)) => {
            compact(&ctx.input(node).block, row, ctx.steps_of(node), ts, values);
            (ts, values)
        }
        (_, RangeFrom::Fragment(_)) => unreachable!("a fragment has series"),
    }
}

/// Present cells of a row as samples.
pub(crate) fn compact(
    block: &Block,
    row: usize,
    steps: Steps,
    ts: &mut Vec<i64>,
    values: &mut Vec<f64>,
) {
    ts.clear();
    values.clear();
    for (t, cell) in steps.iter().zip(block.row(row)).filter(|(_, cell)| present(**cell)) {
        ts.push(t);
        values.push(*cell);
    }
}

/// Calls back with each step's window that has samples. Both edges only move forward.
fn each_window<'a>(
    input: &RangeInput,
    ctx: &Ctx<'_>,
    ts: &'a [i64],
    values: &'a [f64],
    mut on: impl FnMut(usize, Window<'a>),
) {
    let (mut from, mut to) = (0, 0);
    for step in 0..ctx.steps.count {
        let t = ctx.steps.at(step);
        let hi = input.time.reference(t, ctx.query);
        let lo = hi - input.range;
        while from < ts.len() && ts[from] <= lo {
            from += 1;
        }
        to = to.max(from);
        while to < ts.len() && ts[to] <= hi {
            to += 1;
        }
        if from < to {
            on(step, Window { ts: &ts[from..to], values: &values[from..to], lo, hi, t });
        }
    }
}

/// Parameters that Prometheus warns of or refuses.
fn check_params(
    function: FunctionId,
    params: &[NodeId],
    ctx: &Ctx<'_>,
    notices: &mut Vec<RawNotice>,
) -> Result<(), String> {
    for step in 0..ctx.steps.count {
        match (function, params) {
            (FunctionId::QuantileOverTime, [q]) => {
                check_quantile(ctx.scalar(*q, step), notices);
            }
            (FunctionId::DoubleExponentialSmoothing, [smoothing, trend]) => {
                let (sf, tf) = (ctx.scalar(*smoothing, step), ctx.scalar(*trend, step));
                if sf <= 0.0 || sf >= 1.0 {
                    return Err(format!(
                        "invalid smoothing factor. Expected: 0 < sf < 1, got: {sf:.6}"
                    ));
                }
                if tf <= 0.0 || tf >= 1.0 {
                    return Err(format!(
                        "invalid trend factor. Expected: 0 < tf < 1, got: {tf:.6}"
                    ));
                }
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// Notes a quantile outside of 0 to 1, once per value.
pub(super) fn check_quantile(q: f64, notices: &mut Vec<RawNotice>) {
    if (0.0..=1.0).contains(&q) {
        return;
    }
    let same = |n: &RawNotice| matches!(n.kind, NoticeKind::InvalidQuantile(known) if known.to_bits() == q.to_bits());
    if !notices.iter().any(same) {
        notices.push(RawNotice { cite: Cite::Arg(0), kind: NoticeKind::InvalidQuantile(q) });
    }
}
