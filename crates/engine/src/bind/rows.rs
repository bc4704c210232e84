//! Rows to rows: renaming, merging of equal label sets, label functions.

use std::collections::HashMap;

use model::{Labels, Regex};

use crate::row::Row;

/// For each input row the row that it leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowMap {
    pub(crate) to: Vec<u32>,
    /// Whether input and output rows are the same ones in the same order.
    pub(crate) identity: bool,
}

impl RowMap {
    /// Gives rows of equal label sets one number, or each row its own.
    pub(crate) fn new(renamed: Vec<Row>, duplicates_pass: bool) -> (Vec<Row>, Self) {
        if !duplicates_pass {
            return Self::merge(renamed, &[]);
        }
        let to = (0..number(renamed.len())).collect();
        (renamed, Self { to, identity: true })
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
        let mut numbers: HashMap<(Labels, u32), u32> = HashMap::with_capacity(renamed.len());
        let (mut rows, mut to) = (Vec::with_capacity(renamed.len()), Vec::new());
        to.reserve_exact(renamed.len());
        for (i, row) in renamed.into_iter().enumerate() {
            let next = number(rows.len());
            let place = places.get(i).copied().unwrap_or(0);
            let known = *numbers.entry((row.labels.clone(), place)).or_insert(next);
            if known == next {
                rows.push(row);
            }
            to.push(known);
        }
        let identity = rows.len() == to.len();
        (rows, Self { to, identity })
    }

    /// Each input row leads to the row of the same number.
    pub(crate) fn same(n: usize) -> Self {
        Self { to: (0..).take(n).collect(), identity: true }
    }

    /// Every input row leads to the only row.
    pub(crate) fn constant(n: usize) -> Self {
        Self { to: vec![0; n], identity: n == 1 }
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
