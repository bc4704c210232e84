//! How many bits the samples of a chunk of float histograms take.
//!
//! Nothing is encoded; the branches are those of prometheus tsdb/chunkenc (`histogram_meta.go`,
//! `float_histogram_st.go`, varbit.go, xor.go and st.go), so that chunks end where they do there.

use model::histogram::{FloatHistogram, Span};

/// Bytes before the first sample.
const HEADER: usize = 3;
/// The number of the sample from which on start timestamps are always written.
const LAST_START_CHANGE: usize = 0x7f;

/// The size of a chunk to which samples are added in order.
#[derive(Debug, Default)]
pub(super) struct Size {
    bits: usize,
    n: usize,
    t: i64,
    delta: i64,
    /// Count, zero count, sum, then all buckets.
    values: Vec<Xor>,
    start: Start,
}

impl Size {
    /// In bytes, as far as begun.
    pub(super) fn bytes(&self) -> usize {
        HEADER + self.bits.div_ceil(8)
    }

    /// Adds a sample with all buckets of the chunk, or a stale marker without any.
    pub(super) fn add(&mut self, t: i64, start: i64, h: &FloatHistogram) {
        let totals = [h.count, h.zero_count, h.sum];
        let values = totals.into_iter().chain(h.counts().iter().copied());
        if self.n == 0 {
            self.bits += layout(h) + varbit_int(t);
            self.values = values.map(Xor::first).collect();
            self.bits += 64 * self.values.len();
        } else {
            let delta = t.wrapping_sub(self.t);
            self.bits += varbit_int(delta.wrapping_sub(self.delta));
            self.delta = delta;
            self.bits +=
                self.values.iter_mut().zip(values).map(|(xor, v)| xor.write(v)).sum::<usize>();
        }
        self.n += 1;
        self.bits += self.start.write(self.n, t, self.t, start);
        self.t = t;
    }
}

/// A value written as difference to the one before.
#[derive(Debug)]
struct Xor {
    bits: u64,
    /// Leading and trailing zeros of the last difference that was written with its own.
    window: Option<(u32, u32)>,
}

impl Xor {
    fn first(value: f64) -> Self {
        Self { bits: value.to_bits(), window: None }
    }

    fn write(&mut self, value: f64) -> usize {
        let difference = std::mem::replace(&mut self.bits, value.to_bits()) ^ value.to_bits();
        if difference == 0 {
            return 1;
        }
        let (leading, trailing) = (difference.leading_zeros().min(31), difference.trailing_zeros());
        let (head, (leading, trailing)) = match self.window {
            Some(window) if leading >= window.0 && trailing >= window.1 => (2, window),
            _ => (2 + 5 + 6, (leading, trailing)),
        };
        self.window = Some((leading, trailing));
        head + (64 - leading - trailing) as usize
    }
}

/// Start timestamps, written from the first on that differs from the one before.
#[derive(Debug, Default)]
struct Start {
    last: i64,
    difference: i64,
    changed: bool,
}

impl Start {
    /// The `n`-th sample, from 1; `before` is the time of the sample before.
    fn write(&mut self, n: usize, t: i64, before: i64, start: i64) -> usize {
        let changes = start != std::mem::replace(&mut self.last, start);
        let difference = before.wrapping_sub(start);
        if n == 1 {
            return if start == 0 { 0 } else { 8 * varint_bytes(t.wrapping_sub(start)) };
        }
        if self.changed {
            let last = std::mem::replace(&mut self.difference, difference);
            return varbit_int(difference.wrapping_sub(last));
        }
        if changes || n > 2 && n - 1 == LAST_START_CHANGE {
            self.changed = true;
            self.difference = difference;
            return varbit_int(difference);
        }
        0
    }
}

/// Schema, zero threshold, spans and custom bounds.
fn layout(h: &FloatHistogram) -> usize {
    let mut bits = zero_threshold(h.zero_threshold()) + varbit_int(i64::from(h.schema()));
    for spans in [h.layout().positive_spans(), h.layout().negative_spans()] {
        bits += varbit_uint(spans.len() as u64);
        bits += spans.into_iter().map(span).sum::<usize>();
    }
    if h.is_custom() {
        bits += varbit_uint(h.custom_bounds().len() as u64);
        bits += h.custom_bounds().iter().map(|&bound| custom_bound(bound)).sum::<usize>();
    }
    bits
}

fn span(span: Span) -> usize {
    varbit_uint(u64::from(span.length)) + varbit_int(i64::from(span.offset))
}

/// A byte for powers of two, nine for others.
fn zero_threshold(threshold: f64) -> usize {
    let bits = threshold.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    let power_of_two = bits & ((1 << 52) - 1) == 0 && (-242..=11).contains(&exponent);
    if threshold == 0.0 || threshold > 0.0 && power_of_two { 8 } else { 72 }
}

/// Thousandths are written as whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "within the bounds that are checked; equal or not whole"
)]
fn custom_bound(bound: f64) -> usize {
    let thousandths = bound * 1000.0;
    let rounded = thousandths.round();
    if !(0.0..=33_554_430.0).contains(&thousandths) || rounded / 1000.0 != bound {
        return 1 + 64;
    }
    varbit_uint(rounded as u64 + 1)
}

/// Prefix and width of each size of number.
const WIDTHS: [(u32, usize); 7] = [(3, 5), (6, 9), (9, 13), (12, 17), (18, 24), (25, 32), (56, 64)];

fn varbit_int(v: i64) -> usize {
    let fits = |width: u32| {
        let half = 1_i64 << (width - 1);
        (1 - half..=half).contains(&v)
    };
    varbit(v == 0, fits)
}

fn varbit_uint(v: u64) -> usize {
    varbit(v == 0, |width| v.leading_zeros() >= 64 - width)
}

fn varbit(zero: bool, fits: impl Fn(u32) -> bool) -> usize {
    if zero {
        return 1;
    }
    WIDTHS.into_iter().find(|&(width, _)| fits(width)).map_or(8 + 64, |(_, bits)| bits)
}

/// The bytes of a number in sevens of bits, its sign folded in.
fn varint_bytes(v: i64) -> usize {
    let folded = (v.cast_unsigned() << 1) ^ (v >> 63).cast_unsigned();
    (64 - folded.leading_zeros()).max(1).div_ceil(7) as usize
}
