//! Zero buckets of different widths made equal.

use super::parts::{Count, Parts};

impl<V: Count> Parts<V> {
    /// Widens the zero bucket until both histograms can have one of the same width; returns the
    /// count that the zero bucket of `other` has at that width. `other` stays as it is.
    ///
    /// As `reconcileZeroBuckets` in prometheus `float_histogram.go`.
    #[expect(clippy::float_cmp, reason = "thresholds end up exactly equal")]
    pub(super) fn reconcile_zero(&mut self, other: &Self) -> V {
        let (mut count, mut threshold) = (other.zero_count, other.zero_threshold);
        while threshold != self.zero_threshold {
            if self.zero_threshold > threshold {
                (count, threshold) = other.zero_at(self.zero_threshold);
            }
            if threshold > self.zero_threshold {
                (self.zero_count, self.zero_threshold) = self.zero_at(threshold);
                self.absorb();
            }
            if threshold.is_nan() || self.zero_threshold.is_nan() {
                break;
            }
        }
        count
    }

    /// The count of a zero bucket of at least this width, and the width: one that would cut a
    /// populated bucket is raised to that bucket's far bound.
    #[expect(clippy::float_cmp, reason = "the threshold it has already")]
    pub(super) fn zero_at(&self, mut threshold: f64) -> (V, f64) {
        if threshold == self.zero_threshold {
            return (self.zero_count, threshold);
        }
        let mut count = self.zero_count;
        loop {
            count = count.restart(self.zero_count);
            let (with_positive, raised) = self.absorbed(&self.positive, count, threshold);
            threshold = raised;
            let (with_both, raised) = self.absorbed(&self.negative, with_positive, threshold);
            count = with_both;
            // What is above zero was absorbed up to another threshold than what is below.
            if raised == threshold || raised.is_nan() {
                return (count, threshold);
            }
            threshold = raised;
        }
    }

    fn absorbed(&self, side: &[(i32, V)], mut zero: V, threshold: f64) -> (V, f64) {
        for &(index, count) in side {
            if self.bound(index.wrapping_sub(1)) >= threshold {
                break;
            }
            zero = zero.plus(count);
            let upper = self.bound(index);
            if upper > threshold {
                return (zero, if count.rounded() == 0.0 { threshold } else { upper });
            }
        }
        (zero, threshold)
    }

    /// Drops the buckets that the zero bucket covers, and all empty ones.
    fn absorb(&mut self) {
        let parts = self.clone_frame();
        for side in [&mut self.positive, &mut self.negative] {
            side.retain(|&(index, _)| parts.bound(index.wrapping_sub(1)) >= parts.zero_threshold);
        }
        self.compact();
    }

    /// The same without buckets.
    fn clone_frame(&self) -> Self {
        Self { bounds: self.bounds.clone(), positive: Vec::new(), negative: Vec::new(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::{FloatHistogram, notation::tests::histogram};

    /// Makes the zero bucket of `a` as wide as that of `b`, which has `zero` in it then.
    #[track_caller]
    fn check(a: &str, b: &str, expect: &str, zero: f64) {
        let (mut a, b) = (Parts::from(&histogram(a)), Parts::from(&histogram(b)));
        let count = a.reconcile_zero(&b);
        assert_eq!(FloatHistogram::from(a).test_text(), expect);
        assert_eq!(count.to_bits(), zero.to_bits());
    }

    #[test]
    fn the_wider_zero_bucket_absorbs() {
        let narrow = "{{z_bucket:1 z_bucket_w:0.001 offset:-1 buckets:[2 3 4] n_buckets:[5 6]}}";
        let wide = "{{z_bucket:7 z_bucket_w:1}}";
        let absorbed = "{{z_bucket:11 z_bucket_w:1 offset:1 buckets:[4] n_offset:1 n_buckets:[6]}}";
        check(narrow, wide, absorbed, 7.0);
        check(wide, narrow, "{{z_bucket:7 z_bucket_w:1}}", 11.0);
    }

    #[test]
    fn a_cut_bucket_is_taken_whole_where_it_is_populated() {
        check(
            "{{buckets:[2 3]}}",
            "{{z_bucket_w:0.75}}",
            "{{z_bucket:2 z_bucket_w:1 offset:1 buckets:[3]}}",
            0.0,
        );
        check(
            "{{buckets:[0 3]}}",
            "{{z_bucket_w:0.75}}",
            "{{z_bucket_w:0.75 offset:1 buckets:[3]}}",
            0.0,
        );
        check(
            "{{buckets:[2 3 4] n_offset:1 n_buckets:[5]}}",
            "{{z_bucket_w:1.5 n_offset:1 n_buckets:[1 7]}}",
            "{{z_bucket:10 z_bucket_w:2 offset:2 buckets:[4]}}",
            1.0,
        );
    }
}
