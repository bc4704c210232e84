//! Powers: the whole part of the exponent by repeated squaring, the rest by a logarithm.

use super::{exp, frexp, ldexp, ln};

/// `x` to the power of `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    // Both agree on everything that is special, and no power of these is inexact.
    let special = |v: f64| v == 0.0 || !v.is_finite();
    #[expect(clippy::float_cmp, reason = "exactly one")]
    if special(x) || special(y) || x == 1.0 || y == 1.0 {
        return x.powf(y);
    }
    #[expect(clippy::float_cmp, reason = "exactly a root")]
    if y.abs() == 0.5 {
        return if y > 0.0 { x.sqrt() } else { 1.0 / x.sqrt() };
    }
    let (mut whole, mut rest) = (y.abs().trunc(), y.abs().fract());
    if rest != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9_223_372_036_854_775_808.0 {
        return x.powf(y);
    }
    if rest > 0.5 {
        rest -= 1.0;
        whole += 1.0;
    }
    let start = if rest == 0.0 { 1.0 } else { exp(rest * ln(x)) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..2^63")]
    let (fraction, exponent) = squarings(start, x, whole as u64);
    if y < 0.0 { ldexp(1.0 / fraction, -exponent) } else { ldexp(fraction, exponent) }
}

/// `start · x^n` as a number and a power of two.
fn squarings(start: f64, x: f64, mut n: u64) -> (f64, i64) {
    let (mut result, mut result_exponent) = (start, 0);
    let (mut square, exponent) = frexp(x);
    let mut exponent = i64::from(exponent);
    while n != 0 {
        // Far out of range already; it only remains to say so.
        if exponent.abs() > 1 << 12 {
            return (result, result_exponent + exponent);
        }
        if n & 1 == 1 {
            result *= square;
            result_exponent += exponent;
        }
        square *= square;
        exponent *= 2;
        if square < 0.5 {
            square += square;
            exponent -= 1;
        }
        n >>= 1;
    }
    (result, result_exponent)
}
