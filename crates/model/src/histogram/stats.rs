//! Mean and spread.

use super::{FloatHistogram, kahan::Sum};

impl FloatHistogram {
    /// The mean of all observations.
    pub fn average(&self) -> f64 {
        self.sum / self.count
    }

    /// The population variance, as if all observations of a bucket were at its middle: the
    /// geometric one of an exponential bucket, 0 of the zero bucket.
    pub fn variance(&self) -> f64 {
        let mean = self.average();
        let mut total = Sum::default();
        for bucket in self.all_buckets().filter(|b| b.count != 0.0) {
            let middle = if self.is_custom() {
                0.5 * (bucket.upper + bucket.lower)
            } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
                0.0
            } else {
                (bucket.upper * bucket.lower).sqrt().copysign(bucket.upper)
            };
            let delta = middle - mean;
            total = total.plus_one(bucket.count * delta * delta);
        }
        (total.sum + total.cost) / self.count
    }

    /// The square root of [`Self::variance`].
    pub fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(text: &str, average: f64, variance: f64) {
        let h = histogram(text);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * b.abs() || a.is_nan() && b.is_nan();
        assert!(near(h.average(), average), "{}", h.average());
        assert!(near(h.variance(), variance), "{}", h.variance());
        assert!(near(h.standard_deviation(), variance.sqrt()));
    }

    #[test]
    fn middles_stand_for_their_buckets() {
        let text = "{{schema:2 count:4 sum:10 buckets:[1 0 0 0 1 0 0 1 1]}}";
        check(text, 2.5, 1.163_807_968_526_718);
        check("{{schema:8 count:10 sum:10 buckets:[1 2 3 4]}}", 1.0, 2.397_112_337_013_944_7e-5);
        check("{{count:2 sum:0 buckets:[0 1] n_buckets:[0 1]}}", 0.0, 2.0);
        check("{{count:2 sum:0 z_bucket:2 z_bucket_w:0.1}}", 0.0, 0.0);
        check("{{schema:-53 count:2 sum:15 custom_values:[5 10] buckets:[0 2]}}", 7.5, 0.0);
        check("{{}}", f64::NAN, f64::NAN);
    }
}
