//! Hyperbolic functions by exponentials, near zero by fractions of polynomials; their inverses by
//! logarithms.

use std::f64::consts::LN_2;

use super::{exp, ln, ln_1p, polynomial};

/// From where on, in the inverses, 1 is nothing beside a square.
const LARGE: f64 = (1_u64 << 28) as f64;

/// Hyperbolic sine.
pub fn sinh(x: f64) -> f64 {
    const ABOVE: [f64; 4] = [
        -2.630_563_213_397_497e1,
        -2.894_211_355_989_564e3,
        -8.991_272_022_039_509e4,
        -6.307_673_640_497_717e5,
    ];
    const BELOW: [f64; 4] =
        [1.0, -1.736_789_535_582_337e2, 1.521_517_378_790_019e4, -6.307_673_640_497_717e5];
    odd(x, |x| {
        if x > 21.0 {
            exp(x) * 0.5
        } else if x > 0.5 {
            let e = exp(x);
            (e - 1.0 / e) * 0.5
        } else {
            let square = x * x;
            polynomial(square, ABOVE) * x / polynomial(square, BELOW)
        }
    })
}

/// Hyperbolic cosine.
pub fn cosh(x: f64) -> f64 {
    let e = exp(x.abs());
    if x.abs() > 21.0 { e * 0.5 } else { (e + 1.0 / e) * 0.5 }
}

/// Hyperbolic tangent.
pub fn tanh(x: f64) -> f64 {
    /// Half of 127 times the logarithm of 2.
    const ONE: f64 = 0.5 * 8.802_969_193_111_305e1;
    const ABOVE: [f64; 3] =
        [-9.643_991_794_250_523e-1, -9.928_772_310_019_185e1, -1.614_687_684_417_084_5e3];
    const BELOW: [f64; 4] =
        [1.0, 1.128_116_784_916_329_3e2, 2.235_488_390_601_004_5e3, 4.844_063_053_251_255e3];
    odd(x, |x| {
        if x > ONE {
            1.0
        } else if x >= 0.625 {
            1.0 - 2.0 / (exp(2.0 * x) + 1.0)
        } else {
            let square = x * x;
            x + x * square * polynomial(square, ABOVE) / polynomial(square, BELOW)
        }
    })
}

/// Inverse hyperbolic sine.
pub fn asinh(x: f64) -> f64 {
    odd(x, |x| {
        if x > LARGE {
            ln(x) + LN_2
        } else if x > 2.0 {
            ln(2.0 * x + 1.0 / ((x * x + 1.0).sqrt() + x))
        } else if x < 1.0 / LARGE {
            x
        } else {
            ln_1p(x + x * x / (1.0 + (1.0 + x * x).sqrt()))
        }
    })
}

/// Inverse hyperbolic cosine.
pub fn acosh(x: f64) -> f64 {
    if x.is_nan() || x < 1.0 {
        f64::NAN
    } else if x >= LARGE {
        ln(x) + LN_2
    } else if x > 2.0 {
        ln(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()))
    } else {
        let t = x - 1.0;
        ln_1p(t + (2.0 * t + t * t).sqrt())
    }
}

/// Inverse hyperbolic tangent.
pub fn atanh(x: f64) -> f64 {
    odd(x, |x| {
        if x < 1.0 / LARGE {
            x
        } else if x < 0.5 {
            let twice = x + x;
            0.5 * ln_1p(twice + twice * x / (1.0 - x))
        } else {
            0.5 * ln_1p((x + x) / (1.0 - x))
        }
    })
}

/// An odd function, given for numbers that are not negative.
fn odd(x: f64, f: impl Fn(f64) -> f64) -> f64 {
    f(x.abs()).copysign(x)
}
