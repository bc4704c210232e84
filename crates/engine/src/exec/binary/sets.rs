//! `and`, `or`, `unless`: which rows stay depends on who is there, not on values.

use promql::BinaryOp;

use crate::{
    bind::Bound,
    engine::{Ctx, NodeState},
    exec::DUPLICATE,
    plan::node::NodeId,
    row::{Block, present},
};

/// A set operation.
pub(in crate::exec) fn sets(
    op: BinaryOp,
    lhs: NodeId,
    rhs: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let (lhs, rhs) = (&ctx.input(lhs).block, &ctx.input(rhs).block);
    let NodeState { bound, block, .. } = state;
    let Bound::Sets(sets) = bound else { unreachable!("set operations are bound to sets") };
    for step in 0..ctx.steps.count {
        // `or` asks which groups the left side has, the others which groups the right side has.
        let (decides, groups) = if op == BinaryOp::Or {
            (lhs, &sets.group_of_left)
        } else {
            (rhs, &sets.group_of_right)
        };
        sets.seen.fill(false);
        for (row, group) in groups.iter().enumerate() {
            sets.seen[*group as usize] |= decides.is_present(row, step);
        }
        for (row, group) in sets.group_of_left.iter().enumerate() {
            let keep = match op {
                BinaryOp::Or => true,
                BinaryOp::And => sets.seen[*group as usize],
                _ => !sets.seen[*group as usize],
            };
            if keep {
                pass(lhs, row, block, row, step);
            }
        }
        for (row, result) in sets.result_of_right.iter().enumerate() {
            if !sets.seen[sets.group_of_right[row] as usize] && rhs.is_present(row, step) {
                if block.is_present(*result as usize, step) {
                    return Err(DUPLICATE.to_owned());
                }
                pass(rhs, row, block, *result as usize, step);
            }
        }
    }
    sets.twins.iter().try_for_each(|twins| unite(twins, ctx.steps.count, block))
}

fn pass(from: &Block, from_row: usize, to: &mut Block, to_row: usize, step: usize) {
    let cell = from.cell(from_row, step);
    if present(cell) {
        to.set(to_row, step, cell);
    } else if let Some(histogram) = from.histogram(from_row, step) {
        to.set_histogram(to_row, step, histogram.clone());
    }
}

/// Over several steps, rows of equal labels are one series; the first value decides whether it
/// loses its name. Equal labels are one match group, so that two have a value at one step only where
/// one side has duplicates by itself.
fn unite(rows: &[u32], n_steps: usize, block: &mut Block) -> Result<(), String> {
    let first = |row: usize| (0..n_steps).find(|step| block.is_present(row, *step));
    let found = rows.iter().filter_map(|row| Some((first(*row as usize)?, *row as usize)));
    let Some((_, into)) = found.min() else { return Ok(()) };
    for from in rows.iter().map(|row| *row as usize).filter(|row| *row != into) {
        for step in 0..n_steps {
            if let Some(value) = block.take(from, step) {
                if block.is_present(into, step) {
                    return Err(DUPLICATE.to_owned());
                }
                block.set_value(into, step, value);
            }
        }
    }
    Ok(())
}
