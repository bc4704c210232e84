//! Which samples the windows of a series see.

use store::Samples;

use crate::{
    bind::{RowSamples, SeriesRef},
    engine::Ctx,
    exec::{
        histogram::stats::{Reading, StatsReader},
        samples::overlay,
    },
    plan::node::{RangeFrom, RangeInput},
};

/// All samples that the windows of a series can hold.
pub(super) fn samples<'a>(
    input: &RangeInput,
    row: usize,
    series: SeriesRef,
    ctx: &Ctx<'a>,
    inside: &'a mut RowSamples,
) -> Samples<'a> {
    match input.from {
        RangeFrom::Fragment(_) => stored(input, series, reach(input, ctx), ctx),
        RangeFrom::Subquery(node) => {
            inside.fill(ctx.input(node).whole(), row, ctx.steps_of(node));
            inside.forget_resets();
            inside.samples()
        }
    }
}

/// From where, exclusive, to where, inclusive, the windows reach.
pub(super) fn reach(input: &RangeInput, ctx: &Ctx<'_>) -> (i64, i64) {
    let references = input.time.references(ctx.steps, ctx.query);
    (references.start - input.range, references.end())
}

/// The stored samples of a series in `(lo, hi]`.
pub(super) fn stored<'a>(
    input: &RangeInput,
    series: SeriesRef,
    (lo, hi): (i64, i64),
    ctx: &Ctx<'a>,
) -> Samples<'a> {
    match (series, input.from) {
        (SeriesRef::Base(id), RangeFrom::Fragment(fragment)) => {
            ctx.base_table(fragment).samples(id, lo, hi)
        }
        (SeriesRef::Overlay(id), _) => overlay(ctx).samples(id, lo, hi),
        _ => unreachable!("a fragment has series"),
    }
}

/// The same without buckets, where nobody asks for them.
pub(super) fn without_buckets<'a>(
    cut: Samples<'a>,
    input: &RangeInput,
    series: SeriesRef,
    ctx: &Ctx<'a>,
    reader: &'a mut StatsReader,
) -> Samples<'a> {
    if !input.stats || cut.histograms.ts.is_empty() {
        return cut;
    }
    let ends = input.time.references(ctx.steps, ctx.query);
    let all = stored(input, series, (ends.start - input.range - 1, ends.end()), ctx);
    reader.windows(cut, all, ends, input.range, Reading::Windows)
}
