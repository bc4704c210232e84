//! Functions of labels that are left away, and those that are not: that they mean the same is
//! shown by `testkit/tests/renames.rs`.
#![expect(clippy::unwrap_used, reason = "a malformed expression fails its test")]

use engine::{Cut, PlanBuilder, PlanOptions};
use promql::{ParseOptions, parse_expr};

/// How many functions of labels a plan evaluates.
fn n_renames(options: PlanOptions, expr: &str) -> usize {
    let mut builder = PlanBuilder::new(options);
    builder.add(&parse_expr(expr, &ParseOptions::all()).unwrap()).unwrap();
    let nodes = builder.finish().outline();
    nodes.iter().filter(|node| node.title.starts_with("label_")).count()
}

#[track_caller]
fn check(expected: usize, exprs: &[&str]) {
    for expr in exprs {
        assert_eq!(n_renames(PlanOptions::default(), expr), expected, "{expr}");
    }
}

#[test]
fn what_writes_a_label_that_nobody_sees_is_left_away() {
    check(
        0,
        &[
            // What is read has not the label: by its grouping, by a matcher, by what it is made of.
            r#"sum by (a) (label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"sum(label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"sum without (c) (label_replace(sum without (c) (x), "c", "$1", "b", "(.*)"))"#,
            r#"max by (a) (label_replace(x{c=""}, "c", "$1", "b", "(.*)"))"#,
            r#"max by (a) (label_replace(rate(x{c=""}[5m]), "c", "$1", "b", "(.*)"))"#,
            r#"count(label_replace(topk(2, sum by (a) (x)), "c", "$1", "a", "(.*)"))"#,
            r#"avg(label_replace(max_over_time(sum by (a) (x)[5m:1m]), "c", "$1", "a", "(.*)"))"#,
            r#"min by (a) (label_replace(sum by (a) (x) / sum by (a) (y), "c", "$1", "a", "(.*)"))"#,
            r#"min by (a) (label_replace(x / on (a, b) y, "c", "$1", "b", "(.*)"))"#,
            r#"quantile by (a) (0.9, label_join(sum by (a, b) (x), "c", "-", "a", "b"))"#,
            r#"stddev by (a) ((label_join((abs(sum by (a, b) (x))), "c", "-", "a", "b")))"#,
            // Its name is read, but not lost on the way.
            r#"group by (a) (label_replace({c="", a!=""}, "c", "$1", "__name__", "(.*)"))"#,
            r#"group by (a) (label_replace({c="", a!=""}, "c", "$1", "__name__", "(.*)") > 2)"#,
            // Arithmetic, signs and comparisons stand between.
            r#"sum by (a) (2 * label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)") > bool 1)"#,
            r#"sum by (a) (-label_replace(rate(x{c=""}[5m]), "c", "$1", "b", "(.*)") + scalar(y))"#,
            // Others stand between, and go as well.
            r#"sum(label_join(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)"), "d", "-", "a"))"#,
            r#"sum(label_join(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)"), "d", "-", "c"))"#,
        ],
    );
}

#[test]
fn what_might_change_something_stays() {
    check(
        1,
        &[
            // It may be there, so that series could become one, or be told apart by it no more.
            r#"sum by (a) (label_replace(x, "c", "$1", "b", "(.*)"))"#,
            r#"sum by (a) (label_replace(sum by (a, b) (x), "b", "$1", "b", "(.).*"))"#,
            r#"sum by (a) (label_replace(sum without (d) (x), "c", "$1", "b", "(.*)"))"#,
            r#"sum by (a) (label_replace(count_values("c", x), "c", "$1", "c", "(.).*"))"#,
            r#"sum(label_replace(x{c=""} or y, "c", "$1", "b", "(.*)"))"#,
            r#"sum(label_replace(x{c=""} * on (a) group_left (c) y, "c", "$1", "b", "(.*)"))"#,
            r#"sum(label_replace(info(x{c=""}), "c", "$1", "b", "(.*)"))"#,
            // It is seen.
            r#"sum by (c) (label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"sum without (a) (label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"topk(1, label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"limit_ratio(0.5, label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#,
            r#"sum(topk by (c) (1, label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)")))"#,
            r#"sum(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)") * on (c) group_left () y)"#,
            r#"sum(histogram_quantile(0.9, label_replace(sum by (a) (x), "le", "1", "a", ".*")))"#,
            // Names are lost on the way, and the label tells the series apart.
            r#"sum(label_replace({c="", a!=""}, "c", "$1", "__name__", "(.*)") * 2)"#,
            r#"sum(-label_replace({c="", a!=""}, "c", "$1", "__name__", "(.*)"))"#,
            r#"sum(label_replace({c="", a!=""}, "c", "$1", "__name__", "(.*)") > bool 2)"#,
            r#"sum(label_replace(x{c=""}, "c", "$1", "__unit__", "(.*)") * 2)"#,
            r#"sum(label_replace(last_over_time({c="", a!=""}[5m]), "c", "$1", "__name__", "(.*)") * 2)"#,
            // Names, and what a server before Prometheus 3 refuses.
            r#"sum(label_replace(sum by (a) (x), "__name__", "$1", "a", "(.*)"))"#,
            r#"sum(label_replace(sum by (a) (x), "__type__", "$1", "a", "(.*)"))"#,
            r#"sum(label_replace(sum by (a) (x), "c.d", "$1", "a", "(.*)"))"#,
            r#"sum(label_join(sum by (a) (x), "c", "-", "a.b"))"#,
        ],
    );
    check(
        2,
        &[
            // What is written is read by what stays, or what stays might make series equal.
            r#"sum by (d) (label_join(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)"), "d", "-", "c"))"#,
            r#"sum(label_replace(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)"), "a", "", "a", ".*"))"#,
        ],
    );
    // What stays reads something else.
    check(
        1,
        &[
            r#"sum by (d) (label_join(label_replace(sum by (a) (x), "c", "$1", "a", "(.*)"), "d", "-", "a"))"#,
        ],
    );
}

