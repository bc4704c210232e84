//! Which buckets a histogram has, apart from what is in them.

use std::{ops::Range, sync::Arc};

use super::bounds::{self, CUSTOM_SCHEMA};

/// Schema, zero threshold, custom bounds and the indices of all buckets.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) schema: i32,
    pub(super) zero_threshold: f64,
    pub(super) bounds: Arc<[f64]>,
    pub(super) positive: Box<[Run]>,
    pub(super) negative: Box<[Run]>,
}

/// Consecutive buckets, as wire formats and Prometheus count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Gap to the span before; for the first span, the index of its first bucket.
    pub offset: i32,
    /// How many buckets.
    pub length: u32,
}

/// Consecutive buckets with their place in the slice of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The index of the first bucket.
    pub(super) first: i32,
    /// Where its count is.
    pub(super) at: u32,
    /// How many buckets.
    pub(super) length: u32,
}

impl Layout {
    /// A layout of bucket indices, ascending on either side.
    pub(super) fn of(
        schema: i32,
        zero_threshold: f64,
        bounds: Arc<[f64]>,
        positive: impl Iterator<Item = i32>,
        negative: impl Iterator<Item = i32>,
    ) -> Self {
        let mut at = 0;
        let positive = runs(positive, &mut at);
        let negative = runs(negative, &mut at);
        Self { schema, zero_threshold, bounds, positive, negative }
    }

    /// The resolution of exponential buckets, or [`CUSTOM_SCHEMA`].
    pub fn schema(&self) -> i32 {
        self.schema
    }

    /// How many buckets there are on both sides together.
    pub fn n_buckets(&self) -> usize {
        self.n_positive() + n_buckets(&self.negative)
    }

    /// How many positive buckets there are.
    pub fn n_positive(&self) -> usize {
        n_buckets(&self.positive)
    }

    /// Whether the buckets are custom.
    pub fn is_custom(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// The spans of the positive buckets.
    pub fn positive_spans(&self) -> Vec<Span> {
        spans(&self.positive)
    }

    /// The spans of the negative buckets.
    pub fn negative_spans(&self) -> Vec<Span> {
        spans(&self.negative)
    }

    /// The upper bound of a positive bucket.
    pub(super) fn bound(&self, index: i32) -> f64 {
        if self.is_custom() {
            bounds::custom(index, &self.bounds)
        } else {
            bounds::exponential(index, self.schema)
        }
    }

    /// Whether both have the same buckets, with bounds equal as numbers.
    #[expect(clippy::float_cmp, reason = "thresholds are equal or not the same layout")]
    pub(super) fn same(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || self.schema == other.schema
                && self.zero_threshold == other.zero_threshold
                && self.positive == other.positive
                && self.negative == other.negative
                && (!self.is_custom() || self.bounds == other.bounds)
    }
}

fn n_buckets(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.length as usize).sum()
}

fn runs(indices: impl Iterator<Item = i32>, at: &mut u32) -> Box<[Run]> {
    let mut runs: Vec<Run> = Vec::new();
    for index in indices {
        match runs.last_mut() {
            Some(run) if i64::from(run.first) + i64::from(run.length) == i64::from(index) => {
                run.length += 1;
            }
            _ => runs.push(Run { first: index, at: *at, length: 1 }),
        }
        *at += 1;
    }
    runs.into()
}

fn spans(runs: &[Run]) -> Vec<Span> {
    let mut end = 0_i32;
    let mut spans = Vec::with_capacity(runs.len());
    for run in runs {
        spans.push(Span { offset: run.first.wrapping_sub(end), length: run.length });
        end = run.first.wrapping_add_unsigned(run.length);
    }
    spans
}

impl Run {
    /// Where the counts are.
    pub(super) fn counts(self) -> Range<usize> {
        self.at as usize..(self.at + self.length) as usize
    }
}
