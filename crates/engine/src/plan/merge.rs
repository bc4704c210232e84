//! Aggregations that the answer to a finer one holds.
//!
//! `sum by (job) (rate(x[5m]))` can be computed from `sum by (job, code) (rate(x[5m]))`, and so can
//! `sum(rate(x{code="500"}[5m]))`: the source is asked once, and reads the series once. What is
//! asked for several selects what the widest of them selects, so that nothing is read that would
//! not be read anyway, and groups by the labels of the finest one and of matchers. Start at
//! [`merge`]; what becomes of an answer is in [`crate::regroup`].

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use model::{METRIC_NAME, Matcher};
use promql::{
    AggregateOp, Expr, ExprKind, ParseOptions,
    ast::{Aggregate, Grouping},
    parse_expr,
    visit::walk,
};

use super::{batch::general, canonical::is_name};
use crate::regroup::Regroup;

/// Which aggregations are computed from finer ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Regrouping {
    /// Also sums: they are compensated, but may differ from the source's own in the last digit.
    #[default]
    Sums,
    /// Those whose results are the same to the bit: `count`, `min`, `max` and `group`.
    Exact,
}

/// A question that takes the place of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// What to ask, as PromQL.
    pub query: String,
    /// Those whose place it takes, two at least, each with how its answer comes of this one's. The
    /// first is the finest.
    pub parts: Vec<(usize, Regroup)>,
}

/// What to ask instead of several of these questions, given as PromQL in canonical form. Each
/// question is part of one at most; parts are named by their index.
pub fn merge(questions: &[&str], regrouping: Regrouping) -> Vec<Merged> {
    let mut families: BTreeMap<String, Vec<Aggregation<'_>>> = BTreeMap::new();
    for (question, text) in questions.iter().enumerate() {
        if let Some((family, aggregation)) = Aggregation::of(question, text, regrouping) {
            families.entry(family).or_default().push(aggregation);
        }
    }
    let mut merged = Vec::new();
    for mut family in families.into_values() {
        family.sort_by_key(|one| (one.matchers.len(), Reverse(one.by.len()), one.text));
        while family.len() > 1 {
            let together = Together::with_the_first(&family);
            if together.parts.len() > 1 {
                merged.push(together.question(&family));
            }
            let mut numbers = 0..;
            family.retain(|_| numbers.next().is_some_and(|i| !together.parts.contains(&i)));
        }
    }
    merged.sort_by_key(|one| one.parts.iter().map(|(question, _)| *question).min());
    merged
}

/// A question that may be part of another one.
struct Aggregation<'q> {
    question: usize,
    text: &'q str,
    expr: Expr,
    by: BTreeSet<String>,
    /// All but that of the metric name.
    matchers: Vec<Matcher>,
}

impl<'q> Aggregation<'q> {
    /// With it comes what is the same for all that may be asked for at once: operator, metric name
    /// and everything between. None where its rows are no function of finer groups'.
    fn of(question: usize, text: &'q str, regrouping: Regrouping) -> Option<(String, Self)> {
        use AggregateOp as A;
        let expr = parse_expr(text, &ParseOptions::default()).ok()?;
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return None };
        let may_regroup = match aggregate.op {
            A::Count | A::Min | A::Max | A::Group => true,
            A::Sum => regrouping == Regrouping::Sums,
            _ => false,
        };
        if !may_regroup || aggregate.param.is_some() {
            return None;
        }
        let by = grouped_by(aggregate)?;
        let matchers = others_than_name(general::only_selector(&aggregate.expr)?)?;
        let is_by_row = matchers.iter().all(|m| keeps_rows(&aggregate.expr, m));
        let family = with(&expr, &[], |matchers| matchers.retain(is_name)).to_string();
        is_by_row.then_some((family, Self { question, text, expr, by, matchers }))
    }

    /// Whether it selects some of what another one selects, of the same family.
    fn is_within(&self, wider: &Self) -> bool {
        wider.matchers.iter().all(|m| self.matchers.contains(m))
    }

    /// The matchers that another one, which is wider, does not have.
    fn matchers_beyond<'m>(&'m self, wider: &Self) -> impl Iterator<Item = &'m Matcher> {
        self.matchers.iter().filter(|m| !wider.matchers.contains(m))
    }
}

