//! Grouping: which group each row belongs to, and which rows each group has.

use std::{borrow::Cow, sync::OnceLock};

use hashbrown::{HashTable, hash_table::Entry};
use model::{Labels, METRIC_NAME};
use promql::AggregateOp;

use super::{
    Binding, Bound, Rebinding,
    classes::{ByMembers, Class, Classes},
    origin::{Delta, NEW, Origins, moved_rows},
    rows::{ByLabels, number},
};
use crate::{
    engine::NodeState,
    exec::AggregateScratch,
    plan::{
        Plan,
        node::{GroupBy, Op},
    },
    row::{METADATA, Row},
};

/// Rows in groups.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Per input row, its group.
    pub(crate) of_row: Vec<u32>,
    /// How many groups there are.
    len: usize,
    /// Made when it is needed first: most functions go by `of_row`.
    lists: OnceLock<Lists>,
    /// Whether a group has both rows that lose their names at the end and others.
    pub(crate) names_differ: bool,
    pub(crate) scratch: AggregateScratch,
}

/// Rows listed by group, keeping their order.
#[derive(Debug)]
struct Lists {
    /// All input rows, group by group.
    members: Vec<u32>,
    /// Per group, where its members end.
    ends: Vec<u32>,
}

impl Groups {
    /// Groups rows by `by`; also the groups' label sets.
    fn new(by: &GroupBy, rows: &[Row], delayed: bool) -> (Vec<Row>, Self) {
        let mut numbers: HashTable<u32> = HashTable::new();
        let mut groups: Vec<Row> = Vec::new();
        let mut of_row = Vec::with_capacity(rows.len());
        let (keeps, mut buffer) = (|name: &str| by.keeps(name), Vec::new());
        for Row { labels, .. } in rows {
            let hash = labels.hash64_of(keeps, &mut buffer);
            let is_of = |group: &u32| labels.is_part(keeps, &groups[*group as usize].labels);
            let hash_of = |group: &u32| groups[*group as usize].labels.hash64();
            match numbers.entry(hash, is_of, hash_of) {
                Entry::Occupied(known) => of_row.push(*known.get()),
                Entry::Vacant(vacant) => {
                    let next = number(groups.len());
                    vacant.insert(next);
                    groups.push(Row::of(group_labels(by, labels)));
                    of_row.push(next);
                }
            }
        }
        let dropped = Dropped::of(&of_row, groups.len(), rows, delayed);
        let all = Self::of(of_row, &mut groups, dropped);
        (groups, all)
    }

