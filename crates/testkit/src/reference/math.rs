//! Arithmetic and functions of one number.

use std::cmp::Ordering;

use model::float;
use promql::{BinaryOp, FunctionId};

/// A running sum and what rounding has cost it, after Neumaier.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) sum: f64,
    pub(super) cost: f64,
}

impl Sum {
    pub(super) fn of(sum: f64) -> Self {
        Self { sum, cost: 0.0 }
    }

    #[must_use]
    pub(super) fn plus(self, x: f64) -> Self {
        let Self { sum, cost } = self;
        let t = sum + x;
        if t.is_infinite() {
            Self { sum: t, cost: 0.0 }
        } else if sum.abs() >= x.abs() {
            Self { sum: t, cost: cost + ((sum - t) + x) }
        } else {
            Self { sum: t, cost: cost + ((x - t) + sum) }
        }
    }

    pub(super) fn total(self) -> f64 {
        self.sum + self.cost
    }
}

/// The mean of floats, of which there is at least one: their sum over their number, or where the
/// sum is too large, moving from mean to mean.
pub(super) fn mean(floats: &[f64]) -> f64 {
    let mut sum = Sum::of(floats[0]);
    let mut moving = false;
    for (i, &x) in floats.iter().enumerate().skip(1) {
        let (before, n) = (i as f64, (i + 1) as f64);
        if !moving {
            let next = sum.plus(x);
            if !next.sum.is_infinite() {
                sum = next;
                continue;
            }
            moving = true;
            sum = Sum { sum: sum.sum / before, cost: sum.cost / before };
        }
        let q = before / n;
        sum = Sum { sum: q * sum.sum, cost: q * sum.cost }.plus(x / n);
    }
    let n = floats.len() as f64;
    if moving { sum.total() } else { sum.sum / n + sum.cost / n }
}

/// A quantile of floats, interpolated between neighbours; NaN is the smallest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index into the floats"
)]
pub(super) fn quantile(q: f64, floats: &[f64]) -> f64 {
    if floats.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let mut sorted = floats.to_vec();
    sorted.sort_by(|a, b| b.is_nan().cmp(&a.is_nan()).then(compare(*a, *b)));
    let n = sorted.len() as f64;
    let rank = q * (n - 1.0);
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(n - 1.0);
    let weight = rank - rank.floor();
    sorted[lower as usize] * (1.0 - weight) + sorted[upper as usize] * weight
}

/// By size; what cannot be compared is equal.
pub(super) fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// The larger of two; NaN if either is, and 0 is larger than −0.
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        return f64::INFINITY;
    }
    match a.partial_cmp(&b) {
        None => f64::NAN,
        Some(Ordering::Greater) => a,
        Some(Ordering::Equal) if a.is_sign_positive() => a,
        Some(_) => b,
    }
}

/// The smaller of two; NaN if either is, and −0 is smaller than 0.
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    -larger(-a, -b)
}

/// Rounds to a multiple, halves upwards.
pub(super) fn round(v: f64, nearest: f64) -> f64 {
    let inverse = 1.0 / nearest;
    (v * inverse + 0.5).floor() / inverse
}

/// An arithmetic operator.
pub(super) fn arithmetic(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Mod => a % b,
        BinaryOp::Pow => float::pow(a, b),
        BinaryOp::Atan2 => float::atan2(a, b),
        _ => unreachable!("an arithmetic operator"),
    }
}

/// A comparison.
#[expect(clippy::float_cmp, reason = "`==` is `==`")]
pub(super) fn comparison(op: BinaryOp, a: f64, b: f64) -> bool {
    match op {
        BinaryOp::Eql => a == b,
        BinaryOp::Neq => a != b,
        BinaryOp::Lss => a < b,
        BinaryOp::Lte => a <= b,
        BinaryOp::Gtr => a > b,
        BinaryOp::Gte => a >= b,
        _ => unreachable!("a comparison"),
    }
}

/// A function of one number.
pub(super) fn function(function: FunctionId) -> fn(f64) -> f64 {
    use FunctionId as F;
    match function {
        F::Abs => f64::abs,
        F::Ceil => f64::ceil,
        F::Floor => f64::floor,
        F::Exp => float::exp,
        F::Sqrt => f64::sqrt,
        F::Ln => float::ln,
        F::Log2 => float::log2,
        F::Log10 => float::log10,
        F::Sin => float::sin,
        F::Cos => float::cos,
        F::Tan => float::tan,
        F::Asin => float::asin,
        F::Acos => float::acos,
        F::Atan => float::atan,
        F::Sinh => float::sinh,
        F::Cosh => float::cosh,
        F::Tanh => float::tanh,
        F::Asinh => float::asinh,
        F::Acosh => float::acosh,
        F::Atanh => float::atanh,
        F::Rad => |v| v * std::f64::consts::PI / 180.0,
        F::Deg => |v| v * 180.0 / std::f64::consts::PI,
        F::Sgn => |v| {
            if v < 0.0 {
                -1.0
            } else if v > 0.0 {
                1.0
            } else {
                v
            }
        },
        other => unreachable!("{other:?} is not a function of one number"),
    }
}
