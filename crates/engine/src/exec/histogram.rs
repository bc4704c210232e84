//! Classic histograms from their buckets.

use std::sync::Arc;

use super::{DUPLICATE, window::check_quantile};
use crate::{
    bind::{Bound, Buckets},
    engine::{Ctx, NodeState},
    kernels::histogram::{Bucket, Forced, bucket_fraction, bucket_quantile},
    notice::{Cite, ForcedMonotonic, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{Block, present},
};

/// `histogram_quantile`.
pub(super) fn quantile(
    q: NodeId,
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    (0..ctx.steps.count).for_each(|s| check_quantile(ctx.scalar(q, s), &mut state.notices));
    let mut mended = Vec::new();
    each_histogram(arg, 1, ctx, state, |step, metric, buckets| {
        let result = bucket_quantile(ctx.scalar(q, step), buckets);
        if let Some(forced) = result.forced {
            note(&mut mended, metric, &forced, ctx.steps.at(step));
        }
        result.value
    })?;
    let notice = |m| RawNotice { cite: Cite::Arg(1), kind: NoticeKind::ForcedMonotonic(m) };
    state.notices.extend(mended.into_iter().map(Box::new).map(notice));
    Ok(())
}

/// `histogram_fraction`.
pub(super) fn fraction(
    lower: NodeId,
    upper: NodeId,
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    each_histogram(arg, 2, ctx, state, |step, _, buckets| {
        bucket_fraction(ctx.scalar(lower, step), ctx.scalar(upper, step), buckets)
    })
}

fn each_histogram(
    arg: NodeId,
    position: u8,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut value: impl FnMut(usize, Option<&Arc<str>>, &mut Vec<Bucket>) -> f64,
) -> Result<(), String> {
    let input = &ctx.input(arg).block;
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Buckets(Buckets { histograms, map, metrics, malformed, scratch }) = bound else {
        unreachable!("histogram functions are bound to buckets")
    };
    for (row, le, metric) in malformed.iter() {
        if input.row(*row as usize).iter().any(|cell| present(*cell)) {
            let kind = NoticeKind::BadBucketLabel { value: le.clone(), metric: metric.clone() };
            notices.push(RawNotice { cite: Cite::Arg(position), kind });
        }
    }
    for ((buckets, metric), row) in histograms.iter().zip(metrics).zip(&map.to) {
        for step in 0..ctx.steps.count {
            gather(buckets, input, step, scratch);
            if scratch.is_empty() {
                continue;
            }
            if present(block.cell(*row as usize, step)) {
                return Err(DUPLICATE.to_owned());
            }
            block.set(*row as usize, step, value(step, metric.as_ref(), scratch));
        }
    }
    Ok(())
}

fn gather(buckets: &[(f64, u32)], input: &Block, step: usize, into: &mut Vec<Bucket>) {
    into.clear();
    for (le, row) in buckets {
        let count = input.cell(*row as usize, step);
        if present(count) {
            into.push(Bucket { le: *le, count });
        }
    }
}

/// Adds what was mended at a step to what was mended of the same metric before.
fn note(mended: &mut Vec<ForcedMonotonic>, metric: Option<&Arc<str>>, forced: &Forced, t: i64) {
    let Forced { min_bucket: from, max_bucket: to, max_diff: diff } = *forced;
    match mended.iter_mut().find(|m| m.metric.as_ref() == metric) {
        Some(all) => {
            all.from = all.from.min(from);
            all.to = all.to.max(to);
            all.diff = all.diff.max(diff);
            all.first = all.first.min(t);
            all.last = all.last.max(t);
            all.samples += 1;
        }
        None => mended.push(ForcedMonotonic {
            metric: metric.cloned(),
            from,
            to,
            diff,
            samples: 1,
            first: t,
            last: t,
        }),
    }
}