#[test]
fn with_names_that_stay_until_the_end_nothing_is_left_away() {
    let text = r#"sum by (a) (label_replace(sum by (a, b) (x), "c", "$1", "b", "(.*)"))"#;
    let delayed = PlanOptions { delayed_name_removal: true, ..PlanOptions::default() };
    let typed = PlanOptions { type_and_unit_labels: true, ..PlanOptions::default() };
    assert_eq!([delayed, typed].map(|options| n_renames(options, text)), [1, 1]);
}

#[test]
fn malformed_ones_are_told_of() {
    for (text, message) in [
        (
            r#"sum(label_replace(sum by (a) (x), "c", "$1", "a", "("))"#,
            "invalid regular expression",
        ),
        (r#"sum(label_replace(sum by (a) (x), "", "$1", "a", ".*"))"#, "invalid destination label"),
        (r#"sum(label_join(sum by (a) (x), "c", "-", ""))"#, "invalid source label name"),
    ] {
        let expr = parse_expr(text, &ParseOptions::all()).unwrap();
        let error = PlanBuilder::new(PlanOptions::default()).add(&expr).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
    }
}

#[test]
fn rules_that_differ_in_it_share_nodes_and_questions() {
    let texts = [
        "sum by (a) (sum by (a, b) (rate(x[5m])))",
        r#"sum by (a) (label_replace(sum by (a, b) (rate(x[5m])), "c", "${1}xx", "b", "(.)..")) > 3"#,
    ];
    let exprs = texts.map(|text| parse_expr(text, &ParseOptions::all()).unwrap());
    for cut in [Cut::Selectors, Cut::Shared, Cut::Whole] {
        let options = PlanOptions { cut, default_step: 15_000, ..PlanOptions::default() };
        let mut builder = PlanBuilder::for_rules(options, &exprs.each_ref(), &[]);
        let [first, second] = exprs.each_ref().map(|expr| builder.add(expr).unwrap());
        let plan = builder.finish();
        assert_eq!(plan.fragments().len(), 1, "{cut:?}");
        let shared = plan.node_of(first);
        let compared = &plan.outline()[plan.node_of(second) as usize];
        assert_eq!(compared.inputs[0], shared, "{cut:?}: {compared:?}");
    }
}

#[test]
fn patterns_that_differ_in_their_anchors_are_one() {
    let nodes = |patterns: &[&str]| {
        let mut builder = PlanBuilder::new(PlanOptions::default());
        for pattern in patterns {
            let text = format!("label_replace(x, 'c', '$1', 'b', `{pattern}`)");
            builder.add(&parse_expr(&text, &ParseOptions::all()).unwrap()).unwrap();
        }
        builder.finish().n_nodes() - 1
    };
    assert_eq!(nodes(&["(.*)", "^(.*)", "(.*)$", "^(.*)$"]), 1);
    assert_eq!(nodes(&["a|b", "^a|b$"]), 1);
    assert_eq!(nodes(&["a", "^^a$$"]), 1);
    assert_eq!(nodes(&[r"a\\$", r"a\\"]), 1);
    // What would mean something else without, or nothing.
    for [a, b] in [[r"a\$", r"a\"], [r"a\\\$", r"a\\\"], ["^*a", "*a"], [r"\Qa$", r"\Qa"]] {
        let is_pattern = |pattern: &str| model::Regex::anchored(pattern).is_ok();
        assert!(is_pattern(a), "{a}");
        if is_pattern(b) {
            assert_eq!(nodes(&[a, b]), 2, "{a} and {b}");
        } else {
            assert_eq!(nodes(&[a]), 1, "{a}");
        }
    }
}
