//! Coarser groups out of the rows of finer ones.
//!
//! What an aggregation gives for a group is computed from what it gives for the parts of the group,
//! each a row of an answer at one time. Which questions that serves is in [`crate::plan`]. Where it
//! can't be told exactly what the source would have said, there is no result.

use hashbrown::{HashTable, hash_table::Entry};
use model::{Labels, Matcher, SeriesColumns};
use promql::AggregateOp;

use crate::kernels::aggregate::{Accumulator, Group, Max, Min, Sum};

/// How the rows of an aggregation come of those of a finer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regroup {
    /// `sum`, `count`, `min`, `max` or `group`.
    pub(crate) op: AggregateOp,
    /// What its rows satisfy.
    pub(crate) matchers: Vec<Matcher>,
    /// The labels by which it groups, sorted.
    pub(crate) by: Vec<String>,
    /// Whether all rows are its own, as they are.
    pub(crate) is_all: bool,
}

/// The rows of a group as they come.
struct Rows<A> {
    first: f64,
    all: A,
    n: usize,
    /// Whether there were numbers without and with a sign, zeros among them.
    signs: [bool; 2],
}

impl Regroup {
    /// Whether all rows are its own, as they are.
    pub fn is_all(&self) -> bool {
        self.is_all
    }

    /// Its rows, out of those of the finer one's answer at one time, in the order in which their
    /// first parts come. None where native histograms are among them, or where the order or the
    /// rounding of parts would show: sums of numbers of both signs, and zeros of both signs.
    pub fn rows(&self, answer: &SeriesColumns) -> Option<SeriesColumns> {
        if !answer.histograms.is_empty() {
            return None;
        }
        if self.is_all {
            return Some(answer.clone());
        }
        match self.op {
            AggregateOp::Sum | AggregateOp::Count => {
                self.folded::<Sum>(answer, |rows| rows.signs != [true; 2])
            }
            AggregateOp::Min => self.folded::<Min>(answer, has_one_zero),
            AggregateOp::Max => self.folded::<Max>(answer, has_one_zero),
            AggregateOp::Group => self.folded::<Group>(answer, |_| true),
            _ => None,
        }
    }

    fn folded<A: Accumulator>(
        &self,
        answer: &SeriesColumns,
        is_sure: impl Fn(&Rows<A>) -> bool,
    ) -> Option<SeriesColumns> {
        let mut groups =
            Groups { of: self, numbers: HashTable::new(), all: Vec::new(), buffer: Vec::new() };
        let mut t = 0;
        for (labels, ts, values) in answer.iter() {
            if self.matchers.iter().all(|m| m.matches_labels(labels)) {
                for (at, v) in ts.iter().zip(values) {
                    t = *at;
                    groups.of_row(labels).take(*v);
                }
            }
        }
        let mut rows = SeriesColumns::default();
        for (labels, group) in groups.all {
            if group.n > 1 && !is_sure(&group) {
                return None;
            }
            rows.timestamps.push(t);
            rows.values.push(if group.n == 1 { group.first } else { group.all.finish() });
            rows.end_series(labels);
        }
        Some(rows)
    }
}

/// Whether it does not depend on the order of rows which zero a smallest or largest one is.
fn has_one_zero<A: Accumulator>(rows: &Rows<A>) -> bool {
    rows.all.finish() != 0.0 || rows.signs != [true; 2]
}

impl<A: Accumulator> Rows<A> {
    fn take(&mut self, v: f64) {
        if self.n == 0 {
            self.first = v;
        }
        self.n += 1;
        self.all.add(v);
        if !v.is_nan() {
            self.signs[usize::from(v.is_sign_negative())] = true;
        }
    }
}

/// Groups by their labels.
struct Groups<'r, A> {
    of: &'r Regroup,
    numbers: HashTable<usize>,
    all: Vec<(Labels, Rows<A>)>,
    /// Where labels are put together to be hashed.
    buffer: Vec<u8>,
}

impl<A: Accumulator> Groups<'_, A> {
    /// The group to which a row belongs.
    fn of_row(&mut self, labels: &Labels) -> &mut Rows<A> {
        let Self { of, numbers, all, buffer } = self;
        let keeps = |name: &str| of.by.iter().any(|label| label == name);
        let hash = labels.hash64_of(keeps, buffer);
        let is_it = |group: &usize| labels.is_part(keeps, &all[*group].0);
        let number = match numbers.entry(hash, is_it, |group| all[*group].0.hash64()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                vacant.insert(all.len());
                let by: Vec<&str> = of.by.iter().map(String::as_str).collect();
                let rows = Rows { first: 0.0, all: A::new(), n: 0, signs: [false; 2] };
                all.push((labels.only(&by), rows));
                all.len() - 1
            }
        };
        &mut all[number].1
    }
}

