//! Vector matching: which rows of two sides meet, and what their result is called.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME};
use promql::{
    BinaryOp,
    ast::{Cardinality, Matching},
};

use super::{Binding, Bound, is_trim, rows::number};
use crate::{
    engine::{Ctx, NodeState},
    row::{METADATA, Row},
};

/// No row.
pub(crate) const NONE: u32 = u32::MAX;

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
    /// Per match group and per meeting, whether something met there.
    pub(crate) group_met: Vec<bool>,
    pub(crate) met: Vec<bool>,
}

/// How the rows of a set operation meet.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) group_of_left: Vec<u32>,
    pub(crate) group_of_right: Vec<u32>,
    /// For `or`: per row of the right side, its result.
    pub(crate) result_of_right: Vec<u32>,
    /// For `or`: results that have the same labels and differ in whether they lose their name at
    /// the end, or once did; each time all that have these labels.
    pub(crate) twins: Vec<Vec<u32>>,
    /// Per match group, whether the side that decides has a present row.
    pub(crate) seen: Vec<bool>,
}

/// Binds an arithmetic or comparison operation of two vectors.
pub(crate) fn join(
    op: BinaryOp,
    bool: bool,
    matching: &Matching,
    lhs: &NodeState,
    rhs: &NodeState,
    ctx: &Ctx<'_>,
) -> Binding {
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
    let mut groups = MatchGroups::default();
    let group_of_one = groups.of(matching, &one.rows);
    let group_of_many = groups.of(matching, &many.rows);
    let mut one_rows: Vec<Vec<u32>> = vec![Vec::new(); groups.len()];
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
        one_of_group: vec![NONE; groups.len()],
        group_met: vec![false; groups.len()],
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

/// Whether a missing side has a value to stand in for it.
pub(crate) fn is_filled(matching: &Matching) -> bool {
    matching.fill_left.is_some() || matching.fill_right.is_some()
}

/// Binds `and`, `or`, `unless`.
pub(crate) fn sets(
    op: BinaryOp,
    matching: &Matching,
    lhs: &NodeState,
    rhs: &NodeState,
    ctx: &Ctx<'_>,
) -> Binding {
    let mut groups = MatchGroups::default();
    let group_of_left = groups.of(matching, &lhs.rows);
    let group_of_right = groups.of(matching, &rhs.rows);
    let mut rows = lhs.rows.to_vec();
    let (mut result_of_right, mut twins) = (Vec::new(), Vec::new());
    if op == BinaryOp::Or && ctx.lets_duplicates_pass() {
        result_of_right.extend((number(rows.len())..).take(rhs.rows.len()));
        rows.extend_from_slice(&rhs.rows);
    } else if op == BinaryOp::Or {
        let mut known: HashMap<Labels, Vec<u32>> = HashMap::with_capacity(rows.len());
        for (i, row) in rows.iter().enumerate() {
            known.entry(row.labels.clone()).or_default().push(number(i));
        }
        for row in rhs.rows.iter() {
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
    let seen = vec![false; groups.len()];
    let sets = Sets { group_of_left, group_of_right, result_of_right, twins, seen };
    Binding { rows, bound: Bound::Sets(sets) }
}

/// Whether no match group that has a partner has two rows of the many side.
fn no_repeats(group_of_many: &[u32], ones: &[Vec<u32>]) -> bool {
    let mut seen = vec![false; ones.len()];
    let with_partner = group_of_many.iter().filter(|g| !ones[**g as usize].is_empty());
    with_partner.into_iter().all(|g| !std::mem::replace(&mut seen[*g as usize], true))
}

/// Match groups by their signature.
#[derive(Default)]
struct MatchGroups(HashMap<Labels, u32>);

impl MatchGroups {
    fn of(&mut self, matching: &Matching, rows: &[Row]) -> Vec<u32> {
        let names = match_names(matching);
        let group = |row: &Row| {
            let signature = signature(matching.on, &names, &row.labels);
            let next = number(self.0.len());
            *self.0.entry(signature).or_insert(next)
        };
        rows.iter().map(group).collect()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

fn match_names(matching: &Matching) -> Vec<&str> {
    matching.labels.iter().map(String::as_str).collect()
}

/// The labels that decide about a match.
pub(crate) fn match_labels(matching: &Matching, labels: &Labels) -> Labels {
    signature(matching.on, &match_names(matching), labels)
}

fn signature(on: bool, names: &[&str], labels: &Labels) -> Labels {
    if on {
        labels.only(names)
    } else {
        let dropped: Vec<&str> = names.iter().copied().chain([METRIC_NAME]).collect();
        labels.without(&dropped)
    }
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
