//! Rows to rows: renaming, merging of equal label sets, label functions.

use std::collections::HashMap;

use hashbrown::{HashTable, hash_table::Entry};
use model::{Labels, Regex};

use super::{
    classes::{Before, Class, Classes},
    origin::{Delta, NEW, Origins, moved_rows},
};
use crate::row::Row;

/// For each input row the row that it leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowMap {
    /// How many input rows there are.
    n: usize,
    /// Empty where each row leads to itself.
    to: Vec<u32>,
    /// Whether input and output rows are the same ones in the same order.
    pub(crate) identity: bool,
    /// Whether it is known without a look at all rows that they stay apart.
    pub(crate) merges_nothing: bool,
    /// Whether output rows lost their names, but still have them among their labels: who reads them
    /// does not look there, and label sets need not be made.
    pub(crate) hides_names: bool,
}

impl RowMap {
    /// Gives rows of equal label sets one number, or each row its own.
    pub(crate) fn new(renamed: Vec<Row>, duplicates_pass: bool) -> (Vec<Row>, Self) {
        if !duplicates_pass {
            return Self::merge(renamed, &[]);
        }
        let map = Self::same(renamed.len());
        (renamed, map)
    }

    /// Gives rows of equal label sets one number, but keeps twins apart: rows that had equal label
    /// sets before they were renamed, and differ in whether they lose their name. Only one of them
    /// has values, which decides.
    pub(crate) fn beside_twins(renamed: Vec<Row>, before: &[Row]) -> (Vec<Row>, Self) {
        let mut seen: HashMap<&Labels, bool> = HashMap::with_capacity(before.len());
        let places = before.iter().map(|row| {
            let first_drops = *seen.entry(&row.labels).or_insert(row.drop_name);
            u32::from(row.drop_name != first_drops)
        });
        let places: Vec<u32> = places.collect();
        Self::merge(renamed, &places)
    }

    /// Gives rows of equal label sets and places one number, in the order of their first
    /// appearance. Without places all have the same.
    fn merge(renamed: Vec<Row>, places: &[u32]) -> (Vec<Row>, Self) {
        let mut rows: Vec<Row> = Vec::with_capacity(renamed.len());
        let mut numbers: HashTable<(u32, u32)> = HashTable::with_capacity(renamed.len());
        let mut to = Vec::with_capacity(renamed.len());
        for (i, row) in renamed.into_iter().enumerate() {
            let place = places.get(i).copied().unwrap_or(0);
            let is_same = |known: &(u32, u32)| {
                known.1 == place && rows[known.0 as usize].labels == row.labels
            };
            let hash = |known: &(u32, u32)| rows[known.0 as usize].labels.hash64();
            match numbers.entry(row.labels.hash64(), is_same, hash) {
                Entry::Occupied(known) => to.push(known.get().0),
                Entry::Vacant(vacant) => {
                    let next = number(rows.len());
                    vacant.insert((next, place));
                    rows.push(row);
                    to.push(next);
                }
            }
        }
        let n_rows = rows.len();
        (rows, Self::of(to, n_rows))
    }

    /// Each input row leads to a row of `n_rows`, all of which some lead to, in the order of the
    /// first that do.
    pub(crate) fn of(to: Vec<u32>, n_rows: usize) -> Self {
        let (n, identity) = (to.len(), to.len() == n_rows);
        let to = if identity { Vec::new() } else { to };
        Self { n, to, identity, ..Self::default() }
    }

    /// The row that an input row leads to.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> usize {
        if self.identity { row } else { self.to[row] as usize }
    }

    /// The rows that all input rows lead to, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = usize> {
        (0..self.n).map(|row| self.at(row))
    }

    /// Follows input rows that came or went, where rows of equal label sets have one number. Tells
    /// the rows and where they came from.
    pub(crate) fn follow(
        &mut self,
        mut before: Vec<Row>,
        (delta, n): (&Delta, usize),
        renamed: impl Fn(usize) -> Row,
    ) -> (Vec<Row>, Origins) {
        let key = |row: usize| renamed(row).labels;
        let of_row: Vec<u32> = self.all().map(number).collect();
        let classes = Classes::follow(&of_row, &ByLabels(&before), (delta, n), key);
        let origin = |class: &Class| match class.old {
            Some(old) if class.same_first => old,
            // Whether it loses its name is up to the first.
            Some(old) if before[old as usize] == renamed(class.first as usize) => old,
            _ => NEW,
        };
        let origins = Origins::new(classes.all.iter().map(origin).collect());
        let delta = Delta::From(Origins::clone(&origins));
        let make = |class: usize| renamed(classes.all[class].first as usize);
        let rows = moved_rows(&mut before, &delta, make);
        let Self { merges_nothing, hides_names, .. } = *self;
        *self = Self { merges_nothing, hides_names, ..Self::of(classes.of_row, rows.len()) };
        (rows, origins)
    }

    /// Follows input rows that came or went, where each has a row of its own.
    pub(crate) fn resize(&mut self, n: usize) {
        debug_assert!(self.identity, "rows have rows of their own");
        self.n = n;
    }

    /// Each input row leads to the row of the same number.
    pub(crate) fn same(n: usize) -> Self {
        Self { n, identity: true, ..Self::default() }
    }

    /// Every input row leads to the only row.
    pub(crate) fn constant(n: usize) -> Self {
        Self::of(vec![0; n], 1)
    }
}

/// Rows as classes by their label sets.
pub(super) struct ByLabels<'a>(pub(super) &'a [Row]);

impl Before for ByLabels<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn hash(&self, class: usize) -> u64 {
        self.0[class].labels.hash64()
    }

    fn has(&self, class: usize, key: &Labels) -> bool {
        self.0[class].labels == *key
    }
}

/// A row number.
pub(crate) fn number(n: usize) -> u32 {
    u32::try_from(n).expect("under 4 G rows")
}

/// `label_replace` with its pattern compiled.
pub(crate) struct LabelReplace<'a> {
    dst: &'a str,
    template: &'a str,
    src: &'a str,
    pattern: Regex,
}

impl<'a> LabelReplace<'a> {
    pub(crate) fn new(dst: &'a str, template: &'a str, src: &'a str, pattern: &str) -> Self {
        let pattern = Regex::anchored(pattern).expect("the plan refuses invalid patterns");
        Self { dst, template, src, pattern }
    }

    pub(crate) fn apply(&self, row: &Row) -> Row {
        match self.pattern.expand_first(row.labels.value(self.src), self.template) {
            None => row.clone(),
            Some(value) => set_label(row, self.dst, &value),
        }
    }
}

/// `label_join`.
pub(crate) fn label_join(row: &Row, dst: &str, separator: &str, src: &[String]) -> Row {
    let values: Vec<&str> = src.iter().map(|name| row.labels.value(name)).collect();
    set_label(row, dst, &values.join(separator))
}

/// Writing the metric name by hand keeps it.
fn set_label(row: &Row, dst: &str, value: &str) -> Row {
    let labels = row.labels.to_builder().set(dst, value).build();
    Row { labels, drop_name: row.drop_name && dst != model::METRIC_NAME }
}
