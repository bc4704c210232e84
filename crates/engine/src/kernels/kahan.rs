//! Compensated addition after Neumaier, step for step as in Prometheus's `util/kahansum`.

/// A running sum and what rounding has cost it so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// The sum as rounded.
    pub sum: f64,
    /// To be added to it at the end.
    pub c: f64,
}

impl Sum {
    /// The sum with `x` added. An infinite sum forgets its compensation.
    #[inline]
    pub(crate) fn plus(self, x: f64) -> Self {
        let Self { sum, c } = self;
        let t = sum + x;
        let c = if t.is_infinite() {
            0.0
        } else if sum.abs() >= x.abs() {
            c + ((sum - t) + x)
        } else {
            c + ((x - t) + sum)
        };
        Self { sum: t, c }
    }

    /// The compensated sum.
    #[inline]
    pub(crate) fn total(self) -> f64 {
        self.sum + self.c
    }
}

/// A mean that sums as long as the sum stays finite, and moves from mean to mean afterwards.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    /// A sum, or a mean where `incremental`.
    acc: Sum,
    n: f64,
    incremental: bool,
}

impl Mean {
    /// Takes one more value.
    #[inline]
    pub(crate) fn add(&mut self, x: f64) {
        self.n += 1.0;
        if self.n <= 1.0 {
            self.acc = Sum { sum: x, c: 0.0 };
            return;
        }
        if !self.incremental {
            let next = self.acc.plus(x);
            if !next.sum.is_infinite() {
                self.acc = next;
                return;
            }
            self.incremental = true;
            let before = self.n - 1.0;
            self.acc = Sum { sum: self.acc.sum / before, c: self.acc.c / before };
        }
        let q = (self.n - 1.0) / self.n;
        self.acc = Sum { sum: q * self.acc.sum, c: q * self.acc.c }.plus(x / self.n);
    }

    /// The mean of what was added, NaN of nothing.
    #[inline]
    pub(crate) fn value(&self) -> f64 {
        if self.incremental {
            self.acc.total()
        } else {
            self.acc.sum / self.n + self.acc.c / self.n
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        values.iter().fold(Sum::default(), |s, &x| s.plus(x)).total()
    }

    fn mean(values: &[f64]) -> f64 {
        let mut mean = Mean::default();
        for &x in values {
            mean.add(x);
        }
        mean.value()
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn sums_keep_what_rounding_drops() {
        assert_eq!(sum(&[5e60, 1.0, -5e60]), 1.0);
        assert_eq!(sum(&[1e100, 1.0, 2.0, -1e100]), 3.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "to the bit")]
    fn means_survive_overflow() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(mean(&[1e308, 1e308, 1e308]), 1e308);
        assert_eq!(mean(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert_eq!(mean(&[1.0, f64::INFINITY, 5.0]), f64::INFINITY);
        assert!(mean(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }
}
