//! Counter resets.

use super::{
    CounterResetHint, FloatHistogram, bounds, bounds::common, custom::roll_up, parts::Parts,
    resolution::reduced,
};

impl FloatHistogram {
    /// Whether a counter was reset between `previous` and this one.
    ///
    /// A hint answers at once. Else it was where any count fell or a populated bucket vanished,
    /// where resolution grew or the zero bucket shrank, or where the new zero bucket cuts a
    /// populated bucket. Gauges are compared like counters.
    #[expect(clippy::float_cmp, reason = "whether the threshold had to be raised")]
    pub fn detect_reset(&self, previous: &Self) -> bool {
        match self.hint {
            CounterResetHint::Reset => return true,
            CounterResetHint::NotReset => return false,
            CounterResetHint::Unknown | CounterResetHint::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        if self.is_custom() {
            if !previous.is_custom() {
                return true;
            }
            if self.layout.bounds != previous.layout.bounds {
                return self.fell_at_common_bounds(previous);
            }
        }
        if self.schema() > previous.schema() || self.zero_threshold() < previous.zero_threshold() {
            return true;
        }
        if self.layout.same(&previous.layout) && !self.is_custom() {
            return self.fell_alike(previous);
        }
        let before: Parts = previous.into();
        let (zero_count, threshold) = before.zero_at(self.zero_threshold());
        threshold != self.zero_threshold()
            || self.zero_count < zero_count
            || self.fell(self.positive(), &before.positive, before.schema)
            || self.fell(self.negative(), &before.negative, before.schema)
    }

    /// Bucket by bucket, where both have the same. Those inside the zero bucket do not count.
    fn fell_alike(&self, previous: &Self) -> bool {
        let threshold = self.zero_threshold();
        let outside = |index| threshold == 0.0 || self.layout.bound(index) > threshold;
        let side = |now: &mut dyn Iterator<Item = (i32, f64)>,
                    before: &mut dyn Iterator<Item = (i32, f64)>| {
            now.zip(before).any(|((index, now), (_, before))| now < before && outside(index))
        };
        self.zero_count < previous.zero_count
            || side(&mut self.positive(), &mut previous.positive())
            || side(&mut self.negative(), &mut previous.negative())
    }

    /// Whether a bucket of one side lost anything.
    fn fell(
        &self,
        mut now: impl Iterator<Item = (i32, f64)>,
        before: &[(i32, f64)],
        schema: i32,
    ) -> bool {
        let before = reduced(before, schema, self.schema());
        let inside = |&&(index, _): &&(i32, f64)| {
            !self.is_custom()
                && self.zero_threshold() != 0.0
                && bounds::exponential(index, self.schema()) <= self.zero_threshold()
        };
        let mut current = now.next();
        for &(index, count) in before.iter().skip_while(inside) {
            while current.is_some_and(|(i, _)| i < index) {
                current = now.next();
            }
            let fell = match current {
                Some((i, now)) if i == index => now < count,
                _ => count != 0.0,
            };
            if fell {
                return true;
            }
        }
        false
    }

    fn fell_at_common_bounds(&self, previous: &Self) -> bool {
        let bounds = common(self.custom_bounds(), previous.custom_bounds());
        let rolled_up = |h: &Self| {
            let mut counts = vec![0.0; bounds.len() + 1];
            roll_up(h.positive(), h.custom_bounds(), &mut counts, &bounds);
            counts
        };
        rolled_up(self).iter().zip(rolled_up(previous)).any(|(&now, before)| now < before)
    }
}

#[cfg(test)]
mod tests {
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(before: &str, now: &str, expect: bool) {
        assert_eq!(histogram(now).detect_reset(&histogram(before)), expect, "{before} to {now}");
    }

    #[test]
    fn hints_answer_at_once() {
        check("{{}}", "{{counter_reset_hint:reset}}", true);
        check("{{count:5}}", "{{counter_reset_hint:not_reset}}", false);
        check("{{count:5}}", "{{count:4 counter_reset_hint:gauge}}", true);
    }

    #[test]
    fn anything_that_falls() {
        let before = "{{count:6 z_bucket:1 z_bucket_w:0.1 buckets:[1 0 2] n_buckets:[2]}}";
        check(before, before, false);
        check(before, "{{count:5 z_bucket:1 z_bucket_w:0.1 buckets:[1 0 2] n_buckets:[2]}}", true);
        check(before, "{{count:6 z_bucket_w:0.1 buckets:[1 0 2] n_buckets:[2]}}", true);
        check(before, "{{count:6 z_bucket:1 z_bucket_w:0.1 buckets:[1 0 1] n_buckets:[2]}}", true);
        check(before, "{{count:6 z_bucket:1 z_bucket_w:0.1 buckets:[1 0 2]}}", true);
        check(before, "{{count:6 z_bucket:1 z_bucket_w:0.1 buckets:[1] n_buckets:[2]}}", true);
        check(before, "{{count:9 z_bucket:1 z_bucket_w:0.1 buckets:[1 5 2] n_buckets:[2]}}", false);
        check("{{buckets:[0 0]}}", "{{}}", false);
    }

    #[test]
    fn other_layouts() {
        check("{{buckets:[1]}}", "{{schema:1 buckets:[1]}}", true);
        check("{{schema:1 buckets:[0 1 2]}}", "{{buckets:[0 3]}}", false);
        check("{{schema:1 buckets:[0 1 2]}}", "{{buckets:[0 2]}}", true);
        check("{{z_bucket_w:0.1}}", "{{z_bucket_w:0.01}}", true);
        check("{{z_bucket_w:0.1 buckets:[1]}}", "{{z_bucket:1 z_bucket_w:1}}", false);
        check("{{z_bucket_w:0.1 buckets:[1]}}", "{{z_bucket_w:1}}", true);
        check("{{z_bucket_w:0.1 buckets:[1]}}", "{{z_bucket:1 z_bucket_w:0.75}}", true);
    }

    #[test]
    fn custom_buckets() {
        let before = "{{schema:-53 custom_values:[1 2 3] buckets:[1 1 1]}}";
        check("{{}}", before, true);
        check(before, before, false);
        check(before, "{{schema:-53 custom_values:[1 2 3] buckets:[1 1]}}", true);
        check(before, "{{schema:-53 custom_values:[2 3] buckets:[2 1]}}", false);
        check(before, "{{schema:-53 custom_values:[2 4] buckets:[1 3]}}", true);
        check(before, "{{schema:-53 custom_values:[5] buckets:[3]}}", false);
    }
}
