//! Addition, subtraction and scaling.

use std::{borrow::Cow, error, fmt, sync::Arc};

use super::{
    CounterResetHint, FloatHistogram, bounds,
    parts::{Count, Parts},
    resolution::reduced,
};

/// One histogram has exponential buckets, the other custom ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixedSchemas;

impl fmt::Display for MixedSchemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "cannot apply this operation on histograms with a mix of exponential and custom \
             bucket schemas",
        )
    }
}

impl error::Error for MixedSchemas {}

/// What is remarkable about a sum or difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// One histogram says that it was reset, the other that it was not.
    pub hint_collision: bool,
    /// Custom bounds differed; only common ones remain.
    pub bounds_reconciled: bool,
}

impl FloatHistogram {
    /// Adds another histogram. Buckets may be empty afterwards: see [`Self::compact`].
    pub fn add(&mut self, other: &Self) -> Result<Notes, MixedSchemas> {
        self.combine(other, false)
    }

    /// Subtracts another histogram, with the hint that a sum would have. The operator `-` makes a
    /// gauge of it.
    pub fn subtract(&mut self, other: &Self) -> Result<Notes, MixedSchemas> {
        self.combine(other, true)
    }

    fn combine(&mut self, other: &Self, subtract: bool) -> Result<Notes, MixedSchemas> {
        if self.layout.same(&other.layout) && !self.reaches_into_zero() {
            return Ok(self.combine_alike(other, subtract));
        }
        let mut parts = Parts::from(&*self);
        let notes = parts.add(other, subtract)?;
        *self = parts.into();
        Ok(notes)
    }

    /// Bucket by bucket, without looking where they are.
    fn combine_alike(&mut self, other: &Self, subtract: bool) -> Notes {
        let (hint, hint_collision) = self.hint.merge(other.hint);
        self.hint = hint;
        let signed = |v: f64| if subtract { -v } else { v };
        self.zero_count += signed(other.zero_count);
        self.count += signed(other.count);
        self.sum += signed(other.sum);
        for (count, &more) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += signed(more);
        }
        Notes { hint_collision, bounds_reconciled: false }
    }

    /// Whether a bucket lies inside the zero bucket: such buckets are not added.
    fn reaches_into_zero(&self) -> bool {
        let inside = |index: i32| self.layout.bound(index) <= self.zero_threshold();
        !self.is_custom()
            && [&self.layout.positive, &self.layout.negative]
                .into_iter()
                .any(|runs| runs.first().is_some_and(|run| inside(run.first)))
    }

    /// Multiplies everything. A negative factor makes a gauge.
    pub fn multiply(&mut self, factor: f64) {
        self.scale(|v| v * factor);
        if factor < 0.0 {
            self.hint = CounterResetHint::Gauge;
        }
    }

    /// Divides everything. Division by 0 leaves no buckets, by a negative number makes a gauge.
    pub fn divide(&mut self, divisor: f64) {
        self.scale(|v| v / divisor);
        if divisor == 0.0 {
            let none = std::iter::empty;
            let bounds = self.layout.bounds.clone();
            let layout =
                super::Layout::of(self.schema(), self.zero_threshold(), bounds, none(), none());
            self.layout = Arc::new(layout);
            self.buckets = Box::default();
        } else if divisor < 0.0 {
            self.hint = CounterResetHint::Gauge;
        }
    }

    /// What unary minus makes of it: everything negated, and a gauge.
    pub fn negate(&mut self) {
        self.multiply(-1.0);
    }

    fn scale(&mut self, f: impl Fn(f64) -> f64) {
        // NaN of nothing would be something.
        if !self.is_custom() {
            self.zero_count = f(self.zero_count);
        }
        for v in [&mut self.count, &mut self.sum].into_iter().chain(&mut self.buckets) {
            *v = f(*v);
        }
    }
}

