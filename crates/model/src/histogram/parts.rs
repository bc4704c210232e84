//! A histogram taken apart into single buckets, to be changed and put together again.

use std::sync::Arc;

use super::{
    CounterResetHint, FloatHistogram, bounds, bounds::CUSTOM_SCHEMA, kahan::Sum, layout::Layout,
};

/// A histogram with its buckets as (index, count), ascending by index on either side.
///
/// `V` is `f64` outside this module; sums with compensation use it with theirs.
#[derive(Clone, Debug)]
pub struct Parts<V = f64> {
    /// What it says about counter resets.
    pub hint: CounterResetHint,
    /// The resolution of exponential buckets, or [`CUSTOM_SCHEMA`].
    pub schema: i32,
    /// The width of the zero bucket on either side.
    pub zero_threshold: f64,
    /// How many observations the zero bucket has.
    pub zero_count: V,
    /// How many observations.
    pub count: V,
    /// Their sum.
    pub sum: V,
    /// The upper bounds of custom buckets, ascending, without +∞.
    pub bounds: Arc<[f64]>,
    /// Buckets above zero; all custom buckets.
    pub positive: Vec<(i32, V)>,
    /// Buckets below zero, by distance from it.
    pub negative: Vec<(i32, V)>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            hint: CounterResetHint::Unknown,
            schema: 0,
            zero_threshold: 0.0,
            zero_count: 0.0,
            count: 0.0,
            sum: 0.0,
            bounds: Arc::new([]),
            positive: Vec::new(),
            negative: Vec::new(),
        }
    }
}

/// A count, or a count with what rounding has cost it.
pub trait Count: Copy {
    /// The same, with what rounding costs from now on.
    fn compensated(self) -> Sum;
    /// Back from that; a plain count forgets the cost.
    fn settle(sum: Sum) -> Self;
    /// A count that nothing was lost of.
    fn of(value: f64) -> Self;
    /// The count as rounded.
    fn rounded(self) -> f64;
    /// The sum of both.
    fn plus(self, other: Self) -> Self;
    /// Whether nothing is in it, not even what was lost.
    fn is_zero(self) -> bool;
    /// The count applied to all that it consists of.
    fn map(self, f: impl Fn(f64) -> f64) -> Self;
    /// `start` again, after this count was found to be wrong.
    fn restart(self, start: Self) -> Self;
}

impl Count for f64 {
    fn compensated(self) -> Sum {
        Sum::of(self)
    }

    fn settle(sum: Sum) -> Self {
        sum.sum
    }

    fn of(value: f64) -> Self {
        value
    }

    fn rounded(self) -> f64 {
        self
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn is_zero(self) -> bool {
        self == 0.0
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        f(self)
    }

    fn restart(self, start: Self) -> Self {
        start
    }
}

impl<V: Count> Parts<V> {
    /// Takes a histogram apart.
    pub(super) fn of(h: &FloatHistogram) -> Self {
        Self {
            hint: h.hint,
            schema: h.schema(),
            zero_threshold: h.zero_threshold(),
            zero_count: V::of(h.zero_count),
            count: V::of(h.count),
            sum: V::of(h.sum),
            bounds: h.layout().bounds.clone(),
            positive: h.positive().map(|(i, count)| (i, V::of(count))).collect(),
            negative: h.negative().map(|(i, count)| (i, V::of(count))).collect(),
        }
    }

    /// Whether the buckets are custom.
    pub fn is_custom(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// Applies `f` to all numbers.
    pub(super) fn map(&mut self, f: impl Fn(f64) -> f64 + Copy) {
        for v in [&mut self.zero_count, &mut self.count, &mut self.sum] {
            *v = v.map(f);
        }
        for (_, v) in self.positive.iter_mut().chain(&mut self.negative) {
            *v = v.map(f);
        }
    }

    /// The absolute upper bound of a bucket on either side.
    pub(super) fn bound(&self, index: i32) -> f64 {
        if self.is_custom() {
            bounds::custom(index, &self.bounds)
        } else {
            bounds::exponential(index, self.schema)
        }
    }
}

impl From<&FloatHistogram> for Parts {
    fn from(h: &FloatHistogram) -> Self {
        Self::of(h)
    }
}

impl From<Parts> for FloatHistogram {
    fn from(parts: Parts) -> Self {
        let indices = |side: &[(i32, f64)]| side.iter().map(|&(i, _)| i).collect::<Vec<_>>();
        let layout = Layout::of(
            parts.schema,
            parts.zero_threshold,
            parts.bounds,
            indices(&parts.positive).into_iter(),
            indices(&parts.negative).into_iter(),
        );
        Self {
            hint: parts.hint,
            count: parts.count,
            sum: parts.sum,
            zero_count: parts.zero_count,
            layout: Arc::new(layout),
            buckets: parts.positive.iter().chain(&parts.negative).map(|&(_, v)| v).collect(),
        }
    }
}

impl Default for FloatHistogram {
    fn default() -> Self {
        Parts::default().into()
    }
}
