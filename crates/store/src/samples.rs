//! What a window of a series shows: floats and native histograms, each in columns.

use std::{ops::Range, sync::Arc};

use model::{FloatHistogram, SampleValue};

/// The samples of a series in a span of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Samples<'a> {
    /// Numbers.
    pub floats: Floats<'a>,
    /// Native histograms. No time is in both.
    pub histograms: Histograms<'a>,
}

/// Floats in columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Floats<'a> {
    /// Milliseconds, ascending.
    pub ts: &'a [i64],
    /// As many.
    pub values: &'a [f64],
    /// When each one's counting started, in milliseconds, 0 where that is unknown; empty where it
    /// is unknown of all.
    pub starts: &'a [i64],
}

/// Native histograms in columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Histograms<'a> {
    /// Milliseconds, ascending.
    pub ts: &'a [i64],
    /// As many.
    pub values: &'a [Arc<FloatHistogram>],
    /// When each one's counting started, in milliseconds, 0 where that is unknown; empty where it
    /// is unknown of all.
    pub starts: &'a [i64],
}

/// The sample that counts at a time.
#[derive(Clone, Copy, Debug)]
pub struct Newest<'a> {
    /// Its time in milliseconds.
    pub t: i64,
    /// When its counting started, in milliseconds; 0 where that is unknown.
    pub start: i64,
    /// What it holds.
    pub value: NewestValue<'a>,
}

/// What the newest sample holds.
#[derive(Clone, Copy, Debug)]
pub enum NewestValue<'a> {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(&'a Arc<FloatHistogram>),
}

impl Samples<'_> {
    /// Some of the floats and some of the histograms, by their numbers.
    #[must_use]
    pub fn slice(&self, floats: Range<usize>, histograms: Range<usize>) -> Self {
        let Self { floats: f, histograms: h } = self;
        Self {
            floats: Floats {
                starts: f.starts.get(floats.clone()).unwrap_or_default(),
                ts: &f.ts[floats.clone()],
                values: &f.values[floats],
            },
            histograms: Histograms {
                starts: h.starts.get(histograms.clone()).unwrap_or_default(),
                ts: &h.ts[histograms.clone()],
                values: &h.values[histograms],
            },
        }
    }

    /// The same with all starts unknown.
    #[must_use]
    pub fn without_starts(mut self) -> Self {
        (self.floats.starts, self.histograms.starts) = (&[], &[]);
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.floats.ts.is_empty() && self.histograms.ts.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.floats.ts.len() + self.histograms.ts.len()
    }
}

impl Floats<'_> {
    /// Time, start and value of the newest.
    pub fn last(&self) -> Option<(i64, i64, f64)> {
        let start = self.starts.last().copied().unwrap_or(0);
        Some((*self.ts.last()?, start, *self.values.last()?))
    }
}

impl<'a> Histograms<'a> {
    /// Time, start and value of the newest.
    pub fn last(&self) -> Option<(i64, i64, &'a Arc<FloatHistogram>)> {
        let start = self.starts.last().copied().unwrap_or(0);
        Some((*self.ts.last()?, start, self.values.last()?))
    }
}

impl From<NewestValue<'_>> for SampleValue {
    fn from(value: NewestValue<'_>) -> Self {
        match value {
            NewestValue::Float(value) => Self::Float(value),
            NewestValue::Histogram(value) => Self::Histogram(value.clone()),
        }
    }
}
