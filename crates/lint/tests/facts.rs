//! Expressions and what is known of them, in a compact form.
//!
//! `a="x"` and `a!` are guaranteed labels, `a?` and `a?="x"` possible ones, `a-` is impossible; `*`
//! stands for any others. Then come bounds, `int`, `nan`, `hist`; `|` separates branches.

use std::fmt::Write;

use expect_test::{Expect, expect};
use lint::facts::{Bound, Certainty, Facts, Label, LabelSet, Presence, Records, Values};
use promql::ParseOptions;

fn labels(labels: &LabelSet<'_>) -> String {
    let mut named: Vec<_> = labels.named().collect();
    named.sort_by_key(|(name, _)| *name);
    let mut out: Vec<String> = named.iter().map(|(name, label)| one(name, label)).collect();
    if !labels.is_closed() {
        out.push("*".to_owned());
    }
    format!("{{{}}}", out.join(" "))
}

fn one(name: &str, label: &Label<'_>) -> String {
    let sign = match label.certainty {
        Certainty::Guaranteed if label.values.is_some() => "",
        Certainty::Guaranteed => "!",
        Certainty::Possible => "?",
        Certainty::Impossible => "-",
    };
    let values = label.values.as_ref().map(|values| values.as_slice().join("|"));
    format!("{name}{sign}{}", values.map_or(String::new(), |values| format!("=\"{values}\"")))
}

fn is_one(values: &Values) -> bool {
    values.lower.value.to_bits() == values.upper.value.to_bits()
}

fn values(values: &Values) -> String {
    let mut out = String::new();
    let number = |bound: Bound| model::number::format_g(bound.value);
    if values.has_no_number() {
        out.push_str("no number");
    } else if is_one(values) {
        let _ = write!(out, "= {}", number(values.lower));
    } else {
        let (open, close) =
            (if values.lower.open { '(' } else { '[' }, if values.upper.open { ')' } else { ']' });
        let _ = write!(out, "{open}{}, {}{close}", number(values.lower), number(values.upper));
    }
    let flags = [
        (values.is_integer && !is_one(values), " int"),
        (values.may_be_nan, " nan"),
        (values.may_be_histogram, " hist"),
    ];
    flags.iter().filter(|(is, _)| *is).for_each(|(_, name)| out.push_str(name));
    out
}

fn facts(text: &str, strict: bool) -> String {
    let expr = promql::parse_expr(text, &ParseOptions::all()).expect(text);
    let records = Records::default();
    let facts = if strict { Facts::strict(&expr) } else { Facts::of(&expr, &records) };
    let root = facts.root();
    let branches =
        root.branches.iter().map(|b| format!("{} {}", labels(&b.labels), values(&b.values)));
    let branches: Vec<String> = branches.collect();
    let presence = match root.presence {
        Presence::Always => "always ",
        Presence::Never => "never ",
        Presence::Maybe => "",
    };
    format!("{presence}{}", branches.join(" | "))
}

fn check(expect: &Expect, texts: &[&str]) {
    let mut out = String::new();
    for text in texts {
        let (facts, strict) = (facts(text, false), facts(text, true));
        let _ = writeln!(out, "{text}\n    {facts}");
        if facts != strict {
            let _ = writeln!(out, "    strictly: {strict}");
        }
    }
    expect.assert_eq(&out);
}

