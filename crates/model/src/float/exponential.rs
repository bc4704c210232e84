//! Exponentials: of e as SLEEF computes it, of 2 as FreeBSD's `e_exp.c`.

use std::f64::consts::LOG2_E;

use super::{
    LN2_HI, LN2_LO,
    parts::{ldexp, power_of_two},
    polynomial,
};

/// e to the power of `x`; infinite from about 709.44 on, as in Go, though larger numbers exist.
///
/// Go fuses products and sums here if the processor can (those from 2013 on, x86-64-v3), and so
/// ends in other bits on older ones. We fuse always; without such instructions the C library does
/// it, slowly.
pub fn exp(x: f64) -> f64 {
    const LN2_HI: f64 = 6.931_471_805_596_63e-1;
    const LN2_LO: f64 = 2.823_529_056_303_157_7e-13;
    const OVERFLOW: f64 = 7.097_827_128_933_84e2;
    /// Of which the results are less than half the smallest number.
    const UNDERFLOW: f64 = -800.0;
    const TAYLOR: [f64; 8] = [
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        1.0 / 2.0,
        1.0,
    ];
    if x.is_nan() {
        return x;
    }
    if x > OVERFLOW {
        return f64::INFINITY;
    }
    if x < UNDERFLOW {
        return 0.0;
    }
    let whole = to_whole(x * LOG2_E);
    // The first product is exact.
    let rest = (-whole).mul_add(LN2_LO, x - whole * LN2_HI);
    let r = rest * (1.0 / 16.0);
    let series = TAYLOR.into_iter().reduce(|sum, c| sum.mul_add(r, c)).unwrap_or(0.0);
    // y = e^r − 1, so that e^2r − 1 = y · (y + 2); four times that.
    let mut y = r * series;
    for _ in 0..3 {
        y *= y + 2.0;
    }
    let fraction = y.mul_add(y + 2.0, 1.0);
    #[expect(clippy::cast_possible_truncation, reason = "whole and in -1155..=1024")]
    scale(fraction, whole as i64)
}

/// The nearest whole number, the even one of two, for those far below 2^52.
fn to_whole(x: f64) -> f64 {
    // As large as this, numbers have no fractions.
    const LARGE: f64 = 1.5 * (1_u64 << 52) as f64;
    (x + LARGE) - LARGE
}

/// `fraction · 2^exponent` for a fraction next to 1. Subnormal results are rounded twice.
fn scale(fraction: f64, exponent: i64) -> f64 {
    match exponent {
        1024.. => f64::INFINITY,
        -1022.. => fraction * power_of_two(exponent),
        -1075.. => fraction * power_of_two(exponent + 1022) * power_of_two(-1022),
        _ => 0.0,
    }
}

/// Two to the power of `x`; exact for whole numbers.
pub fn exp2(x: f64) -> f64 {
    const SERIES: [f64; 5] = [
        4.138_136_797_057_238_5e-8,
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        1.666_666_666_666_666_6e-1,
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
    let c = r - t * polynomial(t, SERIES);
    let power = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
    #[expect(clippy::cast_possible_truncation, reason = "whole and in -1074..=1024")]
    ldexp(power, whole as i64)
}
