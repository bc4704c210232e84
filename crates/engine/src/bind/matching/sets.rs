//! `and`, `or`, `unless`.

use std::collections::HashMap;

use model::Labels;
use promql::{BinaryOp, ast::Matching};

use super::groups::MatchGroups;
use crate::{
    bind::{
        Binding, Bound, Rebinding,
        origin::{Delta, NEW, Origins, inverse, moved_rows},
        rows::number,
    },
    engine::{Ctx, NodeState},
    row::Row,
};

/// How the rows of a set operation meet.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) group_of_left: Vec<u32>,
    pub(crate) group_of_right: Vec<u32>,
    /// For `or`: per row of the right side, its result.
    pub(crate) result_of_right: Vec<u32>,
    /// For `or`: results that have the same labels and differ in whether they lose their name at
    /// the end, or once did; each time all that have these labels. None where duplicates pass.
    pub(crate) twins: Vec<Vec<u32>>,
    /// Per match group the hash of its signature.
    pub(crate) hashes: Vec<u64>,
    /// Per match group, whether the side that decides has a present row.
    pub(crate) seen: Vec<bool>,
}

/// Binds `and`, `or`, `unless`.
pub(in crate::bind) fn sets(
    op: BinaryOp,
    matching: &Matching,
    lhs: &NodeState,
    rhs: &NodeState,
    ctx: &Ctx<'_>,
) -> Binding {
    let groups = MatchGroups::new(matching, [&lhs.rows, &rhs.rows]);
    let (group_of_left, group_of_right, hashes) = groups.split(lhs.rows.len());
    let mut rows = lhs.rows.clone();
    let (mut result_of_right, mut twins) = (Vec::new(), Vec::new());
    if op == BinaryOp::Or && ctx.lets_duplicates_pass() {
        result_of_right.extend((number(rows.len())..).take(rhs.rows.len()));
        rows.extend_from_slice(&rhs.rows);
    } else if op == BinaryOp::Or {
        let mut known: HashMap<Labels, Vec<u32>> = HashMap::with_capacity(rows.len());
        for (i, row) in rows.iter().enumerate() {
            known.entry(row.labels.clone()).or_default().push(number(i));
        }
        for row in &rhs.rows {
            let equal = known.entry(row.labels.clone()).or_default();
            let is_same =
                |i: &&u32| !ctx.delayed_names() || rows[**i as usize].drop_name == row.drop_name;
            let result = equal.iter().find(is_same).copied().unwrap_or_else(|| {
                equal.push(number(rows.len()));
                rows.push(row.clone());
                number(rows.len() - 1)
            });
            result_of_right.push(result);
        }
        twins.extend(known.into_values().filter(|equal| equal.len() > 1));
        twins.sort_unstable();
    }
    let seen = vec![false; hashes.len()];
    let sets = Sets { group_of_left, group_of_right, result_of_right, twins, hashes, seen };
    Binding { rows, bound: Bound::Sets(sets) }
}

/// The same after rows of the inputs came or went.
pub(in crate::bind) fn follow_sets(
    op: BinaryOp,
    matching: &Matching,
    sides: [&NodeState; 2],
    deltas: [&Delta; 2],
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Option<Rebinding> {
    let Bound::Sets(old) = &state.bound else { return None };
    if op == BinaryOp::Or && ctx.delayed_names() {
        return None;
    }
    let [lhs, rhs] = sides.map(|side| &side.rows[..]);
    let groups = MatchGroups::follow(
        matching,
        [lhs, rhs],
        deltas,
        [&old.group_of_left, &old.group_of_right],
        &old.hashes,
    );
    let (group_of_left, group_of_right, hashes) = groups.split(lhs.len());
    let mut of = deltas[0].origins(lhs.len()).to_vec();
    let mut made: Vec<u32> = Vec::new();
    let mut result_of_right = Vec::new();
    if op == BinaryOp::Or {
        let n_left = old.group_of_left.len();
        let lefts = inverse(&of, n_left);
        let met = Met::new([lhs, rhs], deltas);
        for (row, right) in rhs.iter().enumerate() {
            let before = deltas[1].old(row).map(|old_row| old.result_of_right[old_row]);
            let left = match before {
                Some(result) if (result as usize) < n_left => Some(lefts[result as usize]),
                Some(_) => None,
                None => met.left(right),
            };
            let left = left.filter(|left| *left != NEW).or_else(|| met.new_left(right));
            result_of_right.push(left.unwrap_or_else(|| {
                of.push(before.filter(|result| *result as usize >= n_left).unwrap_or(NEW));
                made.push(number(row));
                number(of.len() - 1)
            }));
        }
    }
    let delta = Delta::From(Origins::new(of));
    let result = |row: usize| match row.checked_sub(lhs.len()) {
        None => lhs[row].clone(),
        Some(own) => rhs[made[own] as usize].clone(),
    };
    let n = lhs.len() + made.len();
    let rows = moved_rows(&mut state.rows, &delta, result);
    let seen = vec![false; hashes.len()];
    let sets =
        Sets { group_of_left, group_of_right, result_of_right, hashes, seen, twins: Vec::new() };
    Some(Rebinding { rows, origins: delta.origins(n), bound: Bound::Sets(sets) })
}

/// Left rows by their label sets, as far as anybody asks.
struct Met<'a> {
    /// All of them, where there are new right rows.
    all: HashMap<&'a Labels, u32>,
    new: HashMap<&'a Labels, u32>,
}

impl<'a> Met<'a> {
    fn new([lhs, rhs]: [&'a [Row]; 2], deltas: [&Delta; 2]) -> Self {
        let numbered = |row: usize| (&lhs[row].labels, number(row));
        let asks = deltas[1].new_rows(rhs.len()).next().is_some();
        Self {
            all: (0..if asks { lhs.len() } else { 0 }).map(numbered).collect(),
            new: deltas[0].new_rows(lhs.len()).map(numbered).collect(),
        }
    }

    fn left(&self, right: &Row) -> Option<u32> {
        self.all.get(&right.labels).copied()
    }

    fn new_left(&self, right: &Row) -> Option<u32> {
        if self.new.is_empty() { None } else { self.new.get(&right.labels).copied() }
    }
}
