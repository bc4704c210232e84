//! Aggregations over series, one value at a time.
//!
//! They are those of `sum by (…)` and its siblings; windows have their own in `over_time`, which
//! round differently. What needs labels or order (`topk`, `count_values`, `limitk`) is the
//! engine's business.

use super::kahan;
pub(crate) use super::quantile::quantile;

/// Takes the values of one group at one step. A group without values has no result: `finish` is
/// asked only after an `add`.
pub(crate) trait Accumulator: Clone {
    /// Before the first value.
    fn new() -> Self;
    /// Takes one more value.
    fn add(&mut self, v: f64);
    /// The result.
    fn finish(&self) -> f64;
}

/// `sum`, compensated.
#[derive(Clone, Debug)]
pub(crate) struct Sum(kahan::Sum);

impl Accumulator for Sum {
    fn new() -> Self {
        Self(kahan::Sum::default())
    }

    #[inline]
    fn add(&mut self, v: f64) {
        self.0 = self.0.plus(v);
    }

    fn finish(&self) -> f64 {
        self.0.total()
    }
}

/// `avg`.
#[derive(Clone, Debug)]
pub(crate) struct Avg(kahan::Mean);

impl Accumulator for Avg {
    fn new() -> Self {
        Self(kahan::Mean::default())
    }

    #[inline]
    fn add(&mut self, v: f64) {
        self.0.add(v);
    }

    fn finish(&self) -> f64 {
        self.0.value()
    }
}

/// `count`.
#[derive(Clone, Debug)]
pub(crate) struct Count(f64);

impl Accumulator for Count {
    fn new() -> Self {
        Self(0.0)
    }

    #[inline]
    fn add(&mut self, _: f64) {
        self.0 += 1.0;
    }

    fn finish(&self) -> f64 {
        self.0
    }
}

/// `min`; NaN only if there is nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Min(f64);

impl Accumulator for Min {
    fn new() -> Self {
        Self(f64::NAN)
    }

    #[inline]
    fn add(&mut self, v: f64) {
        if self.0 > v || self.0.is_nan() {
            self.0 = v;
        }
    }

    fn finish(&self) -> f64 {
        self.0
    }
}

/// `max`; NaN only if there is nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Max(f64);

impl Accumulator for Max {
    fn new() -> Self {
        Self(f64::NAN)
    }

    #[inline]
    fn add(&mut self, v: f64) {
        if self.0 < v || self.0.is_nan() {
            self.0 = v;
        }
    }

    fn finish(&self) -> f64 {
        self.0
    }
}

/// `group`: always 1.
#[derive(Clone, Debug)]
pub(crate) struct Group;

impl Accumulator for Group {
    fn new() -> Self {
        Self
    }

    #[inline]
    fn add(&mut self, _: f64) {}

    fn finish(&self) -> f64 {
        1.0
    }
}

/// `stdvar`: population variance by Welford's method, not compensated.
#[derive(Clone, Debug)]
pub(crate) struct Stdvar {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Accumulator for Stdvar {
    fn new() -> Self {
        Self { n: 0.0, mean: 0.0, squares: 0.0 }
    }

    #[inline]
    fn add(&mut self, v: f64) {
        self.n += 1.0;
        if self.n <= 1.0 {
            self.mean = v;
            self.squares = if v.is_finite() { 0.0 } else { f64::NAN };
            return;
        }
        let delta = v - self.mean;
        self.mean += delta / self.n;
        self.squares += delta * (v - self.mean);
    }

    fn finish(&self) -> f64 {
        self.squares / self.n
    }
}

/// `stddev`: the root of [`Stdvar`].
#[derive(Clone, Debug)]
pub(crate) struct Stddev(Stdvar);

impl Accumulator for Stddev {
    fn new() -> Self {
        Self(Stdvar::new())
    }

    #[inline]
    fn add(&mut self, v: f64) {
        self.0.add(v);
    }

    fn finish(&self) -> f64 {
        self.0.finish().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;

    #[track_caller]
    fn check<A: Accumulator>(values: &[f64], expect: f64) {
        let mut acc = A::new();
        for &v in values {
            acc.add(v);
        }
        let got = acc.finish();
        assert!(
            got.to_bits() == expect.to_bits() || got.is_nan() && expect.is_nan(),
            "{got}, not {expect}"
        );
    }

    #[test]
    fn sums_and_means() {
        check::<Sum>(&[1e100, 1.0, -1e100], 1.0);
        check::<Sum>(&[INF, -INF], NAN);
        check::<Sum>(&[1e308, 1e308], INF);
        check::<Avg>(&[1e308, 1e308, 1e308], 1e308);
        check::<Avg>(&[INF], INF);
        check::<Avg>(&[INF, 1.0], INF);
        check::<Count>(&[NAN, 1.0], 2.0);
        check::<Group>(&[5.0, 7.0], 1.0);
    }

    #[test]
    fn extremes_ignore_nan_beside_numbers() {
        check::<Min>(&[NAN, 3.0, 2.0, NAN], 2.0);
        check::<Max>(&[NAN, 3.0, 2.0, NAN], 3.0);
        check::<Max>(&[NAN], NAN);
        check::<Min>(&[INF], INF);
    }

    #[test]
    fn variances() {
        check::<Stdvar>(&[1.0, 3.0], 1.0);
        check::<Stddev>(&[2.0, 6.0], 2.0);
        check::<Stddev>(&[INF], NAN);
        check::<Stdvar>(&[1.0, NAN], NAN);
    }

    #[test]
    fn quantiles() {
        check_quantile(0.5, &[3.0, 1.0, 2.0], 2.0);
        check_quantile(0.75, &[1.0, 2.0], 1.75);
        check_quantile(0.0, &[1.0, NAN], NAN);
        // The neighbour counts with weight 0, and ∞ · 0 is NaN.
        check_quantile(1.0, &[1.0, INF], NAN);
    }

    #[track_caller]
    fn check_quantile(q: f64, values: &[f64], expect: f64) {
        let got = quantile(q, &mut values.to_vec());
        assert!(got.to_bits() == expect.to_bits() || got.is_nan() && expect.is_nan(), "{got}");
    }
}
