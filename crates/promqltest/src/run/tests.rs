//! Our judgement: what must pass passes, and for each kind of expectation a wrong one fails.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use super::run_script;
use crate::compare::DiffLine;

const LOAD: &str = r#"load 1m
  up{job="a"} 1x10
  up{job="b"} 0x10
  h {{schema:0 sum:1 count:3 buckets:[1 2]}}x10
  g {{sum:1 counter_reset_hint:gauge}}x10
  mix 1 2 {{sum:3}} {{sum:4}}
  c_total@st -30sx10
  c_total 10+1x10

"#;

/// Runs evaluations over [`LOAD`] and tells what came of each.
#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
#[track_caller]
fn check(evals: &str, expect: Expect) {
    let report = run_script("t", &format!("{LOAD}{evals}"));
    let mut lines = Vec::new();
    for eval in &report.evals {
        match &eval.failure {
            None => lines.push(format!("ok {}", eval.text)),
            Some(failure) => {
                lines.push(format!("{}: {failure}", eval.text));
                lines.extend(failure.mismatch.diff.iter().map(|line| match line {
                    DiffLine::Same(text) => format!("    {text}"),
                    DiffLine::Expected(text) => format!("  - {text}"),
                    DiffLine::Got(text) => format!("  + {text}"),
                }));
            }
        }
    }
    lines.extend(report.error.map(|error| error.to_string()));
    expect.assert_eq(&lines.join("\n"));
}

