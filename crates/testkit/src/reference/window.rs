//! The samples of a window: after its left edge, up to its right edge, floats and histograms apart.

use model::FloatHistogram;

use super::{Sample, Stored};

/// A window's samples by ascending time, without stale markers.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    pub(super) floats: Vec<At<f64>>,
    pub(super) histograms: Vec<At<FloatHistogram>>,
}

/// A sample with its time.
#[derive(Clone, Debug)]
pub(super) struct At<V> {
    pub(super) t: i64,
    /// When the counter began; 0 where that is not known.
    pub(super) start: i64,
    pub(super) v: V,
}

impl Window {
    /// The samples after `after` up to `to`.
    pub(super) fn of(samples: &[Sample], after: i64, to: i64) -> Self {
        let mut window = Self::default();
        for sample in samples.iter().filter(|s| s.t > after && s.t <= to) {
            let (t, start) = (sample.t, sample.start.unwrap_or(0));
            match &sample.value {
                Stored::Float(v) if model::is_stale(*v) => {}
                Stored::Float(v) => window.floats.push(At { t, start, v: *v }),
                Stored::Histogram(h) if h.is_stale() => {}
                Stored::Histogram(h) => window.histograms.push(At { t, start, v: h.clone() }),
                Stored::Stale => {}
            }
        }
        window
    }

    pub(super) fn is_empty(&self) -> bool {
        self.floats.is_empty() && self.histograms.is_empty()
    }

    pub(super) fn is_mixed(&self) -> bool {
        !self.floats.is_empty() && !self.histograms.is_empty()
    }

    /// All samples in order; of two at one time the float first.
    pub(super) fn in_order(&self) -> Vec<Either<'_>> {
        let floats = self.floats.iter().map(Either::Float);
        let mut all: Vec<_> = floats.chain(self.histograms.iter().map(Either::Histogram)).collect();
        all.sort_by_key(Either::t);
        all
    }
}

/// A float or a histogram of a window.
#[derive(Clone, Copy, Debug)]
pub(super) enum Either<'w> {
    Float(&'w At<f64>),
    Histogram(&'w At<FloatHistogram>),
}

impl Either<'_> {
    pub(super) fn t(&self) -> i64 {
        match self {
            Self::Float(p) => p.t,
            Self::Histogram(p) => p.t,
        }
    }

    pub(super) fn start(&self) -> i64 {
        match self {
            Self::Float(p) => p.start,
            Self::Histogram(p) => p.start,
        }
    }
}
