//! When metric names go: at once, unless they may stay until the end of the evaluation. Scripts
//! in tests/promql run with the latter only.

use engine::{
    Steps,
    query::{self, QueryOptions, Value},
};
use expect_test::{Expect, expect};
use model::{FloatHistogram, Labels, SampleValue, histogram::notation, number::format_f};
use promql::{ParseOptions, parse_expr, parse_metric_selector};
use store::Table;

const MINUTE: i64 = 60_000;

/// Samples come once a minute; a series without one is stale.
const SERIES: &[(&str, &[&str])] = &[
    (r#"a_total{i="1", __type__="counter", __unit__="s"}"#, &["1", "2", "4"]),
    (r#"a_total{i="2", __type__="counter"}"#, &["5", "stale", "7"]),
    (r#"b_total{i="3"}"#, &["1", "1", "1"]),
    (r#"early{i="4"}"#, &["1", "stale", "3"]),
    (r#"late{i="4"}"#, &["stale", "{{count:4 sum:4 buckets:[1 2 1]}}", "stale"]),
    (r#"same{__type__="counter"}"#, &["1", "1", "1"]),
    (r#"same{__type__="gauge"}"#, &["2", "2", "2"]),
    ("one", &["1", "1", "1"]),
    ("float", &["1", "2", "3"]),
    (
        "native",
        &["stale", "{{count:4 sum:4 buckets:[1 2 1]}}", "{{count:5 sum:4 buckets:[2 2 1]}}"],
    ),
];

fn table() -> Table {
    let mut table = Table::new();
    for (metric, values) in SERIES {
        let matchers = parse_metric_selector(metric, &ParseOptions::all()).expect("a metric");
        let labels = Labels::from_pairs(matchers.iter().map(|m| (&*m.name, &*m.value)));
        let id = table.series_id(&labels);
        for (i, value) in (0..).zip(*values) {
            table.append_value(id, i * MINUTE, 0, sample(value));
        }
    }
    table
}

fn sample(text: &str) -> SampleValue {
    match text {
        "stale" => model::stale_nan().into(),
        text if text.starts_with('{') => {
            notation::parse(text).expect("a histogram").histogram.into()
        }
        number => number.parse::<f64>().expect("a number").into(),
    }
}

/// Evaluates at three steps, with names going at once and at the end.
#[track_caller]
fn check(expr: &str, at_once: Expect, at_the_end: Expect) {
    let (parsed, table) = (parse_expr(expr, &ParseOptions::all()).expect(expr), table());
    for (delayed_name_removal, expect) in [(false, at_once), (true, at_the_end)] {
        let options = QueryOptions { delayed_name_removal, ..QueryOptions::default() };
        let steps = Steps { start: 0, step: MINUTE, count: 3 };
        let result = query::range(&parsed, steps, &table, &options);
        let text = match result.map(|result| result.value) {
            Ok(Value::Matrix(series)) => series.iter().map(line).collect::<Vec<_>>().join("\n"),
            Ok(other) => panic!("a range query gives a matrix, not {other:?}"),
            Err(error) => error.message,
        };
        expect.assert_eq(&text);
    }
}

fn line(series: &query::MatrixSeries) -> String {
    let floats = series.timestamps.iter().zip(&series.values).map(|(t, v)| (*t, format_f(*v)));
    let text = |h: &FloatHistogram| h.test_text();
    let histograms = series.histograms.iter().map(|(t, h)| (*t, text(h)));
    let mut values: Vec<(i64, String)> = floats.chain(histograms).collect();
    values.sort_by_key(|(t, _)| *t);
    let values: Vec<String> =
        values.into_iter().map(|(t, v)| format!("{}m={v}", t / MINUTE)).collect();
    format!("{} {}", series.labels, values.join(" "))
}

#[test]
fn a_grouping_sees_names_that_go_at_the_end() {
    check(
        "sum by (__name__) (a_total * 2)",
        expect!["{} 0m=12 1m=4 2m=22"],
        expect!["{} 0m=12 1m=4 2m=22"],
    );
    check(
        "count by (__name__, __type__) (a_total > bool 2)",
        expect!["{} 0m=2 1m=1 2m=2"],
        expect!["{} 0m=2 1m=1 2m=2"],
    );
    check(
        r#"count_values by (__name__) ("v", -b_total)"#,
        expect![[r#"{v="-1"} 0m=1 1m=1 2m=1"#]],
        expect![[r#"{__name__="b_total", v="-1"} 0m=1 1m=1 2m=1"#]],
    );
    check(
        r#"bottomk by (__name__) (1, -{__name__=~"._total"})"#,
        expect![[r#"
            {i="1"} 1m=-2
            {i="2"} 0m=-5 2m=-7"#]],
        expect![[r#"
            {i="1"} 1m=-2
            {i="2"} 0m=-5 2m=-7
            {i="3"} 0m=-1 1m=-1 2m=-1"#]],
    );
}

#[test]
fn labels_made_of_names() {
    check(
        r#"label_replace(-b_total, "was", "$1", "__name__", "(.*)")"#,
        expect![[r#"{i="3"} 0m=-1 1m=-1 2m=-1"#]],
        expect![[r#"{i="3", was="b_total"} 0m=-1 1m=-1 2m=-1"#]],
    );
    check(
        r#"label_replace(-b_total, "__name__", "new_$1", "__name__", "(.*)")"#,
        expect![[r#"{__name__="new_", i="3"} 0m=-1 1m=-1 2m=-1"#]],
        expect![[r#"{__name__="new_b_total", i="3"} 0m=-1 1m=-1 2m=-1"#]],
    );
}

#[test]
fn operators_of_two_vectors_take_names_at_once() {
    check(
        "sum by (__name__) (a_total + on (__name__, i) a_total)",
        expect!["{} 0m=12 1m=4 2m=22"],
        expect!["{} 0m=12 1m=4 2m=22"],
    );
    check(
        "sum by (__name__) (a_total == bool a_total)",
        expect!["{} 0m=2 1m=1 2m=2"],
        expect!["{} 0m=2 1m=1 2m=2"],
    );
    check(
        "a_total{i=\"1\"} == on (i, __name__) a_total",
        expect![[r#"{__name__="a_total", i="1"} 0m=1 1m=2 2m=4"#]],
        expect![[r#"{__name__="a_total", i="1"} 0m=1 1m=2 2m=4"#]],
    );
    check(
        "-b_total <= ignoring (x) b_total",
        expect![[r#"{i="3"} 0m=-1 1m=-1 2m=-1"#]],
        expect![[r#"{__name__="b_total", i="3"} 0m=-1 1m=-1 2m=-1"#]],
    );
    check(
        "b_total * on () group_left (__name__) one",
        expect![[r#"{__name__="one", i="3"} 0m=1 1m=1 2m=1"#]],
        expect![[r#"{__name__="one", i="3"} 0m=1 1m=1 2m=1"#]],
    );
}

#[test]
fn sets_have_rows_of_either_kind() {
    check(
        "-(late offset 1m) or late",
        expect![[r#"
        {__name__="late", i="4"} 1m={{count:4 sum:4 buckets:[1 2 1]}}
        {i="4"} 2m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}}"#]],
        expect![[
            r#"{__name__="late", i="4"} 1m={{count:4 sum:4 buckets:[1 2 1]}} 2m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}}"#
        ]],
    );
    check(
        "early offset 1m or -early",
        expect![[r#"
        {__name__="early", i="4"} 1m=1
        {i="4"} 0m=-1 2m=-3"#]],
        expect![[r#"{i="4"} 0m=-1 1m=1 2m=-3"#]],
    );
    check(
        "sum by (__name__) (early offset 1m or -early)",
        expect![[r#"
        {} 0m=-1 2m=-3
        {__name__="early"} 1m=1"#]],
        expect!["{} 0m=-1 1m=1 2m=-3"],
    );
}

#[test]
fn series_that_become_equal() {
    check(
        "same * 2",
        expect!["vector cannot contain metrics with the same labelset"],
        expect!["vector cannot contain metrics with the same labelset"],
    );
    check(
        "sum by (__type__) (same * 2)",
        expect!["vector cannot contain metrics with the same labelset"],
        expect!["vector cannot contain metrics with the same labelset"],
    );
    check(
        "same * on (__type__) same",
        expect!["vector cannot contain metrics with the same labelset"],
        expect!["vector cannot contain metrics with the same labelset"],
    );
    check(
        r#"-{__name__=~"early|late"}"#,
        expect![[
            r#"{i="4"} 0m=-1 1m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}} 2m=-3"#
        ]],
        expect![[
            r#"{i="4"} 0m=-1 1m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}} 2m=-3"#
        ]],
    );
    check(
        r#"{__name__=~"early|late"} * 2"#,
        expect![[r#"{i="4"} 0m=2 1m={{count:8 sum:8 buckets:[2 4 2]}} 2m=6"#]],
        expect![[r#"{i="4"} 0m=2 1m={{count:8 sum:8 buckets:[2 4 2]}} 2m=6"#]],
    );
    check(
        r#"count_over_time({__name__=~"early|late"}[1m])"#,
        expect!["vector cannot contain metrics with the same labelset"],
        expect![[r#"{i="4"} 0m=1 1m=1 2m=1"#]],
    );
}

/// At the end, and where labels are written, floats and histograms are looked at apart.
#[test]
fn a_float_and_a_histogram_that_become_equal() {
    check(
        r#"label_replace({__name__=~"float|native"}, "__name__", "", "", "")"#,
        expect![
            "{} 0m=1 1m=2 1m={{count:4 sum:4 buckets:[1 2 1]}} 2m=3 2m={{count:5 sum:4 buckets:[2 2 1]}}"
        ],
        expect![
            "{} 0m=1 1m=2 1m={{count:4 sum:4 buckets:[1 2 1]}} 2m=3 2m={{count:5 sum:4 buckets:[2 2 1]}}"
        ],
    );
    // What computes with them sees the float, and no histogram from then on.
    check(
        r#"count(label_replace(native or on (__name__) float == 2, "__name__", "", "", ""))"#,
        expect!["{} 1m=1"],
        expect!["{} 1m=1"],
    );
    check(
        r#"count(-({__name__=~"float|native"} != 3))"#,
        expect!["{} 0m=1 1m=1"],
        expect!["{} 0m=1 1m=1"],
    );
    check(
        r#"-{__name__=~"float|native"}"#,
        expect![
            "{} 0m=-1 1m=-2 1m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}} 2m=-3 2m={{count:-5 sum:-4 counter_reset_hint:gauge buckets:[-2 -2 -1]}}"
        ],
        expect![
            "{} 0m=-1 1m=-2 1m={{count:-4 sum:-4 counter_reset_hint:gauge buckets:[-1 -2 -1]}} 2m=-3 2m={{count:-5 sum:-4 counter_reset_hint:gauge buckets:[-2 -2 -1]}}"
        ],
    );
    check(
        r#"{__name__=~"float|native"} * 2"#,
        expect!["vector cannot contain metrics with the same labelset"],
        expect![
            "{} 0m=2 1m=4 1m={{count:8 sum:8 buckets:[2 4 2]}} 2m=6 2m={{count:10 sum:8 buckets:[4 4 2]}}"
        ],
    );
}

/// An instant has one value only: the histogram.
#[test]
fn a_float_and_a_histogram_at_an_instant() {
    for delayed_name_removal in [false, true] {
        let parsed = parse_expr(r#"-{__name__=~"float|native"}"#, &ParseOptions::all()).unwrap();
        let options = QueryOptions { delayed_name_removal, ..QueryOptions::default() };
        let result = query::instant(&parsed, MINUTE, &table(), &options).unwrap();
        let Value::Vector(samples) = result.value else { panic!("a vector") };
        let [only] = &samples[..] else { panic!("{samples:?}") };
        assert!(only.value.histogram().is_some(), "{only:?}");
    }
}