#[test]
fn selectors() {
    check(
        &expect![[r#"
        foo
            {__name__="foo" *} [-Inf, +Inf] nan hist
        foo{a="x",b=~"y|z",c!="",d="",e=~".+",f!~".+",g=~"h|",i!="j"}
            {__name__="foo" a="x" b="y|z" c! d- e! f- g?="h" *} [-Inf, +Inf] nan hist
        {__name__=~"a|b"}
            {__name__="a|b" *} [-Inf, +Inf] nan hist
        up
            {__name__="up" instance! job! *} [0, 1] int
            strictly: {__name__="up" *} [-Inf, +Inf] nan hist
        foo_total
            {__name__="foo_total" *} [0, +Inf)
            strictly: {__name__="foo_total" *} [-Inf, +Inf] nan hist
        ALERTS{alertname="A",alertstate!="pending"}
            {__name__="ALERTS" alertname="A" alertstate="firing" *} = 1
            strictly: {__name__="ALERTS" alertname="A" *} [-Inf, +Inf] nan hist
        foo{a="x",a="y"}
            never 
        foo[5m]
            {__name__="foo" *} [-Inf, +Inf] nan hist
    "#]],
        &[
            "foo",
            r#"foo{a="x",b=~"y|z",c!="",d="",e=~".+",f!~".+",g=~"h|",i!="j"}"#,
            r#"{__name__=~"a|b"}"#,
            "up",
            "foo_total",
            r#"ALERTS{alertname="A",alertstate!="pending"}"#,
            r#"foo{a="x",a="y"}"#,
            "foo[5m]",
        ],
    );
}

#[test]
fn aggregations() {
    check(
        &expect![[r#"
        sum by (a) (foo)
            {a?} [-Inf, +Inf] nan hist
        sum(foo_total)
            {} [0, +Inf)
            strictly: {} [-Inf, +Inf] nan hist
        count by (a, b, c) (foo{a="x",b=""})
            {a="x" b- c?} [1, +Inf) int
        count without (a) (foo)
            {a- *} [1, +Inf) int
        group(foo)
            {} = 1
        avg(up)
            {} [0, 1]
            strictly: {} [-Inf, +Inf] nan hist
        min by (a) (up)
            {a?} [0, 1] int
            strictly: {a?} [-Inf, +Inf] nan
        stddev(foo)
            {} [0, +Inf) nan
        topk(3, up)
            {__name__="up" instance! job! *} [0, 1] int
            strictly: {__name__="up" *} [-Inf, +Inf] nan
        topk(0, up)
            never 
        quantile(0.9, up)
            {} [0, 1]
            strictly: {} [-Inf, +Inf] nan
        count_values by (a) ("v", foo)
            {a? v!} [1, +Inf) int
        sum by (a) (foo or vector(1))
            {a?} [-Inf, +Inf] nan hist | {a-} [-Inf, +Inf] nan hist
        sum(foo or vector(1))
            {} [-Inf, +Inf] nan hist
    "#]],
        &[
            "sum by (a) (foo)",
            "sum(foo_total)",
            r#"count by (a, b, c) (foo{a="x",b=""})"#,
            "count without (a) (foo)",
            "group(foo)",
            "avg(up)",
            "min by (a) (up)",
            "stddev(foo)",
            "topk(3, up)",
            "topk(0, up)",
            "quantile(0.9, up)",
            r#"count_values by (a) ("v", foo)"#,
            "sum by (a) (foo or vector(1))",
            "sum(foo or vector(1))",
        ],
    );
}

#[test]
fn functions() {
    check(
        &expect![[r#"
        rate(foo_total[5m])
            {*} [0, +Inf)
            strictly: {*} [-Inf, +Inf] nan hist
        rate(foo[5m])
            {*} [0, +Inf) hist
            strictly: {*} [-Inf, +Inf] nan hist
        changes(foo[5m])
            {*} [0, +Inf) int
        avg_over_time(up[5m])
            {instance! job! *} [0, 1]
            strictly: {*} [-Inf, +Inf] nan hist
        sum_over_time(up[5m])
            {instance! job! *} [0, +Inf) int
            strictly: {*} [-Inf, +Inf] nan hist
        last_over_time(foo[5m])
            {__name__="foo" *} [-Inf, +Inf] nan hist
        absent(foo{a="x",b=~"y",c="z",c!="w"})
            {a="x"} = 1
        absent(vector(1))
            never 
        hour()
            always {} [0, 23] int
        month(foo)
            {*} [1, 12] int
        time()
            always {} [0, +Inf)
            strictly: always {} (-Inf, +Inf)
        timestamp(foo)
            {*} [0, +Inf)
            strictly: {*} (-Inf, +Inf)
        vector(1)
            always {} = 1
        scalar(foo)
            always {} [-Inf, +Inf] nan
        scalar(vector(2))
            always {} = 2
        clamp(foo, 0, 1)
            {*} [0, 1] nan
        clamp_min(rate(foo_total[5m]), 1)
            {*} [1, +Inf)
            strictly: {*} [1, +Inf] nan
        clamp_max(foo, 3)
            {*} [-Inf, 3] nan
        abs(foo)
            {*} [0, +Inf] nan
        sgn(count(foo))
            {} = 1
        round(clamp(foo, 0.2, 7.7))
            {*} [0, 8] int nan
        floor(clamp(foo, 0.2, 7.7))
            {*} [0, 7] int nan
        histogram_quantile(0.9, sum by (le) (rate(foo_bucket[5m])))
            {le-} [-Inf, +Inf] nan
            strictly: {le?} [-Inf, +Inf] nan
        histogram_quantile(0.9, sum by (a) (rate(foo_bucket[5m])))
            never 
            strictly: {a?} [-Inf, +Inf] nan
        histogram_quantile(0.9, sum by (a) (rate(foo[5m])))
            {a?} [-Inf, +Inf] nan
        histogram_fraction(0, 1, rate(foo[5m]))
            {le- *} [0, 1] nan
            strictly: {le? *} [-Inf, +Inf] nan
        predict_linear(foo[1h], 3600)
            {*} [-Inf, +Inf] nan
        info(up)
            {__name__="up" instance! job! *} [0, 1] int
            strictly: {__name__="up" *} [-Inf, +Inf] nan hist
    "#]],
        &[
            "rate(foo_total[5m])",
            "rate(foo[5m])",
            "changes(foo[5m])",
            "avg_over_time(up[5m])",
            "sum_over_time(up[5m])",
            "last_over_time(foo[5m])",
            "absent(foo{a=\"x\",b=~\"y\",c=\"z\",c!=\"w\"})",
            "absent(vector(1))",
            "hour()",
            "month(foo)",
            "time()",
            "timestamp(foo)",
            "vector(1)",
            "scalar(foo)",
            "scalar(vector(2))",
            "clamp(foo, 0, 1)",
            "clamp_min(rate(foo_total[5m]), 1)",
            "clamp_max(foo, 3)",
            "abs(foo)",
            "sgn(count(foo))",
            "round(clamp(foo, 0.2, 7.7))",
            "floor(clamp(foo, 0.2, 7.7))",
            "histogram_quantile(0.9, sum by (le) (rate(foo_bucket[5m])))",
            "histogram_quantile(0.9, sum by (a) (rate(foo_bucket[5m])))",
            "histogram_quantile(0.9, sum by (a) (rate(foo[5m])))",
            "histogram_fraction(0, 1, rate(foo[5m]))",
            "predict_linear(foo[1h], 3600)",
            "info(up)",
        ],
    );
}

#[test]
fn relabelling() {
    check(
        &expect![[r#"
        label_replace(foo, "a", "x", "b", ".*")
            {__name__="foo" a="x" *} [-Inf, +Inf] nan hist
        label_replace(foo, "a", "x", "b", "y")
            {__name__="foo" a? *} [-Inf, +Inf] nan hist
        label_replace(foo{b="y"}, "a", "x-$1", "b", "(.)")
            {__name__="foo" a="x-y" b="y" *} [-Inf, +Inf] nan hist
        label_replace(foo{b="y"}, "a", "x", "b", "z")
            {__name__="foo" a? b="y" *} [-Inf, +Inf] nan hist
        label_replace(foo{b!=""}, "a", "$1", "b", "(.+)")
            {__name__="foo" a! b! *} [-Inf, +Inf] nan hist
        label_replace(foo, "a", "$1", "b", "(.*)")
            {__name__="foo" a? *} [-Inf, +Inf] nan hist
        label_replace(sum by (b) (foo), "a", "", "b", ".*")
            {a- b?} [-Inf, +Inf] nan hist
        label_replace(sum by (b) (foo), "a", "$1", "c", "(.*)")
            {a- b?} [-Inf, +Inf] nan hist
        label_replace(sum by (b) (foo), "a", "$1", "c", "(.+)")
            {a- b?} [-Inf, +Inf] nan hist
        label_join(foo{a="1",b="2"}, "c", "-", "a", "b")
            {__name__="foo" a="1" b="2" c="1-2" *} [-Inf, +Inf] nan hist
        label_join(sum by (a) (foo), "c", "-", "a")
            {a? c?} [-Inf, +Inf] nan hist
    "#]],
        &[
            r#"label_replace(foo, "a", "x", "b", ".*")"#,
            r#"label_replace(foo, "a", "x", "b", "y")"#,
            r#"label_replace(foo{b="y"}, "a", "x-$1", "b", "(.)")"#,
            r#"label_replace(foo{b="y"}, "a", "x", "b", "z")"#,
            r#"label_replace(foo{b!=""}, "a", "$1", "b", "(.+)")"#,
            r#"label_replace(foo, "a", "$1", "b", "(.*)")"#,
            r#"label_replace(sum by (b) (foo), "a", "", "b", ".*")"#,
            r#"label_replace(sum by (b) (foo), "a", "$1", "c", "(.*)")"#,
            r#"label_replace(sum by (b) (foo), "a", "$1", "c", "(.+)")"#,
            r#"label_join(foo{a="1",b="2"}, "c", "-", "a", "b")"#,
            r#"label_join(sum by (a) (foo), "c", "-", "a")"#,
        ],
    );
}

#[test]
fn comparisons() {
    check(
        &expect![[r#"
        foo > 90 < 95
            {__name__="foo" *} (90, 95)
        95 > foo > 90
            {__name__="foo" *} (90, 95)
        count(foo) == 0
            never 
        count(foo) < 1
            never 
        count(foo) >= 1
            {} [1, +Inf) int
        count(foo) > bool 0
            {} = 1
        foo > bool 3
            {*} [0, 1] int
        rate(foo_total[5m]) < 0
            never 
            strictly: {*} [-Inf, 0)
        up == 2
            never 
            strictly: {__name__="up" *} = 2
        up == 0.5
            never 
            strictly: {__name__="up" *} = 0.5
        up != 1
            {__name__="up" instance! job! *} [0, 1] int
            strictly: {__name__="up" *} [-Inf, +Inf] nan
        vector(1) == 1
            always {} = 1
        vector(1) > 2
            never 
        1 > bool 2
            always {} = 0
        (count(foo) or vector(0)) == 0
            {} = 0
        foo == foo
            {__name__="foo" *} [-Inf, +Inf] hist
        foo > up
            {__name__="foo" instance! job! *} (0, +Inf]
            strictly: {__name__="foo" *} (-Inf, +Inf]
        hour() > 22 < 6
            never 
        absent(foo) == 1
            {} = 1
        foo == NaN
            never 
        foo != NaN
            {__name__="foo" *} [-Inf, +Inf] nan
    "#]],
        &[
            "foo > 90 < 95",
            "95 > foo > 90",
            "count(foo) == 0",
            "count(foo) < 1",
            "count(foo) >= 1",
            "count(foo) > bool 0",
            "foo > bool 3",
            "rate(foo_total[5m]) < 0",
            "up == 2",
            "up == 0.5",
            "up != 1",
            "vector(1) == 1",
            "vector(1) > 2",
            "1 > bool 2",
            "(count(foo) or vector(0)) == 0",
            "foo == foo",
            "foo > up",
            "hour() > 22 < 6",
            "absent(foo) == 1",
            "foo == NaN",
            "foo != NaN",
        ],
    );
}

#[test]
fn arithmetic() {
    check(
        &expect![[r#"
            1 + 2 * 3
                always {} = 7
            -count(foo)
                {} (-Inf, -1] int
            count(foo) - 1
                {} [0, +Inf) int
            count(foo) / count(bar)
                {} [0, +Inf)
            count(foo{a="x"}) / count(foo)
                {} [0, 1]
            sum(rate(foo_total{code=~"5.."}[5m])) / sum(rate(foo_total[5m]))
                {} [0, 1] nan
                strictly: {} [-Inf, +Inf] nan hist
            100 * sum by (a) (rate(foo_total{code=~"5.."}[5m])) / sum by (a) (rate(foo_total[5m]))
                {a?} [0, 100] nan
                strictly: {a?} [-Inf, +Inf] nan hist
            1 - avg(up)
                {} [0, 1]
                strictly: {} [-Inf, +Inf] nan
            count(up == 1) / count(up)
                {} [0, 1]
            rate(foo_total[5m]) / rate(bar_total[5m])
                {*} [0, +Inf] nan
                strictly: {*} [-Inf, +Inf] nan hist
            hour() % 6
                always {} [0, 6] int
            time() - foo_timestamp_seconds
                {*} [-Inf, +Inf) nan
                strictly: {*} [-Inf, +Inf] nan
            abs(foo) ^ 0.5
                {*} [0, +Inf] nan
            foo - foo
                {*} [-Inf, +Inf] nan hist
        "#]],
        &[
            "1 + 2 * 3",
            "-count(foo)",
            "count(foo) - 1",
            "count(foo) / count(bar)",
            "count(foo{a=\"x\"}) / count(foo)",
            "sum(rate(foo_total{code=~\"5..\"}[5m])) / sum(rate(foo_total[5m]))",
            "100 * sum by (a) (rate(foo_total{code=~\"5..\"}[5m])) / sum by (a) (rate(foo_total[5m]))",
            "1 - avg(up)",
            "count(up == 1) / count(up)",
            "rate(foo_total[5m]) / rate(bar_total[5m])",
            "hour() % 6",
            "time() - foo_timestamp_seconds",
            "abs(foo) ^ 0.5",
            "foo - foo",
        ],
    );
}

#[test]
fn matching() {
    check(
        &expect![[r#"
        sum by (a, b) (foo) / sum by (a, b) (bar)
            {a? b?} [-Inf, +Inf] nan hist
        sum by (a, b) (foo) / ignoring (b) sum by (a) (bar)
            {a? b-} [-Inf, +Inf] nan hist
        sum by (a, b) (foo) / on (a) group_left (c) bar
            {a? b? c?} [-Inf, +Inf] nan hist
        sum by (a) (foo) * on (a) group_left (c, d) bar{c="x",d=""}
            {a? c="x" d-} [-Inf, +Inf] nan hist
        foo / on (a) bar
            {a?} [-Inf, +Inf] nan hist
        foo / ignoring (a) bar
            {a- *} [-Inf, +Inf] nan hist
        foo > on (a, __name__) bar
            never 
        foo{a="x"} / on (a) bar{a="y"}
            never 
        foo{a="x"} and on (a) sum(bar)
            never 
        foo and sum by (a) (bar)
            {__name__="foo" __type__- __unit__- a?} [-Inf, +Inf] nan hist
        foo{a="x"} or bar{b="y"}
            {__name__="foo" a="x" *} [-Inf, +Inf] nan hist | {__name__="bar" b="y" *} [-Inf, +Inf] nan hist
        vector(1) or vector(2)
            always {} = 1
        foo unless on () vector(1)
            never 
        foo and on () vector(1)
            {__name__="foo" *} [-Inf, +Inf] nan hist
        vector(1) + vector(2)
            always {} = 3
        foo * on (a) group_right (b) sum by (a, c) (bar)
            {a? b? c?} [-Inf, +Inf] nan hist
    "#]],
        &[
            "sum by (a, b) (foo) / sum by (a, b) (bar)",
            "sum by (a, b) (foo) / ignoring (b) sum by (a) (bar)",
            "sum by (a, b) (foo) / on (a) group_left (c) bar",
            r#"sum by (a) (foo) * on (a) group_left (c, d) bar{c="x",d=""}"#,
            "foo / on (a) bar",
            "foo / ignoring (a) bar",
            "foo > on (a, __name__) bar",
            r#"foo{a="x"} / on (a) bar{a="y"}"#,
            r#"foo{a="x"} and on (a) sum(bar)"#,
            "foo and sum by (a) (bar)",
            "foo{a=\"x\"} or bar{b=\"y\"}",
            "vector(1) or vector(2)",
            "foo unless on () vector(1)",
            "foo and on () vector(1)",
            "vector(1) + vector(2)",
            "foo * on (a) group_right (b) sum by (a, c) (bar)",
        ],
    );
}
