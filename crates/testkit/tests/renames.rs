//! Functions of labels under aggregations that drop their labels: the engine, which leaves some of
//! them away, equals the slow evaluator, which does not, to the bit, with errors and notes.

use testkit::{
    fuzz,
    generate::{Case, Flags, When},
};

/// Labels that are there, that are missing, that tell series apart or not; two metrics of the same
/// labels; values whose sum tells in which order they were added up; histograms among floats.
const SCRIPT: &str = r#"load 30s
  x{a="1",b="1"} 0.1+0.7x20
  x{a="1",b="2"} _x2 1e16+3x12 stale _x2 5
  x{a="2",b="1",c="k"} -1e16-2x20
  x{a="2",b="2"} 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4
  x{a="2",b="2",c="22"} 2 7 1 8 2 8 1 8 2 8 4 5 9 0 4 5 2 3 5 3
  x{a="3"} NaN Inf _ 1 1 _x5 1+1x10
  y{a="1",b="1"} 1+1x20
  y{a="1",b="2"} 5-1x20
  y{a="2",b="1",c="z"} 0.3x20
  z{a="1",b="1"} 7+1x5 _x3 2x10
  h{a="1",b="3"} {{schema:0 count:3 sum:4 buckets:[1 2]}}+{{schema:0 count:3 sum:4 buckets:[1 2]}}x9 1x10
"#;

const OPERANDS: &[&str] = &[
    "sum by (a, b) (x)",
    "sum(x)",
    "sum without (c) (x)",
    "avg without (c, a) ({a!=\"\"})",
    "topk(2, sum by (a, b) (x))",
    "count_values by (a) (\"c\", x)",
    "x",
    "x{c=\"\"}",
    "h{c=\"\"}",
    "{c=\"\", a!=\"\"}",
    "rate(x{c=\"\"}[2m])",
    "rate({c=\"\", a!=\"\"}[2m])",
    "last_over_time({c=\"\", a!=\"\"}[2m])",
    "max_over_time(sum by (a) (x)[2m:30s])",
    "abs(x{c=\"\"})",
    "-x{c=\"\"}",
    "(sum by (a, b) (x) > 2)",
    "x{c=\"\"} - on (a, b) y",
    "x - y",
    "x{c=\"\"} == y",
    "x{c=\"\"} or z",
    "x unless y",
    "vector(3)",
    "label_join(sum by (a) (x), \"b\", \"-\", \"a\")",
];

const RENAMES: &[&str] = &[
    r#"label_replace(%, "c", "$1", "b", "(.*)")"#,
    r#"label_replace(%, "c", "k", "a", "1|2")"#,
    r#"label_replace(%, "c", "${1}", "a", "^(1|.*)$")"#,
    r#"label_replace(%, "c", "${n}", "b", "^(?P<n>.)$")"#,
    r#"label_replace(%, "c", "$1", "__name__", "(.*)")"#,
    r#"label_replace(%, "c", "$1", "c", "^(.).*$")"#,
    r#"label_replace(%, "b", "", "b", ".*")"#,
    r#"label_replace(%, "__name__", "m", "a", ".*")"#,
    r#"label_replace(%, "c", "$1", "a", "(")"#,
    r#"label_join(%, "c", "-", "a", "b")"#,
    r#"label_replace(label_replace(%, "c", "$1", "a", "(.*)"), "d", "$1", "c", "(.*)")"#,
    r#"label_replace(label_join(%, "c", "-", "a"), "a", "", "a", ".*")"#,
    r#"label_join(label_join(%, "d", "-", "a"), "c", "-", "b", "d")"#,
];

const BETWEEN: &[&str] = &[
    "%",
    "(% * 2)",
    "-(%)",
    "% > 1",
    "1 < bool %",
    "+(%) - scalar(sum(y))",
    r#"label_replace(%, "d", "$1", "c", "(.*)")"#,
    r#"-label_replace(%, "d", "$1", "a", "(.*)") ^ 2"#,
];

const AGGREGATIONS: &[&str] = &[
    "sum(%)",
    "sum by (a) (%)",
    "avg by (c) (%)",
    "sum without (c) (%)",
    "max without (a, c) (%)",
    "count by (a, d) (%)",
    "quantile by (a) (0.5, %)",
    "stddev by (b) (%)",
    "group without () (%)",
    "topk by (a) (1, %)",
    "count_values by (a) (\"v\", %)",
    "sum by (a) (min by (a, b) (%))",
];

/// Every so many of all combinations; none of the lists' lengths divides it.
const STEP: usize = 17;

#[test]
fn results_are_the_same_without_them() {
    let lists = [OPERANDS, RENAMES, BETWEEN, AGGREGATIONS];
    let n: usize = lists.iter().map(|list| list.len()).product();
    assert!(lists.iter().all(|list| list.len() % STEP != 0));
    for i in (0..n).step_by(STEP) {
        let mut rest = i;
        let mut query = "%".to_owned();
        for list in lists {
            query = list[rest % list.len()].replacen('%', &query, 1);
            rest /= list.len();
        }
        for when in [When::Instant(120_000), When::Range { start: 0, end: 600_000, step: 45_000 }] {
            let flags = Flags {
                delayed_name_removal: i % 5 == 0,
                start_timestamps: false,
                type_and_unit_labels: i % 11 == 0,
                histograms: true,
            };
            let script = SCRIPT.to_owned();
            fuzz::engine::check(&Case { script, query: query.clone(), when, flags });
        }
    }
}
