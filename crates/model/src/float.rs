//! Elementary functions as Go computes them on amd64, to the bit.
//!
//! Rules compare results, and what follows a function enlarges its last bit: `exp(x)` must not
//! differ from the same rule in Prometheus 3.14, which Go 1.26 builds. The C library's functions
//! round otherwise, and not alike on all systems. So here is Go's arithmetic, step by step: the
//! methods and coefficients are those of FreeBSD's `msun` (logarithms, powers of two), of Cephes
//! (circular functions, `tanh`), of Hart & Cheney (`sinh`) and of SLEEF (`exp`). None rounds
//! correctly in all cases, so improving one breaks it; sums and products are not fused except in
//! [`exp`]. Go on other processors fuses more and ends in other bits.
//!
//! Square roots, remainders and rounding are exact in both languages: use those of `f64`.
//! `crates/model/tests/float.rs` holds each function to what Go prints. Start at [`ln`].

mod circular;
mod exponential;
mod hyperbolic;
mod inverse;
mod logarithm;
mod parts;
mod power;

pub use circular::{cos, sin, tan};
pub use exponential::{exp, exp2};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub use inverse::{acos, asin, atan, atan2};
pub use logarithm::{ln, ln_1p, log2, log10};
pub use parts::{frexp, ldexp};
pub use power::pow;

/// The logarithm of two in two parts; the first has few enough bits that its products with
/// exponents are exact.
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// A polynomial at `x`, by Horner's scheme; the coefficient of the highest power comes first.
#[inline]
fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    coefficients.into_iter().reduce(|sum, c| sum * x + c).unwrap_or(0.0)
}
