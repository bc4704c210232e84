//! Functions over windows: for each series and step a slice of its samples.

use std::{ops::Range, sync::Arc};

use promql::FunctionId;
use store::Samples;

use super::{DUPLICATE, histogram::stats::StatsReader, samples::overlay};
use crate::{
    bind::{Bound, RowSamples, SeriesRef, SeriesScratch, window_kernel},
    engine::{Ctx, NodeState},
    kernels::{Window, WindowFn},
    notice::{self, Cite, NoticeKind, RawNotice},
    plan::node::{NodeId, RangeFrom, RangeInput},
    row::Block,
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
    let Bound::Series { series, map, visit, scratch } = bound else {
        unreachable!("window functions are bound to series")
    };
    let run = Run { function, kernel: window_kernel(function), input, params, ctx };
    let SeriesScratch { inside, params, suspicious, stats } = scratch;
    let mut compute = |i: usize, samples: Samples<'_>| {
        let row = map.to[i] as usize;
        let taken = !map.identity && block.row_is_taken(row);
        let any = run.series(samples, params, (&mut *block, row), notices)?;
        if any && taken {
            return Err(DUPLICATE.to_owned());
        }
        if any && let Some(Some(metric)) = suspicious.get(i) {
            note_suspicious(metric, notices);
        }
        Ok(())
    };
    // The windows of many series are found before the first is computed: finding one waits for
    // memory, and a processor waits for many at a time.
    for visited in visit.chunks(AHEAD) {
        if let RangeFrom::Subquery(_) = input.from {
            for i in visited.iter().map(|i| *i as usize) {
                compute(i, samples(input, i, series[i], ctx, inside))?;
            }
            continue;
        }
        let mut found = [Samples::default(); AHEAD];
        for (found, i) in found.iter_mut().zip(visited) {
            *found = stored(input, series[*i as usize], ctx);
        }
        for (samples, i) in found.into_iter().zip(visited) {
            let i = *i as usize;
            compute(i, without_buckets(samples, input, series[i], ctx, stats))?;
        }
    }
    Ok(())
}

/// How many series' windows are found at a time.
const AHEAD: usize = 32;

/// One evaluation of a window function.
struct Run<'a> {
    function: FunctionId,
    kernel: WindowFn,
    input: &'a RangeInput,
    params: &'a [NodeId],
    ctx: &'a Ctx<'a>,
}

impl Run<'_> {
    /// Computes a series at every step; whether it has a value at any.
    fn series(
        &self,
        samples: Samples<'_>,
        scratch: &mut Vec<f64>,
        (block, row): (&mut Block, usize),
        notices: &mut Vec<RawNotice>,
    ) -> Result<bool, String> {
        let (mut any, mut refused) = (false, None);
        let (ts, values) = (samples.floats.ts, samples.floats.values);
        let out = block.row_mut(row);
        each_window(self.input, self.ctx, ts, |step, Extent { samples, lo, hi, t }| {
            let window = Window { ts: &ts[samples.clone()], values: &values[samples], lo, hi, t };
            scratch.clear();
            scratch.extend(self.params.iter().map(|p| self.ctx.scalar(*p, step)));
            if let Err(message) = check_params(self.function, scratch, notices) {
                refused.get_or_insert(message);
            } else if let Some(value) = (self.kernel)(&window, scratch) {
                out[step] = value;
                any = true;
            }
        });
        refused.map_or(Ok(any), Err)
    }
}

pub(super) fn note_suspicious(metric: &Arc<str>, notices: &mut Vec<RawNotice>) {
    let kind = NoticeKind::NotCounter { metric: metric.clone() };
    notice::add(notices, RawNotice { cite: Cite::Arg(0), kind });
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
        let Samples { floats, histograms } = samples(input, i, *series, ctx, &mut scratch.inside);
        for ts in [floats.ts, histograms.ts] {
            each_window(input, ctx, ts, |step, _| out[step] = crate::row::ABSENT);
        }
    }
}

/// All samples that the windows of a series can hold.
fn samples<'a>(
    input: &RangeInput,
    row: usize,
    series: SeriesRef,
    ctx: &Ctx<'a>,
    inside: &'a mut RowSamples,
) -> Samples<'a> {
    match input.from {
        RangeFrom::Fragment(_) => stored(input, series, ctx),
        RangeFrom::Subquery(node) => {
            inside.fill(&ctx.input(node).block, row, ctx.steps_of(node));
            inside.samples()
        }
    }
}

/// The stored samples that the windows of a series can hold.
fn stored<'a>(input: &RangeInput, series: SeriesRef, ctx: &Ctx<'a>) -> Samples<'a> {
    let references = input.time.references(ctx.steps, ctx.query);
    stored_in(input, series, (references.start - input.range, references.end()), ctx)
}

/// The stored samples of a series in `(lo, hi]`.
fn stored_in<'a>(
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
fn without_buckets<'a>(
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
    let all = stored_in(input, series, (ends.start - input.range - 1, ends.end()), ctx);
    reader.windows(cut, all, ends, input.range)
}

/// Where a step's window lies, and which of the samples are in it.
pub(super) struct Extent {
    pub(super) samples: Range<usize>,
    pub(super) lo: i64,
    pub(super) hi: i64,
    pub(super) t: i64,
}

/// Calls back with each step's window that has samples. Both edges only move forward.
pub(super) fn each_window(
    input: &RangeInput,
    ctx: &Ctx<'_>,
    ts: &[i64],
    mut on: impl FnMut(usize, Extent),
) {
    if let (1, [_, ..]) = (ctx.steps.count, ts) {
        // The samples are cut to the only window already.
        let hi = input.time.reference(ctx.steps.start, ctx.query);
        on(0, Extent { samples: 0..ts.len(), lo: hi - input.range, hi, t: ctx.steps.start });
        return;
    }
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
            on(step, Extent { samples: from..to, lo, hi, t });
        }
    }
}

/// Parameters that Prometheus warns of or refuses, which it sees only where a window has samples.
fn check_params(
    function: FunctionId,
    params: &[f64],
    notices: &mut Vec<RawNotice>,
) -> Result<(), String> {
    match (function, params) {
        (FunctionId::QuantileOverTime, [q]) => check_quantile(*q, notices),
        (FunctionId::DoubleExponentialSmoothing, [sf, _]) if *sf <= 0.0 || *sf >= 1.0 => {
            return Err(format!("invalid smoothing factor. Expected: 0 < sf < 1, got: {sf:.6}"));
        }
        (FunctionId::DoubleExponentialSmoothing, [_, tf]) if *tf <= 0.0 || *tf >= 1.0 => {
            return Err(format!("invalid trend factor. Expected: 0 < tf < 1, got: {tf:.6}"));
        }
        _ => {}
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
