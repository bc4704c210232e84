//! Native histograms as messages, which 1.0 and 2.0 number alike.

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::{CounterResetHint, Parts},
};

use crate::{Fields, Malformed, Value, doubles, varints, zigzag};

/// A histogram with its times in milliseconds.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// When it was taken.
    pub t: i64,
    /// When its counting started; 0 where that is unknown.
    pub start: i64,
    /// The histogram.
    pub value: SampleValue,
}

/// One side of zero, as it is written.
#[derive(Default)]
struct Side {
    spans: Vec<(i32, u32)>,
    deltas: Vec<i64>,
    counts: Vec<f64>,
}

/// Reads `Histogram`.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Malformed> {
    let mut parts = Parts::default();
    let (mut positive, mut negative) = (Side::default(), Side::default());
    let (mut t, mut start, mut bounds) = (0, 0, Vec::new());
    let mut is_float = false;
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => (parts.count, is_float) = (count(value)?, false),
            2 => (parts.count, is_float) = (value.double()?, true),
            3 => parts.sum = value.double()?,
            4 => parts.schema = value.sint32()?,
            5 => parts.zero_threshold = value.double()?,
            6 => parts.zero_count = count(value)?,
            7 => parts.zero_count = value.double()?,
            8 => negative.spans.push(span(value)?),
            9 => negative.deltas(value)?,
            10 => doubles(value, &mut negative.counts)?,
            11 => positive.spans.push(span(value)?),
            12 => positive.deltas(value)?,
            13 => doubles(value, &mut positive.counts)?,
            14 => parts.hint = hint(value.varint()?),
            15 => t = value.int64()?,
            16 => doubles(value, &mut bounds)?,
            17 => start = value.int64()?,
            _ => {}
        }
    }
    parts.bounds = bounds.into();
    parts.positive = positive.buckets(is_float)?;
    parts.negative = negative.buckets(is_float)?;
    let value = SampleValue::Histogram(Arc::new(FloatHistogram::from(parts)));
    Ok(Decoded { t, start, value })
}

/// The time of a histogram, without the rest.
pub fn time(bytes: &[u8]) -> Result<i64, Malformed> {
    let (mut t, mut fields) = (0, Fields::new(bytes));
    while let Some((number, value)) = fields.next()? {
        if number == 15 {
            t = value.int64()?;
        }
    }
    Ok(t)
}

/// That there was no reset is left to be found out again: the sample before may not be here.
fn hint(number: u64) -> CounterResetHint {
    match number {
        1 => CounterResetHint::Reset,
        3 => CounterResetHint::Gauge,
        _ => CounterResetHint::Unknown,
    }
}

fn count(value: Value<'_>) -> Result<f64, Malformed> {
    value.varint().map(|number| number as f64)
}

fn span(value: Value<'_>) -> Result<(i32, u32), Malformed> {
    let (mut offset, mut length) = (0, 0);
    let mut fields = Fields::new(value.bytes()?);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => offset = value.sint32()?,
            2 => length = value.uint32()?,
            _ => {}
        }
    }
    Ok((offset, length))
}

impl Side {
    fn deltas(&mut self, value: Value<'_>) -> Result<(), Malformed> {
        varints(value, |number| {
            self.deltas.push(zigzag(number));
            Ok(())
        })
    }

    /// Buckets by their indices.
    fn buckets(self, is_float: bool) -> Result<Vec<(i32, f64)>, Malformed> {
        let counts = if is_float { self.counts } else { cumulated(&self.deltas)? };
        let indices = indices(&self.spans, counts.len())?;
        if indices.len() != counts.len() {
            return Err(Malformed::Buckets(NOT_AS_MANY));
        }
        Ok(indices.into_iter().zip(counts).collect())
    }
}

const NOT_AS_MANY: &str = "there are not as many buckets as the spans say";

/// The indices of the buckets that spans tell of: offsets and lengths. There may be `max` at most,
/// so that a short message can not ask for much memory.
pub fn indices(spans: &[(i32, u32)], max: usize) -> Result<Vec<i32>, Malformed> {
    let n: u64 = spans.iter().map(|(_, length)| u64::from(*length)).sum();
    if n > max as u64 {
        return Err(Malformed::Buckets(NOT_AS_MANY));
    }
    let mut indices = Vec::with_capacity(max.min(1 << 10));
    let mut index = 0_i64;
    for (nth, (offset, length)) in spans.iter().enumerate() {
        if nth > 0 && *offset < 0 {
            return Err(Malformed::Buckets("spans overlap"));
        }
        index += i64::from(*offset);
        for _ in 0..*length {
            let at = i32::try_from(index);
            indices.push(at.map_err(|_| Malformed::Buckets("too far from zero"))?);
            index += 1;
        }
    }
    Ok(indices)
}

/// Integer counts, which are written as differences.
fn cumulated(deltas: &[i64]) -> Result<Vec<f64>, Malformed> {
    let mut count = 0_i64;
    let counts = deltas.iter().map(|delta| {
        count = count.checked_add(*delta).ok_or(Malformed::Buckets("a count overflows"))?;
        Ok(count as f64)
    });
    counts.collect()
}
