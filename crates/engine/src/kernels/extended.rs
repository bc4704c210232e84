//! Windows whose edges are found with neighbours from outside: `anchored` and `smoothed`.
//!
//! The samples given to these kernels reach beyond the window `(lo, hi]`: to the left by the
//! lookback, and for `smoothed` to the right too. Nothing is extrapolated. `anchored` measures from
//! the newest sample at or before `lo`, or the first inside, to the last; `smoothed` measures
//! between values interpolated at both edges. As `extendedRate` and `extendFloats` in prometheus
//! promql/functions.go and promql/engine.go.
//! Start at [`Edges`], which decides on the samples that matter, whatever they hold.

mod histogram;

pub(crate) use histogram::{interpolated, movement as histogram_movement};

use promql::ast::Extended;

/// How a movement is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) extended: Extended,
    /// Whether a fall means that counting began anew.
    pub(crate) counter: bool,
    /// Whether it is given per second of the window.
    pub(crate) per_second: bool,
}

/// Samples around a window, floats or histograms.
#[derive(Debug)]
pub(crate) struct Around<'a, V> {
    /// Milliseconds, ascending.
    pub(crate) ts: &'a [i64],
    /// As many.
    pub(crate) values: &'a [V],
    /// Where the window begins, exclusive.
    pub(crate) lo: i64,
    /// Where it ends, inclusive.
    pub(crate) hi: i64,
}

/// The first and the last sample that matter, and where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edges {
    first: usize,
    last: usize,
    /// Whether the value at the left edge lies between the first sample and the next.
    left_between: bool,
    /// Whether the value at the right edge lies between the last sample and the one before.
    right_between: bool,
}

impl<V> Around<'_, V> {
    /// None where no sample stands after the left edge.
    fn edges(&self, extended: Extended) -> Option<Edges> {
        let ts = self.ts;
        let mut last = ts.len().checked_sub(1)?;
        let first = ts[..last].partition_point(|t| *t <= self.lo).saturating_sub(1);
        let smoothed = extended == Extended::Smoothed;
        if smoothed {
            last = ts[..last].partition_point(|t| *t < self.hi);
        }
        (ts[last] > self.lo).then_some(Edges {
            first,
            last,
            left_between: smoothed && ts[first] < self.lo,
            right_between: smoothed && last > 0 && ts[last] > self.hi,
        })
    }

    /// The same for a movement, for which nothing is to be had from samples after the window alone.
    fn edges_of_movement(&self, extended: Extended) -> Option<Edges> {
        let after = |e: &Edges| extended == Extended::Smoothed && self.ts[e.first] > self.hi;
        self.edges(extended).filter(|edges| !after(edges))
    }

    fn seconds(&self) -> f64 {
        super::rate::seconds(self.hi - self.lo)
    }
}

impl Around<'_, f64> {
    /// How far a series moved inside the window.
    pub(crate) fn movement(&self, measure: Measure) -> Option<f64> {
        let edges = self.edges_of_movement(measure.extended)?;
        let (left, right) = self.values_at(edges, measure.counter);
        let mut rise = right - left;
        if measure.counter {
            let (from, to) = self.inside(edges);
            rise += lost_in_resets(left, &self.values[from..to], right);
        }
        Some(if measure.per_second { rise / self.seconds() } else { rise })
    }

    /// The samples of the window with one on each edge. What only samples after the window tell is
    /// told at both edges.
    pub(crate) fn samples(&self, extended: Extended) -> Vec<(i64, f64)> {
        let Some(edges) = self.edges(extended) else { return Vec::new() };
        let (left, right) = self.values_at(edges, false);
        let (from, to) = self.inside(edges);
        let inside = self.ts[from..to].iter().copied().zip(self.values[from..to].iter().copied());
        std::iter::once((self.lo, left)).chain(inside).chain([(self.hi, right)]).collect()
    }

    fn values_at(
        &self,
        Edges { first, last, left_between, right_between }: Edges,
        counter: bool,
    ) -> (f64, f64) {
        let between = |i: usize, t: i64| {
            let [a, b] = [i, i + 1].map(|i| (self.ts[i], self.values[i]));
            interpolate(a, b, t, counter)
        };
        let left = if left_between { between(first, self.lo) } else { self.values[first] };
        let right = if right_between { between(last - 1, self.hi) } else { self.values[last] };
        (left, right)
    }

    /// The samples strictly between the edges.
    fn inside(&self, Edges { first, last, .. }: Edges) -> (usize, usize) {
        let from = first + usize::from(self.ts[first] <= self.lo);
        let to = last + usize::from(self.ts[last] < self.hi);
        (from, to)
    }
}

/// The value at `t` on the line between two samples; a counter that fell began at 0.
pub(crate) fn interpolate(a: (i64, f64), b: (i64, f64), t: i64, counter: bool) -> f64 {
    let from = if counter && b.1 < a.1 { 0.0 } else { a.1 };
    from + (b.1 - from) * (t - a.0) as f64 / (b.0 - a.0) as f64
}

fn lost_in_resets(left: f64, inside: &[f64], right: f64) -> f64 {
    let (mut lost, mut prev) = (0.0, left);
    for value in inside.iter().chain([&right]) {
        if *value < prev {
            lost += prev;
        }
        prev = *value;
    }
    lost
}