impl<V: Count> Parts<V> {
    /// Adds or subtracts a histogram.
    pub(super) fn add(
        &mut self,
        other: &FloatHistogram,
        subtract: bool,
    ) -> Result<Notes, MixedSchemas> {
        if self.is_custom() != other.is_custom() {
            return Err(MixedSchemas);
        }
        let (hint, hint_collision) = self.hint.merge(other.hint);
        self.hint = hint;
        let mut notes = Notes { hint_collision, bounds_reconciled: false };
        let signed = |v: V| if subtract { v.map(|v| -v) } else { v };
        let other_zero = self.widened_zero(other);
        self.zero_count = self.zero_count.plus(signed(other_zero));
        self.count = self.count.plus(signed(V::of(other.count)));
        self.sum = self.sum.plus(signed(V::of(other.sum)));

        let positive = other.positive().map(|(index, v)| (index, signed(V::of(v))));
        if self.is_custom() {
            if self.bounds == other.layout.bounds {
                insert(&mut self.positive, positive);
            } else {
                notes.bounds_reconciled = true;
                self.add_rebounded(positive, &other.layout.bounds);
            }
            return Ok(notes);
        }
        if other.schema() < self.schema {
            self.reduce(other.schema());
        }
        let (from, schema, threshold) = (other.schema(), self.schema, self.zero_threshold);
        let negative = other.negative().map(|(index, v)| (index, signed(V::of(v))));
        merge(&mut self.positive, positive, from, schema, threshold);
        merge(&mut self.negative, negative, from, schema, threshold);
        Ok(notes)
    }

    /// Makes the zero bucket wide enough for both; what the other one has in its own at that
    /// width.
    #[expect(clippy::float_cmp, reason = "the common case, nothing to reconcile")]
    fn widened_zero(&mut self, other: &FloatHistogram) -> V {
        if self.is_custom() || self.zero_threshold == other.zero_threshold() {
            return V::of(if self.is_custom() { 0.0 } else { other.zero_count });
        }
        self.reconcile_zero(&Parts::of(other))
    }
}

/// Adds the buckets of a schema at least as fine; those inside the zero bucket are left out.
fn merge<V: Count>(
    side: &mut Vec<(i32, V)>,
    other: impl Iterator<Item = (i32, V)>,
    from: i32,
    to: i32,
    threshold: f64,
) {
    let outside = |&(index, _): &(i32, V)| bounds::exponential(index, to) <= threshold;
    if from == to {
        return insert(side, other.skip_while(outside));
    }
    let other: Vec<_> = other.collect();
    let other: Cow<'_, [_]> = reduced(&other, from, to);
    insert(side, other.iter().copied().skip_while(outside));
}

