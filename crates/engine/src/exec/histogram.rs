//! Functions of histograms: quantiles and fractions of classic and native ones, and the numbers
//! that native ones have of their own.

mod mended;
pub(super) mod stats;

use std::sync::Arc;

use model::{
    FloatHistogram,
    histogram::{FractionNote, QuantileNote},
    number::format_g,
};
use promql::FunctionId;

use mended::Mended;

use super::{DUPLICATE, values::map_histograms, window::check_quantile};
use crate::{
    bind::{Bound, Buckets},
    engine::{Ctx, NodeState},
    kernels::histogram::{Bucket, Quantile, bucket_fraction, bucket_quantile},
    notice::{self, Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{Block, present},
};

/// `histogram_count` and the like.
pub(super) fn number(
    function: FunctionId,
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    map_histograms(arg, ctx, state, |_, h| {
        let number = match function {
            FunctionId::HistogramCount => h.count,
            FunctionId::HistogramSum => h.sum,
            FunctionId::HistogramAvg => h.average(),
            FunctionId::HistogramStddev => h.standard_deviation(),
            FunctionId::HistogramStdvar => h.variance(),
            _ => unreachable!("{} is no number of a histogram", function.row().name),
        };
        Some(number.into())
    })
}

/// `histogram_quantile`.
pub(super) fn quantile(
    q: NodeId,
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    (0..ctx.steps.count).for_each(|s| check_quantile(ctx.scalar(q, s), &mut state.notices));
    find_natives(arg, ctx, state);
    each_histogram(arg, 1, ctx, state, |at, mut histogram, out| {
        let value = histogram.quantile(ctx.scalar(q, at.step), &at, out);
        out.put(at.to as usize, at.step, value)
    })
}

/// `histogram_fraction`.
pub(super) fn fraction(
    lower: NodeId,
    upper: NodeId,
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    find_natives(arg, ctx, state);
    each_histogram(arg, 2, ctx, state, |at, mut histogram, out| {
        let (lower, upper) = (ctx.scalar(lower, at.step), ctx.scalar(upper, at.step));
        let value = histogram.fraction(lower, upper, &at, out.notices);
        out.put(at.to as usize, at.step, value)
    })
}

/// `histogram_quantiles`: each quantile has rows of its own, and which quantiles there are is
/// known only now.
pub(super) fn quantiles(
    label: &str,
    qs: &[NodeId],
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let wanted = check_quantiles(qs, ctx, &mut state.notices);
    let input = ctx.input(arg);
    let Bound::Buckets(buckets) = &mut state.bound else { unreachable!("{BOUND}") };
    let regroup = buckets.misses_natives(input);
    if regroup {
        *buckets = Buckets::new(input, &buckets.natives, ctx);
    }
    if regroup || buckets.quantiles.quantiles != wanted {
        let names: Vec<String> = wanted.iter().map(|q| open_metrics(f64::from_bits(*q))).collect();
        let rows = buckets.quantile_rows(label, wanted, &names, ctx.lets_duplicates_pass());
        state.set_rows(rows, ctx);
    }
    state.block.reset(state.rows.len(), ctx.steps.count);
    let Bound::Buckets(buckets) = &mut state.bound else { unreachable!("{BOUND}") };
    let rows = std::mem::take(&mut buckets.quantiles);
    let n_results = buckets.results.len();
    let result = each_histogram(arg, 0, ctx, state, |at, mut histogram, out| {
        for (i, q) in qs.iter().map(|q| ctx.scalar(*q, at.step)).enumerate() {
            let known = || rows.quantiles.iter().position(|bits| *bits == q.to_bits());
            let i = if ctx.lets_duplicates_pass() { Some(i) } else { known() };
            let i = i.expect("all quantiles of all steps have rows");
            let value = histogram.quantile(q, &at, out);
            out.put(rows.map.at(i * n_results + at.to as usize), at.step, value)?;
        }
        Ok(())
    });
    if let Bound::Buckets(buckets) = &mut state.bound {
        buckets.quantiles = rows;
    }
    result
}

const BOUND: &str = "histogram functions are bound to buckets";

/// Notes quantiles outside of 0 to 1; the bits of all of them, each once, or those of the first
/// step where duplicates may pass.
fn check_quantiles(qs: &[NodeId], ctx: &Ctx<'_>, notices: &mut Vec<RawNotice>) -> Vec<u64> {
    let mut all = Vec::with_capacity(qs.len());
    for step in 0..ctx.steps.count {
        for (cite, q) in (2..).map(Cite::Arg).zip(qs) {
            let q = ctx.scalar(*q, step);
            let is_row =
                if ctx.lets_duplicates_pass() { step == 0 } else { !all.contains(&q.to_bits()) };
            if is_row {
                all.push(q.to_bits());
            }
            if !(0.0..=1.0).contains(&q) {
                let kind = NoticeKind::InvalidQuantile(q);
                notice::add(notices, RawNotice { cite, kind });
            }
        }
    }
    all
}

/// A float as OpenMetrics writes it in label values: always as one that is no integer.
fn open_metrics(v: f64) -> String {
    // Without the sign that zero may have.
    let text = format_g(if v == 0.0 { 0.0 } else { v });
    if v.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// Groups rows again where some have native histograms for the first time.
fn find_natives(arg: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) {
    let input = ctx.input(arg);
    let Bound::Buckets(buckets) = &mut state.bound else { unreachable!("{BOUND}") };
    if buckets.misses_natives(input) {
        *buckets = Buckets::new(input, &buckets.natives, ctx);
        let rows = std::mem::take(&mut buckets.results);
        state.set_rows(rows, ctx);
        state.block.reset(state.rows.len(), ctx.steps.count);
    }
}

/// A histogram of either kind.
enum Histogram<'a> {
    Classic(&'a mut Vec<Bucket>),
    Native(&'a FloatHistogram),
}

/// Which histogram it is, and where its result goes.
struct At<'a> {
    step: usize,
    t: i64,
    to: u32,
    metric: Option<&'a Arc<str>>,
    /// What notices cite.
    cite: Cite,
}

/// Where results go.
struct Out<'a> {
    block: &'a mut Block,
    notices: &'a mut Vec<RawNotice>,
    mended: Mended,
}

impl Out<'_> {
    fn put(&mut self, row: usize, step: usize, value: f64) -> Result<(), String> {
        if present(self.block.cell(row, step)) {
            return Err(DUPLICATE.to_owned());
        }
        self.block.set(row, step, value);
        Ok(())
    }
}

