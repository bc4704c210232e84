//! Classic histograms from their buckets.

use super::{DUPLICATE, window::check_quantile};
use crate::{
    bind::{Bound, Buckets},
    engine::{Ctx, NodeState},
    kernels::histogram::{Bucket, Forced, bucket_fraction, bucket_quantile},
    notice::{Cite, NoticeKind, RawNotice},
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
    let mut mended = Mended::default();
    each_histogram(arg, 1, ctx, state, |step, buckets| {
        let result = bucket_quantile(ctx.scalar(q, step), buckets);
        if let Some(forced) = result.forced {
            mended.note(&forced, ctx.steps.at(step));
        }
        result.value
    })?;
    state.notices.extend(mended.notice());
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
    each_histogram(arg, 2, ctx, state, |step, buckets| {
        bucket_fraction(ctx.scalar(lower, step), ctx.scalar(upper, step), buckets)
    })
}

fn each_histogram(
    arg: NodeId,
    position: u8,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut value: impl FnMut(usize, &mut Vec<Bucket>) -> f64,
) -> Result<(), String> {
    let input = &ctx.input(arg).block;
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Buckets(Buckets { histograms, map, malformed, scratch }) = bound else {
        unreachable!("histogram functions are bound to buckets")
    };
    for (row, le) in malformed.iter() {
        if input.row(*row as usize).iter().any(|cell| present(*cell)) {
            let kind = NoticeKind::BadBucketLabel { value: le.clone() };
            notices.push(RawNotice { cite: Cite::Arg(position), kind });
        }
    }
    for (buckets, row) in histograms.iter().zip(&map.to) {
        for step in 0..ctx.steps.count {
            gather(buckets, input, step, scratch);
            if scratch.is_empty() {
                continue;
            }
            if present(block.cell(*row as usize, step)) {
                return Err(DUPLICATE.to_owned());
            }
            block.set(*row as usize, step, value(step, scratch));
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

/// What was mended over all steps.
#[derive(Default)]
struct Mended {
    worst: Option<Forced>,
    samples: usize,
    first: i64,
    last: i64,
}

impl Mended {
    fn note(&mut self, forced: &Forced, t: i64) {
        let worst = self.worst.get_or_insert(*forced);
        worst.min_bucket = worst.min_bucket.min(forced.min_bucket);
        worst.max_bucket = worst.max_bucket.max(forced.max_bucket);
        worst.max_diff = worst.max_diff.max(forced.max_diff);
        self.first = if self.samples == 0 { t } else { self.first.min(t) };
        self.last = if self.samples == 0 { t } else { self.last.max(t) };
        self.samples += 1;
    }

    fn notice(self) -> Option<RawNotice> {
        let Forced { min_bucket: from, max_bucket: to, max_diff: diff } = self.worst?;
        let Self { samples, first, last, .. } = self;
        let kind = NoticeKind::ForcedMonotonic { from, to, diff, samples, first, last };
        Some(RawNotice { cite: Cite::Arg(1), kind })
    }
}
