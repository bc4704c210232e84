//! Quantiles, and their inverse.

use super::{Bucket, FloatHistogram};
use crate::float::{exp2, log2};

/// What is remarkable about a quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantileNote {
    /// It is NaN because it falls among observations of NaN, which are above all buckets.
    NanResult,
    /// There are observations of NaN; counted as above all others, they move quantiles up.
    NanSkew,
}

/// What is remarkable about a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FractionNote {
    /// There are observations of NaN, which no interval contains.
    NanObservations,
}

impl FloatHistogram {
    /// The `q`-quantile: exponential within exponential buckets, linear within custom ones and
    /// the zero bucket. As `HistogramQuantile` in prometheus promql/quantile.go.
    pub fn quantile(&self, q: f64) -> (f64, Option<QuantileNote>) {
        if q < 0.0 {
            return (f64::NEG_INFINITY, None);
        }
        if q > 1.0 {
            return (f64::INFINITY, None);
        }
        if self.count == 0.0 || q.is_nan() {
            return (f64::NAN, None);
        }
        // Observations of NaN are in no bucket, but count: then only the way up is right.
        let upwards = self.sum.is_nan() || q < 0.5;
        let found = if upwards {
            self.find(self.all_buckets(), q * self.count)
        } else {
            self.find(self.all_buckets().rev(), (1.0 - q) * self.count)
        };
        self.interpolate(&found, upwards)
    }

    fn find(&self, mut buckets: impl Iterator<Item = Bucket>, rank: f64) -> Found {
        let (mut bucket, mut count) = (Bucket::default(), 0.0);
        for next in buckets.by_ref() {
            bucket = next;
            if next.count == 0.0 {
                continue;
            }
            count += next.count;
            if count >= rank {
                break;
            }
        }
        if count > self.count {
            count = self.count;
        }
        let (mut last, mut total) = (None, count);
        // Only where there are observations of NaN is it asked what follows.
        for next in buckets.take_while(|_| self.sum.is_nan()) {
            last = Some(next);
            total += next.count;
        }
        Found { bucket, count, rank, last, total }
    }

    fn interpolate(&self, found: &Found, upwards: bool) -> (f64, Option<QuantileNote>) {
        let Found { mut bucket, count, rank, last, total } = *found;
        if self.is_custom() {
            if bucket.lower == f64::NEG_INFINITY {
                if bucket.upper <= 0.0 {
                    return (bucket.upper, None);
                }
                bucket.lower = 0.0;
            } else if bucket.upper == f64::INFINITY {
                return (bucket.lower, None);
            }
        } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
            self.halve(&mut bucket);
        }
        if count < rank {
            return if self.sum.is_nan() {
                (f64::NAN, Some(QuantileNote::NanResult))
            } else {
                (bucket.upper, None)
            };
        }
        let rank = if upwards { rank - (count - bucket.count) } else { count - rank };
        let mut note = None;
        if self.sum.is_nan() {
            // Looking whether there are more observations than buckets tell moves on to the last
            // bucket, in Prometheus too; its bounds are not clipped to the natural zero any more.
            if let Some(last) = last {
                bucket = last;
            }
            note = (total < self.count).then_some(QuantileNote::NanSkew);
        }
        (self.inside(&bucket, rank / bucket.count), note)
    }

    /// The value at a share of a bucket.
    fn inside(&self, bucket: &Bucket, share: f64) -> f64 {
        if self.is_custom() || bucket.lower <= 0.0 && bucket.upper >= 0.0 {
            return bucket.lower + (bucket.upper - bucket.lower) * share;
        }
        let (lower, upper) = (log2(bucket.lower.abs()), log2(bucket.upper.abs()));
        if bucket.lower > 0.0 {
            exp2(lower + (upper - lower) * share)
        } else {
            -exp2(upper + (lower - upper) * (1.0 - share))
        }
    }

    /// Leaves the half of a bucket around zero that its histogram has other buckets in.
    fn halve(&self, bucket: &mut Bucket) {
        match self.sides_missing() {
            (false, true) => bucket.lower = 0.0,
            (true, false) => bucket.upper = 0.0,
            _ => {}
        }
    }

    /// The share of observations between two values, interpolated as quantiles are. As
    /// `HistogramFraction` in prometheus promql/quantile.go.
    pub fn fraction(&self, lower: f64, upper: f64) -> (f64, Option<FractionNote>) {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return (f64::NAN, None);
        }
        if lower >= upper {
            return (0.0, None);
        }
        let (mut lower_rank, mut upper_rank) = (None, None);
        let mut rank = 0.0;
        for bucket in self.all_buckets() {
            lower_rank = lower_rank.or_else(|| self.rank_in(bucket, lower, rank));
            upper_rank = upper_rank.or_else(|| self.rank_in(bucket, upper, rank));
            if lower_rank.is_some() && upper_rank.is_some() {
                break;
            }
            rank += bucket.count;
        }
        let (count, note) = self.numbers();
        let capped = |rank: Option<f64>| match rank {
            None => count,
            Some(rank) if rank > count => count,
            Some(rank) => rank,
        };
        ((capped(upper_rank) - capped(lower_rank)) / self.count, note)
    }

    /// How many observations are numbers.
    fn numbers(&self) -> (f64, Option<FractionNote>) {
        if !self.sum.is_nan() {
            return (self.count, None);
        }
        let count = self.all_buckets().fold(0.0, |sum, b| sum + b.count);
        (count, (count < self.count).then_some(FractionNote::NanObservations))
    }

    /// The rank of `v`, where it is known once all lower buckets have `below` and it does not lie
    /// above this one. Buckets of infinite width have nothing inside.
    fn rank_in(&self, mut bucket: Bucket, v: f64, below: f64) -> Option<f64> {
        let around_zero = bucket.lower <= 0.0 && bucket.upper >= 0.0;
        if around_zero {
            self.halve(&mut bucket);
        }
        if bucket.lower >= v {
            return Some(below);
        }
        if bucket.upper <= v {
            return None;
        }
        let linear = self.is_custom() || around_zero;
        if linear && bucket.lower == f64::NEG_INFINITY {
            return Some(bucket.count);
        }
        Some(below + bucket.count * bucket.share_below(v, linear))
    }
}

