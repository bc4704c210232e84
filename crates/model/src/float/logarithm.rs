//! Logarithms: of FreeBSD's `e_log.c` and `s_log1p.c`.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E, LOG10_E};

use super::{
    LN2_HI, LN2_LO,
    parts::{frexp, split},
    polynomial,
};

/// Coefficients of the series in s² = (f ÷ (2 + f))², without the first.
const SERIES: [f64; 7] = [
    1.479_819_860_511_658_6e-1,
    1.531_383_769_920_937_3e-1,
    1.818_357_216_161_805e-1,
    2.222_219_843_214_978_4e-1,
    2.857_142_874_366_239e-1,
    3.999_999_999_940_942e-1,
    6.666_666_666_666_735e-1,
];

/// Natural logarithm.
///
/// That of a subnormal number is near −709, as Go for amd64 has it: it takes its bits for those of
/// a normal one.
pub fn ln(x: f64) -> f64 {
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction <= FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let (s2, s4) = (s * s, s * s * (s * s));
    let odd = s2 * polynomial(s4, [SERIES[0], SERIES[2], SERIES[4], SERIES[6]]);
    let even = s4 * polynomial(s4, [SERIES[1], SERIES[3], SERIES[5]]);
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

/// Natural logarithm of `1 + x`.
pub fn ln_1p(x: f64) -> f64 {
    const TWO_NEG_29: f64 = 1.0 / (1_u64 << 29) as f64;
    const TWO_NEG_54: f64 = 1.0 / (1_u64 << 54) as f64;
    if x.is_nan() || x < -1.0 {
        return f64::NAN;
    }
    if x <= -1.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY || x.abs() < TWO_NEG_54 {
        return x;
    }
    if x.abs() < TWO_NEG_29 {
        return x - x * x * 0.5;
    }
    let Reduced { f, small, k, correction } = reduce(x);
    let half = 0.5 * f * f;
    let lower = k * LN2_LO + correction;
    if small {
        if f == 0.0 {
            return k * LN2_HI + lower;
        }
        return k * LN2_HI - ((half * (1.0 - 2.0 / 3.0 * f) - lower) - f);
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * polynomial(z, SERIES);
    k * LN2_HI - ((half - (s * (half + r) + lower)) - f)
}

/// `1 + x` as `2^k · (1 + f)`, its fraction between the roots of ½ and of 2.
struct Reduced {
    f: f64,
    /// Whether `f` is 0 or next to it, but for `x` itself.
    small: bool,
    k: f64,
    /// What the logarithm lost when 1 was added.
    correction: f64,
}

fn reduce(x: f64) -> Reduced {
    const SQRT_2_LESS_1: f64 = 4.142_135_623_730_950_3e-1;
    const SQRT_HALF_LESS_1: f64 = -2.928_932_188_134_525e-1;
    const TWO_53: f64 = (1_u64 << 53) as f64;
    const FRACTION: u64 = (1 << 52) - 1;
    /// The fraction's bits of the root of 2.
    const SQRT_2: u64 = 0x6_a09e_667f_3bcd;
    if SQRT_HALF_LESS_1 < x && x < SQRT_2_LESS_1 {
        return Reduced { f: x, small: false, k: 0.0, correction: 0.0 };
    }
    let u = if x.abs() < TWO_53 { 1.0 + x } else { x };
    let mut k = split(u).1 - 1;
    let lost = if x.abs() >= TWO_53 {
        0.0
    } else if k > 0 {
        1.0 - (u - x)
    } else {
        x - (u - 1.0)
    };
    let bits = u.to_bits() & FRACTION;
    let (fraction, small) = if bits < SQRT_2 {
        (f64::from_bits(bits | 1023 << 52), bits == 0)
    } else {
        k += 1;
        (f64::from_bits(bits | 1022 << 52), (1 << 52) - bits < 4)
    };
    let correction = if k == 0 { 0.0 } else { lost / u };
    Reduced { f: fraction - 1.0, small, k: f64::from(k), correction }
}
