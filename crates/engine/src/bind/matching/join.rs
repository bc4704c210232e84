//! One-to-one, many-to-one and one-to-many matching.

use std::collections::HashMap;

use hashbrown::{HashTable, hash_table::Entry};
use model::Labels;
use promql::{
    BinaryOp,
    ast::{Cardinality, Matching},
};

use super::{NONE, groups::MatchGroups, is_filled, match_labels, match_names};
use crate::{
    bind::{
        Binding, Bound, Rebinding, is_trim,
        origin::{Delta, NEW, Origins, moved_rows},
        rows::number,
    },
    engine::{Ctx, NodeState},
    row::{METADATA, Row},
};

/// How the rows of a one-to-one, many-to-one or one-to-many operation meet. "Many" is the left
/// side, except for `group_right`.
#[derive(Debug, Default)]
pub(crate) struct Join {
    /// The pairs that can meet, as rows of many, one and result, where every one side is unique
    /// in its match group, every pair has a result of its own and nothing is filled: nothing can
    /// go wrong then.
    pub(crate) pairs: Option<Vec<[u32; 3]>>,
    /// Per row of each side, its match group.
    pub(crate) group_of_many: Vec<u32>,
    pub(crate) group_of_one: Vec<u32>,
    /// Per row of the one side, its position in its match group.
    pub(crate) position_of_one: Vec<u32>,
    /// Per row of the many side, where its meetings begin in `meetings`; one per row of its group.
    pub(crate) meetings_of_many: Vec<u32>,
    pub(crate) meetings: Vec<u32>,
    /// Where a missing one side is filled: per row of the many side, its meeting without partner.
    pub(crate) with_filled_one: Vec<u32>,
    /// Where a missing many side is filled: per row of the one side, its meeting without partner.
    pub(crate) with_filled_many: Vec<u32>,
    /// Per meeting, the row of its result.
    pub(crate) result_of_meeting: Vec<u32>,
    /// Per match group, the present row of the one side.
    pub(crate) one_of_group: Vec<u32>,
    /// Per match group the hash of its signature.
    pub(crate) hashes: Vec<u64>,
    /// Per match group and per meeting, whether something met there.
    pub(crate) group_met: Vec<bool>,
    pub(crate) met: Vec<bool>,
}

