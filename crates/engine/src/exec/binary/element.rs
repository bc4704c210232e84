//! One operand with another: numbers and histograms in every combination.
//!
//! As `vectorElemBinop` in prometheus promql/engine.go.

use std::sync::Arc;

use model::{
    FloatHistogram, SampleValue,
    histogram::{MixedSchemas, Trim},
};
use promql::BinaryOp;

use crate::{
    bind::is_trim,
    kernels::binary::{arithmetic, compare},
    notice::{HistogramOperation, Kind, NoticeKind},
    row::{Block, present},
};

/// A cell that is not absent, or what stands in for one.
#[derive(Clone, Copy)]
pub(super) enum Operand<'a> {
    Float(f64),
    Histogram(&'a Arc<FloatHistogram>),
}

/// What becomes of two operands.
pub(super) enum Outcome {
    Value(SampleValue),
    /// A comparison that does not hold.
    Filtered,
    /// They do not fit: as if they had not met.
    Refused,
}

impl<'a> Operand<'a> {
    /// A cell's content.
    pub(super) fn of(block: &'a Block, row: usize, step: usize) -> Option<Self> {
        let cell = block.cell(row, step);
        if present(cell) {
            return Some(Self::Float(cell));
        }
        block.histogram(row, step).map(Self::Histogram)
    }

    fn kind(self) -> Kind {
        match self {
            Self::Float(_) => Kind::Float,
            Self::Histogram(_) => Kind::Histogram,
        }
    }
}

/// Applies an operator to two operands; a comparison keeps the left one, with `bool` it gives 1
/// or 0. What is worth saying replaces `note`.
pub(super) fn combine(
    op: BinaryOp,
    bool: bool,
    l: Operand<'_>,
    r: Operand<'_>,
    note: &mut Option<NoticeKind>,
) -> Outcome {
    use Operand::{Float, Histogram};
    match (l, r) {
        (Float(l), Float(r)) if !is_trim(op) => {
            if op.is_comparison() {
                return compared(compare(op, l, r), bool, || l.into());
            }
            Outcome::Value(arithmetic(op, l, r).into())
        }
        (Histogram(h), Float(factor)) | (Float(factor), Histogram(h)) if op == BinaryOp::Mul => {
            changed(h, |h| h.multiply(factor))
        }
        (Histogram(h), Float(divisor)) if op == BinaryOp::Div => changed(h, |h| h.divide(divisor)),
        (Histogram(h), Float(at)) if is_trim(op) => {
            let trim = if op == BinaryOp::TrimUpper { Trim::Upper } else { Trim::Lower };
            Outcome::Value(FloatHistogram::clone(h).trim(trim, at).into())
        }
        (Histogram(l), Histogram(r)) if matches!(op, BinaryOp::Add | BinaryOp::Sub) => {
            added(op, l, r, note)
        }
        (Histogram(l), Histogram(r)) if matches!(op, BinaryOp::Eql | BinaryOp::Neq) => {
            let equal = l.same_values(r);
            compared(equal == (op == BinaryOp::Eql), bool, || l.clone().into())
        }
        _ => {
            let (op, lhs, rhs) = (op.as_str(), l.kind(), r.kind());
            *note = Some(NoticeKind::IncompatibleTypes { op, lhs, rhs });
            Outcome::Refused
        }
    }
}

fn compared(holds: bool, bool: bool, left: impl FnOnce() -> SampleValue) -> Outcome {
    match (holds, bool) {
        (holds, true) => Outcome::Value(f64::from(holds).into()),
        (true, false) => Outcome::Value(left()),
        (false, false) => Outcome::Filtered,
    }
}

fn changed(h: &FloatHistogram, change: impl FnOnce(&mut FloatHistogram)) -> Outcome {
    let mut h = h.clone();
    change(&mut h);
    Outcome::Value(h.compact().into())
}

fn added(
    op: BinaryOp,
    l: &FloatHistogram,
    r: &FloatHistogram,
    note: &mut Option<NoticeKind>,
) -> Outcome {
    let mut h = l.clone();
    let (notes, operation) = if op == BinaryOp::Add {
        (h.add(r), HistogramOperation::Addition)
    } else {
        let notes = h.subtract(r);
        h.hint = model::histogram::CounterResetHint::Gauge;
        (notes, HistogramOperation::Subtraction)
    };
    match notes {
        Err(MixedSchemas) => {
            *note = Some(NoticeKind::IncompatibleBuckets { op: op.as_str() });
            Outcome::Refused
        }
        Ok(notes) if notes.hint_collision => {
            *note = Some(NoticeKind::ResetCollision(operation));
            Outcome::Refused
        }
        Ok(notes) => {
            if notes.bounds_reconciled {
                *note = Some(NoticeKind::Reconciled(operation));
            }
            Outcome::Value(h.compact().into())
        }
    }
}
