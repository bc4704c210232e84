//! The operators `</` and `>/`: what lies on one side of a value.

use super::{Bucket, FloatHistogram, parts::Parts};

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// `</`: observations up to the value.
    Upper,
    /// `>/`: observations from the value on.
    Lower,
}

/// What is kept of a bucket, and where its middle is.
struct Kept {
    count: f64,
    middle: f64,
}

impl FloatHistogram {
    /// Keeps observations on one side of `at`. Where anything goes, count and sum are estimated
    /// anew from the buckets. As `TrimBuckets` in prometheus `float_histogram.go`.
    #[must_use]
    pub fn trim(self, trim: Trim, at: f64) -> Self {
        let custom = self.is_custom();
        let mut parts = Parts::from(&self);
        let mut totals = Totals::default();
        let mut has = [false, false];
        let sides = [
            (&mut parts.positive, self.positive_buckets().collect::<Vec<_>>()),
            (&mut parts.negative, self.negative_buckets().collect()),
        ];
        for ((counts, buckets), (positive, has)) in
            sides.into_iter().zip([true, false].into_iter().zip(&mut has))
        {
            for ((_, count), bucket) in counts.iter_mut().zip(buckets) {
                if bucket.count == 0.0 {
                    continue;
                }
                *has = true;
                let kept = trim.bucket(&bucket, at, positive, custom);
                *count = totals.take(bucket.count, &kept);
            }
        }
        if self.zero_count > 0.0 && !custom {
            let kept = trim.zero_bucket(self.zero_bucket(), at, has);
            parts.zero_count = totals.take(self.zero_count, &kept);
        }
        if !totals.changed {
            return self;
        }
        (parts.count, parts.sum) = (totals.count, totals.sum);
        parts.compact();
        parts.into()
    }
}

/// Count and sum of what is kept so far.
#[derive(Default)]
struct Totals {
    count: f64,
    sum: f64,
    changed: bool,
}

impl Totals {
    #[expect(clippy::float_cmp, reason = "exactly all of it is kept, or some was dropped")]
    fn take(&mut self, before: f64, kept: &Kept) -> f64 {
        self.count += kept.count;
        self.sum += kept.middle * kept.count;
        self.changed |= kept.count != before;
        kept.count
    }
}

impl Trim {
    fn bucket(self, b: &Bucket, at: f64, positive: bool, custom: bool) -> Kept {
        let (whole, cut) = match self {
            Self::Upper => (b.upper <= at, b.lower < at),
            Self::Lower => (b.lower >= at, b.upper > at),
        };
        if whole {
            return Kept { count: b.count, middle: middle(b.lower, b.upper, positive, custom) };
        }
        if !cut {
            return Kept { count: 0.0, middle: 0.0 };
        }
        if b.lower == f64::NEG_INFINITY {
            return self.lowest(b, at);
        }
        if b.upper == f64::INFINITY {
            // How the observations spread is unknown: none is kept that might be above.
            return match self {
                Self::Lower if at >= b.lower => Kept { count: b.count, middle: at },
                _ => Kept { count: 0.0, middle: 0.0 },
            };
        }
        let below = if at <= b.lower {
            0.0
        } else if at >= b.upper {
            b.count
        } else {
            b.count * b.share_below(at, custom)
        };
        match self {
            Self::Upper => Kept { count: below, middle: middle(b.lower, at, positive, custom) },
            Self::Lower => {
                Kept { count: b.count - below, middle: middle(at, b.upper, positive, custom) }
            }
        }
    }

    /// A bucket from −∞ that the value is inside of. One that ends above zero is taken to begin
    /// there; only custom buckets do.
    fn lowest(self, b: &Bucket, at: f64) -> Kept {
        let natural = b.upper != f64::INFINITY;
        match self {
            Self::Upper if at > 0.0 && b.upper > 0.0 && natural => {
                Kept { count: b.count * at / b.upper, middle: at / 2.0 }
            }
            Self::Upper if b.upper <= 0.0 => Kept { count: b.count, middle: at },
            Self::Lower if at <= b.lower => Kept { count: b.count, middle: 0.0 },
            Self::Lower if at >= 0.0 && b.upper > at && natural => {
                Kept { count: b.count * (1.0 - at / b.upper), middle: 0.5 * (at + b.upper) }
            }
            _ => Kept { count: 0.0, middle: 0.0 },
        }
    }

