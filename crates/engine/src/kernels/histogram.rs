//! Classic histograms: cumulative buckets by upper bound.
//!
//! Grouping series into buckets is the engine's business, and so are notices: [`bucket_quantile`]
//! tells what it had to mend.

use super::math;

/// One cumulative bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bucket {
    /// The upper bound, inclusive; never NaN.
    pub le: f64,
    /// How many observations are not greater.
    pub count: f64,
}

/// A quantile and what was mended on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantile {
    /// The quantile.
    pub value: f64,
    /// Where counts fell from one bucket to the next, which they must not.
    pub forced: Option<Forced>,
}

/// The buckets whose counts were raised to that of the one below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Forced {
    /// The lowest of them.
    pub min_bucket: f64,
    /// The highest of them.
    pub max_bucket: f64,
    /// The most that a count was raised by.
    pub max_diff: f64,
}

/// Relative differences below this are rounding, not data.
const SMALL_DELTA: f64 = 1e-12;

/// The `q`-quantile, linear within a bucket; sorts and mends `buckets`. As `BucketQuantile` in
/// prometheus promql/quantile.go, and like there a second quantile of the same buckets sees what
/// the first one did: buckets of equal bounds count once more.
pub(crate) fn bucket_quantile(q: f64, buckets: &mut [Bucket]) -> Quantile {
    let plain = |value| Quantile { value, forced: None };
    if q.is_nan() {
        return plain(f64::NAN);
    }
    if q < 0.0 {
        return plain(f64::NEG_INFINITY);
    }
    if q > 1.0 {
        return plain(f64::INFINITY);
    }
    let Some(buckets) = sort(buckets) else { return plain(f64::NAN) };
    let forced = make_monotonic(buckets);
    Quantile { value: interpolate(q, buckets), forced }
}

/// The share of observations in `(lower, upper]`, linear within a bucket; sorts `buckets`. As
/// `BucketFraction` in prometheus promql/quantile.go.
pub(crate) fn bucket_fraction(lower: f64, upper: f64, buckets: &mut [Bucket]) -> f64 {
    let Some(buckets) = sort(buckets) else { return f64::NAN };
    let count = buckets[buckets.len() - 1].count;
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank_of(upper, buckets, count) - rank_of(lower, buckets, count)) / count
}

/// Sorts by bound and merges equal bounds to the front; none unless the last bound is +∞. What
/// was merged stays behind the result.
fn sort(buckets: &mut [Bucket]) -> Option<&mut [Bucket]> {
    let by_bound = |a: &Bucket, b: &Bucket| a.le.total_cmp(&b.le);
    if !buckets.is_sorted_by(|a, b| by_bound(a, b).is_le()) {
        buckets.sort_by(by_bound);
    }
    if buckets.last().is_none_or(|b| b.le != f64::INFINITY) {
        return None;
    }
    let (mut n, mut last) = (0, buckets[0]);
    for i in 1..buckets.len() {
        let next = buckets[i];
        #[expect(clippy::float_cmp, reason = "equal bounds are one bucket")]
        if next.le == last.le {
            last.count += next.count;
        } else {
            buckets[n] = last;
            last = next;
            n += 1;
        }
    }
    buckets[n] = last;
    Some(&mut buckets[..=n])
}

/// Raises counts that fall; differences that are only rounding are levelled silently.
fn make_monotonic(buckets: &mut [Bucket]) -> Option<Forced> {
    let mut forced: Option<Forced> = None;
    let mut prev = buckets[0].count;
    for bucket in &mut buckets[1..] {
        let count = bucket.count;
        #[expect(clippy::float_cmp, reason = "exactly equal counts need no mending")]
        if count == prev {
            continue;
        }
        if almost_equal(prev, count) {
            bucket.count = prev;
        } else if count < prev {
            bucket.count = prev;
            let f = forced.get_or_insert(Forced {
                min_bucket: bucket.le,
                max_bucket: bucket.le,
                max_diff: 0.0,
            });
            f.max_bucket = bucket.le;
            f.max_diff = f.max_diff.max(prev - count);
        } else {
            prev = count;
        }
    }
    forced
}

fn interpolate(q: f64, buckets: &[Bucket]) -> f64 {
    let [.., second_last, last] = buckets else { return f64::NAN };
    if last.count == 0.0 {
        return f64::NAN;
    }
    let rank = q * last.count;
    let i = first_reaching(rank, &buckets[..buckets.len() - 1]);
    let bucket = buckets[i];
    if i == buckets.len() - 1 {
        return second_last.le;
    }
    if i == 0 && bucket.le <= 0.0 {
        return bucket.le;
    }
    let below = if i == 0 { Bucket { le: 0.0, count: 0.0 } } else { buckets[i - 1] };
    below.le + (bucket.le - below.le) * ((rank - below.count) / (bucket.count - below.count))
}

