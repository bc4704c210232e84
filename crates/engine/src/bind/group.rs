//! Grouping: which group each row belongs to, and which rows each group has.

use std::{borrow::Cow, collections::HashMap};

use model::{Labels, METRIC_NAME};
use promql::AggregateOp;

use super::{Binding, Bound, rows::number};
use crate::{engine::NodeState, exec::AggregateScratch, plan::node::GroupBy, row::Row};

/// Rows in groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Per input row, its group.
    pub(crate) of_row: Vec<u32>,
    /// All input rows, group by group.
    pub(crate) members: Vec<u32>,
    /// Per group, where its members end.
    pub(crate) ends: Vec<u32>,
    /// Whether a group has both rows that lose their names at the end and others.
    pub(crate) names_differ: bool,
    pub(crate) scratch: AggregateScratch,
}

impl Groups {
    /// Groups rows by `by`; also the groups' label sets.
    pub(crate) fn new(by: &GroupBy, rows: &[Row]) -> (Vec<Row>, Self) {
        let mut numbers: HashMap<Labels, u32> = HashMap::new();
        let mut groups: Vec<Row> = Vec::new();
        let mut of_row = Vec::with_capacity(rows.len());
        let mut names_differ = false;
        for row in rows {
            let labels = group_labels(by, &row.labels);
            let next = number(groups.len());
            let group = *numbers.entry(labels.clone()).or_insert(next);
            if group == next {
                groups.push(Row { labels, drop_name: row.drop_name });
            }
            let all = &mut groups[group as usize].drop_name;
            names_differ |= *all != row.drop_name;
            *all |= row.drop_name;
            of_row.push(group);
        }
        let (members, ends) = lists(&of_row, groups.len());
        let scratch = AggregateScratch::default();
        (groups, Self { of_row, members, ends, names_differ, scratch })
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The rows of a group in the order that the input has.
    pub(crate) fn members_in(&self, group: usize, order: Option<&[u32]>) -> Cow<'_, [u32]> {
        let is_member = |row: &u32| self.of_row[*row as usize] as usize == group;
        match order {
            None => Cow::Borrowed(self.members(group)),
            Some(order) => Cow::Owned(order.iter().copied().filter(is_member).collect()),
        }
    }

    /// The rows of a group.
    pub(crate) fn members(&self, group: usize) -> &[u32] {
        let from = if group == 0 { 0 } else { self.ends[group - 1] as usize };
        &self.members[from..self.ends[group] as usize]
    }
}

/// Binds an aggregation: its rows are the groups, or the input's rows where it picks among them.
pub(crate) fn aggregate(op: AggregateOp, by: &GroupBy, input: &NodeState) -> Binding {
    use AggregateOp as A;
    let (groups, bound) = Groups::new(by, &input.rows);
    let picks = matches!(op, A::Topk | A::Bottomk | A::Limitk | A::LimitRatio);
    let rows = if picks { input.rows.to_vec() } else { groups };
    Binding { rows, bound: Bound::Groups(bound) }
}

/// The labels of a row's group.
pub(crate) fn group_labels(by: &GroupBy, labels: &Labels) -> Labels {
    let names: Vec<&str> = by.labels.iter().map(String::as_str).collect();
    if by.without {
        let dropped: Vec<&str> = names.into_iter().chain([METRIC_NAME]).collect();
        labels.without(&dropped)
    } else {
        labels.only(&names)
    }
}

/// Rows listed by group, keeping their order.
fn lists(of_row: &[u32], n_groups: usize) -> (Vec<u32>, Vec<u32>) {
    let mut ends = vec![0_u32; n_groups];
    for group in of_row {
        ends[*group as usize] += 1;
    }
    let mut total = 0;
    let mut next: Vec<u32> = ends
        .iter_mut()
        .map(|end| {
            let from = total;
            total += *end;
            *end = total;
            from
        })
        .collect();
    let mut members = vec![0; of_row.len()];
    for (row, group) in of_row.iter().enumerate() {
        let at = &mut next[*group as usize];
        members[*at as usize] = number(row);
        *at += 1;
    }
    (members, ends)
}
