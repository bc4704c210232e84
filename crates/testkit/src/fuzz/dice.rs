//! Choices: from a seed, or from the bytes that a fuzzer gives.
//!
//! The same seed or the same bytes make the same choices, here and on every machine.

/// Where choices come from.
#[derive(Clone, Debug)]
pub enum Dice<'b> {
    /// A sequence without end.
    Seed(u64),
    /// What is left of the bytes; without any every choice is the first.
    Bytes(&'b [u8]),
}

impl Dice<'_> {
    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("it is below a usize")
    }

    /// Whether one time in `n` has come.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of several, of which there is at least one.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Whether every choice from here on is the first.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Bytes([]))
    }

    fn next(&mut self) -> u64 {
        match self {
            // SplitMix64 of Steele, Lea and Flood, "Fast splittable pseudorandom generators".
            Self::Seed(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
            Self::Bytes(bytes) => {
                let Some((first, rest)) = bytes.split_first() else { return 0 };
                *bytes = rest;
                u64::from(*first)
            }
        }
    }
}
