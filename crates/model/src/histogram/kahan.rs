//! Sums and means of many histograms, with what rounding cost carried along.
//!
//! As `KahanAdd` in prometheus `float_histogram.go` and its callers. Neither
//! compacts its result: aggregations over series do, functions over time do not.

use super::{
    FloatHistogram,
    arithmetic::{MixedSchemas, Notes},
    bounds,
    parts::{Count, Parts},
};

/// A running sum and what rounding has cost it, after Neumaier.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    pub(super) sum: f64,
    pub(super) cost: f64,
}

impl Sum {
    /// An infinite sum forgets its cost.
    pub(super) fn plus_one(self, x: f64) -> Self {
        let Self { sum, cost } = self;
        let t = sum + x;
        let cost = if t.is_infinite() {
            0.0
        } else if sum.abs() >= x.abs() {
            cost + ((sum - t) + x)
        } else {
            cost + ((x - t) + sum)
        };
        Self { sum: t, cost }
    }
}

impl Count for Sum {
    fn compensated(self) -> Sum {
        self
    }

    fn settle(sum: Sum) -> Self {
        sum
    }

    fn of(value: f64) -> Self {
        Self { sum: value, cost: 0.0 }
    }

    fn rounded(self) -> f64 {
        self.sum
    }

    fn plus(self, other: Self) -> Self {
        let sum = self.plus_one(other.sum);
        if other.cost == 0.0 { sum } else { sum.plus_one(other.cost) }
    }

    fn is_zero(self) -> bool {
        self.sum == 0.0 && self.cost == 0.0
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self { sum: f(self.sum), cost: f(self.cost) }
    }

    /// Keeps the cost, as Prometheus does.
    fn restart(self, start: Self) -> Self {
        Self { sum: start.sum, cost: self.cost }
    }
}

/// A sum of histograms.
#[derive(Clone, Debug)]
pub struct Total {
    parts: Parts<Sum>,
    /// Whether anything was added to the first one.
    several: bool,
}

impl Total {
    /// A sum of one histogram.
    pub fn new(first: &FloatHistogram) -> Self {
        Self { parts: Parts::of(first), several: false }
    }

    /// Adds another one; after an error the sum has no value.
    pub fn add(&mut self, h: &FloatHistogram) -> Result<Notes, MixedSchemas> {
        let notes = self.parts.add(h, false)?;
        self.several = true;
        Ok(notes)
    }

    /// The sum.
    pub fn value(&self) -> FloatHistogram {
        self.settled(|x| x)
    }

    fn settled(&self, f: impl Fn(f64) -> f64 + Copy) -> FloatHistogram {
        let mut parts = self.parts.clone();
        parts.map(f);
        parts.settled(self.several)
    }

    /// Whether the sum, or a bucket of it, is infinite.
    fn overflows(&self) -> bool {
        let p = &self.parts;
        let buckets = p.positive.iter().chain(&p.negative).map(|(_, count)| count.sum);
        [p.zero_count.sum, p.count.sum, p.sum.sum]
            .into_iter()
            .chain(buckets)
            .chain(p.bounds.iter().copied())
            .any(f64::is_infinite)
    }
}

impl Parts<Sum> {
    /// Adds what rounding cost. Buckets inside the zero bucket stay as they are.
    fn settled(self, several: bool) -> FloatHistogram {
        let (schema, threshold) = (self.schema, self.zero_threshold);
        let total = |v: Sum| if several { v.sum + v.cost } else { v.sum };
        let is_custom = self.is_custom();
        let side = |side: Vec<(i32, Sum)>| {
            let mut inside = !is_custom;
            side.into_iter()
                .map(|(index, v)| {
                    inside = inside && bounds::exponential(index, schema) <= threshold;
                    (index, if inside { v.sum } else { total(v) })
                })
                .collect()
        };
        let parts = Parts {
            hint: self.hint,
            schema,
            zero_threshold: threshold,
            zero_count: total(self.zero_count),
            count: total(self.count),
            sum: total(self.sum),
            positive: side(self.positive),
            negative: side(self.negative),
            bounds: self.bounds,
        };
        parts.into()
    }
}

