//! Native histograms: exponential and custom buckets, and everything PromQL does to them.
//!
//! A pure value type. It holds no series, raises no notices (operations return [`Notes`] and
//! notes of their own) and knows no protobuf. Orders of operations follow prometheus
//! `model/histogram/float_histogram.go`, so results agree to the last bit.
//!
//! Start at [`FloatHistogram`]; [`Parts`] is the same in the form that operations work on.

pub mod bounds;
mod hint;
mod table;

mod buckets;
mod layout;
mod parts;

mod arithmetic;
mod compact;
mod custom;
mod equality;
mod kahan;
mod resolution;
mod zero;

mod quantile;
mod reset;
mod stats;
mod trim;

pub mod classic;
mod lexer;
pub mod notation;
pub mod observed;
mod text;
mod validate;

pub use arithmetic::{MixedSchemas, Notes};
pub use bounds::CUSTOM_SCHEMA;
pub use buckets::Bucket;
pub use hint::CounterResetHint;
pub use kahan::{Mean, Total};
pub use layout::{Layout, Span};
pub use parts::Parts;
pub use quantile::{FractionNote, QuantileNote};
pub use trim::Trim;
pub use validate::Invalid;

use std::sync::Arc;

/// A histogram with float counts.
///
/// What consecutive samples of a series have in common (schema, zero threshold, which buckets
/// there are) is a shared [`Layout`]; each sample owns its counts in one slice, positive buckets
/// first.
#[derive(Clone, Debug)]
pub struct FloatHistogram {
    /// What it says about counter resets.
    pub hint: CounterResetHint,
    /// How many observations.
    pub count: f64,
    /// Their sum; the stale marker's bits where the series ends.
    pub sum: f64,
    /// How many observations the zero bucket has; 0 with custom buckets.
    pub zero_count: f64,
    layout: Arc<Layout>,
    buckets: Box<[f64]>,
}

impl FloatHistogram {
    /// A histogram over a layout that exists already.
    ///
    /// # Panics
    /// Where there are not as many counts as the layout has buckets.
    pub fn new(layout: Arc<Layout>, totals: Totals, buckets: Box<[f64]>) -> Self {
        assert_eq!(buckets.len(), layout.n_buckets(), "one count for each bucket of the layout");
        let Totals { hint, count, sum, zero_count } = totals;
        Self { hint, count, sum, zero_count, layout, buckets }
    }

    /// Which buckets there are.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The counts of all buckets but the zero bucket: positive ones, then negative ones, each
    /// outwards from zero.
    pub fn counts(&self) -> &[f64] {
        &self.buckets
    }

    /// What is not in buckets.
    pub fn totals(&self) -> Totals {
        Totals { hint: self.hint, count: self.count, sum: self.sum, zero_count: self.zero_count }
    }

    /// The resolution of exponential buckets, or [`CUSTOM_SCHEMA`].
    pub fn schema(&self) -> i32 {
        self.layout.schema
    }

    /// Whether the buckets are custom.
    pub fn is_custom(&self) -> bool {
        self.layout.is_custom()
    }

    /// The width of the zero bucket on either side.
    pub fn zero_threshold(&self) -> f64 {
        self.layout.zero_threshold
    }

    /// The upper bounds of custom buckets, without the last one, +∞.
    pub fn custom_bounds(&self) -> &[f64] {
        &self.layout.bounds
    }

    /// Whether it ends its series' validity.
    pub fn is_stale(&self) -> bool {
        crate::is_stale(self.sum)
    }
}

/// The numbers of a histogram that are not in buckets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// See [`FloatHistogram::hint`].
    pub hint: CounterResetHint,
    /// See [`FloatHistogram::count`].
    pub count: f64,
    /// See [`FloatHistogram::sum`].
    pub sum: f64,
    /// See [`FloatHistogram::zero_count`].
    pub zero_count: f64,
}
