//! The bits of a chunk, the most significant of each byte first.

/// What is left of a chunk.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Its lowest `held` bits come next.
    buffer: u64,
    held: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, buffer: 0, held: 0 }
    }

    /// The next `n` bits, 64 at most; none where there are not as many.
    #[inline]
    pub(super) fn take(&mut self, n: u32) -> Option<u64> {
        if n > self.held {
            return self.take_across(n);
        }
        self.held -= n;
        Some((self.buffer >> self.held) & low(n))
    }

    /// The next bit.
    #[inline]
    pub(super) fn bit(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    /// A number in groups of seven bits, as protocol buffers have them.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.take(8)?;
            if shift == 63 && byte > 1 {
                return None;
            }
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A number in one of nine lengths, without a sign (prometheus `tsdb/chunkenc/varbit.go`).
    pub(super) fn varbit(&mut self) -> Option<u64> {
        match self.length()? {
            0 => Some(0),
            n => self.take(n),
        }
    }

    /// The same with a sign.
    pub(super) fn signed_varbit(&mut self) -> Option<i64> {
        match self.length()? {
            0 => Some(0),
            n => self.signed(n),
        }
    }

    /// A number of `n` bits with a sign.
    #[inline]
    pub(super) fn signed(&mut self, n: u32) -> Option<i64> {
        let bits = self.take(n)?.cast_signed();
        // Half of 2ⁿ is positive, other than in two's complement.
        Some(if n < 64 && bits > 1 << (n - 1) { bits - (1 << n) } else { bits })
    }

    fn length(&mut self) -> Option<u32> {
        for n in [0, 3, 6, 9, 12, 18, 25, 56] {
            if !self.bit()? {
                return Some(n);
            }
        }
        Some(64)
    }

    fn take_across(&mut self, n: u32) -> Option<u64> {
        let (high, missing) = (self.buffer & low(self.held), n - self.held);
        self.refill();
        self.held = self.held.checked_sub(missing)?;
        let rest =
            if missing == 64 { self.buffer } else { (self.buffer >> self.held) & low(missing) };
        Some(high.checked_shl(missing).unwrap_or(0) | rest)
    }

    fn refill(&mut self) {
        if let Some((eight, rest)) = self.bytes.split_first_chunk() {
            (self.buffer, self.held, self.bytes) = (u64::from_be_bytes(*eight), 64, rest);
            return;
        }
        let few = std::mem::take(&mut self.bytes);
        self.buffer = few.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        self.held = few.iter().map(|_| 8).sum();
    }
}

/// A mask of the lowest `n` bits.
#[inline]
fn low(n: u32) -> u64 {
    u64::MAX.checked_shr(64 - n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One bit after the other.
    fn slowly(bytes: &[u8], at: &mut usize, n: u32) -> Option<u64> {
        (0..n).try_fold(0, |number, _| {
            let byte = bytes.get(*at / 8)?;
            let bit = byte >> (7 - *at % 8) & 1;
            *at += 1;
            Some(number << 1 | u64::from(bit))
        })
    }

    proptest! {
        #[test]
        fn bits_are_those_one_after_the_other(
            bytes in prop::collection::vec(any::<u8>(), 0..64),
            lengths in prop::collection::vec(0_u32..=64, 0..40),
        ) {
            let (mut bits, mut at) = (Bits::new(&bytes), 0);
            for n in lengths {
                let expect = slowly(&bytes, &mut at, n);
                prop_assert_eq!(bits.take(n), expect);
                if expect.is_none() {
                    break;
                }
            }
        }
    }
}
