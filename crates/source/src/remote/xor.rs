//! Chunks of floats, as Prometheus keeps and sends them: times as differences of differences, values
//! as what changed of their bits (prometheus `tsdb/chunkenc/xor.go`).

use super::bits::Bits;

/// Why a chunk can not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadChunk {
    /// There are fewer bits than its samples take.
    #[error("it ends in the middle of a sample")]
    Short,
    /// The meaningful bits of a value are more than it has, or the first says that they are where
    /// those of the one before were.
    #[error("a value has no place for its bits")]
    Place,
}

/// Hands out times in milliseconds and values, in the order in which they were written.
pub(super) fn decode<E: From<BadChunk>>(
    chunk: &[u8],
    mut each: impl FnMut(i64, f64) -> Result<(), E>,
) -> Result<(), E> {
    let (n, rest) = chunk.split_first_chunk().ok_or(BadChunk::Short)?;
    let mut samples = Samples::new(rest);
    for nth in 0..u16::from_be_bytes(*n) {
        samples.advance(nth).map_err(E::from)?;
        each(samples.t, samples.value.value())?;
    }
    Ok(())
}

/// The sample that was read last, and what the following one refers to.
struct Samples<'a> {
    bits: Bits<'a>,
    t: i64,
    /// Between the last two times.
    delta: i64,
    value: Changing,
}

impl<'a> Samples<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bits: Bits::new(bytes), t: 0, delta: 0, value: Changing::default() }
    }

    #[inline]
    fn advance(&mut self, nth: u16) -> Result<(), BadChunk> {
        match nth {
            0 => {
                let zigzag = self.bits.varint().ok_or(BadChunk::Short)?;
                self.t = wire::zigzag(zigzag);
                return self.value.begin(&mut self.bits);
            }
            1 => self.delta = self.bits.varint().ok_or(BadChunk::Short)?.cast_signed(),
            _ => {
                let change = self.change().ok_or(BadChunk::Short)?;
                self.delta = self.delta.wrapping_add(change);
            }
        }
        self.t = self.t.wrapping_add(self.delta);
        self.value.advance(&mut self.bits)
    }

    /// By how much the distance of times changed.
    #[inline]
    fn change(&mut self) -> Option<i64> {
        for n in [0, 14, 17, 20] {
            if !self.bits.bit()? {
                return if n == 0 { Some(0) } else { self.bits.signed(n) };
            }
        }
        self.bits.signed(64)
    }
}

/// A float of which the bits are written that change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changing {
    value: u64,
    /// Where the bits are that changed last: zeros before and after them.
    place: Option<(u32, u32)>,
}

impl Changing {
    pub(super) fn value(self) -> f64 {
        f64::from_bits(self.value)
    }

    /// The first value, which is written as it is.
    #[inline]
    pub(super) fn begin(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        self.value = bits.take(64).ok_or(BadChunk::Short)?;
        Ok(())
    }

    #[inline]
    pub(super) fn advance(&mut self, bits: &mut Bits<'_>) -> Result<(), BadChunk> {
        if !bits.bit().ok_or(BadChunk::Short)? {
            return Ok(());
        }
        if bits.bit().ok_or(BadChunk::Short)? {
            let head = bits.take(11).ok_or(BadChunk::Short)?;
            let (before, length) = (low_u32(head >> 6), low_u32(head & 63));
            // All 64 do not fit in six bits.
            let length = if length == 0 { 64 } else { length };
            let after = 64_u32.checked_sub(before + length).ok_or(BadChunk::Place)?;
            self.place = Some((before, after));
        }
        let (before, after) = self.place.ok_or(BadChunk::Place)?;
        let changed = bits.take(64 - before - after).ok_or(BadChunk::Short)?;
        self.value ^= changed << after;
        Ok(())
    }
}

fn low_u32(bits: u64) -> u32 {
    u32::try_from(bits).expect("a few bits")
}

#[cfg(test)]
pub(in crate::remote) mod tests;
