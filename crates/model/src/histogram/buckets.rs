//! Buckets one by one, with their bounds.

use super::{FloatHistogram, layout::Run};
use crate::float::log2;

/// A bucket and where it begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Whether the lower end belongs to it.
    pub lower_inclusive: bool,
    /// Whether the upper end belongs to it.
    pub upper_inclusive: bool,
    /// How many observations.
    pub count: f64,
}

impl Bucket {
    /// The share of its width below `v`, which is inside; on a logarithmic scale unless `linear`.
    pub(super) fn share_below(&self, v: f64, linear: bool) -> f64 {
        if linear {
            return (v - self.lower) / (self.upper - self.lower);
        }
        let (lower, upper, at) = (log2(self.lower.abs()), log2(self.upper.abs()), log2(v.abs()));
        if v > 0.0 { (at - lower) / (upper - lower) } else { 1.0 - (at - upper) / (lower - upper) }
    }
}

impl FloatHistogram {
    /// Index and count of the positive buckets, upwards.
    pub fn positive(&self) -> impl DoubleEndedIterator<Item = (i32, f64)> + '_ {
        self.side(&self.layout.positive)
    }

    /// Index and count of the negative buckets, downwards.
    pub fn negative(&self) -> impl DoubleEndedIterator<Item = (i32, f64)> + '_ {
        self.side(&self.layout.negative)
    }

    fn side<'a>(&'a self, runs: &'a [Run]) -> impl DoubleEndedIterator<Item = (i32, f64)> + 'a {
        runs.iter().flat_map(|run| {
            let indices = (0..run.length).map(|i| run.first.wrapping_add_unsigned(i));
            indices.zip(self.buckets[run.counts()].iter().copied())
        })
    }

    /// The positive buckets, upwards.
    pub fn positive_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.positive().map(|(index, count)| {
            let lower = self.layout.bound(index.wrapping_sub(1));
            self.bucket(lower, self.layout.bound(index), count, index == 0)
        })
    }

    /// The negative buckets, downwards.
    pub fn negative_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.negative().map(|(index, count)| {
            let upper = -self.layout.bound(index.wrapping_sub(1));
            self.bucket(-self.layout.bound(index), upper, count, index == 0)
        })
    }

    /// The zero bucket.
    pub fn zero_bucket(&self) -> Bucket {
        Bucket {
            lower: -self.zero_threshold(),
            upper: self.zero_threshold(),
            lower_inclusive: true,
            upper_inclusive: true,
            count: self.zero_count,
        }
    }

    /// All buckets upwards, those below zero first; the zero bucket only where it is populated.
    /// Buckets that reach into the zero bucket end there.
    pub fn all_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let has_zero = self.zero_count > 0.0 && !self.is_custom();
        let threshold = self.zero_threshold();
        let clipped = move |mut b: Bucket| {
            if b.upper < 0.0 && b.upper > -threshold {
                b.upper = -threshold;
            } else if b.lower > 0.0 && b.lower < threshold {
                b.lower = threshold;
            }
            b
        };
        self.negative_buckets()
            .rev()
            .map(clipped)
            .chain(has_zero.then(|| self.zero_bucket()))
            .chain(self.positive_buckets().map(clipped))
    }

    fn bucket(&self, lower: f64, upper: f64, count: f64, first: bool) -> Bucket {
        let (lower_inclusive, upper_inclusive) =
            if self.is_custom() { (first, true) } else { (lower < 0.0, upper > 0.0) };
        Bucket { lower, upper, lower_inclusive, upper_inclusive, count }
    }

    /// Whether no bucket is above zero, and whether none is below, populated or not.
    pub(super) fn sides_missing(&self) -> (bool, bool) {
        (self.layout.positive.is_empty(), self.layout.negative.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let h = histogram(text);
        let show = |b: super::Bucket| format!("{},{}:{}", b.lower, b.upper, b.count);
        let up: Vec<_> = h.all_buckets().map(show).collect();
        let mut down: Vec<_> = h.all_buckets().rev().map(show).collect();
        down.reverse();
        assert_eq!(up.join(" "), expect);
        assert_eq!(up, down);
    }

    #[test]
    fn from_the_lowest_to_the_highest() {
        check(
            "{{z_bucket:3 z_bucket_w:0.1 buckets:[1 0 2] n_buckets:[4 5]}}",
            "-2,-1:5 -1,-0.5:4 -0.1,0.1:3 0.5,1:1 1,2:0 2,4:2",
        );
        check("{{schema:-53 custom_values:[5 10] buckets:[1 2 3]}}", "-inf,5:1 5,10:2 10,inf:3");
    }

    #[test]
    fn the_zero_bucket_hides_what_it_covers() {
        check(
            "{{z_bucket:3 z_bucket_w:0.75 buckets:[1 2] n_buckets:[4]}}",
            "-1,-0.75:4 -0.75,0.75:3 0.75,1:1 1,2:2",
        );
        check("{{z_bucket_w:0.75 buckets:[1]}}", "0.75,1:1");
    }
}
