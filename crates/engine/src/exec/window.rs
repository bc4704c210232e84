//! Functions over windows: for each series and step a slice of its samples.
//!
//! Nearly all series hold plain floats; those that hold more are computed in `mixed`, at the cost
//! of one look at each series. Start at [`window`].

mod mixed;
mod params;
mod plainly;
mod read;
mod shared;
mod steps;

pub(super) use mixed::worded;
pub(super) use params::check_quantile;

use promql::FunctionId;
use store::{Floats, PlainWindow, Samples};

use super::{DUPLICATE, plain::Plain};
use crate::{
    bind::{Bound, SeriesScratch, Suspicious, Visit, window_kernel},
    engine::{Ctx, NodeState},
    kernels::{Window, WindowKernel},
    notice::{self, Cite, RawNotice},
    plan::node::{NodeId, RangeFrom, RangeInput},
    row::{ABSENT, Block},
};
use mixed::Scratch;
use plainly::Plainly;
use read::{reach, samples, stored, without_buckets};
use steps::{Extent, each_window};

/// Computes a window function.
pub(super) fn window<'c>(
    function: FunctionId,
    input: &RangeInput,
    params: &[NodeId],
    ctx: &Ctx<'c>,
    state: &mut NodeState,
) -> Result<(), String> {
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Series { map, visit, scratch, .. } = bound else {
        unreachable!("window functions are bound to series")
    };
    let run = Run::new(function, input, params, ctx);
    let mut plainly = params.is_empty().then(|| Plainly::new(&run));
    let SeriesScratch { inside, params, stats, suspicious, notes, parts, .. } = scratch;
    let all = shared::Inputs { map, visit, suspicious };
    let shared = shared::share(&run, all, block, parts);
    if shared.as_ref().is_some_and(|shared| shared.has_duplicates) {
        return Err(DUPLICATE.to_owned());
    }
    let mut compute = |one: Visit, samples: Seen<'c, '_>| {
        let i = one.at();
        let row = map.at(i);
        let taken = !map.identity && block.row_is_taken(row);
        if let (Seen::Plain(window), Some(plainly)) = (&samples, &mut plainly) {
            if plainly.fill(*window, block.row_mut(row)) {
                if taken {
                    return Err(DUPLICATE.to_owned());
                }
                note_suspicious(suspicious, i, notices);
            }
            return Ok(());
        }
        let at = (&mut *block, row);
        let filled = match samples {
            Seen::Plain(window) => run.plain_series(window, params, at, notices)?,
            Seen::All(all) if run.is_plain(&all) => {
                let Floats { ts, values, .. } = all.floats;
                run.plain_series(PlainWindow::new(ts, values), params, at, notices)?
            }
            Seen::All(all) => {
                run.mixed_series((i, one.series), all, Scratch { params, notes }, at, notices)?
            }
        };
        if filled.any && taken {
            return Err(DUPLICATE.to_owned());
        }
        if filled.float {
            note_suspicious(suspicious, i, notices);
        }
        Ok(())
    };
    let span = reach(input, ctx);
    let mut plain = Plain::windows(input.from, span, ctx);
    let whole = if shared.is_some() { &[] } else { visit.as_slice() };
    let left = shared.iter().flat_map(|shared| shared.parts).map(|part| part.left.as_slice());
    for visited in std::iter::once(whole).chain(left) {
        if let RangeFrom::Subquery(_) = input.from {
            for one in visited {
                compute(*one, Seen::All(samples(input, one.at(), one.series, ctx, inside)))?;
            }
            continue;
        }
        for (i, one) in visited.iter().enumerate() {
            plain.ask_ahead(visited, i);
            if let Some(window) = plain.find(one.series) {
                compute(*one, Seen::Plain(window))?;
                continue;
            }
            let all = stored(input, one.series, span, ctx);
            compute(*one, Seen::All(without_buckets(all, input, one.series, ctx, stats)))?;
        }
    }
    Ok(())
}

/// What the windows of a series hold.
enum Seen<'a, 'b> {
    /// The floats of a series that has nothing else.
    Plain(PlainWindow<'a>),
    All(Samples<'b>),
}

/// One evaluation of a window function.
struct Run<'a, 'c> {
    function: FunctionId,
    kernel: WindowKernel,
    input: &'a RangeInput,
    params: &'a [NodeId],
    ctx: &'a Ctx<'c>,
    /// Whether it matters when a sample's counting started.
    starts: bool,
}

/// What a series came to.
#[derive(Clone, Copy, Debug, Default)]
struct Filled {
    /// Whether it has a value at any step.
    any: bool,
    /// Whether it has a float at any step.
    float: bool,
}

impl<'a, 'c> Run<'a, 'c> {
    fn new(
        function: FunctionId,
        input: &'a RangeInput,
        params: &'a [NodeId],
        ctx: &'a Ctx<'c>,
    ) -> Self {
        use FunctionId::{Increase, Irate, Rate, Resets};
        let starts = ctx.plan.options.start_timestamps
            && matches!(function, Rate | Increase | Irate | Resets);
        Self { function, kernel: window_kernel(function), input, params, ctx, starts }
    }

    /// Whether a series holds nothing but floats, and their times and values say all.
    fn is_plain(&self, samples: &Samples<'_>) -> bool {
        samples.histograms.ts.is_empty() && (!self.starts || samples.floats.starts.is_empty())
    }

    /// Computes a series of plain floats at every step.
    fn plain_series(
        &self,
        PlainWindow { ts, values, known, .. }: PlainWindow<'_>,
        params: &mut Vec<f64>,
        (block, row): (&mut Block, usize),
        notices: &mut Vec<RawNotice>,
    ) -> Result<Filled, String> {
        let (mut any, mut refused) = (false, None);
        let out = block.row_mut(row);
        each_window(self.input, self.ctx, ts, |step, Extent { samples, lo, hi, t }| {
            let known = known.skip(samples.start);
            let (ts, values) = (&ts[samples.clone()], &values[samples]);
            let window = Window { ts, values, known, reach: None, lo, hi, t };
            self.params_at(step, params);
            if let Err(message) = params::check(self.function, params, notices) {
                refused.get_or_insert(message);
            } else if let Some(value) = (self.kernel.floats)(&window, params) {
                out[step] = value;
                any = true;
            }
        });
        refused.map_or(Ok(Filled { any, float: any }), Err)
    }

    /// The scalar arguments at a step.
    fn params_at(&self, step: usize, params: &mut Vec<f64>) {
        params.clear();
        params.extend(self.params.iter().map(|p| self.ctx.scalar(*p, step)));
    }
}

/// Notes what there is to say of a series that has floats but does not look like a counter.
pub(super) fn note_suspicious(
    suspicious: &Suspicious,
    series: usize,
    notices: &mut Vec<RawNotice>,
) {
    if let Some(kind) = suspicious.get(series) {
        notice::add(notices, RawNotice { cite: Cite::Arg(0), kind: kind.clone() });
    }
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
            each_window(input, ctx, ts, |step, _| out[step] = ABSENT);
        }
    }
}