/// Where a walk over the buckets ended.
struct Found {
    /// The bucket that reached the rank, or the last one.
    bucket: Bucket,
    /// The observations up to it, but no more than the histogram has.
    count: f64,
    rank: f64,
    /// The last bucket of those behind it.
    last: Option<Bucket>,
    /// That and the observations behind it.
    total: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, q: f64, expect: f64) {
        let (got, note) = histogram(text).quantile(q);
        assert!((got - expect).abs() < 1e-12 || got.to_bits() == expect.to_bits(), "{got}");
        assert_eq!(note, None);
    }

    #[track_caller]
    fn check_fraction(text: &str, lower: f64, upper: f64, expect: f64) {
        let (got, note) = histogram(text).fraction(lower, upper);
        assert!((got - expect).abs() < 1e-12, "{got}");
        assert_eq!(note, None);
    }

    const INF: f64 = f64::INFINITY;
    const POSITIVE: &str = "{{sum:5 count:4 buckets:[1 2 1]}}";
    const NEGATIVE: &str = "{{sum:-5 count:4 n_buckets:[1 2 1]}}";
    const CUSTOM: &str = "{{schema:-53 sum:1 count:8 custom_values:[5 10] buckets:[2 4 2]}}";

    #[test]
    fn exponential_buckets() {
        check(POSITIVE, 0.0, 0.5);
        check(POSITIVE, 0.5, 2_f64.sqrt());
        check(POSITIVE, 1.0, 4.0);
        check(NEGATIVE, 0.5, -(2_f64.sqrt()));
        check(NEGATIVE, 0.0, -4.0);
        check("{{sum:0 count:8 buckets:[1 2 1] n_buckets:[1 2 1]}}", 0.5, 0.5);
    }

    #[test]
    fn the_zero_bucket_is_linear() {
        check("{{z_bucket:1 z_bucket_w:0.5 sum:0.25 count:1}}", 0.5, 0.0);
        check("{{z_bucket:4 z_bucket_w:0.5 count:5 buckets:[0 1]}}", 0.4, 0.25);
        check("{{z_bucket:4 z_bucket_w:0.5 count:5 n_buckets:[0 1]}}", 0.6, -0.25);
    }

    #[test]
    fn custom_buckets_are_linear() {
        check(CUSTOM, 0.125, 2.5);
        check(CUSTOM, 0.5, 7.5);
        check(CUSTOM, 1.0, 10.0);
        check("{{schema:-53 count:2 custom_values:[-1] buckets:[2]}}", 0.3, -1.0);
    }

    #[test]
    fn out_of_range() {
        for (q, expect) in [(-0.1, -INF), (1.1, INF)] {
            check(POSITIVE, q, expect);
        }
        assert!(histogram("{{}}").quantile(0.5).0.is_nan());
        assert!(histogram(POSITIVE).quantile(f64::NAN).0.is_nan());
    }

    #[test]
    fn observations_of_nan_are_above_all() {
        let h = histogram("{{sum:NaN count:5 buckets:[1 2 1]}}");
        let (value, note) = h.quantile(0.9);
        assert!(value.is_nan());
        assert_eq!(note, Some(QuantileNote::NanResult));
        assert_eq!(h.quantile(0.8), (4.0, Some(QuantileNote::NanSkew)));
        assert_eq!(h.fraction(-INF, INF), (0.8, Some(FractionNote::NanObservations)));
    }

    #[test]
    fn fractions() {
        check_fraction(POSITIVE, 1.0, 2.0, 0.5);
        check_fraction(POSITIVE, 0.0, 8.0, 1.0);
        check_fraction(POSITIVE, 1.0, 2_f64.sqrt(), 0.25);
        check_fraction(NEGATIVE, -2.0, -1.0, 0.5);
        check_fraction(POSITIVE, 2.0, 1.0, 0.0);
        check_fraction(CUSTOM, 0.0, 7.5, 0.5);
        check_fraction(CUSTOM, -INF, 12.0, 0.75);
        check_fraction("{{z_bucket:1 z_bucket_w:0.5 count:1}}", -0.25, 0.25, 0.5);
        assert!(histogram("{{}}").fraction(0.0, 1.0).0.is_nan());
        assert!(histogram(POSITIVE).fraction(0.0, f64::NAN).0.is_nan());
    }
}
