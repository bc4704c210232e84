//! Inverses of the circular functions, of Cephes: all by the arc tangent.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::polynomial;

/// Arc sine.
pub fn asin(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let sine = x.abs();
    if sine > 1.0 {
        return f64::NAN;
    }
    let cosine = (1.0 - sine * sine).sqrt();
    let angle =
        if sine > 0.7 { FRAC_PI_2 - positive(cosine / sine) } else { positive(sine / cosine) };
    if x < 0.0 { -angle } else { angle }
}

/// Arc cosine.
pub fn acos(x: f64) -> f64 {
    FRAC_PI_2 - asin(x)
}

/// Arc tangent.
pub fn atan(x: f64) -> f64 {
    if x == 0.0 {
        x
    } else if x > 0.0 {
        positive(x)
    } else {
        -positive(-x)
    }
}

/// The angle of the point `(x, y)`.
pub fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let left = x.is_sign_negative();
    let on_axis = if y == 0.0 || x.is_infinite() && y.is_finite() {
        Some(if left { PI } else { 0.0 })
    } else if x == 0.0 || x.is_finite() && y.is_infinite() {
        Some(FRAC_PI_2)
    } else if x.is_infinite() {
        Some(if left { 3.0 * FRAC_PI_4 } else { FRAC_PI_4 })
    } else {
        None
    };
    if let Some(angle) = on_axis {
        return angle.copysign(y);
    }
    let angle = atan(y / x);
    match (left, angle <= 0.0) {
        (false, _) => angle,
        (true, true) => angle + PI,
        (true, false) => angle - PI,
    }
}

/// The arc tangent of a positive number.
fn positive(x: f64) -> f64 {
    /// What π÷2 has beyond its number.
    const MORE: f64 = 6.123_233_995_736_766e-17;
    const TAN_3_PI_8: f64 = 2.414_213_562_373_095;
    if x <= 0.66 {
        near_zero(x)
    } else if x > TAN_3_PI_8 {
        FRAC_PI_2 - near_zero(1.0 / x) + MORE
    } else {
        FRAC_PI_4 + near_zero((x - 1.0) / (x + 1.0)) + 0.5 * MORE
    }
}

/// The arc tangent of a number of at most 0.66.
fn near_zero(x: f64) -> f64 {
    const ABOVE: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365_2e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_1e2,
        -6.485_021_904_942_025e1,
    ];
    const BELOW: [f64; 6] = [
        1.0,
        2.485_846_490_142_306_2e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_902_7e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let z = x * x;
    let y = z * polynomial(z, ABOVE) / polynomial(z, BELOW);
    x * y + x
}
