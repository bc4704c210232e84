//! Where each step's window lies among the samples of a series.

use std::ops::Range;

use store::Samples;

use crate::{engine::Ctx, plan::node::RangeInput};

/// Where a step's window lies, and which of the samples are in it.
pub(crate) struct Extent {
    pub(crate) samples: Range<usize>,
    pub(crate) lo: i64,
    pub(crate) hi: i64,
    pub(crate) t: i64,
}

/// Calls back with each step's window that has samples. Both edges only move forward.
pub(crate) fn each_window(
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
    let mut cursor = Cursor::default();
    for step in 0..ctx.steps.count {
        let t = ctx.steps.at(step);
        let hi = input.time.reference(t, ctx.query);
        let lo = hi - input.range;
        let samples = cursor.advance(ts, lo, hi);
        if !samples.is_empty() {
            on(step, Extent { samples, lo, hi, t });
        }
    }
}

/// A step's window of samples of both kinds.
pub(crate) struct MixedExtent<'a> {
    pub(crate) samples: Samples<'a>,
    pub(crate) lo: i64,
    pub(crate) hi: i64,
    pub(crate) t: i64,
}

/// The same of samples of both kinds.
pub(crate) fn each_mixed_window<'a>(
    input: &RangeInput,
    ctx: &Ctx<'_>,
    all: Samples<'a>,
    mut on: impl FnMut(usize, MixedExtent<'a>),
) {
    let [mut floats, mut histograms] = [Cursor::default(), Cursor::default()];
    for step in 0..ctx.steps.count {
        let t = ctx.steps.at(step);
        let hi = input.time.reference(t, ctx.query);
        let lo = hi - input.range;
        let floats = floats.advance(all.floats.ts, lo, hi);
        let samples = all.slice(floats, histograms.advance(all.histograms.ts, lo, hi));
        if !samples.is_empty() {
            on(step, MixedExtent { samples, lo, hi, t });
        }
    }
}

/// Which samples were in the window of the step before.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    from: usize,
    to: usize,
}

impl Cursor {
    /// The samples in `(lo, hi]`; neither edge ever moves back.
    #[inline]
    fn advance(&mut self, ts: &[i64], lo: i64, hi: i64) -> Range<usize> {
        while self.from < ts.len() && ts[self.from] <= lo {
            self.from += 1;
        }
        self.to = self.to.max(self.from);
        while self.to < ts.len() && ts[self.to] <= hi {
            self.to += 1;
        }
        self.from..self.to
    }
}
