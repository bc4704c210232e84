//! Operators between two samples: floats, histograms, or one of each.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, MixedSchemas, Trim},
};
use promql::{BinaryOp, operators::OperatorKind};

use super::{math, notes::Notes, value::Number};

/// What comes of two samples.
pub(super) struct Combined {
    pub(super) value: Number,
    /// Whether a comparison holds; true for all else.
    pub(super) keep: bool,
    /// What is told of it.
    pub(super) note: Option<Note>,
}

/// Something to tell of an operation.
#[derive(Clone, Debug)]
pub(super) enum Note {
    Info(String),
    Warning(String),
}

impl Note {
    pub(super) fn tell(self, place: u32, notes: &mut Notes) {
        match self {
            Self::Info(text) => notes.info(place, &text),
            Self::Warning(text) => notes.warn(place, &text),
        }
    }
}

/// Applies an operator. The error is why there is no result.
pub(super) fn combined(op: BinaryOp, lhs: &Number, rhs: &Number) -> Result<Combined, Note> {
    let done = |value| Ok(Combined { value, keep: true, note: None });
    let compared = |value: &Number, keep| Ok(Combined { value: value.clone(), keep, note: None });
    let kind = op.row().kind;
    match (lhs, rhs) {
        (Number::Float(a), Number::Float(b)) => match kind {
            OperatorKind::Arithmetic => done(Number::Float(math::arithmetic(op, *a, *b))),
            OperatorKind::Comparison => compared(lhs, math::comparison(op, *a, *b)),
            _ => Err(incompatible(op, "float", "float")),
        },
        (Number::Float(a), Number::Histogram(b)) => match op {
            BinaryOp::Mul => done(changed(b, |h| h.multiply(*a))),
            _ => Err(incompatible(op, "float", "histogram")),
        },
        (Number::Histogram(a), Number::Float(b)) => match op {
            BinaryOp::Mul => done(changed(a, |h| h.multiply(*b))),
            BinaryOp::Div => done(changed(a, |h| h.divide(*b))),
            BinaryOp::TrimUpper => done(Number::Histogram(a.clone().trim(Trim::Upper, *b))),
            BinaryOp::TrimLower => done(Number::Histogram(a.clone().trim(Trim::Lower, *b))),
            _ => Err(incompatible(op, "histogram", "float")),
        },
        (Number::Histogram(a), Number::Histogram(b)) => match op {
            BinaryOp::Add | BinaryOp::Sub => sum(op, a, b),
            BinaryOp::Eql => compared(lhs, a.same_values(b)),
            BinaryOp::Neq => compared(lhs, !a.same_values(b)),
            _ => Err(incompatible(op, "histogram", "histogram")),
        },
    }
}

fn changed(h: &FloatHistogram, f: impl Fn(&mut FloatHistogram)) -> Number {
    let mut h = h.clone();
    f(&mut h);
    Number::Histogram(h.compact())
}

fn incompatible(op: BinaryOp, lhs: &str, rhs: &str) -> Note {
    let op = op.as_str();
    let what = "incompatible sample types encountered for binary operator";
    Note::Info(format!("{what} {}: {lhs} {op} {rhs}", model::quote::quote(op)))
}

/// The sum or difference of histograms.
fn sum(op: BinaryOp, a: &FloatHistogram, b: &FloatHistogram) -> Result<Combined, Note> {
    let mut result = a.clone();
    let (done, word) = match op {
        BinaryOp::Add => (result.add(b), "addition"),
        _ => (result.subtract(b), "subtraction"),
    };
    let found = done.map_err(|MixedSchemas| {
        let what = "incompatible bucket layout encountered for binary operator";
        Note::Warning(format!("{what} {}", op.as_str()))
    })?;
    if found.hint_collision {
        return Err(Note::Warning(format!("conflicting counter resets during histogram {word}")));
    }
    if op == BinaryOp::Sub {
        result.hint = CounterResetHint::Gauge;
    }
    let reconciled = "mismatched custom buckets were reconciled during";
    let note = found.bounds_reconciled.then(|| Note::Info(format!("{reconciled} {word}")));
    Ok(Combined { value: Number::Histogram(result.compact()), keep: true, note })
}