/// Calls back with every histogram at every step at which it has a value.
fn each_histogram(
    arg: NodeId,
    position: u8,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    mut on: impl FnMut(At<'_>, Histogram<'_>, &mut Out<'_>) -> Result<(), String>,
) -> Result<(), String> {
    let input = &ctx.input(arg).block;
    let cite = Cite::Arg(position);
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Buckets(buckets) = bound else { unreachable!("{BOUND}") };
    let mut out = Out { block, notices, mended: Mended::default() };
    for (row, le, metric) in &buckets.malformed {
        if input.row(*row as usize).iter().any(|cell| present(*cell)) {
            let kind = NoticeKind::BadBucketLabel { value: le.clone(), metric: metric.clone() };
            out.notices.push(RawNotice { cite, kind });
        }
    }
    let Buckets { classics, natives, scratch, .. } = buckets;
    for classic in classics.iter() {
        let metric = classic.metric.as_ref();
        for step in 0..ctx.steps.count {
            gather(&classic.buckets, input, step, scratch);
            if scratch.is_empty() {
                continue;
            }
            if classic.native.is_some_and(|row| input.histogram(row as usize, step).is_some()) {
                let kind = NoticeKind::MixedClassicNative { metric: metric.cloned() };
                notice::add(out.notices, RawNotice { cite, kind });
                continue;
            }
            let at = At { step, t: ctx.steps.at(step), to: classic.to, metric, cite };
            on(at, Histogram::Classic(scratch), &mut out)?;
        }
    }
    for native in natives.iter() {
        let metric = native.metric.as_ref();
        for step in 0..ctx.steps.count {
            let Some(histogram) = input.histogram(native.row as usize, step) else { continue };
            let rival = native.classic.map(|classic| &classics[classic as usize].buckets);
            let is_taken = |(_, row): &(f64, u32)| present(input.cell(*row as usize, step));
            if rival.is_some_and(|buckets| buckets.iter().any(is_taken)) {
                continue;
            }
            let at = At { step, t: ctx.steps.at(step), to: native.to, metric, cite };
            on(at, Histogram::Native(histogram), &mut out)?;
        }
    }
    out.mended.tell(cite, out.notices);
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

impl Histogram<'_> {
    fn quantile(&mut self, q: f64, at: &At<'_>, out: &mut Out<'_>) -> f64 {
        let metric = || at.metric.cloned();
        match self {
            Self::Classic(buckets) => {
                let Quantile { value, forced } = bucket_quantile(q, buckets);
                if let Some(forced) = forced {
                    out.mended.add(&forced, at, out.block.n_steps());
                }
                value
            }
            Self::Native(histogram) => {
                let (value, note) = histogram.quantile(q);
                let kind = |note| match note {
                    QuantileNote::NanResult => NoticeKind::NanQuantileResult { metric: metric() },
                    QuantileNote::NanSkew => NoticeKind::NanQuantileSkew { metric: metric() },
                };
                if let Some(kind) = note.map(kind) {
                    notice::add(out.notices, RawNotice { cite: at.cite, kind });
                }
                value
            }
        }
    }

    fn fraction(
        &mut self,
        lower: f64,
        upper: f64,
        at: &At<'_>,
        notices: &mut Vec<RawNotice>,
    ) -> f64 {
        match self {
            Self::Classic(buckets) => bucket_fraction(lower, upper, buckets),
            Self::Native(histogram) => {
                let (value, note) = histogram.fraction(lower, upper);
                if note == Some(FractionNote::NanObservations) {
                    let kind = NoticeKind::NanFraction { metric: at.metric.cloned() };
                    notice::add(notices, RawNotice { cite: at.cite, kind });
                }
                value
            }
        }
    }
}
