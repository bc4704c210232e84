//! Two vectors: one-to-one, many-to-one and one-to-many, with values for missing partners.
//!
//! Who may meet whom is known from binding; here only presence decides.

use promql::{
    BinaryOp,
    ast::{Cardinality, Matching},
};

use super::{
    element::{Operand, Outcome, combine},
    floats,
};
use crate::{
    bind::{Bound, Join, is_filled, match_labels},
    engine::{Ctx, NodeState},
    exec::{DUPLICATE, order::rows_in_order},
    notice::{self, Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
    row::{Block, present},
};

const NONE: u32 = u32::MAX;

const MANY_TO_ONE: &str =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const NOT_UNIQUE: &str = "multiple matches for labels: grouping labels must ensure unique matches";

/// Two vectors; filters keep the left side's value.
pub(in crate::exec) fn vector_vector(
    op: BinaryOp,
    [lhs, rhs]: [NodeId; 2],
    matching: &Matching,
    bool: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
    let (many, one) = (ctx.input(many), ctx.input(one));
    let NodeState { bound, block, notices, .. } = state;
    let Bound::Join(join) = bound else { unreachable!("vector operations are bound to joins") };
    let plain = !super::is_about_histograms(op, [&many.block, &one.block]);
    if let Some(pairs) = join.pairs.as_ref().filter(|_| plain) {
        simple(pairs, &many.block, &one.block, block, |many, one| {
            let (l, r) = if swapped { (one, many) } else { (many, one) };
            floats(op, l, r, bool)
        });
        return Ok(());
    }
    let operation = Operation { op, bool, swapped, matching, many, one };
    for step in 0..ctx.steps.count {
        if let Some(kind) = operation.step(step, join, block)? {
            notice::add(notices, RawNotice { cite: Cite::Whole, kind });
        }
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

/// Any matching of anything. As `VectorBinop` in prometheus promql/engine.go.
struct Operation<'a> {
    op: BinaryOp,
    bool: bool,
    /// Whether the many side is the right one.
    swapped: bool,
    matching: &'a Matching,
    many: &'a NodeState,
    one: &'a NodeState,
}

/// One step, and what happened at it so far.
#[derive(Default)]
struct Moment {
    step: usize,
    /// Only the last one of a step is told.
    note: Option<NoticeKind>,
    /// Whether two match groups have a result of the same labels.
    collides: bool,
}

impl Operation<'_> {
    fn step(
        &self,
        step: usize,
        join: &mut Join,
        out: &mut Block,
    ) -> Result<Option<NoticeKind>, String> {
        let any =
            |side: &NodeState| (0..side.rows.len()).any(|row| side.block.is_present(row, step));
        let sides = usize::from(any(self.many)) + usize::from(any(self.one));
        if sides < if is_filled(self.matching) { 1 } else { 2 } {
            return Ok(None);
        }
        self.find_ones(step, join)?;
        join.group_met.fill(false);
        join.met.fill(false);
        let mut at = Moment { step, ..Moment::default() };
        self.meet_ones(&mut at, join, out)?;
        if let Some(fill) = self.matching.fill_left {
            self.meet_filled(fill, &mut at, join, out)?;
        }
        if at.collides { Err(DUPLICATE.to_owned()) } else { Ok(at.note) }
    }

    /// Finds the present row of the one side of each group.
    fn find_ones(&self, step: usize, join: &mut Join) -> Result<(), String> {
        join.one_of_group.fill(NONE);
        for row in rows_in_order(self.one) {
            if !self.one.block.is_present(row, step) {
                continue;
            }
            let place = &mut join.one_of_group[join.group_of_one[row] as usize];
            if *place != NONE {
                return Err(self.duplicate_ones(*place as usize, row));
            }
            *place = u32::try_from(row).expect("a row number");
        }
        Ok(())
    }

    /// Each present row of the many side meets its partner, or what stands in for it.
    fn meet_ones(&self, at: &mut Moment, join: &mut Join, out: &mut Block) -> Result<(), String> {
        for row in rows_in_order(self.many) {
            let Some(many) = Operand::of(&self.many.block, row, at.step) else { continue };
            let group = join.group_of_many[row];
            let partner = join.one_of_group[group as usize];
            let (one, meeting) = if partner != NONE {
                let one = Operand::of(&self.one.block, partner as usize, at.step);
                let position = join.position_of_one[partner as usize];
                (one, join.meetings[(join.meetings_of_many[row] + position) as usize])
            } else if let Some(fill) = self.matching.fill_right {
                (Some(Operand::Float(fill)), join.with_filled_one[row])
            } else {
                continue;
            };
            let one = one.expect("only present rows are partners");
            self.meet([many, one], [group, meeting], at, join, out)?;
        }
        Ok(())
    }

    /// Each present row of the one side that met nobody meets a value.
    fn meet_filled(
        &self,
        fill: f64,
        at: &mut Moment,
        join: &mut Join,
        out: &mut Block,
    ) -> Result<(), String> {
        for row in rows_in_order(self.one) {
            let group = join.group_of_one[row];
            if join.group_met[group as usize] {
                continue;
            }
            let Some(one) = Operand::of(&self.one.block, row, at.step) else { continue };
            let meeting = join.with_filled_many[row];
            self.meet([Operand::Float(fill), one], [group, meeting], at, join, out)?;
        }
        Ok(())
    }

    fn meet(
        &self,
        [many, one]: [Operand<'_>; 2],
        [group, meeting]: [u32; 2],
        at: &mut Moment,
        join: &mut Join,
        out: &mut Block,
    ) -> Result<(), String> {
        let (l, r) = if self.swapped { (one, many) } else { (many, one) };
        let outcome = combine(self.op, self.bool, l, r, &mut at.note);
        if matches!(outcome, Outcome::Refused) {
            return Ok(());
        }
        let group_met = std::mem::replace(&mut join.group_met[group as usize], true);
        let met = std::mem::replace(&mut join.met[meeting as usize], true);
        if self.matching.cardinality == Cardinality::OneToOne {
            if group_met {
                return Err(MANY_TO_ONE.to_owned());
            }
        } else if met {
            return Err(NOT_UNIQUE.to_owned());
        }
        if let Outcome::Value(value) = outcome {
            let result = join.result_of_meeting[meeting as usize] as usize;
            at.collides |= out.is_present(result, at.step);
            out.set_value(result, at.step, value);
        }
        Ok(())
    }

    fn duplicate_ones(&self, a: usize, b: usize) -> String {
        let side = if self.swapped { "left" } else { "right" };
        let labels = &self.one.rows[b].labels;
        let group = match_labels(self.matching, labels);
        let mut pair = [self.one.rows[a].labels.to_string(), labels.to_string()];
        pair.sort();
        let [first, second] = pair;
        format!(
            "found duplicate series for the match group {group} on the {side} hand-side of the \
             operation: [{first}, {second}];many-to-many matching not allowed: matching labels \
             must be unique on one side"
        )
    }
}
