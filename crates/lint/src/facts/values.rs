//! Which values a result can have: an interval of floats, and what else there may be.
//!
//! Bounds hold for floats that are numbers. Overflow is set aside: sums and products of finite
//! numbers count as finite.

use super::why::{Reason, Why};

/// The values that samples can have.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Values {
    /// No number is less.
    pub lower: Bound,
    /// No number is greater.
    pub upper: Bound,
    /// Every finite number is whole.
    pub is_integer: bool,
    /// There may be NaN.
    pub may_be_nan: bool,
    /// There may be native histograms.
    pub may_be_histogram: bool,
    /// There may be -0, which matters to divisions.
    pub may_be_minus_zero: bool,
}

/// One end of an interval.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// Whether the number itself is out of reach.
    pub open: bool,
    /// What set it; none at an end that nothing limits.
    pub why: Option<Why>,
}

impl Bound {
    /// A bound that is in reach.
    pub fn closed(value: f64, why: impl Into<Option<Why>>) -> Self {
        Self { value, open: false, why: why.into() }
    }

    /// A bound that is out of reach.
    pub fn open(value: f64, why: impl Into<Option<Why>>) -> Self {
        Self { value, open: true, why: why.into() }
    }

    /// Whether the number is in reach, and infinite.
    fn reaches_infinity(&self) -> bool {
        self.value.is_infinite() && !self.open
    }

    /// The higher of two lower bounds.
    pub(super) fn higher(self, other: Self) -> Self {
        let above =
            self.value > other.value || self.value == other.value && (self.open || !other.open);
        if above { self } else { other }
    }

    /// The lower of two upper bounds.
    pub(super) fn lower(self, other: Self) -> Self {
        let below =
            self.value < other.value || self.value == other.value && (self.open || !other.open);
        if below { self } else { other }
    }

    pub(super) fn because(self, why: Why) -> Self {
        Self { why: Some(why), ..self }
    }
}

impl Values {
    /// Anything at all.
    pub fn any() -> Self {
        Self { may_be_histogram: true, ..Self::any_float() }
    }

    /// Any float, NaN included.
    pub fn any_float() -> Self {
        Self {
            may_be_nan: true,
            may_be_minus_zero: true,
            ..Self::between(
                Bound::closed(f64::NEG_INFINITY, None),
                Bound::closed(f64::INFINITY, None),
            )
        }
    }

    /// No float, perhaps histograms.
    pub fn no_float() -> Self {
        Self::between(Bound::open(f64::INFINITY, None), Bound::open(f64::NEG_INFINITY, None))
    }

    /// Numbers between two bounds.
    pub fn between(lower: Bound, upper: Bound) -> Self {
        Self {
            lower,
            upper,
            is_integer: false,
            may_be_nan: false,
            may_be_histogram: false,
            may_be_minus_zero: false,
        }
    }

    /// Numbers from one to another, both in reach.
    pub fn range(lower: f64, upper: f64, why: Why) -> Self {
        Self::between(Bound::closed(lower, why), Bound::closed(upper, why))
    }

    /// Finite numbers from one upwards.
    pub fn at_least(lower: f64, why: Why) -> Self {
        Self::between(Bound::closed(lower, why), Bound::open(f64::INFINITY, None))
    }

    /// One value.
    pub fn constant(value: f64, why: Why) -> Self {
        if value.is_nan() {
            return Self { may_be_nan: true, ..Self::no_float() };
        }
        Self {
            is_integer: value.fract() == 0.0 || value.is_infinite(),
            may_be_minus_zero: value == 0.0 && value.is_sign_negative(),
            ..Self::range(value, value, why)
        }
    }

    /// 0 or 1.
    pub fn truth(why: Why) -> Self {
        Self::range(0.0, 1.0, why).whole()
    }

    /// With NaN.
    #[must_use]
    pub fn or_nan(self, may_be_nan: bool) -> Self {
        Self { may_be_nan: self.may_be_nan || may_be_nan, ..self }
    }

    /// Without NaN.
    #[must_use]
    pub(super) fn without_nan(self) -> Self {
        Self { may_be_nan: false, ..self }
    }

    /// Without native histograms.
    #[must_use]
    pub(super) fn floats(self) -> Self {
        Self { may_be_histogram: false, ..self }
    }

    /// With native histograms, if they are possible.
    #[must_use]
    pub(super) fn or_histogram(self, may_be_histogram: bool) -> Self {
        Self { may_be_histogram, ..self }
    }

