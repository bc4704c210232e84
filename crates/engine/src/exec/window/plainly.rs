//! Stored series of plain floats and functions without parameters: nearly everything.
//!
//! Series of one clock have their windows at the same positions; these are found, and what their
//! times say about rates, once for all that follow each other.

use promql::FunctionId;
use store::PlainWindow;

use super::{
    Run,
    steps::{Extent, each_window},
};
use crate::kernels::{
    Window, WindowFn,
    rate::{self, Reach},
};

/// Computes series after series.
pub(super) struct Plainly<'a, 'r> {
    run: &'r Run<'r, 'a>,
    /// Whether the function is about how far samples reach.
    reaches: bool,
    /// The times that `only` and `steps` are about.
    ts: &'a [i64],
    /// The only step's window.
    only: Option<Placed>,
    /// The windows of many steps.
    steps: Vec<Placed>,
}

/// Where a step's window lies among the samples of a clock.
struct Placed {
    step: usize,
    extent: Extent,
    reach: Option<Reach>,
}

impl<'a, 'r> Plainly<'a, 'r> {
    pub(super) fn new(run: &'r Run<'r, 'a>) -> Self {
        use FunctionId::{Delta, Increase, Rate};
        let reaches = matches!(run.function, Rate | Increase | Delta);
        Self { run, reaches, ts: &[], only: None, steps: Vec::new() }
    }

    /// Fills the cells of a series; whether any has a value.
    #[inline]
    pub(super) fn fill(&mut self, window: PlainWindow<'a>, cells: &mut [f64]) -> bool {
        if window.ts.is_empty() {
            return false;
        }
        // Stored times do not change meanwhile: the same place has the same times.
        if !std::ptr::eq(self.ts, window.ts) {
            self.place(window.ts);
        }
        match self.run.function {
            FunctionId::Rate => self.fill_with(rate::rate, window, cells),
            FunctionId::Increase => self.fill_with(rate::increase, window, cells),
            _ => {
                let kernel: WindowFn = self.run.kernel.floats;
                self.fill_with(kernel, window, cells)
            }
        }
    }

    fn place(&mut self, ts: &'a [i64]) {
        self.ts = ts;
        let Self { run, reaches, only, steps, .. } = self;
        *only = None;
        steps.clear();
        each_window(run.input, run.ctx, ts, |step, extent| {
            let times = &ts[extent.samples.clone()];
            let reach = if *reaches { Reach::of(times, extent.lo, extent.hi) } else { None };
            let placed = Placed { step, extent, reach };
            if run.ctx.steps.count == 1 {
                *only = Some(placed);
            } else {
                steps.push(placed);
            }
        });
    }

    #[inline]
    fn fill_with(
        &self,
        kernel: impl Fn(&Window<'_>, &[f64]) -> Option<f64>,
        all: PlainWindow<'_>,
        cells: &mut [f64],
    ) -> bool {
        if let ([cell], Some(Placed { extent, reach, .. })) = (&mut *cells, &self.only) {
            let PlainWindow { ts, values, known } = all;
            let Extent { lo, hi, t, .. } = *extent;
            let reach = reach.as_ref();
            let value = kernel(&Window { ts, values, known, reach, lo, hi, t }, &[]);
            *cell = value.unwrap_or(*cell);
            return value.is_some();
        }
        let mut any = false;
        for Placed { step, extent, reach } in &self.steps {
            let Extent { lo, hi, t, .. } = *extent;
            let samples = extent.samples.clone();
            let known = all.known.skip(samples.start);
            let (ts, values) = (&all.ts[samples.clone()], &all.values[samples]);
            let reach = reach.as_ref();
            if let Some(value) = kernel(&Window { ts, values, known, reach, lo, hi, t }, &[]) {
                cells[*step] = value;
                any = true;
            }
        }
        any
    }
}
