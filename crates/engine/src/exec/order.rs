//! Order passes through: what `sort` and `topk` decide survives what is done with their results.
//!
//! Only an instant has an order, and only where some node below defines one; all other values are
//! in the order of their rows.

use crate::{
    bind::{Bound, Groups, Join},
    engine::{Ctx, NodeState},
    plan::node::{NodeId, Op, RangeFrom, RangeInput},
};

/// Orders a node's rows as those of its inputs, where these have an order. Nodes that define one
/// themselves keep it.
pub(super) fn pass_on(op: &Op, ctx: &Ctx<'_>, state: &mut NodeState) {
    if defines_order(op) {
        return;
    }
    let inputs = match op {
        Op::VectorVector { lhs, rhs, .. } | Op::Set { lhs, rhs, .. } => [*lhs, *rhs],
        Op::Math { arg, .. }
        | Op::EvalTime(arg)
        | Op::Repeat { arg, .. }
        | Op::Negate(arg)
        | Op::DropNames(arg)
        | Op::LabelReplace { arg, .. }
        | Op::LabelJoin { arg, .. }
        | Op::HistogramNumber { arg, .. }
        | Op::VectorScalar { vector: arg, .. }
        | Op::Aggregate { arg, .. }
        | Op::Window { input: RangeInput { from: RangeFrom::Subquery(arg), .. }, .. } => [*arg; 2],
        _ => return,
    };
    if inputs.iter().all(|id| ctx.input(*id).order.is_none()) {
        state.order = None;
        return;
    }
    let mut list = List::new(state);
    let [first, second] = inputs.map(|id| Input::new(id, ctx));
    match &state.bound {
        Bound::Map(map) | Bound::Series { map, .. } => {
            first.rows().for_each(|row| list.push_row(map.at(row)));
        }
        Bound::Groups(groups) => by_groups(groups, &first, &mut list),
        Bound::Sets(sets) => {
            first.rows().for_each(|row| list.push_row(row));
            second
                .rows()
                .filter_map(|row| sets.result_of_right.get(row))
                .for_each(|row| list.push(*row));
        }
        Bound::Join(join) => {
            let swapped = matches!(op, Op::VectorVector { matching, .. }
                if matching.cardinality == promql::ast::Cardinality::OneToMany);
            let (many, one) = if swapped { (&second, &first) } else { (&first, &second) };
            by_join(join, many, one, &mut list);
        }
        _ => {}
    }
    state.order = Some(list.rows);
}

fn defines_order(op: &Op) -> bool {
    use promql::AggregateOp as A;
    match op {
        Op::Sort { .. } | Op::SortByLabel { .. } => true,
        Op::Aggregate { op, .. } => {
            matches!(op, A::Topk | A::Bottomk | A::Limitk | A::LimitRatio)
        }
        _ => false,
    }
}

/// Groups come in the order of their first series that is there.
fn by_groups(groups: &Groups, input: &Input<'_>, list: &mut List) {
    let there = input.rows().filter(|row| input.state.block.is_present(*row, 0));
    there.for_each(|row| list.push(groups.of_row[row]));
}

/// Results come in the order of the many side; where that is filled, the one side follows.
fn by_join(join: &Join, many: &Input<'_>, one: &Input<'_>, list: &mut List) {
    let result = |meeting: &u32| join.result_of_meeting[*meeting as usize];
    for row in many.rows() {
        let from = join.meetings_of_many[row] as usize;
        let to = join.meetings_of_many.get(row + 1).map_or(join.meetings.len(), |to| *to as usize);
        join.meetings[from..to].iter().for_each(|meeting| list.push(result(meeting)));
        join.with_filled_one.get(row).iter().for_each(|meeting| list.push(result(meeting)));
    }
    for row in one.rows() {
        join.with_filled_many.get(row).iter().for_each(|meeting| list.push(result(meeting)));
    }
}

/// A value's rows in its order; an order may leave out what is not there.
pub(in crate::exec) fn rows_in_order(state: &NodeState) -> impl Iterator<Item = usize> + '_ {
    let n = if state.order.is_some() { 0 } else { state.rows.len() };
    state.order.iter().flatten().map(|row| *row as usize).chain(0..n)
}

/// An input's rows in their order.
struct Input<'a> {
    state: &'a NodeState,
}

impl<'a> Input<'a> {
    fn new(id: NodeId, ctx: &Ctx<'a>) -> Self {
        Self { state: ctx.input(id) }
    }

    fn rows(&self) -> impl Iterator<Item = usize> + 'a {
        rows_in_order(self.state)
    }
}

/// Rows, each once.
struct List {
    rows: Vec<u32>,
    seen: Vec<bool>,
}

impl List {
    fn new(state: &mut NodeState) -> Self {
        let mut rows = state.order.take().unwrap_or_default();
        rows.clear();
        Self { rows, seen: vec![false; state.rows.len()] }
    }

    fn push(&mut self, row: u32) {
        if !std::mem::replace(&mut self.seen[row as usize], true) {
            self.rows.push(row);
        }
    }

    fn push_row(&mut self, row: usize) {
        self.push(u32::try_from(row).expect("a row number"));
    }
}
