//! Functions of one float: `abs` to `tanh`, signs, rounding, limits, degrees.
//!
//! Values that are no numbers or out of a function's domain give NaN, as in Go's `math`.
#![expect(clippy::unnecessary_wraps, reason = "one signature for all")]

use std::f64::consts::PI;

use model::float;

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $f:path;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(x: f64, _: &[f64]) -> Option<f64> {
            Some($f(x))
        }
    )*};
}

plain! {
    /// Absolute value.
    abs = f64::abs;
    /// Arc cosine.
    acos = float::acos;
    /// Inverse hyperbolic cosine.
    acosh = float::acosh;
    /// Arc sine.
    asin = float::asin;
    /// Inverse hyperbolic sine.
    asinh = float::asinh;
    /// Arc tangent.
    atan = float::atan;
    /// Inverse hyperbolic tangent.
    atanh = float::atanh;
    /// Rounds up.
    ceil = f64::ceil;
    /// Cosine.
    cos = float::cos;
    /// Hyperbolic cosine.
    cosh = float::cosh;
    /// e to the power of the value.
    exp = float::exp;
    /// Rounds down.
    floor = f64::floor;
    /// Natural logarithm.
    ln = float::ln;
    /// Decimal logarithm.
    log10 = float::log10;
    /// Binary logarithm.
    log2 = float::log2;
    /// Sine.
    sin = float::sin;
    /// Hyperbolic sine.
    sinh = float::sinh;
    /// Square root.
    sqrt = f64::sqrt;
    /// Tangent.
    tan = float::tan;
    /// Hyperbolic tangent.
    tanh = float::tanh;
}

/// Radians in degrees.
pub(crate) fn deg(x: f64, _: &[f64]) -> Option<f64> {
    Some(x * 180.0 / PI)
}

/// Degrees in radians.
pub(crate) fn rad(x: f64, _: &[f64]) -> Option<f64> {
    Some(x * PI / 180.0)
}

/// −1 or 1 by sign; zeros and NaN stay.
pub(crate) fn sgn(x: f64, _: &[f64]) -> Option<f64> {
    Some(if x < 0.0 {
        -1.0
    } else if x > 0.0 {
        1.0
    } else {
        x
    })
}

/// The nearest multiple of `params[0]`, of 1 without one; the upper of two.
pub(crate) fn round(x: f64, params: &[f64]) -> Option<f64> {
    // Multiplying by the inverse loses less than dividing.
    let inverse = 1.0 / params.first().copied().unwrap_or(1.0);
    Some((x * inverse + 0.5).floor() / inverse)
}

/// Not below `params[0]` nor above `params[1]`; none where the former is greater.
pub(crate) fn clamp(x: f64, params: &[f64]) -> Option<f64> {
    limit(x, params[0], params[1])
}

/// Not above `params[0]`.
pub(crate) fn clamp_max(x: f64, params: &[f64]) -> Option<f64> {
    limit(x, f64::NEG_INFINITY, params[0])
}

/// Not below `params[0]`.
pub(crate) fn clamp_min(x: f64, params: &[f64]) -> Option<f64> {
    limit(x, params[0], f64::INFINITY)
}

fn limit(x: f64, low: f64, high: f64) -> Option<f64> {
    if high < low { None } else { Some(max(low, min(high, x))) }
}

/// The greater, as Go's `math.Max`: +∞ beats NaN, NaN beats the rest, +0 is greater than −0.
pub(crate) fn max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

/// The lesser, as Go's `math.Min`: −∞ beats NaN, NaN beats the rest, −0 is less than +0.
pub(crate) fn min(a: f64, b: f64) -> f64 {
    -max(-a, -b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;

    #[track_caller]
    fn check(got: f64, expect: f64) {
        let same = got.to_bits() == expect.to_bits() || got.is_nan() && expect.is_nan();
        assert!(same, "{got}, not {expect}");
    }

    #[test]
    fn the_greater_and_the_lesser_as_in_go() {
        check(max(NAN, INF), INF);
        check(max(NAN, 1.0), NAN);
        check(max(-0.0, 0.0), 0.0);
        check(max(0.0, -0.0), 0.0);
        check(max(2.0, 1.0), 2.0);
        check(min(-INF, NAN), -INF);
        check(min(NAN, 1.0), NAN);
        check(min(0.0, -0.0), -0.0);
        check(min(2.0, 1.0), 1.0);
    }

    #[test]
    fn limits() {
        check(clamp(7.0, &[0.0, 5.0]).unwrap(), 5.0);
        check(clamp(-7.0, &[0.0, 5.0]).unwrap(), 0.0);
        assert_eq!(clamp(7.0, &[5.0, 0.0]), None);
        check(clamp(7.0, &[NAN, 0.0]).unwrap(), NAN);
        check(clamp_max(NAN, &[3.0]).unwrap(), NAN);
        check(clamp_min(-3.0, &[-1.0]).unwrap(), -1.0);
    }

    #[test]
    fn rounding_goes_up_at_the_half() {
        check(round(-0.5, &[]).unwrap(), 0.0);
        check(round(0.5, &[]).unwrap(), 1.0);
        check(round(7.75, &[0.1]).unwrap(), 7.8);
        check(round(52.5, &[5.0]).unwrap(), 55.0);
        check(round(1.0, &[0.0]).unwrap(), NAN);
    }

    #[test]
    fn signs_and_angles() {
        check(sgn(-0.0, &[]).unwrap(), -0.0);
        check(sgn(-7.0, &[]).unwrap(), -1.0);
        check(sgn(NAN, &[]).unwrap(), NAN);
        check(deg(PI, &[]).unwrap(), 180.0);
        check(rad(180.0, &[]).unwrap(), PI);
        check(ln(-1.0, &[]).unwrap(), NAN);
        check(ln(0.0, &[]).unwrap(), -INF);
        check(sqrt(-1.0, &[]).unwrap(), NAN);
    }
}
