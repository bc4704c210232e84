//! Chunks of native histograms, as Prometheus keeps and sends them: one set of buckets for all,
//! counts as differences of differences or as what changed of their bits (prometheus
//! `tsdb/chunkenc/{histogram,float_histogram,histogram_meta}.go`).
//!
//! What a chunk says about counter resets is left out, as JSON leaves it out: a server that cuts a
//! chunk to a window says it of the first sample that is left, which it may not be true of.

use std::sync::Arc;

use model::{
    FloatHistogram,
    histogram::{CUSTOM_SCHEMA, CounterResetHint, Layout, Parts, Totals},
};

use super::{
    Unusable,
    bits::Bits,
    xor::{BadChunk, Changing},
};

/// The schemas that histograms have had so far, besides the one of custom buckets.
const SCHEMAS: std::ops::RangeInclusive<i64> = -4..=8;

/// A count, as chunks of one kind write it.
pub(super) trait Count: Copy + Default {
    /// The first count of all observations, or of those around zero.
    fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk>;
    /// The first count of a bucket.
    fn begin_bucket(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk>;
    fn advance(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk>;
    fn value(self) -> f64;
    /// The counts of the buckets on one side of zero.
    fn values(side: &[Self], to: &mut Vec<f64>);
}

/// A whole number that is written as the difference of differences. A bucket's is the difference
/// to the bucket before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whole {
    value: i64,
    delta: i64,
}

impl Count for Whole {
    fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        self.value = bits.varbit().ok_or(BadChunk::Short)?.cast_signed();
        Ok(())
    }

    fn begin_bucket(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        self.value = bits.signed_varbit().ok_or(BadChunk::Short)?;
        Ok(())
    }

    fn advance(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        let change = bits.signed_varbit().ok_or(BadChunk::Short)?;
        self.delta = self.delta.wrapping_add(change);
        self.value = self.value.wrapping_add(self.delta);
        Ok(())
    }

    fn value(self) -> f64 {
        self.value.cast_unsigned() as f64
    }

    fn values(side: &[Self], to: &mut Vec<f64>) {
        to.extend(side.iter().scan(0_i64, |count, delta| {
            *count = count.wrapping_add(delta.value);
            Some(*count as f64)
        }));
    }
}

impl Count for Changing {
    fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        Self::begin(self, bits)
    }

    fn begin_bucket(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        Self::begin(self, bits)
    }

    fn advance(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        Self::advance(self, bits)
    }

    fn value(self) -> f64 {
        Self::value(self)
    }

    fn values(side: &[Self], to: &mut Vec<f64>) {
        to.extend(side.iter().map(|count| Self::value(*count)));
    }
}

/// A histogram with more buckets, spans or bounds is not read.
const MOST: usize = 1 << 16;

/// Hands out times in milliseconds and histograms, in the order in which they were written.
pub(super) fn decode<C: Count>(
    chunk: &[u8],
    mut each: impl FnMut(i64, FloatHistogram) -> Result<(), Unusable>,
) -> Result<(), Unusable> {
    let (n, rest) = chunk.split_first_chunk().ok_or(BadChunk::Short)?;
    let (_resets, rest) = rest.split_first().ok_or(BadChunk::Short)?;
    let n = u16::from_be_bytes(*n);
    if n == 0 {
        return Ok(());
    }
    let mut bits = Bits::new(rest);
    // A bucket takes a bit at least.
    let layout = layout(&mut bits, MOST.min(8 * rest.len()))?;
    let mut samples = Samples::<C>::begin(layout, &mut bits)?;
    each(samples.t, samples.histogram())?;
    for _ in 1..n {
        samples.advance(&mut bits)?;
        each(samples.t, samples.histogram())?;
    }
    Ok(())
}

fn layout(bits: &mut Bits<'_>, max_buckets: usize) -> Result<Arc<Layout>, Unusable> {
    let zero_threshold = zero_threshold(bits)?;
    let schema = bits.signed_varbit().ok_or(BadChunk::Short)?;
    if !SCHEMAS.contains(&schema) && schema != i64::from(CUSTOM_SCHEMA) {
        return Err(Unusable::Doubtful(format!("there are histograms of schema {schema}")));
    }
    let schema = i32::try_from(schema).expect("a schema is a small number");
    let mut side = || -> Result<Vec<(i32, f64)>, Unusable> {
        let spans = spans(bits)?;
        Ok(wire::indices(&spans, max_buckets)?.into_iter().map(|index| (index, 0.0)).collect())
    };
    let (positive, negative) = (side()?, side()?);
    let n_buckets = positive.len() + negative.len();
    let bounds = if schema == CUSTOM_SCHEMA { bounds(bits)? } else { Vec::new() };
    let bounds = bounds.into();
    let parts = Parts { schema, zero_threshold, bounds, positive, negative, ..Parts::default() };
    let layout = Arc::clone(FloatHistogram::from(parts).layout());
    debug_assert_eq!(layout.n_buckets(), n_buckets, "a layout has the buckets that it is made of");
    Ok(layout)
}