/// The first bucket whose count is at least `rank`, by bisection: it decides where counts are NaN.
fn first_reaching(rank: f64, buckets: &[Bucket]) -> usize {
    let (mut low, mut high) = (0, buckets.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if buckets[middle].count >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// How many observations are at most `v`. Buckets of infinite width count nothing inside.
fn rank_of(v: f64, buckets: &[Bucket], total: f64) -> f64 {
    let mut lower = if buckets[0].le <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    let mut rank = 0.0;
    for bucket in buckets {
        if lower >= v {
            return cap(rank, total);
        }
        if bucket.le > v {
            let inside = if lower == f64::NEG_INFINITY {
                bucket.count
            } else {
                rank + (bucket.count - rank) * (v - lower) / (bucket.le - lower)
            };
            return cap(inside, total);
        }
        rank = bucket.count;
        lower = bucket.le;
    }
    total
}

fn cap(rank: f64, total: f64) -> f64 {
    if rank > total { total } else { rank }
}

/// As `almost.Equal` in prometheus util/almost, for counts.
fn almost_equal(a: f64, b: f64) -> bool {
    if a.is_nan() && b.is_nan() {
        return true;
    }
    let sum = a.abs() + b.abs();
    let diff = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return diff < SMALL_DELTA * f64::MIN_POSITIVE;
    }
    diff / math::min(sum, f64::MAX) < SMALL_DELTA
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INF: f64 = f64::INFINITY;

    /// Buckets written as `le:count`.
    fn buckets(text: &str) -> Vec<Bucket> {
        let number = |s: &str| s.parse().unwrap();
        text.split_whitespace()
            .map(|b| b.split_once(':').unwrap())
            .map(|(le, count)| Bucket { le: number(le), count: number(count) })
            .collect()
    }

    #[track_caller]
    fn check(q: f64, text: &str, expect: f64) {
        let got = bucket_quantile(q, &mut buckets(text));
        assert_eq!(got.forced, None);
        assert!(
            got.value.to_bits() == expect.to_bits() || got.value.is_nan() && expect.is_nan(),
            "{} instead of {expect}",
            got.value
        );
    }

    #[test]
    fn quantiles_are_linear_within_a_bucket() {
        let text = "0.1:1 0.2:3 +inf:4";
        check(0.0, text, 0.0);
        check(0.25, text, 0.1);
        check(0.5, text, 0.1 + (0.2 - 0.1) * 0.5);
        check(1.0, text, 0.2);
        check(1.0, "0.2:4 0.1:1 +inf:4", 0.2);
        check(0.5, "-5:2 0:3 +inf:4", -5.0);
        check(0.75, "-5:2 0:3 +inf:4", 0.0);
    }

    #[test]
    fn zero_has_no_sign_above_zero() {
        check(-0.0, "1:1 2:2 +inf:2", 0.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn a_second_quantile_counts_merged_buckets_again() {
        let mut buckets = buckets("1:2 1:2 2:6 +inf:6");
        assert_eq!([0.5, 0.25].map(|q| bucket_quantile(q, &mut buckets).value), [0.75, 0.75]);
    }

    #[test]
    fn what_is_no_histogram_has_no_quantile() {
        check(0.5, "1:1 2:2", f64::NAN);
        check(0.5, "+inf:2", f64::NAN);
        check(0.5, "1:0 +inf:0", f64::NAN);
        check(f64::NAN, "1:1 +inf:1", f64::NAN);
        check(-0.1, "1:1 +inf:1", -INF);
        check(1.1, "1:1 +inf:1", INF);
    }

    #[test]
    fn equal_bounds_are_one_bucket() {
        check(0.5, "1:1 1:1 2:2 2:2 +inf:2 +inf:2", 1.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn falling_counts_are_raised_and_told() {
        let got = bucket_quantile(0.5, &mut buckets("1:4 2:2 3:8 4:5 +inf:10"));
        assert_eq!(got.value, 2.0 + (5.0 - 4.0) / (8.0 - 4.0));
        assert_eq!(got.forced, Some(Forced { min_bucket: 2.0, max_bucket: 4.0, max_diff: 3.0 }));
        check(0.5, "1:4 2:3.9999999999999 +inf:4", 0.5);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn fractions() {
        let fraction = |low, high, text| bucket_fraction(low, high, &mut buckets(text));
        let text = "1:2 2:6 +inf:8";
        assert_eq!(fraction(0.0, 1.0, text), 0.25);
        assert_eq!(fraction(0.0, 1.5, text), 0.5);
        assert_eq!(fraction(-INF, INF, text), 1.0);
        assert_eq!(fraction(2.0, INF, text), 0.25);
        assert_eq!(fraction(3.0, 4.0, text), 0.0);
        assert_eq!(fraction(2.0, 1.0, text), 0.0);
        assert_eq!(fraction(-3.0, 0.0, "-1:4 +inf:8"), 0.0);
        assert!(fraction(0.0, 1.0, "1:1 2:2").is_nan());
        assert!(fraction(0.0, f64::NAN, text).is_nan());
        assert!(fraction(0.0, 1.0, "1:0 +inf:0").is_nan());
    }

    proptest! {
        #[test]
        fn a_fraction_up_to_a_quantile_is_its_rank(
            counts in prop::collection::vec(1_u32..100, 2..12),
            q in 0.01..0.99,
        ) {
            let mut total = 0.0;
            let mut all: Vec<_> = counts.iter().enumerate().map(|(i, &n)| {
                total += f64::from(n);
                Bucket { le: (i + 1) as f64, count: total }
            }).collect();
            all.push(Bucket { le: INF, count: total });
            let value = bucket_quantile(q, &mut all).value;
            prop_assert!((bucket_fraction(0.0, value, &mut all) - q).abs() < 1e-9);
        }
    }
}