/// Adds buckets of the same schema.
fn insert<V: Count>(side: &mut Vec<(i32, V)>, other: impl Iterator<Item = (i32, V)>) {
    let mut at = 0;
    for (index, count) in other {
        while side.get(at).is_some_and(|&(i, _)| i < index) {
            at += 1;
        }
        match side.get_mut(at) {
            Some((i, sum)) if *i == index => *sum = sum.plus(count),
            _ => side.insert(at, (index, count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(a: &str, op: char, b: &str, expect: &str) -> Notes {
        let mut h = histogram(a);
        let other = histogram(b);
        let notes = match op {
            '+' => h.add(&other),
            _ => h.subtract(&other),
        };
        assert_eq!(h.compact().test_text(), expect);
        notes.unwrap()
    }

    #[test]
    fn buckets_are_added_where_they_are() {
        check(
            "{{count:4 sum:4 buckets:[1 2 1]}}",
            '+',
            "{{count:1 sum:2 offset:1 buckets:[1 0 0 5]}}",
            "{{count:5 sum:6 buckets:[1 3 1 0 5]}}",
        );
        check(
            "{{buckets:[1]}}",
            '+',
            "{{n_offset:-1 n_buckets:[2]}}",
            "{{buckets:[1] n_offset:-1 n_buckets:[2]}}",
        );
        check("{{buckets:[1 5]}}", '-', "{{buckets:[1 3 2]}}", "{{offset:1 buckets:[2 -2]}}");
    }

    #[test]
    fn the_coarser_schema_wins() {
        let expect = "{{schema:-1 count:5 sum:8 offset:1 buckets:[5]}}";
        let (low, high) = (
            "{{schema:-1 sum:4 count:1 buckets:[1] offset:1}}",
            "{{sum:4 count:4 buckets:[2 2] offset:1}}",
        );
        check(low, '+', high, expect);
        check(high, '+', low, expect);
    }

    #[test]
    fn the_wider_zero_bucket_wins() {
        check(
            "{{z_bucket:1 z_bucket_w:0.5 buckets:[1]}}",
            '+',
            "{{z_bucket:2 z_bucket_w:0.25 offset:-1 buckets:[3 4]}}",
            "{{z_bucket:6 z_bucket_w:0.5 buckets:[5]}}",
        );
        check(
            "{{z_bucket_w:1 buckets:[1 2]}}",
            '-',
            "{{z_bucket_w:1 buckets:[1 1]}}",
            "{{z_bucket_w:1 buckets:[1 1]}}",
        );
    }

    #[test]
    fn custom_bounds_are_intersected() {
        let notes = check(
            "{{schema:-53 count:1 sum:1 custom_values:[2] buckets:[1]}}",
            '+',
            "{{schema:-53 count:1 sum:1 custom_values:[5 10] buckets:[0 1]}}",
            "{{schema:-53 count:2 sum:2 custom_values:[] buckets:[2]}}",
        );
        assert!(notes.bounds_reconciled);
        check(
            "{{schema:-53 custom_values:[1 2 3] buckets:[1 2 3 4]}}",
            '-',
            "{{schema:-53 custom_values:[2 3 4] buckets:[1 1 1 1]}}",
            "{{schema:-53 custom_values:[2 3] buckets:[2 2 2]}}",
        );
        let notes = check(
            "{{schema:-53 custom_values:[5] buckets:[1]}}",
            '+',
            "{{schema:-53 custom_values:[5] buckets:[1 1]}}",
            "{{schema:-53 custom_values:[5] buckets:[2 1]}}",
        );
        assert_eq!(notes, Notes::default());
    }

    #[test]
    fn kinds_do_not_mix() {
        let got = histogram("{{}}").add(&histogram("{{schema:-53 custom_values:[1]}}"));
        assert_eq!(got, Err(MixedSchemas));
    }

    #[test]
    fn hints_merge_and_collide() {
        let notes =
            check("{{counter_reset_hint:reset}}", '+', "{{counter_reset_hint:not_reset}}", "{{}}");
        assert!(notes.hint_collision);
        check("{{}}", '-', "{{counter_reset_hint:gauge}}", "{{counter_reset_hint:gauge}}");
    }

    #[test]
    fn scaling() {
        let text = "{{schema:1 count:4 sum:6 z_bucket:2 z_bucket_w:0.1 buckets:[1 1]}}";
        let scaled = |f: fn(&mut FloatHistogram)| {
            let mut h = histogram(text);
            f(&mut h);
            h.test_text()
        };
        assert_eq!(
            scaled(|h| h.multiply(2.0)),
            "{{schema:1 count:8 sum:12 z_bucket:4 z_bucket_w:0.1 buckets:[2 2]}}"
        );
        assert_eq!(
            scaled(|h| h.divide(0.0)),
            "{{schema:1 count:+Inf sum:+Inf z_bucket:+Inf z_bucket_w:0.1}}"
        );
        assert_eq!(
            scaled(FloatHistogram::negate),
            "{{schema:1 count:-4 sum:-6 z_bucket:-2 z_bucket_w:0.1 counter_reset_hint:gauge buckets:[-1 -1]}}"
        );
    }
}