    fn zero_bucket(self, b: Bucket, at: f64, [has_positive, has_negative]: [bool; 2]) -> Kept {
        let upper = if has_negative && !has_positive { 0.0 } else { b.upper };
        let lower = if has_positive && !has_negative { 0.0 } else { b.lower };
        let whole = Kept { count: b.count, middle: 0.5 * (lower + upper) };
        let none = Kept { count: 0.0, middle: 0.0 };
        let width = upper - lower;
        match self {
            Self::Upper if at <= lower => none,
            Self::Upper if at >= upper => whole,
            Self::Upper => {
                let share = (at - lower) / width;
                Kept { count: b.count * share, middle: 0.5 * (lower + at) }
            }
            Self::Lower if at <= lower => whole,
            Self::Lower if at >= upper => none,
            Self::Lower => {
                let share = (upper - at) / width;
                Kept { count: b.count * share, middle: 0.5 * (at + upper) }
            }
        }
    }
}

/// The value that stands for all observations of an interval.
fn middle(lower: f64, upper: f64, positive: bool, linear: bool) -> f64 {
    match (lower.is_infinite(), upper.is_infinite()) {
        (true, true) => 0.0,
        (true, false) if upper > 0.0 => upper / 2.0,
        (true, false) => upper,
        (false, true) => lower,
        _ if linear => 0.5 * (lower + upper),
        _ if positive => (lower * upper).abs().sqrt(),
        _ => -(lower * upper).abs().sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, trim: Trim, at: f64, expect: &str) {
        assert_eq!(histogram(text).trim(trim, at).test_text(), expect);
    }

    #[test]
    fn exponential_buckets_split_on_a_logarithmic_scale() {
        let text = "{{count:10 sum:33 offset:1 buckets:[2 4 4]}}";
        check(text, Trim::Upper, 4.0, "{{count:6 sum:14.142135623730951 offset:1 buckets:[2 4]}}");
        check(text, Trim::Lower, 4.0, "{{count:4 sum:22.627416997969522 offset:3 buckets:[4]}}");
        check(text, Trim::Upper, 8.0, "{{count:10 sum:33 offset:1 buckets:[2 4 4]}}");
        check(text, Trim::Lower, -1.0, "{{count:10 sum:33 offset:1 buckets:[2 4 4]}}");
        check(text, Trim::Upper, 1.0, "{{}}");
        check(text, Trim::Upper, f64::NAN, "{{}}");
    }

    #[test]
    fn the_zero_bucket_splits_linearly() {
        let text = "{{count:8 sum:1 z_bucket:8 z_bucket_w:0.5}}";
        check(text, Trim::Upper, 0.0, "{{count:4 sum:-1 z_bucket:4 z_bucket_w:0.5}}");
        check(text, Trim::Lower, 0.25, "{{count:2 sum:0.75 z_bucket:2 z_bucket_w:0.5}}");
    }

    #[test]
    fn infinite_custom_buckets() {
        let text = "{{schema:-53 count:8 sum:1 custom_values:[5 10] buckets:[4 2 2]}}";
        check(
            text,
            Trim::Upper,
            2.5,
            "{{schema:-53 count:2 sum:2.5 custom_values:[5 10] buckets:[2]}}",
        );
        check(
            text,
            Trim::Lower,
            12.0,
            "{{schema:-53 count:2 sum:24 custom_values:[5 10] offset:2 buckets:[2]}}",
        );
        check(
            text,
            Trim::Upper,
            12.0,
            "{{schema:-53 count:6 sum:25 custom_values:[5 10] buckets:[4 2]}}",
        );
        check(
            "{{schema:-53 count:4 custom_values:[-1 1] buckets:[4 1]}}",
            Trim::Upper,
            -2.0,
            "{{schema:-53 count:4 sum:-8 custom_values:[-1 1] buckets:[4]}}",
        );
    }
}
