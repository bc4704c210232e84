//! Operators between vectors and scalars, vectors and vectors, and sets.
//!
//! Numbers with numbers have loops of their own; as soon as a histogram may be there, every pair
//! is looked at by [`element`].

mod element;
mod join;
mod sets;

pub(super) use join::vector_vector;
pub(super) use sets::sets;

use promql::BinaryOp;

use self::element::{Operand, Outcome, combine};
use super::{DUPLICATE, order::rows_in_order, values};
use crate::{
    bind::is_trim,
    engine::{Ctx, NodeState},
    kernels::binary::{arithmetic, compare},
    notice::{self, Cite, RawNotice},
    plan::node::NodeId,
    row::{ABSENT, Block},
};

/// The operands of an operation between a vector and a scalar.
#[derive(Clone, Copy)]
pub(super) struct Sides {
    pub(super) vector: NodeId,
    pub(super) scalar: NodeId,
    pub(super) scalar_left: bool,
}

/// A vector and a scalar. A filter keeps the vector's value, whichever side it is on.
pub(super) fn vector_scalar(
    op: BinaryOp,
    sides: Sides,
    bool: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    if is_about_histograms(op, [&ctx.input(sides.vector).block]) {
        return vector_scalar_of_anything(op, sides, bool, ctx, state);
    }
    let filter = op.is_comparison() && !bool;
    values::map(sides.vector, ctx, state, |step, v| {
        let s = ctx.scalar(sides.scalar, step);
        let (l, r) = if sides.scalar_left { (s, v) } else { (v, s) };
        if filter { if compare(op, l, r) { v } else { ABSENT } } else { floats(op, l, r, bool) }
    })
}

/// The same, step by step: what is noted last at a step is what counts.
fn vector_scalar_of_anything(
    op: BinaryOp,
    sides: Sides,
    bool: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let input = &ctx.input(sides.vector).block;
    let NodeState { bound, block, notices, .. } = state;
    let map = bound.map();
    for step in 0..ctx.steps.count {
        let scalar = Operand::Float(ctx.scalar(sides.scalar, step));
        let mut note = None;
        for row in rows_in_order(ctx.input(sides.vector)) {
            let Some(vector) = Operand::of(input, row, step) else { continue };
            let (l, r) = if sides.scalar_left { (scalar, vector) } else { (vector, scalar) };
            let Outcome::Value(mut value) = combine(op, bool, l, r, &mut note) else { continue };
            if let (Operand::Float(v), true, false) = (vector, op.is_comparison(), bool) {
                value = v.into();
            }
            let to = map.at(row);
            if block.is_present(to, step) {
                return Err(DUPLICATE.to_owned());
            }
            block.set_value(to, step, value);
        }
        if let Some(kind) = note {
            notice::add(notices, RawNotice { cite: Cite::Whole, kind });
        }
    }
    Ok(())
}

/// Whether there may be more to do than to compute with numbers.
fn is_about_histograms<const N: usize>(op: BinaryOp, sides: [&Block; N]) -> bool {
    is_trim(op) || sides.iter().any(|block| block.has_histograms())
}

/// Arithmetic; or a comparison: the left value or nothing, with `bool` 1 or 0.
fn floats(op: BinaryOp, l: f64, r: f64, bool: bool) -> f64 {
    if !op.is_comparison() {
        return arithmetic(op, l, r);
    }
    match (compare(op, l, r), bool) {
        (kept, true) => f64::from(kept),
        (true, false) => l,
        (false, false) => ABSENT,
    }
}
