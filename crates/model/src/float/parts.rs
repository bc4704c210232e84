//! Numbers as fractions and powers of two.

/// A number as a fraction in ±[½, 1) and a power of two.
pub fn frexp(x: f64) -> (f64, i32) {
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (normal, shift) = if x.abs() < f64::MIN_POSITIVE { (x * TWO_52, -52) } else { (x, 0) };
    let (fraction, exponent) = split(normal);
    (fraction, exponent + shift)
}

/// [`frexp`] of a normal number. Subnormal numbers are read as if they were normal, of which
/// [`super::ln`] makes use.
pub(super) fn split(x: f64) -> (f64, i32) {
    let bits = x.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).expect("eleven bits") - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

/// `fraction · 2^exponent`, rounded once.
pub fn ldexp(fraction: f64, exponent: i64) -> f64 {
    let (fraction, more) = frexp(fraction);
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    match exponent.saturating_add(i64::from(more)) {
        1025.. => fraction * f64::INFINITY,
        // The fraction is below 1: twice it times a power that is a number.
        e @ -1021..=1024 => fraction * 2.0 * power_of_two(e - 1),
        e @ -1080..=-1022 => fraction * power_of_two(e + 60) * power_of_two(-60),
        _ => fraction * 0.0,
    }
}

/// `2^exponent`, which must be a normal number.
pub(super) fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).expect("a normal power") << 52)
}