#[test]
fn what_is_expected_passes() {
    check(
        "eval instant at 5m up\n  expect no_warn\n  up{job=\"a\"} 1\n  up{job=\"b\"} 0\n\n\
         eval range from 0 to 2m step 1m sum(up)\n  {} 1 1 1\n\n\
         eval instant at 5m 1 + 1\n  2\n\n\
         eval instant at 5m \"a\"\n  expect string `a`\n\n\
         eval instant at 5m up{job=\"a\"}[2m]\n  expect range vector from 4m to 5m step 1m\n  up{job=\"a\"} 1 1\n\n\
         eval instant at 5m sort_desc(up)\n  expect ordered\n  up{job=\"a\"} 1\n  up{job=\"b\"} 0\n\n\
         eval instant at 5m up + on() up\n  expect fail regex: many-to-many\n\n\
         eval instant at 5m quantile(2, up)\n  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)\n  {} Inf\n\n\
         eval instant at 5m nothing\n",
        expect![[r#"
            ok up
            ok sum(up)
            ok 1 + 1
            ok "a"
            ok up{job="a"}[2m]
            ok sort_desc(up)
            ok up + on() up
            ok quantile(2, up)
            ok nothing"#]],
    );
}

#[test]
fn histograms_that_are_expected_pass() {
    check(
        "eval instant at 5m h\n  h {{sum:1 count:3 buckets:[1 2]}}\n\n\
         eval instant at 5m h\n  h {{sum:1 count:3 buckets:[1 2] counter_reset_hint:not_reset}}\n\n\
         eval instant at 0 h\n  h {{sum:1 count:3 buckets:[1 2] counter_reset_hint:unknown}}\n\n\
         eval instant at 0 g\n  g {{sum:1 counter_reset_hint:gauge}}\n\n\
         eval range from 0 to 3m step 1m mix\n  mix 1 2 {{sum:3}} {{sum:4}}\n\n\
         eval instant at 3m mix[4m]\n  expect range vector from 0 to 3m step 1m\n  mix 1 2 {{sum:3}} {{sum:4}}\n",
        expect![[r#"
            ok h
            ok h
            ok h
            ok g
            ok mix
            ok mix[4m]"#]],
    );
}

#[test]
fn wrong_values_fail() {
    check(
        "eval instant at 5m up\n  up{job=\"a\"} 1\n\n\
         eval instant at 5m up\n  up{job=\"a\"} 1\n  up{job=\"b\"} 0\n  up{job=\"c\"} 0\n\n\
         eval instant at 5m sum(up)\n  {} 1.00001\n\n\
         eval instant at 5m sum(up)\n  {} _\n\n\
         eval instant at 5m sum(up)\n  {}\n\n\
         eval instant at 5m 1 + 1\n  3\n\n\
         eval instant at 5m \"a\"\n  expect string \"b\"\n\n\
         eval instant at 5m \"a\"\n\n\
         eval instant at 5m sort(up)\n  expect ordered\n  up{job=\"a\"} 1\n  up{job=\"b\"} 0\n",
        expect![[r#"
            up: unexpected up{job="b"} 0
                up{job="a"} 1
              + up{job="b"} 0
            up: expected up{job="c"} 0, which is missing
                up{job="a"} 1
                up{job="b"} 0
              - up{job="c"} 0
            sum(up): expected {} 1.00001, got {} 1
              - {} 1.00001
              + {} 1
            sum(up): expected {} _, got {} 1
              - {} _
              + {} 1
            sum(up): {} has no value to compare with
            1 + 1: expected 3, got 2
              - 3
              + 2
            "a": expected "b", got "a"
              - "b"
              + "a"
            "a": expected "", got "a"
              - ""
              + "a"
            sort(up): expected up{job="b"} at place 2, not 1
              - up{job="a"} 1
              + up{job="b"} 0
              - up{job="b"} 0
              + up{job="a"} 1"#]],
    );
}

#[test]
fn wrong_kinds_fail() {
    check(
        "eval instant at 5m 1\n  {} 1\n\n\
         eval instant at 5m sum(up)\n  1\n\n\
         eval instant at 5m up[1m]\n  1\n\n\
         eval instant at 5m up{job=\"a\"}[1m]\n  up{job=\"a\"} 1\n\n\
         eval range from 0 to 1m step 1m 1\n  1\n\n\
         eval range from 0 to 1m step 1m up\n  expect ordered\n\n\
         eval instant at 5m up\n  expect string \"up\"\n",
        expect![[r#"
            1: expected series, got the scalar 1
            sum(up): expected the scalar 1, got a vector
            up[1m]: expected the scalar 1, got a matrix
            up{job="a"}[1m]: as range query from 4m to 6m step 1m: invalid expression type "range vector" for range query, must be Scalar or instant Vector
            1: expected the scalar 1, got a matrix
            up: an order is expected, but the result is a matrix
            up: unexpected up{job="a"} 1
              + up{job="a"} 1
              + up{job="b"} 0"#]],
    );
}

#[test]
fn wrong_ranges_fail() {
    check(
        "eval range from 0 to 2m step 1m sum(up)\n  {} 1 2 1\n\n\
         eval range from 0 to 2m step 1m sum(up)\n  {} 1 1\n\n\
         eval range from 0 to 2m step 1m sum(up)\n  {} 1x3\n\n\
         eval range from 0 to 2m step 1m sum(up)\n\n\
         eval range from 0 to 2m step 1m nothing\n  {} 1\n\n\
         eval range from 9m to 20m step 5m sum(up)\n  {} 1 1 1\n\n\
         eval instant at 5m up{job=\"a\"}[2m]\n  expect range vector from 4m to 5m step 1m\n  up{job=\"a\"} 1 2\n\n\
         eval instant at 5m up{job=\"a\"}[2m]\n  expect range vector from 4m30s to 5m step 30s\n  up{job=\"a\"} 1 1\n",
        expect![[r#"
            sum(up): expected {} 1 2 1, got {} 1 1 1
              - {} 1 2 1
              + {} 1 1 1
            sum(up): expected {} 1 1, got {} 1 1 1
              - {} 1 1
              + {} 1 1 1
            sum(up): {} has more values than there are steps
            sum(up): unexpected {} 1 1 1
              + {} 1 1 1
            nothing: expected {} 1, which is missing
              - {} 1
            sum(up): expected {} 1 1 1, got {} 1 1
              - {} 1 1 1
              + {} 1 1
            up{job="a"}[2m]: expected up{job="a"} 1 2, got up{job="a"} 1 1
              - up{job="a"} 1 2
              + up{job="a"} 1 1
            up{job="a"}[2m]: expected up{job="a"} 1 1, got up{job="a"} _ 1 1@240
              - up{job="a"} 1 1
              + up{job="a"} _ 1 1@240"#]],
    );
}

#[test]
fn wrong_histograms_fail() {
    check(
        "eval instant at 5m h\n  h {{sum:1 count:3 buckets:[1 3]}}\n\n\
         eval instant at 5m h\n  h {{sum:2 count:3 buckets:[1 2]}}\n\n\
         eval instant at 5m h\n  h {{sum:1 count:3 offset:1 buckets:[1 2]}}\n\n\
         eval instant at 5m h\n  h {{schema:1 sum:1 count:3 buckets:[1 2]}}\n\n\
         eval instant at 5m h\n  h {{sum:1 count:3 buckets:[1 2] counter_reset_hint:reset}}\n\n\
         eval instant at 5m h\n  h 1\n\n\
         eval instant at 5m up{job=\"a\"}\n  up{job=\"a\"} {{sum:1}}\n\n\
         eval range from 0 to 3m step 1m mix\n  mix 1 2 3 {{sum:4}}\n",
        expect![[r#"
            h: expected h {{count:3 sum:1 buckets:[1 3]}}, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h {{count:3 sum:1 buckets:[1 3]}}
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            h: expected h {{count:3 sum:2 buckets:[1 2]}}, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h {{count:3 sum:2 buckets:[1 2]}}
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            h: expected h {{count:3 sum:1 offset:1 buckets:[1 2]}}, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h {{count:3 sum:1 offset:1 buckets:[1 2]}}
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            h: expected h {{schema:1 count:3 sum:1 buckets:[1 2]}}, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h {{schema:1 count:3 sum:1 buckets:[1 2]}}
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            h: expected h {{count:3 sum:1 counter_reset_hint:reset buckets:[1 2]}}, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h {{count:3 sum:1 counter_reset_hint:reset buckets:[1 2]}}
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            h: expected h 1, got h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
              - h 1
              + h {{count:3 sum:1 counter_reset_hint:not_reset buckets:[1 2]}}
            up{job="a"}: expected up{job="a"} {{sum:1}}, got up{job="a"} 1
              - up{job="a"} {{sum:1}}
              + up{job="a"} 1
            mix: expected mix 1 2 3 {{sum:4}}, got mix 1 2 {{sum:3}} {{sum:4 counter_reset_hint:not_reset}}
              - mix 1 2 3 {{sum:4}}
              + mix 1 2 {{sum:3}} {{sum:4 counter_reset_hint:not_reset}}"#]],
    );
}

#[test]
fn wrong_errors_fail() {
    check(
        "eval instant at 5m up\n  expect fail\n\n\
         eval instant at 5m up\n  expect fail msg: no way\n\n\
         eval_fail instant at 5m up\n\n\
         eval instant at 5m up + on() up\n\n\
         eval instant at 5m up + on() up\n  expect fail msg: no way\n\n\
         eval instant at 5m up + on() up\n  expect fail regex: ^no\n\n\
         eval_fail instant at 5m up + on() up\n  expected_fail_message no way\n\n\
         eval range from 0 to 1m step 1m up\n  expect fail\n\n\
         eval range from 0 to 1m step 1m up[1m]\n\n\
         eval instant at 5m 1 +\n  expect fail\n",
        expect![[r#"
            up: expected an error, got none
            up: expected the error no way, got none
            up: expected an error, got none
            up + on() up: error: found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="up", job="a"}, {__name__="up", job="b"}];many-to-many matching not allowed: matching labels must be unique on one side
            up + on() up: expected the error no way, got found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="up", job="a"}, {__name__="up", job="b"}];many-to-many matching not allowed: matching labels must be unique on one side
            up + on() up: expected the error /^no/, got found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="up", job="a"}, {__name__="up", job="b"}];many-to-many matching not allowed: matching labels must be unique on one side
            up + on() up: expected the error no way, got found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="up", job="a"}, {__name__="up", job="b"}];many-to-many matching not allowed: matching labels must be unique on one side
            up: expected an error, got none
            up[1m]: error: invalid expression type "range vector" for range query, must be Scalar or instant Vector
            1 +: 34:23: parse error: unexpected end of input"#]],
    );
}

#[test]
fn wrong_notices_fail() {
    check(
        "eval instant at 5m quantile(2, up)\n  expect no_warn\n  {} Inf\n\n\
         eval instant at 5m quantile(2, up)\n  expect warn msg: PromQL warning: other\n  {} Inf\n\n\
         eval instant at 5m quantile(2, up)\n  expect warn regex: value\n  expect warn regex: other\n  {} Inf\n\n\
         eval instant at 5m quantile(2, up) + quantile(3, up)\n  expect warn regex: got 2\n  {} Inf\n\n\
         eval instant at 5m up{job=\"a\"}\n  expect warn\n  up{job=\"a\"} 1\n\n\
         eval_warn instant at 5m up{job=\"a\"}\n  up{job=\"a\"} 1\n\n\
         eval_info instant at 5m up{job=\"a\"}\n  up{job=\"a\"} 1\n\n\
         eval instant at 5m rate(up[5m])\n  expect no_info\n  {job=\"a\"} 0\n  {job=\"b\"} 0\n\n\
         eval instant at 5m rate(up[5m])\n  expect info regex: other\n  {job=\"a\"} 0\n  {job=\"b\"} 0\n",
        expect![[r#"
            quantile(2, up): expected no warning, got PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
            quantile(2, up): expected the warning PromQL warning: other, got PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
            quantile(2, up): expected the warning /other/, got PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
            quantile(2, up) + quantile(3, up): unexpected warning PromQL warning: quantile value should be between 0 and 1, got 3 (1:28)
            up{job="a"}: expected a warning, got none
            up{job="a"}: expected a warning, got none
            up{job="a"}: expected an info, got none
            rate(up[5m]): expected no info, got PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:6)
            rate(up[5m]): expected the info /other/, got PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:6)"#]],
    );
}

#[test]
fn every_way_is_judged() {
    // What depends on the time of the query differs from itself at the other times.
    check(
        "eval instant at 5m sum_over_time(vector(5)[2m:1m])\n  {} 10\n\n\
         eval instant at 5m up{job=\"a\"} @ end()\n  up{job=\"a\"} 1\n",
        expect![[r#"
            ok sum_over_time(vector(5)[2m:1m])
            ok up{job="a"} @ end()"#]],
    );
}

#[test]
fn loads_that_fail_end_the_script() {
    check(
        "load 1m\n  up{job=\"a\"} 2\n\neval instant at 0 1\n  1\n",
        expect!["10: out of order sample"],
    );
    check("load 1m\n  up{job=\"a\"} _ 1x10 2\n", expect!["10: out of order sample"]);
    check("load 1m\n  c_total 10+1x8\n", expect!["10: out of order sample"]);
    check("load 100y\n  x 1x9\n", expect!["10: samples lie beyond the year 2262"]);
    check("load 1m\n  {} 1\n", expect!["10: empty labelset: invalid sample"]);
    check(
        "load 1m\n  x {{count:-1}}\n",
        expect!["10: observation count is  -1: histogram's observation count is negative"],
    );
    check(
        "load_with_nhcb 1m\n  x_bucket{le=\"1\"} 2\n  x_bucket{le=\"2\"} 1\n",
        expect!["10: count is not cumulative: 1 < 2"],
    );
    check(
        "load_with_nhcb 1m\n  x_bucket 2\n",
        expect![[r#"10: expected bucket label in metric {__name__="x_bucket"}"#]],
    );
    check("load 24h\n  y 1 1 1\n\nload 1m\n  z 1\n", expect!["13: out of bounds"]);
}