    /// Groups of which each row's is known.
    fn of(of_row: Vec<u32>, groups: &mut [Row], dropped: Dropped) -> Self {
        groups.iter_mut().zip(dropped.names).for_each(|(group, drops)| group.drop_name = drops);
        Self { of_row, len: groups.len(), names_differ: dropped.differ, ..Self::default() }
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn lists(&self) -> &Lists {
        self.lists.get_or_init(|| Lists::of(&self.of_row, self.len))
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
        let Lists { members, ends } = self.lists();
        let from = if group == 0 { 0 } else { ends[group - 1] as usize };
        &members[from..ends[group] as usize]
    }
}

/// Binds an aggregation: its rows are the groups, or the input's rows where it picks among them.
pub(super) fn aggregate(
    op: AggregateOp,
    by: &GroupBy,
    input: &NodeState,
    delayed: bool,
) -> Binding {
    let (groups, bound) = Groups::new(by, &input.rows, delayed);
    let rows = if picks(op) { input.rows.clone() } else { groups };
    Binding { rows, bound: Bound::Groups(bound) }
}

/// The same after rows of the input came or went.
pub(super) fn follow(
    op: AggregateOp,
    by: &GroupBy,
    input: &NodeState,
    (delta, delayed): (&Delta, bool),
    (mut before, old): (Vec<Row>, Groups),
) -> Rebinding {
    let n = input.rows.len();
    let key = |row: usize| group_labels(by, &input.rows[row].labels);
    if picks(op) {
        let members = ByMembers::new(&old.of_row, old.len(), (delta, n), &key);
        let classes = Classes::follow(&old.of_row, &members, (delta, n), key);
        let mut groups = vec![Row::of(Labels::empty()); classes.len()];
        let dropped = Dropped::of(&classes.of_row, groups.len(), &input.rows, delayed);
        let mut bound = Groups::of(classes.of_row, &mut groups, dropped);
        bound.scratch = old.scratch;
        let rows = moved_rows(&mut before, delta, |row| input.rows[row].clone());
        return Rebinding { rows, origins: delta.origins(n), bound: Bound::Groups(bound) };
    }
    let classes = Classes::follow(&old.of_row, &ByLabels(&before), (delta, n), key);
    let Classes { of_row, mut all } = classes;
    let dropped = Dropped::of(&of_row, all.len(), &input.rows, delayed);
    let origin = |(class, drops): (&Class, &bool)| match class.old {
        Some(old) if before[old as usize].drop_name == *drops => old,
        _ => NEW,
    };
    let origins = Origins::new(all.iter().zip(&dropped.names).map(origin).collect());
    let key = |(class, origin): (&mut Class, &u32)| {
        let known = || class.old.map(|old| before[old as usize].labels.clone());
        if *origin == NEW { class.key.take().or_else(known) } else { None }
    };
    let mut keys: Vec<Option<Labels>> = all.iter_mut().zip(origins.iter()).map(key).collect();
    let delta = Delta::From(Origins::clone(&origins));
    let make = |group: usize| Row::of(keys[group].take().expect("a new group has a key"));
    let mut rows = moved_rows(&mut before, &delta, make);
    let mut bound = Groups::of(of_row, &mut rows, dropped);
    bound.scratch = old.scratch;
    Rebinding { rows, origins, bound: Bound::Groups(bound) }
}

/// Per node, whether all that reads it are aggregations that neither look at names nor show the
/// label sets of their input.
pub(crate) fn names_are_ignored(plan: &Plan) -> Vec<bool> {
    let mut ignored = vec![false; plan.nodes.len()];
    let is_blind = |op: &Op| match op {
        Op::Aggregate { op, by, .. } => {
            let asks = METADATA.iter().any(|name| by.labels.iter().any(|label| label == name));
            !picks(*op) && !by.without && !asks
        }
        _ => false,
    };
    let mut read = vec![false; plan.nodes.len()];
    for node in &plan.nodes {
        for input in node.inputs.iter().map(|id| id.0 as usize) {
            let first = !std::mem::replace(&mut read[input], true);
            ignored[input] = (first || ignored[input]) && is_blind(&node.op);
        }
    }
    plan.roots.iter().for_each(|root| ignored[root.node.0 as usize] = false);
    ignored
}

fn picks(op: AggregateOp) -> bool {
    use AggregateOp as A;
    matches!(op, A::Topk | A::Bottomk | A::Limitk | A::LimitRatio)
}

/// Which groups have rows that lose their names at the end.
struct Dropped {
    /// By group.
    names: Vec<bool>,
    /// Whether any of these has others, too.
    differ: bool,
}

impl Dropped {
    /// Looks at all rows, if names stay until the end: otherwise they are gone by now.
    fn of(of_row: &[u32], n_groups: usize, rows: &[Row], delayed: bool) -> Self {
        let (mut names, mut keeps) = (vec![false; n_groups], vec![false; n_groups]);
        for (group, row) in of_row.iter().zip(rows).filter(|_| delayed) {
            names[*group as usize] |= row.drop_name;
            keeps[*group as usize] |= !row.drop_name;
        }
        let differ = names.iter().zip(&keeps).any(|(drops, keeps)| *drops && *keeps);
        Self { names, differ }
    }
}

impl GroupBy {
    /// Whether groups have a label.
    fn keeps(&self, name: &str) -> bool {
        let is_named = self.labels.iter().any(|label| label == name);
        if self.without { !is_named && name != METRIC_NAME } else { is_named }
    }
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

impl Lists {
    fn of(of_row: &[u32], n_groups: usize) -> Self {
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
        Self { members, ends }
    }
}