/// Binds an arithmetic or comparison operation of two vectors.
pub(in crate::bind) fn join(
    op: BinaryOp,
    bool: bool,
    matching: &Matching,
    lhs: &NodeState,
    rhs: &NodeState,
    ctx: &Ctx<'_>,
) -> Binding {
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
    let groups = MatchGroups::new(matching, [&one.rows, &many.rows]);
    let (group_of_one, group_of_many, hashes) = groups.split(one.rows.len());
    let mut one_rows: Vec<Vec<u32>> = vec![Vec::new(); hashes.len()];
    let mut position_of_one = Vec::with_capacity(one.rows.len());
    for (i, group) in group_of_one.iter().enumerate() {
        position_of_one.push(number(one_rows[*group as usize].len()));
        one_rows[*group as usize].push(number(i));
    }

    let naming = Naming { op, bool, matching, delayed: ctx.delayed_names() };
    let mut results = Results { duplicates_pass: ctx.lets_duplicates_pass(), ..Results::default() };
    let (mut meetings_of_many, mut meetings, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
    for (i, group) in group_of_many.iter().enumerate() {
        meetings_of_many.push(number(meetings.len()));
        for one_row in &one_rows[*group as usize] {
            let named = naming.result(&many.rows[i], &one.rows[*one_row as usize]);
            let meeting = results.meeting(*group, named);
            meetings.push(meeting);
            pairs.push([number(i), *one_row, results.row_of_meeting[meeting as usize]]);
        }
    }
    // As in Prometheus, the values to fill are not swapped with the sides.
    let with_filled_one = match matching.fill_right {
        None => Vec::new(),
        Some(_) => results
            .filled(&group_of_many, &many.rows, |many| naming.result(many, &naming.filled(many))),
    };
    let with_filled_many = match matching.fill_left {
        None => Vec::new(),
        Some(_) => {
            results.filled(&group_of_one, &one.rows, |one| naming.result(&naming.filled(one), one))
        }
    };
    let simple = !is_filled(matching)
        && one_rows.iter().all(|rows| rows.len() <= 1)
        && results.rows.len() == pairs.len()
        && (matching.cardinality != Cardinality::OneToOne || no_repeats(&group_of_many, &one_rows));
    let Results { rows, row_of_meeting, .. } = results;
    let join = Join {
        pairs: simple.then_some(pairs),
        one_of_group: vec![NONE; hashes.len()],
        group_met: vec![false; hashes.len()],
        hashes,
        met: vec![false; row_of_meeting.len()],
        group_of_many,
        group_of_one,
        position_of_one,
        meetings_of_many,
        meetings,
        with_filled_one,
        with_filled_many,
        result_of_meeting: row_of_meeting,
    };
    Binding { rows, bound: Bound::Join(join) }
}

/// The same after rows of the inputs came or went, where every match group has one row of the one
/// side at most, before and now, and every pair has a result of its own.
pub(in crate::bind) fn follow_join(
    (op, bool): (BinaryOp, bool),
    matching: &Matching,
    [lhs, rhs]: [&NodeState; 2],
    [of_lhs, of_rhs]: [&Delta; 2],
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Option<Rebinding> {
    let Bound::Join(old) = &state.bound else { return None };
    let old_pairs = old.pairs.as_ref().filter(|_| !ctx.lets_duplicates_pass())?;
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let ((many, of_many), (one, of_one)) =
        if swapped { ((rhs, of_rhs), (lhs, of_lhs)) } else { ((lhs, of_lhs), (rhs, of_rhs)) };
    let groups = MatchGroups::follow(
        matching,
        [&one.rows, &many.rows],
        [of_one, of_many],
        [&old.group_of_one, &old.group_of_many],
        &old.hashes,
    );
    let (group_of_one, group_of_many, hashes) = groups.split(one.rows.len());
    let mut one_of_group = vec![NONE; hashes.len()];
    for (row, group) in (0..).zip(&group_of_one) {
        if std::mem::replace(&mut one_of_group[*group as usize], row) != NONE {
            return None;
        }
    }
    let mut known = vec![None; old.group_of_many.len()];
    for [many, one, result] in old_pairs {
        known[*many as usize] = Some((*one, *result));
    }
    let naming = Naming { op, bool, matching, delayed: ctx.delayed_names() };
    let (mut pairs, mut of, mut meetings_of_many) = (Vec::new(), Vec::new(), Vec::new());
    let mut met = vec![false; hashes.len()];
    for (i, group) in group_of_many.iter().enumerate() {
        meetings_of_many.push(number(pairs.len()));
        let partner = one_of_group[*group as usize];
        if partner == NONE {
            continue;
        }
        let again = std::mem::replace(&mut met[*group as usize], true);
        if again && matching.cardinality == Cardinality::OneToOne {
            return None;
        }
        let before = of_many.old(i).and_then(|old| known[old]);
        let same = before.filter(|(one, _)| of_one.old(partner as usize) == Some(*one as usize));
        of.push(same.map_or(NEW, |(_, result)| result));
        pairs.push([number(i), partner, number(pairs.len())]);
    }
    let named = |pair: usize| {
        let [many_row, one_row, _] = pairs[pair];
        naming.result(&many.rows[many_row as usize], &one.rows[one_row as usize])
    };
    let delta = Delta::From(Origins::new(of));
    let n = pairs.len();
    let added: Vec<Row> = delta.new_rows(n).map(named).collect();
    if !are_apart(&state.rows, &delta, n, &added) {
        return None;
    }
    let mut added = added.into_iter();
    let make = |_| added.next().expect("a result per new pair");
    let rows = moved_rows(&mut state.rows, &delta, make);
    let join = Join {
        position_of_one: vec![0; one.rows.len()],
        meetings: (0..number(n)).collect(),
        result_of_meeting: (0..number(n)).collect(),
        one_of_group: vec![NONE; hashes.len()],
        group_met: vec![false; hashes.len()],
        met: vec![false; n],
        pairs: Some(pairs),
        group_of_many,
        group_of_one,
        meetings_of_many,
        hashes,
        ..Join::default()
    };
    Some(Rebinding { rows, origins: delta.origins(n), bound: Bound::Join(join) })
}

/// Whether new rows have label sets that differ from those of rows that stay, and from each other.
fn are_apart(before: &[Row], delta: &Delta, n: usize, added: &[Row]) -> bool {
    if added.is_empty() {
        return true;
    }
    let mut all: HashTable<&Row> = HashTable::with_capacity(n);
    let kept = (0..n).filter_map(|row| delta.old(row)).map(|old| &before[old]);
    kept.chain(added).all(|row| {
        let hash = |row: &&Row| row.labels.hash64();
        match all.entry(hash(&row), |other| other.labels == row.labels, hash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(vacant) => {
                vacant.insert(row);
                true
            }
        }
    })
}

/// Whether no match group that has a partner has two rows of the many side.
fn no_repeats(group_of_many: &[u32], ones: &[Vec<u32>]) -> bool {
    let mut seen = vec![false; ones.len()];
    let with_partner = group_of_many.iter().filter(|g| !ones[**g as usize].is_empty());
    with_partner.into_iter().all(|g| !std::mem::replace(&mut seen[*g as usize], true))
}

/// Result rows by their labels, and the meetings that lead to them: rows of one match group whose
/// result has the same labels share a meeting.
#[derive(Default)]
struct Results {
    /// Whether results of equal labels are one only within a match group.
    duplicates_pass: bool,
    numbers: HashMap<(Option<u32>, Labels), u32>,
    rows: Vec<Row>,
    meetings: HashMap<(u32, u32), u32>,
    row_of_meeting: Vec<u32>,
}

impl Results {
    fn meeting(&mut self, group: u32, row: Row) -> u32 {
        let next = number(self.rows.len());
        let apart = self.duplicates_pass.then_some(group);
        let known = *self.numbers.entry((apart, row.labels.clone())).or_insert(next);
        if known == next {
            self.rows.push(row);
        }
        let next = number(self.row_of_meeting.len());
        let meeting = *self.meetings.entry((group, known)).or_insert(next);
        if meeting == next {
            self.row_of_meeting.push(known);
        }
        meeting
    }

    /// The meetings of rows without partners.
    fn filled(&mut self, groups: &[u32], rows: &[Row], name: impl Fn(&Row) -> Row) -> Vec<u32> {
        groups.iter().zip(rows).map(|(group, row)| self.meeting(*group, name(row))).collect()
    }
}

/// What the result of two rows is called. As `resultMetric` in prometheus promql/engine.go.
struct Naming<'a> {
    op: BinaryOp,
    bool: bool,
    matching: &'a Matching,
    delayed: bool,
}

impl Naming<'_> {
    /// What stands in for the missing partner of a row: it has the labels that match, no others.
    fn filled(&self, row: &Row) -> Row {
        Row { labels: match_labels(self.matching, &row.labels), drop_name: false }
    }

    fn result(&self, many: &Row, one: &Row) -> Row {
        let changes_meaning = !self.op.is_comparison() && !is_trim(self.op);
        let drop_now = changes_meaning || self.bool && !self.delayed;
        let mut labels =
            if drop_now { many.labels.without(&METADATA) } else { many.labels.clone() };
        let names = match_names(self.matching);
        if self.matching.cardinality == Cardinality::OneToOne {
            labels = if self.matching.on { labels.only(&names) } else { labels.without(&names) };
        }
        if !self.matching.include.is_empty() {
            let mut builder = labels.to_builder();
            for name in &self.matching.include {
                builder.set(name, one.labels.value(name));
            }
            labels = builder.build();
        }
        Row { labels, drop_name: self.bool }
    }
}
