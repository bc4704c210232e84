//! Operators between vectors and scalars, vectors and vectors, and sets.

use promql::{
    BinaryOp,
    ast::{Cardinality, Matching},
};

use super::values;
use crate::{
    bind::{Join, is_trim},
    engine::{Ctx, NodeState},
    kernels::binary::{arithmetic, compare},
    notice::{Cite, Kind, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{ABSENT, Block, present},
};

const NONE: u32 = u32::MAX;

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
    if is_trim(op) {
        refuse_trim(op, state);
        return Ok(());
    }
    let filter = op.is_comparison() && !bool;
    values::map(sides.vector, ctx, state, |step, v| {
        let s = ctx.scalar(sides.scalar, step);
        let (l, r) = if sides.scalar_left { (s, v) } else { (v, s) };
        if filter { if compare(op, l, r) { v } else { ABSENT } } else { combine(op, l, r, bool) }
    })
}

/// Two vectors; filters keep the left side's value.
pub(super) fn vector_vector(
    op: BinaryOp,
    [lhs, rhs]: [NodeId; 2],
    matching: &Matching,
    bool: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    if is_trim(op) {
        refuse_trim(op, state);
        return Ok(());
    }
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
    let (many, one) = (ctx.input(many), ctx.input(one));
    let value = |many: f64, one: f64| {
        let (l, r) = if swapped { (one, many) } else { (many, one) };
        combine(op, l, r, bool)
    };
    let NodeState { bound: state_bound, block, .. } = state;
    let crate::bind::Bound::Join(join) = state_bound else {
        unreachable!("vector operations are bound to joins")
    };
    if let Some(pairs) = &join.pairs {
        simple(pairs, &many.block, &one.block, block, value);
        return Ok(());
    }
    for step in 0..ctx.steps.count {
        general(join, matching, many, one, step, block, &value)?;
    }
    Ok(())
}

/// Every match group has one row a side and every pair a result of its own.
fn simple(
    pairs: &[[u32; 3]],
    many: &Block,
    one: &Block,
    out: &mut Block,
    value: impl Fn(f64, f64) -> f64,
) {
    for [m, o, result] in pairs {
        let cells = many.row(*m as usize).iter().zip(one.row(*o as usize));
        for (out, (m, o)) in out.row_mut(*result as usize).iter_mut().zip(cells) {
            if present(*m) && present(*o) {
                *out = value(*m, *o);
            }
        }
    }
}

/// Any matching, at one step. As `VectorBinop` in prometheus promql/engine.go.
fn general(
    join: &mut Join,
    matching: &Matching,
    many: &NodeState,
    one: &NodeState,
    step: usize,
    block: &mut Block,
    value: &impl Fn(f64, f64) -> f64,
) -> Result<(), String> {
    let any = |side: &NodeState| (0..side.rows.len()).any(|r| present(side.block.cell(r, step)));
    if !any(many) || !any(one) {
        return Ok(());
    }
    join.one_of_group.fill(NONE);
    for (row, group) in join.group_of_one.iter().enumerate() {
        if !present(one.block.cell(row, step)) {
            continue;
        }
        let place = &mut join.one_of_group[*group as usize];
        if *place != NONE {
            return Err(duplicate_on_one_side(matching, one, *place as usize, row));
        }
        *place = u32::try_from(row).expect("a row number");
    }
    let one_to_one = matching.cardinality == Cardinality::OneToOne;
    join.met.clear();
    join.met.resize(if one_to_one { join.n_groups } else { join.n_results }, false);
    for (row, group) in join.group_of_many.iter().enumerate() {
        let (cell, partner) = (many.block.cell(row, step), join.one_of_group[*group as usize]);
        if !present(cell) || partner == NONE {
            continue;
        }
        let position = join.position_of_one[partner as usize];
        let result = join.results[(join.results_of_many[row] + position) as usize];
        let met = if one_to_one { *group } else { result };
        if std::mem::replace(&mut join.met[met as usize], true) {
            return Err(if one_to_one { MANY_TO_ONE } else { NOT_UNIQUE }.to_owned());
        }
        let combined = value(cell, one.block.cell(partner as usize, step));
        if present(combined) {
            block.set(result as usize, step, combined);
        }
    }
    Ok(())
}

const MANY_TO_ONE: &str =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const NOT_UNIQUE: &str = "multiple matches for labels: grouping labels must ensure unique matches";

fn duplicate_on_one_side(matching: &Matching, one: &NodeState, a: usize, b: usize) -> String {
    let side = if matching.cardinality == Cardinality::OneToMany { "left" } else { "right" };
    let labels = &one.rows[b].labels;
    let group = crate::bind::match_labels(matching, labels);
    let mut pair = [one.rows[a].labels.to_string(), labels.to_string()];
    pair.sort();
    let [first, second] = pair;
    format!(
        "found duplicate series for the match group {group} on the {side} hand-side of the operation: [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side"
    )
}

/// `and`, `or`, `unless`.
pub(super) fn sets(op: BinaryOp, lhs: NodeId, rhs: NodeId, ctx: &Ctx<'_>, state: &mut NodeState) {
    let (lhs, rhs) = (ctx.input(lhs), ctx.input(rhs));
    let NodeState { bound: state_bound, block, .. } = state;
    let crate::bind::Bound::Sets(sets) = state_bound else {
        unreachable!("set operations are bound to sets")
    };
    for step in 0..ctx.steps.count {
        // `or` asks which groups the left side has, the others which groups the right side has.
        let (decides, groups) = if op == BinaryOp::Or {
            (lhs, &sets.group_of_left)
        } else {
            (rhs, &sets.group_of_right)
        };
        sets.seen.fill(false);
        for (row, group) in groups.iter().enumerate() {
            sets.seen[*group as usize] |= present(decides.block.cell(row, step));
        }
        for (row, group) in sets.group_of_left.iter().enumerate() {
            let keep = match op {
                BinaryOp::Or => true,
                BinaryOp::And => sets.seen[*group as usize],
                _ => !sets.seen[*group as usize],
            };
            if keep {
                block.set(row, step, lhs.block.cell(row, step));
            }
        }
        for (row, result) in sets.result_of_right.iter().enumerate() {
            let cell = rhs.block.cell(row, step);
            if present(cell) && !sets.seen[sets.group_of_right[row] as usize] {
                block.set(*result as usize, step, cell);
            }
        }
    }
}

/// Arithmetic; or a comparison: the left value or nothing, with `bool` 1 or 0.
fn combine(op: BinaryOp, l: f64, r: f64, bool: bool) -> f64 {
    if !op.is_comparison() {
        return arithmetic(op, l, r);
    }
    match (compare(op, l, r), bool) {
        (kept, true) => f64::from(kept),
        (true, false) => l,
        (false, false) => ABSENT,
    }
}

/// Floats have no buckets to cut.
fn refuse_trim(op: BinaryOp, state: &mut NodeState) {
    let (lhs, rhs) = (Kind::Float, Kind::Float);
    let kind = NoticeKind::IncompatibleTypes { op: op.as_str(), lhs, rhs };
    state.notices.push(RawNotice { cite: Cite::Whole, kind });
}
