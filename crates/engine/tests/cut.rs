//! Where plans are cut: what is asked of the source, in which form, and what is asked together.
#![expect(clippy::unwrap_used, reason = "a malformed rule fails its test")]
#![expect(clippy::needless_raw_string_hashes, reason = "as expect-test writes them")]

use std::fmt::Write;

use engine::{Cut, Plan, PlanBuilder, PlanOptions};
use expect_test::{Expect, expect};
use promql::{Expr, ParseOptions, parse_expr};

fn plan(options: PlanOptions, rules: &str) -> Plan {
    let exprs: Vec<Expr> = rules
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_once(" := ").map_or(line, |(_, expr)| expr))
        .map(|text| parse_expr(text.trim(), &ParseOptions::all()).unwrap())
        .collect();
    let names = rules.lines().filter_map(|line| line.trim().split_once(" := "));
    let produced: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
    let mut builder = PlanBuilder::for_rules(options, &exprs.iter().collect::<Vec<_>>(), &produced);
    for expr in &exprs {
        builder.add(expr).unwrap();
    }
    builder.finish()
}

/// What is asked: expressions as they are, selectors in braces, windows with brackets; then which
/// of them go together.
fn asked(plan: &Plan) -> String {
    let mut text = String::new();
    for fragment in plan.fragments() {
        writeln!(text, "{:?} {}", fragment.kind, fragment.query).unwrap();
    }
    for batch in plan.batches() {
        let all: Vec<usize> = (0..batch.members.len()).collect();
        for question in batch.questions(&all) {
            writeln!(text, "together by {}: {}", batch.label, question.query).unwrap();
        }
        for member in &batch.members {
            let (value, drops) = (&member.value, member.drops_label);
            let what = if batch.label.is_empty() { "some" } else { value };
            let dropped = if drops { " without the label" } else { "" };
            writeln!(text, "  f{} takes {what}{dropped}", member.fragment.0).unwrap();
        }
        if let Some(all) = batch.all {
            writeln!(text, "  f{} takes all", all.0).unwrap();
        }
    }
    text
}

fn check(cut: Cut, rules: &str, expect: &Expect) {
    let options = PlanOptions { cut, default_step: 15_000, ..PlanOptions::default() };
    expect.assert_eq(&asked(&plan(options, rules)));
}

fn shared(rules: &str, expect: &Expect) {
    check(Cut::Shared, rules, expect);
}

#[test]
fn aggregations_and_windows_are_cut_away_and_comparisons_stay() {
    shared(
        r#"
        sum by (job) (rate(x_total{code=~"5.."}[5m])) / sum by (job) (rate(x_total[5m])) > 0.05
        histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m]))) > 1
        histogram_quantile(0.9, sum by (le) (rate(h_bucket[300s]))) > (2)
        up == 0
        increase(restarts_total[1h]) > 3 and on (pod) up
        count(up == 0) > 2
        max_over_time(sum(rate(x_total[5m]))[1h:]) > 7
        "#,
        &expect![[r#"
            Expression sum by (job) (rate(x_total{code=~"5.."}[5m]))
            Expression sum by (job) (rate(x_total[5m]))
            Expression sum by (le) (rate(h_bucket[5m]))
            Instant {__name__="up"}
            Expression increase(restarts_total[1h])
            Expression count(up == 0)
            Expression max_over_time(sum(rate(x_total[5m]))[1h:15s])
        "#]],
    );
}