/// A mean of histograms: sums as long as the sum stays finite, and moves from mean to mean
/// afterwards.
#[derive(Clone, Debug)]
pub struct Mean {
    /// A sum, or a mean where `incremental`.
    total: Total,
    n: f64,
    incremental: bool,
}

impl Mean {
    /// The mean of one histogram.
    pub fn new(first: &FloatHistogram) -> Self {
        Self { total: Total::new(first), n: 1.0, incremental: false }
    }

    /// Takes one more; after an error the mean has no value.
    pub fn add(&mut self, h: &FloatHistogram) -> Result<Notes, MixedSchemas> {
        self.n += 1.0;
        let n = self.n;
        let mut seen = Notes::default();
        if !self.incremental {
            let mut next = self.total.clone();
            seen = next.add(h)?;
            if !next.overflows() {
                self.total = next;
                return Ok(seen);
            }
            self.incremental = true;
            self.total.parts.map(|x| x / (n - 1.0));
        }
        let q = (n - 1.0) / n;
        self.total.parts.map(|x| x * q);
        let mut share = h.clone();
        share.divide(n);
        let notes = self.total.add(&share)?;
        Ok(Notes {
            hint_collision: seen.hint_collision || notes.hint_collision,
            bounds_reconciled: seen.bounds_reconciled || notes.bounds_reconciled,
        })
    }

    /// The mean.
    pub fn value(&self) -> FloatHistogram {
        if self.incremental { self.total.value() } else { self.total.settled(|x| x / self.n) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::notation::tests::histogram;

    #[track_caller]
    fn check(texts: &[&str], sum: &str, mean: &str) {
        let all: Vec<_> = texts.iter().map(|text| histogram(text)).collect();
        let (mut total, mut average) = (Total::new(&all[0]), Mean::new(&all[0]));
        for h in &all[1..] {
            total.add(h).unwrap();
            average.add(h).unwrap();
        }
        assert_eq!(total.value().compact().test_text(), sum);
        assert_eq!(average.value().compact().test_text(), mean);
    }

    #[test]
    fn sums_keep_what_rounding_drops() {
        check(
            &[
                "{{sum:5e60 buckets:[1e100]}}",
                "{{sum:4 buckets:[4]}}",
                "{{sum:-5e60 buckets:[-1e100]}}",
            ],
            "{{sum:4 buckets:[4]}}",
            "{{sum:1.3333333333333333 buckets:[1.3333333333333333]}}",
        );
        check(
            &["{{schema:1 buckets:[1 2 3]}}", "{{buckets:[5]}}", "{{z_bucket:1 z_bucket_w:1}}"],
            "{{z_bucket:7 z_bucket_w:1 offset:1 buckets:[5]}}",
            "{{z_bucket:2.3333333333333335 z_bucket_w:1 offset:1 buckets:[1.6666666666666667]}}",
        );
    }

    #[test]
    fn means_survive_overflow() {
        check(
            &[
                "{{count:1.5e308 buckets:[1]}}",
                "{{count:1.5e308 buckets:[2]}}",
                "{{count:1.5e308 buckets:[6]}}",
            ],
            "{{count:+Inf buckets:[9]}}",
            "{{count:1.5e+308 buckets:[3]}}",
        );
    }

    #[test]
    fn one_is_its_own_sum() {
        check(
            &["{{sum:-1 buckets:[0 3]}}"],
            "{{sum:-1 offset:1 buckets:[3]}}",
            "{{sum:-1 offset:1 buckets:[3]}}",
        );
    }

    #[test]
    fn kinds_do_not_mix() {
        let mut total = Total::new(&histogram("{{}}"));
        assert!(total.add(&histogram("{{schema:-53}}")).is_err());
    }
}
