//! Arithmetic and comparison of two floats.
//!
//! Sets and the trimming of histograms are no matter of two floats; matching is the engine's.

use model::float;
use promql::BinaryOp;

/// What an arithmetic operator computes. Comparisons give 1 or 0, as with `bool`; operators that
/// have no meaning for two floats give NaN.
#[inline]
pub(crate) fn arithmetic(op: BinaryOp, l: f64, r: f64) -> f64 {
    match op {
        BinaryOp::Add => l + r,
        BinaryOp::Sub => l - r,
        BinaryOp::Mul => l * r,
        BinaryOp::Div => l / r,
        // The sign is that of `l`, as in C.
        BinaryOp::Mod => l % r,
        BinaryOp::Pow => float::pow(l, r),
        BinaryOp::Atan2 => float::atan2(l, r),
        BinaryOp::Eql
        | BinaryOp::Neq
        | BinaryOp::Lss
        | BinaryOp::Lte
        | BinaryOp::Gtr
        | BinaryOp::Gte => f64::from(u8::from(compare(op, l, r))),
        BinaryOp::TrimUpper
        | BinaryOp::TrimLower
        | BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Unless => f64::NAN,
    }
}

/// Whether a comparison holds; false for operators that do not compare.
#[inline]
#[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
pub(crate) fn compare(op: BinaryOp, l: f64, r: f64) -> bool {
    match op {
        BinaryOp::Eql => l == r,
        BinaryOp::Neq => l != r,
        BinaryOp::Lss => l < r,
        BinaryOp::Lte => l <= r,
        BinaryOp::Gtr => l > r,
        BinaryOp::Gte => l >= r,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;

    #[test]
    fn arithmetic_as_in_c() {
        use BinaryOp as B;
        for (op, l, r, expect) in [
            (B::Add, 1.0, 2.0, 3.0),
            (B::Sub, 1.0, 2.0, -1.0),
            (B::Mul, 3.0, 2.0, 6.0),
            (B::Div, 1.0, 0.0, INF),
            (B::Div, 0.0, 0.0, NAN),
            (B::Mod, -5.0, 3.0, -2.0),
            (B::Mod, 5.5, -2.0, 1.5),
            (B::Mod, 5.0, 0.0, NAN),
            (B::Mod, 5.0, INF, 5.0),
            (B::Pow, 2.0, 10.0, 1024.0),
            (B::Pow, NAN, 0.0, 1.0),
            (B::Pow, -8.0, 1.0 / 3.0, NAN),
            (B::Pow, -1.0, INF, 1.0),
            (B::Atan2, 0.0, -1.0, std::f64::consts::PI),
            (B::Gtr, 2.0, 1.0, 1.0),
            (B::Gtr, NAN, 1.0, 0.0),
        ] {
            let got = arithmetic(op, l, r);
            assert!(
                got.to_bits() == expect.to_bits() || got.is_nan() && expect.is_nan(),
                "{l} {} {r} is {got}",
                op.as_str()
            );
        }
    }

    #[test]
    fn comparisons_with_nan_do_not_hold_except_inequality() {
        use BinaryOp as B;
        for op in [B::Eql, B::Lss, B::Lte, B::Gtr, B::Gte] {
            assert!(!compare(op, NAN, NAN), "{}", op.as_str());
        }
        assert!(compare(B::Neq, NAN, NAN));
        assert!(compare(B::Eql, INF, INF));
    }
}