#[cfg(test)]
#[expect(clippy::needless_raw_string_hashes, reason = "as expect-test writes them")]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};
    use model::MatchOp;

    use super::*;

    fn answer(rows: &[(&str, &str, f64)]) -> SeriesColumns {
        let mut columns = SeriesColumns::default();
        for (a, b, v) in rows {
            columns.timestamps.push(15_000);
            columns.values.push(*v);
            columns.end_series(Labels::from_pairs([("a", *a), ("b", *b)]));
        }
        columns
    }

    fn regroup(op: AggregateOp, by: &[&str], matchers: Vec<Matcher>) -> Regroup {
        let by = by.iter().map(ToString::to_string).collect();
        Regroup { op, matchers, by, is_all: false }
    }

    fn check(regroup: &Regroup, rows: &[(&str, &str, f64)], expect: &Expect) {
        let mut text = String::new();
        match regroup.rows(&answer(rows)) {
            Some(rows) => {
                for (labels, ts, values) in rows.iter() {
                    writeln!(text, "{labels} {ts:?} {values:?}").unwrap();
                }
            }
            None => text.push_str("not sure\n"),
        }
        expect.assert_eq(&text);
    }

    use AggregateOp as A;

    const ROWS: [(&str, &str, f64); 4] =
        [("x", "1", 1.0), ("y", "1", 5e60), ("x", "2", 2.0), ("", "2", f64::NAN)];

    #[test]
    fn rows_become_fewer() {
        check(
            &regroup(A::Sum, &["a"], vec![]),
            &ROWS,
            &expect![[r#"
            {a="x"} [15000] [3.0]
            {a="y"} [15000] [5e60]
            {} [15000] [NaN]
        "#]],
        );
        check(
            &regroup(A::Count, &[], vec![Matcher::equal("a", "x")]),
            &ROWS,
            &expect![[r#"
            {} [15000] [3.0]
        "#]],
        );
        check(
            &regroup(A::Min, &["b"], vec![]),
            &ROWS,
            &expect![[r#"
            {b="1"} [15000] [1.0]
            {b="2"} [15000] [2.0]
        "#]],
        );
        check(
            &regroup(A::Max, &[], vec![]),
            &ROWS,
            &expect![[r#"
            {} [15000] [5e60]
        "#]],
        );
        check(
            &regroup(A::Group, &["b", "c"], vec![]),
            &ROWS,
            &expect![[r#"
            {b="1"} [15000] [1.0]
            {b="2"} [15000] [1.0]
        "#]],
        );
        let some = Matcher::new("a", MatchOp::Regex, "z|").unwrap();
        check(
            &regroup(A::Sum, &["a", "b"], vec![some]),
            &ROWS,
            &expect![[r#"
            {b="2"} [15000] [NaN]
        "#]],
        );
        check(&regroup(A::Sum, &[], vec![Matcher::equal("a", "z")]), &ROWS, &expect![""]);
    }

    #[test]
    fn what_rounding_and_order_decide_is_not_told() {
        let both = [("x", "1", 1.0), ("x", "2", -1.0)];
        check(
            &regroup(A::Sum, &["a"], vec![]),
            &both,
            &expect![[r#"
            not sure
        "#]],
        );
        check(
            &regroup(A::Sum, &["b"], vec![]),
            &both,
            &expect![[r#"
            {b="1"} [15000] [1.0]
            {b="2"} [15000] [-1.0]
        "#]],
        );
        check(
            &regroup(A::Min, &["a"], vec![]),
            &both,
            &expect![[r#"
            {a="x"} [15000] [-1.0]
        "#]],
        );
        let zeros = [("x", "1", 0.0), ("x", "2", -0.0)];
        check(
            &regroup(A::Max, &["a"], vec![]),
            &zeros,
            &expect![[r#"
            not sure
        "#]],
        );
        check(
            &regroup(A::Max, &["b"], vec![]),
            &zeros,
            &expect![[r#"
            {b="1"} [15000] [0.0]
            {b="2"} [15000] [-0.0]
        "#]],
        );
    }
}