#[test]
fn what_rules_produce_is_read_here() {
    shared(
        r#"
        job:x:rate := sum by (job) (rate(x[5m]))
        sum(job:x:rate) > 1
        sum({__name__=~"job:.*"}) > 1
        max(sum by (job) (rate(y[5m])) / job:x:rate) > 1
        sum(sum by (job) (rate(y[5m])) / job:x:rate) > 1
        avg_over_time(job:x:rate[1h])
        sum({job="a"})
        sum({job="a",__name__!="job:x:rate"})
        "#,
        &expect![[r#"
            Expression sum by (job) (rate(x[5m]))
            Instant {__name__="job:x:rate"}
            Instant {__name__=~"job:.*"}
            Expression sum by (job) (rate(y[5m]))
            Window {__name__="y"}
            Window {__name__="job:x:rate"}
            Instant {job="a"}
            Expression sum({__name__!="job:x:rate",job="a"})
        "#]],
    );
}

#[test]
fn what_a_source_may_not_know_is_evaluated_here() {
    shared(
        r#"
        sum(x @ 100)
        sum(x offset step())
        sum(rate(x[5m] anchored))
        sum(mad_over_time(x[5m]))
        limitk(2, x)
        sum(x + fill(0) y)
        sum(info(x))
        sum(max_over_time(x[5m:1m] @ end()))
        count({"\xff"="a"})
        sum(rate(x[5m]))
        "#,
        &expect![[r#"
            Instant {__name__="x"}
            Window {__name__="x"}
            Instant {__name__="y"}
            Instant {__name__="target_info"}
            SampleTime timestamp({__name__="target_info"})
            Instant {"\xff"="a"}
            Expression sum(rate(x[5m]))
        "#]],
    );
    let options =
        PlanOptions { cut: Cut::Shared, start_timestamps: true, ..PlanOptions::default() };
    expect![[r#"
        Window {__name__="x"}
    "#]]
    .assert_eq(&asked(&plan(options, "sum(rate(x[5m]))")));
}

#[test]
fn copies_for_values_of_a_label_are_asked_together() {
    shared(
        r#"
        sum by (le) (rate(h_bucket{service="a.b"}[5m]))
        sum by (le) (rate(h_bucket{service="c"}[5m]))
        sum by (le, service) (rate(h_bucket{service="d"}[5m]))
        sum without (pod) (rate(x{service="a",job="j"}[5m]))
        sum without (pod) (rate(x{service="b",job="j"}[5m]))
        sum without (pod, service) (rate(x{service="b",job="j"}[5m]))
        rate(y{service="a"}[5m])
        rate(y{service="b"}[5m])
        "#,
        &expect![[r#"
            Expression sum by (le) (rate(h_bucket{service="a.b"}[5m]))
            Expression sum by (le) (rate(h_bucket{service="c"}[5m]))
            Expression sum by (le, service) (rate(h_bucket{service="d"}[5m]))
            Expression sum without (pod) (rate(x{job="j",service="a"}[5m]))
            Expression sum without (pod) (rate(x{job="j",service="b"}[5m]))
            Expression sum without (pod, service) (rate(x{job="j",service="b"}[5m]))
            Expression rate(y{service="a"}[5m])
            Expression rate(y{service="b"}[5m])
            together by service: sum by (le, service) (rate(h_bucket{service=~"a\\.b|c|d"}[5m]))
              f0 takes a.b without the label
              f1 takes c without the label
              f2 takes d
            together by service: sum without (pod) (rate(x{job="j",service=~"a|b"}[5m]))
              f3 takes a
              f4 takes b
              f5 takes b without the label
            together by service: rate(y{service=~"a|b"}[5m])
              f6 takes a
              f7 takes b
        "#]],
    );
}

#[test]
fn one_that_asks_for_all_values_serves_those_of_one() {
    shared(
        r#"
        sum by (le, service) (rate(h_bucket[5m]))
        sum by (le) (rate(h_bucket{service="a"}[5m]))
        up{job="a"}
        up{job="b"}
        up
        down{job="a"}
        down{job="b"}
        "#,
        &expect![[r#"
            Expression sum by (le, service) (rate(h_bucket[5m]))
            Expression sum by (le) (rate(h_bucket{service="a"}[5m]))
            Instant {__name__="up",job="a"}
            Instant {__name__="up",job="b"}
            Instant {__name__="up"}
            Instant {__name__="down",job="a"}
            Instant {__name__="down",job="b"}
              f2 takes some
              f3 takes some
              f4 takes all
            together by job: down{job=~"a|b"}
              f5 takes a
              f6 takes b
            together by job: up{job=~"a|b"}
              f2 takes a
              f3 takes b
            together by service: sum by (le, service) (rate(h_bucket{service="a"}[5m]))
              f1 takes a without the label
              f0 takes all
        "#]],
    );
}

#[test]
fn what_would_show_that_there_are_other_values_is_asked_alone() {
    shared(
        r#"
        sum(x{l="a"} + on (pod) y{l="a"})
        sum(x{l="b"} + on (pod) y{l="b"})
        count_values("l", z{l="a"})
        count_values("l", z{l="b"})
        sum(label_replace(z{l="a"}, "m", "$1", "l", "(.*)"))
        sum(label_replace(z{l="b"}, "m", "$1", "l", "(.*)"))
        sum(z{l=""})
        sum(z{l="c"})
        topk by (pod) (scalar(u{l="a"}), v)
        topk by (pod) (scalar(u{l="b"}), v)
        sum(histogram_quantile(0.5, h{le="a"}))
        sum(histogram_quantile(0.5, h{le="b"}))
        "#,
        &expect![[r#"
            Expression sum(x{l="a"} + on (pod) y{l="a"})
            Expression sum(x{l="b"} + on (pod) y{l="b"})
            Expression count_values("l", z{l="a"})
            Expression count_values("l", z{l="b"})
            Expression sum(label_replace(z{l="a"}, "m", "$1", "l", "(.*)"))
            Expression sum(label_replace(z{l="b"}, "m", "$1", "l", "(.*)"))
            Expression sum(z{l=""})
            Expression sum(z{l="c"})
            Expression topk by (pod) (scalar(u{l="a"}), v)
            Expression topk by (pod) (scalar(u{l="b"}), v)
            Expression sum(histogram_quantile(0.5, h{le="a"}))
            Expression sum(histogram_quantile(0.5, h{le="b"}))
        "#]],
    );
}

#[test]
fn an_inner_aggregation_that_is_asked_anyway_serves_outer_ones() {
    shared(
        r#"
        max(sum by (service) (rate(x[5m]))) > 1
        sum by (service) (rate(x[5m])) > 2
        min(sum by (job) (rate(y[5m]))) > 1
        max(sum by (job) (rate(y[5m]))) > 1
        max(sum by (pod) (rate(z[5m])))
        sum(sum by (pod) (rate(w[5m])))
        avg(sum by (pod) (rate(w[5m])))
        "#,
        &expect![[r#"
            Expression sum by (service) (rate(x[5m]))
            Expression sum by (job) (rate(y[5m]))
            Expression max(sum by (pod) (rate(z[5m])))
            Expression sum(sum by (pod) (rate(w[5m])))
            Expression avg(sum by (pod) (rate(w[5m])))
        "#]],
    );
}

#[test]
fn to_know_of_absence_little_is_asked() {
    shared(
        r#"
        absent(x{job="a"})
        absent(x{job="b"})
        absent_over_time(y{job="a"}[5m])
        absent(up{job="a"})
        up == 0
        absent(sum(rate(z[5m])))
        "#,
        &expect![[r#"
            Expression group(x{job="a"})
            Expression group(x{job="b"})
            Expression group(present_over_time(y{job="a"}[5m]))
            Instant {__name__="up",job="a"}
            Instant {__name__="up"}
            Expression sum(rate(z[5m]))
              f3 takes some
              f4 takes all
            together by job: group by (job) (x{job=~"a|b"})
              f0 takes a without the label
              f1 takes b without the label
        "#]],
    );
}

#[test]
fn whole_expressions_but_for_thresholds() {
    check(
        Cut::Whole,
        r#"
        sum by (job) (rate(x{code=~"5.."}[5m])) / sum by (job) (rate(x[5m])) > 0.05
        histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m]))) > scalar(sum(limit))
        up == 0 and on (job) (sum by (job) (x) > 1)
        1 < sum(x)
        sum(x) > bool 1
        r := sum(x) + sum(y)
        r + sum(x) + sum(y)
        up
        "#,
        &expect![[r#"
            Expression sum by (job) (rate(x{code=~"5.."}[5m])) / sum by (job) (rate(x[5m]))
            Expression histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m])))
            Expression sum(limit)
            Instant {__name__="up"}
            Expression sum by (job) (x) > 1
            Expression 1 < sum(x)
            Expression sum(x) > bool 1
            Expression sum(x) + sum(y)
            Instant {__name__="r"}
            Expression sum(x)
            Expression sum(y)
        "#]],
    );
}

#[test]
fn long_lists_of_values_are_asked_in_parts() {
    let rule = |i: usize| format!("sum(x{{pod=\"pod-{i:04}\"}})\n");
    let rules: String = (0..600).map(rule).collect();
    let options = PlanOptions { cut: Cut::Shared, ..PlanOptions::default() };
    let plan = plan(options, &rules);
    let [batch] = plan.batches() else { panic!("one batch") };
    let all: Vec<usize> = (0..600).collect();
    let questions = batch.questions(&all);
    assert!(questions.iter().all(|q| q.query.len() < 5000), "none is long");
    let served: Vec<usize> = questions.iter().flat_map(|q| q.members.clone()).collect();
    assert_eq!(served, all, "each once");
    assert_eq!(questions.len(), 3);
}
