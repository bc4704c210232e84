//! Noise that depends on nothing but its keys.

/// A hash of a seed and keys (splitmix64).
pub(crate) fn hash(seed: u64, keys: &[u64]) -> u64 {
    keys.iter().fold(mix(seed), |sum, key| mix(sum ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in `[-1, 1)`.
pub(crate) fn signed(seed: u64, keys: &[u64]) -> f64 {
    (hash(seed, keys) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// A hash of a text, to be used as a key.
pub(crate) fn key(text: &str) -> u64 {
    text.bytes().fold(0, |sum, byte| mix(sum ^ u64::from(byte)))
}

/// The noise of one exporter at one scrape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    seed: u64,
}

impl Noise {
    pub(crate) fn new(seed: u64, exporter: u64, t: i64) -> Self {
        Self { seed: hash(seed, &[exporter, t.cast_unsigned()]) }
    }

    /// A factor around 1, at most `width` away; each `key` has its own.
    pub(crate) fn around_one(self, width: f64, key: u64) -> f64 {
        1.0 + width * signed(self.seed, &[key])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_centred_and_repeatable() {
        let values: Vec<f64> = (0..10_000).map(|i| signed(7, &[i])).collect();
        assert!(values.iter().all(|v| (-1.0..1.0).contains(v)));
        assert!((values.iter().sum::<f64>() / 10_000.0).abs() < 0.02);
        assert_eq!(signed(7, &[3]).to_bits(), values[3].to_bits());
        assert_ne!(hash(7, &[1, 2]), hash(7, &[2, 1]));
    }
}
