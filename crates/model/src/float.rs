//! Logarithms and powers as Go computes them, which the C library rounds differently.
//!
//! Interpolation inside an exponential bucket goes through them, and rules compare results to the
//! last digit: `log10(x)` must not differ from the same rule in Prometheus 3.14, which Go 1.26
//! builds. Logarithms are those of FreeBSD's `msun` (`e_log.c`), powers of two those of `e_exp.c`
//! without the logarithm's base, other powers are repeated squarings. Exponentials are not here:
//! Go's depend on the processor, and so do powers whose exponent is neither whole nor a half.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E, LOG10_E};

const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// Natural logarithm.
pub fn ln(x: f64) -> f64 {
    const ODD: [f64; 4] = [
        6.666_666_666_666_735e-1,
        2.857_142_874_366_239e-1,
        1.818_357_216_161_805e-1,
        1.479_819_860_511_658_6e-1,
    ];
    const EVEN: [f64; 3] =
        [3.999_999_999_940_942e-1, 2.222_219_843_214_978_4e-1, 1.531_383_769_920_937_3e-1];
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = frexp(x);
    if fraction < FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let (s2, s4) = (s * s, s * s * (s * s));
    let odd = s2 * (ODD[0] + s4 * (ODD[1] + s4 * (ODD[2] + s4 * ODD[3])));
    let even = s4 * (EVEN[0] + s4 * (EVEN[1] + s4 * EVEN[2]));
    let half = 0.5 * f * f;
    k * LN2_HI - ((half - (s * (half + (odd + even)) + k * LN2_LO)) - f)
}

/// Binary logarithm; exact for powers of two.
pub fn log2(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return ln(x);
    }
    let (fraction, exponent) = frexp(x);
    #[expect(clippy::float_cmp, reason = "the fraction of a power of two is exactly one half")]
    if fraction == 0.5 {
        return f64::from(exponent - 1);
    }
    ln(fraction) * LOG2_E + f64::from(exponent)
}

/// Decimal logarithm.
pub fn log10(x: f64) -> f64 {
    ln(x) * LOG10_E
}

/// Two to the power of `x`; exact for whole numbers.
pub fn exp2(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_666_6e-1,
        -2.777_777_777_701_559_3e-3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    if x.is_nan() {
        return x;
    }
    if x > 1_023.999_999_999_999_9 {
        return f64::INFINITY;
    }
    if x < -1074.0 {
        return 0.0;
    }
    let whole = (x + 0.5_f64.copysign(x)).trunc();
    let rest = x - whole;
    let (hi, lo) = (rest * LN2_HI, -rest * LN2_LO);
    let r = hi - lo;
    let t = r * r;
    let c = r - t * (P[0] + t * (P[1] + t * (P[2] + t * (P[3] + t * P[4]))));
    let power = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
    #[expect(clippy::cast_possible_truncation, reason = "whole and in -1074..=1024")]
    ldexp(power, whole as i64)
}

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
    let start = if rest == 0.0 { 1.0 } else { (rest * ln(x)).exp() };
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

/// A number as a fraction in ±[½, 1) and a power of two.
pub fn frexp(x: f64) -> (f64, i32) {
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (normal, shift) = if x.abs() < f64::MIN_POSITIVE { (x * TWO_52, -52) } else { (x, 0) };
    let bits = normal.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).expect("eleven bits") - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent + shift)
}

/// `fraction · 2^exponent`, rounded once.
pub fn ldexp(fraction: f64, exponent: i64) -> f64 {
    let (fraction, more) = frexp(fraction);
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    let power = |e: i64| f64::from_bits(u64::try_from(e + 1023).expect("a normal power") << 52);
    match exponent.saturating_add(i64::from(more)) {
        1025.. => fraction * f64::INFINITY,
        // The fraction is below 1: twice it times a power that is a number.
        e @ -1021..=1024 => fraction * 2.0 * power(e - 1),
        e @ -1080..=-1022 => fraction * power(e + 60) * power(-60),
        _ => fraction * 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts bits: what Go 1.26 prints for the same.
    #[track_caller]
    fn check(got: f64, expect: f64) {
        assert!(
            got.to_bits() == expect.to_bits() || got.is_nan() && expect.is_nan(),
            "{got:e}, not {expect:e}"
        );
    }

    #[test]
    fn logarithms_as_go_rounds_them() {
        check(log10(1000.0), 3.0);
        check(log10(100.0), 2.0);
        check(log10(81.0), 1.908_485_018_878_65);
        check(log2(8.0), 3.0);
        check(log2(0.602_110_085_305_322_5), -7.319_008_122_138_607e-1);
        check(ln(0.177_152_690_286_964_23), -1.730_743_261_294_498);
        check(ln(5e-324), -7.444_400_719_213_812e2);
        for f in [ln, log2, log10] {
            check(f(0.0), f64::NEG_INFINITY);
            check(f(-1.0), f64::NAN);
            check(f(f64::INFINITY), f64::INFINITY);
            check(f(1.0), 0.0);
        }
    }

    #[test]
    fn powers_of_two_as_go_rounds_them() {
        check(exp2(0.0), 1.0);
        check(exp2(-1.0), 0.5);
        check(exp2(10.0), 1024.0);
        check(exp2(-1074.0), 5e-324);
        check(exp2(-1075.0), 0.0);
        check(exp2(1024.0), f64::INFINITY);
        check(exp2(f64::NEG_INFINITY), 0.0);
        check(exp2(f64::NAN), f64::NAN);
        check(exp2(0.837_282_303_836_956_6), 1.786_681_284_916_396_7);
        check(exp2(3.524_072_704_360_099_5), 11.504_071_993_830_717);
        check(exp2(-0.498_286_502_504_158_4), 0.707_947_115_059_592_8);
    }

    #[test]
    fn powers_by_squaring() {
        check(pow(2.0, 10.0), 1024.0);
        check(pow(-2.0, 3.0), -8.0);
        check(pow(2.0, -1074.0), 5e-324);
        check(pow(2.0, 1024.0), f64::INFINITY);
        check(pow(-2.0, 1025.0), f64::NEG_INFINITY);
        check(pow(0.5, 2000.0), 0.0);
        check(pow(9.0, 0.5), 3.0);
        check(pow(4.0, -0.5), 0.5);
        check(pow(-8.0, 1.0 / 3.0), f64::NAN);
        check(pow(0.999_657_695_085_180_5, 8.732_008_191_535_228e5), 1.468_087_836_020_817e-130);
        check(pow(f64::NAN, 0.0), 1.0);
        check(pow(-0.0, -3.0), f64::NEG_INFINITY);
        check(pow(-1.0, 1e300), 1.0);
    }
}