/// The labels by which an aggregation groups; none for `without`.
fn grouped_by(aggregate: &Aggregate) -> Option<BTreeSet<String>> {
    match &aggregate.grouping {
        None => Some(BTreeSet::new()),
        Some(grouping) if grouping.without => None,
        Some(grouping) => Some(grouping.labels.iter().cloned().collect()),
    }
}

/// The matchers but for that of the metric name, of which there has to be one: metrics differ in
/// their series, and rows that lost their names could not be told apart.
fn others_than_name(matchers: &[Matcher]) -> Option<Vec<Matcher>> {
    let (names, others): (Vec<&Matcher>, Vec<&Matcher>) =
        matchers.iter().partition(|m| *m.name == *METRIC_NAME);
    let is_one = matches!(*names, [name] if is_name(name)) && others.iter().all(|m| m.is_utf8());
    is_one.then(|| others.into_iter().cloned().collect())
}

/// Whether each series makes a row of its own, with the matcher's label, whatever other series are
/// selected.
fn keeps_rows(expr: &Expr, matcher: &Matcher) -> bool {
    let mut aggregates = false;
    walk(expr, &mut |inner| aggregates |= matches!(inner.kind, ExprKind::Aggregate(_)));
    !aggregates && general::keeps(expr, &matcher.name) == Some(true)
}

/// Those that can be asked for together.
struct Together {
    /// As indexes of a family, the finest first, whose first is the widest.
    parts: Vec<usize>,
    /// All labels by which rows have to be told apart.
    labels: BTreeSet<String>,
}

