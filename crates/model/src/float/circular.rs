//! Sine, cosine and tangent, of Cephes: in the eighth of the circle that is nearest to an axis.
//!
//! Up to 2^29 the angle is reduced by multiples of π÷4 in three parts, above it by those bits of
//! 4÷π that matter (Payne and Hanek's way).

use std::f64::consts::{FRAC_PI_4, PI};

use super::polynomial;

/// Sine.
pub fn sin(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::NAN;
    }
    let Angle { quarter, rest } = reduce(x.abs());
    let y = if quarter % 2 == 1 { cosine(rest) } else { sine(rest) };
    if (x < 0.0) == (quarter > 1) { y } else { -y }
}

/// Cosine.
pub fn cos(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let Angle { quarter, rest } = reduce(x.abs());
    let y = if quarter % 2 == 1 { sine(rest) } else { cosine(rest) };
    if matches!(quarter, 1 | 2) { -y } else { y }
}

/// Tangent.
pub fn tan(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::NAN;
    }
    let Angle { quarter, rest } = reduce(x.abs());
    let mut y = tangent(rest);
    if quarter % 2 == 1 {
        y = -1.0 / y;
    }
    if x < 0.0 { -y } else { y }
}

/// The sine of an angle of at most an eighth of the circle.
fn sine(z: f64) -> f64 {
    const SERIES: [f64; 6] = [
        1.589_623_015_765_465_6e-10,
        -2.505_074_776_285_780_7e-8,
        2.755_731_362_138_572_2e-6,
        -1.984_126_982_958_954e-4,
        8.333_333_333_322_118e-3,
        -1.666_666_666_666_663e-1,
    ];
    let zz = z * z;
    z + z * zz * polynomial(zz, SERIES)
}

/// The cosine of an angle of at most an eighth of the circle.
fn cosine(z: f64) -> f64 {
    const SERIES: [f64; 6] = [
        -1.135_853_652_138_768_2e-11,
        2.087_570_084_197_473e-9,
        -2.755_731_417_929_674e-7,
        2.480_158_728_885_170_4e-5,
        -1.388_888_888_887_305_6e-3,
        4.166_666_666_666_659_5e-2,
    ];
    let zz = z * z;
    1.0 - 0.5 * zz + zz * zz * polynomial(zz, SERIES)
}

/// The tangent of an angle of at most an eighth of the circle.
fn tangent(z: f64) -> f64 {
    const ABOVE: [f64; 3] =
        [-1.309_369_391_813_837_9e4, 1.153_516_648_385_874_2e6, -1.795_652_519_764_848_8e7];
    const BELOW: [f64; 5] = [
        1.0,
        1.368_129_634_706_929_6e4,
        -1.320_892_344_402_109_7e6,
        2.500_838_018_233_579e7,
        -5.386_957_559_294_546_4e7,
    ];
    let zz = z * z;
    if zz > 1e-14 { z + z * (zz * polynomial(zz, ABOVE) / polynomial(zz, BELOW)) } else { z }
}

/// An angle relative to the nearest axis.
struct Angle {
    /// How many quarters of the circle the axis is turned by, 0 to 3.
    quarter: u64,
    /// What remains, from −π÷4 to π÷4.
    rest: f64,
}

/// Reduces an angle that is not negative.
fn reduce(x: f64) -> Angle {
    const PARTS: [f64; 3] =
        [7.853_981_256_484_985e-1, 3.774_894_707_930_798e-8, 2.695_151_429_079_059_5e-15];
    const LARGE: f64 = (1_u64 << 29) as f64;
    if x >= LARGE {
        return reduce_large(x);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in 0..2^30")]
    let eighths = (x * (4.0 / PI)) as u64;
    let even = eighths + (eighths & 1);
    let rest = PARTS.iter().fold(x, |rest, part| rest - even as f64 * part);
    Angle { quarter: even / 2 % 4, rest }
}

/// The binary digits of 4÷π, the first number being what stands before the point.
const FOUR_OVER_PI: [u64; 20] = [
    0x0000_0000_0000_0001,
    0x45f3_06dc_9c88_2a53,
    0xf84e_afa3_ea69_bb81,
    0xb6c5_2b32_7887_2083,
    0xfca2_c757_bd77_8ac3,
    0x6e48_dc74_849b_a5c0,
    0x0c92_5dd4_13a3_2439,
    0xfc3b_d639_6253_4e7d,
    0xd104_6bea_5d76_8909,
    0xd338_e04d_68be_fc82,
    0x7323_ac73_06a6_73e9,
    0x3908_bf17_7bf2_5076,
    0x3ff1_2fff_bc0b_301f,
    0xde5e_2316_b414_da3e,
    0xda6c_fd9e_4f96_136e,
    0x9e8c_7ecd_3cbf_d45a,
    0xea4f_758f_d7cb_e2f6,
    0x7a0e_73ef_14a5_25d4,
    0xd7f6_bf62_3f1a_ba10,
    0xac06_608d_f8f6_d757,
];

fn reduce_large(x: f64) -> Angle {
    let mantissa = x.to_bits() & ((1 << 52) - 1) | 1 << 52;
    // The first of those bits of 4÷π whose product with the mantissa is below 8 eighths.
    let first = (x.to_bits() >> 52) + 61 - 1023 - 52;
    let digits = |n: u64| u128::from(window(first + 64 * n)) * u128::from(mantissa);
    // The product modulo 8: three bits of it are whole, those below the last 128 are lost.
    let product = (digits(0) << 64).wrapping_add(digits(1)).wrapping_add(digits(2) >> 64);
    let eighths = product >> 125;
    let fraction = significant(product);
    let (even, rest) =
        if eighths % 2 == 1 { (eighths + 1, fraction - 1.0) } else { (eighths, fraction) };
    Angle { quarter: (even / 2 % 4) as u64, rest: rest * FRAC_PI_4 }
}

/// The 64 bits of 4÷π from one on.
fn window(bit: u64) -> u64 {
    let i = usize::try_from(bit / 64).expect("a place in the table");
    let two = u128::from(FOUR_OVER_PI[i]) << 64 | u128::from(FOUR_OVER_PI[i + 1]);
    (two << (bit % 64) >> 64) as u64
}

/// What follows the three whole bits of a product, as a number below 1, cut off.
#[expect(clippy::cast_possible_truncation, reason = "parts of a number")]
fn significant(product: u128) -> f64 {
    // The lower part should begin after the upper one's last bit, but with Go it begins three bits
    // earlier. It only matters to angles next to an axis.
    let (upper, lower) = ((product >> 61) as u64, product as u64);
    let skipped = upper.leading_zeros() + 1;
    let bits = (u128::from(upper) << 64 | u128::from(lower)) << skipped >> (64 + 12);
    f64::from_bits(u64::from(1023 - skipped) << 52 | bits as u64)
}
