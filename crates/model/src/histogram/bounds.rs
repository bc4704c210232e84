//! Where buckets begin and end.
//!
//! Bucket `index` covers `(bound(index − 1), bound(index)]`. Exponential schemas divide each power
//! of two into 2^schema buckets (or merge powers of two, below 0); index 0 ends at 1. Custom
//! buckets end at the listed bounds, the last one at +∞, and the first begins at −∞.

use super::table::FRACTIONS;
use crate::float::{exp2, ldexp};

/// The schema of histograms with custom buckets.
pub const CUSTOM_SCHEMA: i32 = -53;

/// The exponential schemas that Prometheus stores.
pub const EXPONENTIAL_SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;

/// The upper bound of an exponential bucket.
///
/// The bound that would be 2^1024 is the largest number instead: infinite observations have the
/// bucket above.
pub fn exponential(index: i32, schema: i32) -> f64 {
    let index = i64::from(index);
    let (fraction, exponent) = match schema {
        ..0 => (0.5, index.saturating_mul(1 << schema.unsigned_abs().min(31)) + 1),
        0..=8 => {
            let step = FRACTIONS.len() >> schema;
            let nth = usize::try_from(index.rem_euclid(1 << schema)).expect("not negative");
            (FRACTIONS[nth * step], (index >> schema) + 1)
        }
        // No histogram of Prometheus has so fine a schema, but a text may name one.
        _ => return exp2(index as f64 * exp2(-f64::from(schema))),
    };
    if exponent == 1025 && (0.5..=0.5).contains(&fraction) {
        return f64::MAX;
    }
    ldexp(fraction, exponent)
}

/// The upper bound of a custom bucket; below the first bucket it is −∞, above the last +∞.
pub fn custom(index: i32, bounds: &[f64]) -> f64 {
    usize::try_from(index)
        .map_or(f64::NEG_INFINITY, |i| bounds.get(i).copied().unwrap_or(f64::INFINITY))
}

/// The bucket of a coarser schema that a bucket falls into.
pub fn coarser(index: i32, from: i32, to: i32) -> i32 {
    (index.wrapping_sub(1) >> (from - to).clamp(0, 31)).wrapping_add(1)
}

/// The bounds that both lists have.
pub(super) fn common(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut rest = b;
    let mut common = Vec::new();
    for &bound in a {
        rest = &rest[rest.iter().take_while(|&&other| other < bound).count()..];
        if rest.first().is_some_and(|other| (bound..=bound).contains(other)) {
            common.push(bound);
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(index: i32, schema: i32, expect: f64) {
        assert_eq!(exponential(index, schema).to_bits(), expect.to_bits());
    }

    #[test]
    fn index_0_ends_at_1() {
        for schema in -9..=10 {
            check(0, schema, 1.0);
        }
        check(1, 0, 2.0);
        check(-1, 0, 0.5);
        check(1, -1, 4.0);
        check(-1, 2, 0.840_896_415_253_714_4);
        check(1, 1, 2.0 * 0.707_106_781_186_547_5);
    }

    #[test]
    fn the_last_finite_bucket_ends_at_the_largest_number() {
        for schema in -4..=8 {
            let last = if schema < 0 { 1024 >> -schema } else { 1024 << schema };
            check(last, schema, f64::MAX);
            check(last + 1, schema, f64::INFINITY);
        }
        check(i32::MIN, 0, 0.0);
        check(i32::MAX, -31, f64::INFINITY);
    }

    #[test]
    fn custom_buckets_span_everything() {
        let all = (-1..=2).map(|i| custom(i, &[5.0, 10.0])).collect::<Vec<_>>();
        assert_eq!(all, [f64::NEG_INFINITY, 5.0, 10.0, f64::INFINITY]);
        assert_eq!(common(&[1.0, 2.0, 3.0, 7.0], &[0.5, 2.0, 4.0, 7.0, 9.0]), [2.0, 7.0]);
    }

    #[test]
    fn coarser_buckets_contain_finer_ones() {
        for (index, expect) in [(-3, -1), (-2, -1), (-1, 0), (0, 0), (1, 1), (2, 1), (3, 2)] {
            assert_eq!(coarser(index, 1, 0), expect);
        }
        assert_eq!(coarser(5, 2, 2), 5);
    }
}