    /// Of these numbers the whole ones.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.is_integer = true;
        let tighten = |bound: &mut Bound, step: f64, round: fn(f64) -> f64| {
            if bound.value.is_finite() {
                let whole = round(bound.value);
                let inside = bound.open && whole == bound.value;
                bound.value = if inside { whole + step } else { whole };
                // Beyond 2^53 there is no next whole number to step to.
                bound.open = inside && bound.value == whole;
            }
        };
        tighten(&mut self.lower, 1.0, f64::ceil);
        tighten(&mut self.upper, -1.0, f64::floor);
        self
    }

    /// The value, if there is but one.
    pub fn is_constant(&self) -> Option<f64> {
        let one = self.lower.value == self.upper.value && !self.has_no_number();
        (one && !self.may_be_nan && !self.may_be_histogram).then_some(self.lower.value)
    }

    /// Whether no number is possible.
    pub fn has_no_number(&self) -> bool {
        let (lower, upper) = (self.lower, self.upper);
        lower.value > upper.value || lower.value == upper.value && (lower.open || upper.open)
    }

    /// Whether no float is possible.
    pub fn has_no_float(&self) -> bool {
        self.has_no_number() && !self.may_be_nan
    }

    /// Whether nothing is possible.
    pub fn is_empty(&self) -> bool {
        self.has_no_float() && !self.may_be_histogram
    }

    /// Whether a number is possible.
    pub fn contains(&self, value: f64) -> bool {
        let above = self.lower.value < value || self.lower.value == value && !self.lower.open;
        let below = self.upper.value > value || self.upper.value == value && !self.upper.open;
        above && below && (!self.is_integer || value.fract() == 0.0 || value.is_infinite())
    }

    /// Whether numbers are 0 or more; -0 counts as less.
    pub(super) fn is_positive(&self) -> bool {
        self.lower.value >= 0.0 && !self.has_minus_zero()
    }

    pub(super) fn has_minus_zero(&self) -> bool {
        self.may_be_minus_zero && self.contains(0.0)
    }

    pub(super) fn may_be_infinite(&self) -> bool {
        self.may_be_plus_infinity() || self.may_be_minus_infinity()
    }

    pub(super) fn may_be_plus_infinity(&self) -> bool {
        self.upper.value == f64::INFINITY && self.upper.reaches_infinity()
    }

    pub(super) fn may_be_minus_infinity(&self) -> bool {
        self.lower.value == f64::NEG_INFINITY && self.lower.reaches_infinity()
    }

    /// Values of one or the other.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let numbers = match (self.has_no_number(), other.has_no_number()) {
            (true, _) => *other,
            (_, true) => *self,
            _ => Self {
                // The bound that the other one's rules out is the one that does not hold.
                lower: if self.lower.higher(other.lower).same(&self.lower) {
                    other.lower
                } else {
                    self.lower
                },
                upper: if self.upper.lower(other.upper).same(&self.upper) {
                    other.upper
                } else {
                    self.upper
                },
                is_integer: self.is_integer && other.is_integer,
                ..*self
            },
        };
        Self {
            may_be_nan: self.may_be_nan || other.may_be_nan,
            may_be_histogram: self.may_be_histogram || other.may_be_histogram,
            may_be_minus_zero: self.may_be_minus_zero || other.may_be_minus_zero,
            ..numbers
        }
    }

    /// Applies what grows with its operand to both ends. Ends that were out of reach may be reached
    /// by rounding, unless they are infinite.
    #[must_use]
    pub(super) fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        if self.has_no_number() {
            return *self;
        }
        let apply = |bound: Bound| {
            let value = f(bound.value);
            Bound { value, open: bound.open && value.is_infinite(), ..bound }
        };
        Self {
            lower: apply(self.lower),
            upper: apply(self.upper),
            is_integer: false,
            may_be_minus_zero: true,
            ..*self
        }
    }

    /// Makes room for what averages and interpolations lose in rounding.
    #[must_use]
    pub(super) fn rounded(mut self, is_exact: impl Fn(f64) -> bool) -> Self {
        let widen = |bound: &mut Bound, sign: f64| {
            if bound.value.is_finite() && !is_exact(bound.value) {
                bound.value += sign * bound.value.abs() * 1e-12;
            }
            bound.open = bound.open && bound.value.is_infinite();
        };
        widen(&mut self.lower, -1.0);
        widen(&mut self.upper, 1.0);
        self.is_integer = false;
        self
    }

    /// Says that both ends are what they are because of this.
    #[must_use]
    pub(super) fn because(mut self, why: Why) -> Self {
        for bound in [&mut self.lower, &mut self.upper] {
            if bound.why.is_none_or(|why| why.reason == Reason::Number) && bound.value.is_finite() {
                *bound = bound.because(why);
            }
        }
        self
    }
}

impl Bound {
    fn same(&self, other: &Self) -> bool {
        self.value == other.value && self.open == other.open
    }
}