/// A byte where it is zero or a power of two, as it is usually.
fn zero_threshold(bits: &mut Bits<'_>) -> Result<f64, BadChunk> {
    match bits.take(8).ok_or(BadChunk::Short)? {
        0 => Ok(0.0),
        255 => bits.take(64).map(f64::from_bits).ok_or(BadChunk::Short),
        // 2ⁿ⁻²⁴⁴, of which the exponent's bits are n - 244 + 1023.
        n => Ok(f64::from_bits((n + 779) << 52)),
    }
}

/// How many of something there are; nobody has so many that memory matters.
fn few(bits: &mut Bits<'_>) -> Result<u64, Unusable> {
    let n = bits.varbit().ok_or(BadChunk::Short)?;
    if n > MOST as u64 {
        return Err(Unusable::Doubtful(format!("there is a histogram with {n} spans or bounds")));
    }
    Ok(n)
}

fn spans(bits: &mut Bits<'_>) -> Result<Vec<(i32, u32)>, Unusable> {
    let n = few(bits)?;
    let mut spans = Vec::new();
    for _ in 0..n {
        let length = bits.varbit().ok_or(BadChunk::Short)?;
        let offset = bits.signed_varbit().ok_or(BadChunk::Short)?;
        let (Ok(offset), Ok(length)) = (i32::try_from(offset), u32::try_from(length)) else {
            return Err("a span of buckets is out of bounds".to_owned().into());
        };
        spans.push((offset, length));
    }
    Ok(spans)
}

/// In thousandths where they are whole ones, as they are usually.
fn bounds(bits: &mut Bits<'_>) -> Result<Vec<f64>, Unusable> {
    let n = few(bits)?;
    let mut bounds = Vec::new();
    for _ in 0..n {
        bounds.push(match bits.varbit().ok_or(BadChunk::Short)? {
            0 => bits.take(64).map(f64::from_bits).ok_or(BadChunk::Short)?,
            thousandths => (thousandths - 1) as f64 / 1000.0,
        });
    }
    Ok(bounds)
}

/// The sample that was read last, and what the following one refers to.
struct Samples<C> {
    layout: Arc<Layout>,
    t: i64,
    /// Between the last two times.
    delta: i64,
    count: C,
    zero_count: C,
    sum: Changing,
    /// Positive ones first.
    buckets: Vec<C>,
}

impl<C: Count> Samples<C> {
    fn begin(layout: Arc<Layout>, bits: &mut Bits<'_>) -> Result<Self, BadChunk> {
        let t = bits.signed_varbit().ok_or(BadChunk::Short)?;
        let (mut count, mut zero_count, mut sum) =
            (C::default(), C::default(), Changing::default());
        count.begin(bits)?;
        zero_count.begin(bits)?;
        sum.begin(bits)?;
        let mut buckets = vec![C::default(); layout.n_buckets()];
        for bucket in &mut buckets {
            bucket.begin_bucket(bits)?;
        }
        Ok(Self { layout, t, delta: 0, count, zero_count, sum, buckets })
    }

    fn advance(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        let change = bits.signed_varbit().ok_or(BadChunk::Short)?;
        self.delta = self.delta.wrapping_add(change);
        self.t = self.t.wrapping_add(self.delta);
        self.count.advance(bits)?;
        self.zero_count.advance(bits)?;
        self.sum.advance(bits)?;
        if model::is_stale(self.sum.value()) {
            // The end of a series has no buckets.
            return Ok(());
        }
        self.buckets.iter_mut().try_for_each(|bucket| bucket.advance(bits))
    }

    fn histogram(&self) -> FloatHistogram {
        let (positive, negative) = self.buckets.split_at(self.layout.n_positive());
        let mut counts = Vec::with_capacity(self.buckets.len());
        C::values(positive, &mut counts);
        C::values(negative, &mut counts);
        let totals = Totals {
            hint: CounterResetHint::Unknown,
            count: self.count.value(),
            sum: self.sum.value(),
            zero_count: self.zero_count.value(),
        };
        FloatHistogram::new(Arc::clone(&self.layout), totals, counts.into())
    }
}

#[cfg(test)]
mod tests;