impl Together {
    /// Those that can be asked for together with the first of a family, which is the widest. Labels
    /// are those of the finest and of matchers: what groups by others stays apart, for the rows of
    /// an answer are to be no more than those of the finest one, but for values that are asked for.
    fn with_the_first(family: &[Aggregation<'_>]) -> Self {
        let widest = &family[0];
        let mut within: Vec<usize> =
            (0..family.len()).filter(|i| family[*i].is_within(widest)).collect();
        // Stable: of those that are as fine, the widest stays first.
        within.sort_by_key(|i| Reverse(family[*i].by.len()));
        let is_finer = |i: &usize| family[*i].by.is_superset(&widest.by);
        let finest = within.remove(within.iter().position(is_finer).expect("the widest itself"));
        let (mut parts, mut labels) = (Vec::new(), family[finest].by.clone());
        for i in std::iter::once(finest).chain(within) {
            let mut more = labels.clone();
            more.extend(family[i].matchers_beyond(widest).map(|m| m.name.to_string()));
            if family[i].by.is_subset(&more) {
                parts.push(i);
                labels = more;
            }
        }
        Self { parts, labels }
    }

    fn question(&self, family: &[Aggregation<'_>]) -> Merged {
        let (widest, labels) = (&family[0], self.labels.iter().cloned().collect::<Vec<_>>());
        let part = |i: &usize| {
            let Aggregation { question, expr, by, .. } = &family[*i];
            let ExprKind::Aggregate(aggregate) = &expr.kind else { unreachable!("as it was made") };
            let matchers: Vec<Matcher> = family[*i].matchers_beyond(widest).cloned().collect();
            let is_all = matchers.is_empty() && *by == self.labels;
            let by = by.iter().cloned().collect();
            (*question, Regroup { op: aggregate.op, matchers, by, is_all })
        };
        let parts = self.parts.iter().map(part).collect();
        Merged { query: with(&widest.expr, &labels, |_| {}).to_string(), parts }
    }
}

/// An aggregation by these labels, with other matchers at its selector.
fn with(aggregation: &Expr, labels: &[String], change: impl Fn(&mut Vec<Matcher>)) -> Expr {
    let mut expr = aggregation.clone();
    general::change_selector(&mut expr, &mut |selector| change(&mut selector.matchers));
    let span = expr.span;
    if let ExprKind::Aggregate(aggregate) = &mut expr.kind {
        let (labels, label_spans) = (labels.to_vec(), Vec::new());
        let by = Grouping { without: false, labels, label_spans, span };
        aggregate.grouping = (!by.labels.is_empty()).then_some(by);
    }
    expr
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;

    fn check(questions: &[&str], regrouping: Regrouping, expect: &Expect) {
        let mut text = String::new();
        for Merged { query, parts } in merge(questions, regrouping) {
            writeln!(text, "{query}").unwrap();
            for (question, Regroup { matchers, by, is_all, .. }) in parts {
                let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
                let all = if is_all { ", all" } else { "" };
                let (by, matchers) = (by.join(" "), matchers.join(","));
                writeln!(text, "  {question}: by ({by}) {{{matchers}}}{all}").unwrap();
            }
        }
        expect.assert_eq(&text);
    }

    #[test]
    fn the_finest_holds_the_others() {
        check(
            &[
                "sum(rate(x[5m]))",
                "sum by (service) (rate(x{status=~\"5..\"}[5m]))",
                "up",
                "sum by (service) (rate(x[5m]))",
                "sum by (endpoint, service) (rate(x{service=~\"a|b\",status=~\"5..\"}[5m]))",
                "sum by (service) (rate(x[30m]))",
                "count by (service) (rate(x[5m]))",
            ],
            Regrouping::Sums,
            &expect![[r#"
                sum by (endpoint, service, status) (rate(x[5m]))
                  4: by (endpoint service) {service=~"a|b",status=~"5.."}
                  3: by (service) {}
                  1: by (service) {status=~"5.."}
                  0: by () {}
            "#]],
        );
    }

    #[test]
    fn nothing_is_read_that_is_not_asked_for() {
        check(
            &[
                "max by (pod) (x{namespace=\"a\"})",
                "max by (pod) (x{namespace=\"b\"})",
                "max by (pod) (x{job=\"c\",namespace=\"b\"})",
            ],
            Regrouping::Sums,
            &expect![[r#"
                max by (job, pod) (x{namespace="b"})
                  1: by (pod) {}
                  2: by (pod) {job="c"}
            "#]],
        );
    }

    #[test]
    fn labels_come_of_the_finest_and_of_matchers() {
        check(
            &[
                "max by (a, b) (x)",
                "max by (c) (x)",
                "max by (c) (x{d=\"1\"})",
                "max by (d) (x{d=\"1\"})",
                "max by (a) (x)",
            ],
            Regrouping::Exact,
            &expect![[r#"
                max by (a, b, d) (x)
                  0: by (a b) {}
                  4: by (a) {}
                  3: by (d) {d="1"}
                max by (c, d) (x)
                  1: by (c) {}
                  2: by (c) {d="1"}
            "#]],
        );
    }

    #[test]
    fn what_merges_is_a_function_of_rows() {
        let alike = |expr: &str| {
            let (all, some) = (expr.replace("{}", ""), expr.replace("{}", "{a=\"1\"}"));
            merge(&[&all, &some], Regrouping::Sums).len() == 1
        };
        for expr in [
            "sum(rate(x{}[5m]))",
            "sum by (b) (x{})",
            "count(x{} > 5)",
            "min(x{} * 60)",
            "group by (a) (max_over_time(x{}[1h:5m]))",
            "max(-x{})",
            "sum(histogram_quantile(0.9, x{}))",
        ] {
            assert!(alike(expr), "{expr}");
        }
        for expr in [
            "avg(rate(x{}[5m]))",
            "stddev(x{})",
            "quantile(0.9, x{})",
            "topk(2, x{})",
            "count_values(\"v\", x{})",
            "sum without (b) (x{})",
            "sum(sum by (a) (x{}))",
            "sum(topk(2, x{}))",
            "sum(x{} / y)",
            "sum({__name__=~\"x|y\",b=\"1\"} + 1)",
            "sum(absent_over_time(x{}[5m]))",
            "sum(label_replace(x{}, \"a\", \"1\", \"b\", \"c\"))",
            "rate(x{}[5m])",
        ] {
            assert!(!alike(expr), "{expr}");
        }
        let buckets =
            ["sum(histogram_quantile(0.9, x))", "sum(histogram_quantile(0.9, x{le=\"1\"}))"];
        assert_eq!(merge(&buckets, Regrouping::Sums), []);
        assert_eq!(merge(&["sum(x)", "sum(x{a=\"1\"})"], Regrouping::Exact), [], "sums stay");
        assert_eq!(merge(&["sum(x)", "count(x)", "sum(y)"], Regrouping::Sums), []);
    }
}
