//! Files of unit tests: text in, definitions or mistakes out.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::fmt::Write;

use diagnostics::{Finding, Source, Span, TextStyle, render};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use testfile::{TestFile, parse, series};

/// What the file defines, then its mistakes with their places, then what promtool prints.
fn check(text: &str, expected: &Expect) {
    let file = parse(text);
    let source = Source::new("t.yml", text);
    let mut out = String::new();
    if file.errors.is_empty() {
        show(text, &file, &mut out);
    }
    for error in file.errors.iter().chain(&file.extensions) {
        let finding = Finding { source: source.clone(), diagnostic: error.to_diagnostic() };
        out += &render::text::one(&finding, TextStyle::default());
    }
    if let Some(refused) = file.to_promtool() {
        let _ = writeln!(out, "promtool: {refused}");
    }
    expected.assert_eq(&out);
}

fn show(text: &str, file: &TestFile, out: &mut String) {
    let at = |span: Span| span.of(text).lines().next().unwrap_or("").to_owned();
    let rule_files: Vec<_> = file.rule_files.iter().map(|f| &f.text).collect();
    let (every, fuzzy) = (file.evaluation_interval, file.fuzzy_compare);
    let _ = writeln!(out, "{rule_files:?} every {every} fuzzy {fuzzy}");
    for test in &file.tests {
        let (start, interval) = (test.start, test.interval);
        let _ = writeln!(out, "{}: from {start} every {interval}", test.shown_name());
        let (labels, url) = (&test.external_labels, &test.external_url);
        let _ = writeln!(out, "  {labels:?} {url:?} own intervals {}", test.use_group_intervals);
        for one in &test.input_series {
            match &one.samples {
                None => drop(writeln!(out, "  starts: {}", one.series.text)),
                Some(Ok(read)) => {
                    let n = read.points.len();
                    let _ =
                        writeln!(out, "  {} with {n}, {} starts", read.labels, read.starts.len());
                }
                Some(Err(fault)) => {
                    let _ = writeln!(out, "  {}\n    at {:?}", fault.message, at(fault.span));
                }
            }
        }
        match series::promtool_load(test) {
            Ok(read) => drop(writeln!(out, "  promtool reads {} series", read.len())),
            Err(error) => drop(writeln!(out, "  promtool: {error}")),
        }
        for alert in &test.alerts {
            let name = alert.alertname.as_ref().map(|name| &name.text);
            let time = alert.eval_time;
            let _ = writeln!(out, "  alert {name:?} at {} ({:?})", time.ms, at(time.span));
            for one in &alert.exp_alerts {
                let _ = writeln!(out, "    {:?} {:?}", one.labels, one.annotations);
                let _ = writeln!(out, "    {:?} {:?}", one.labels_subset, one.annotations_subset);
            }
        }
        for expr in &test.exprs {
            let _ = writeln!(out, "  {:?} at {}", expr.expr.text, expr.eval_time.ms);
            for one in &expr.exp_samples {
                let histogram = one.histogram.as_ref().map(|h| &h.text);
                let _ = writeln!(out, "    {:?} {} {histogram:?}", one.labels.text, one.value);
            }
        }
    }
}

#[test]
fn reads_every_field() {
    check(
        r#"
rule_files: [a.yml, "b/*.yml"]
evaluation_interval: 30s
group_eval_order: [x, y]
fuzzy_compare: yes
tests:
- name: first
  interval: 15s
  start_timestamp: 2024-01-01T00:00:00Z
  external_labels: {region: eu, n: 1}
  external_url: http://x
  input_series:
  - series: 'up{job="a"}'
    values: 1 0x3 _ stale
  - {series: 'c@st', values: '-1m 0s'}
  - {series: 'c', values: '1 2'}
  alert_rule_test:
  - eval_time: 5m
    alertname: Down
    exp_alerts:
    - exp_labels: {severity: page, empty: ~}
      exp_annotations: {a: yes}
  promql_expr_test:
  - expr: up
    eval_time: 1m
    exp_samples:
    - {labels: 'up{job="a"}', value: .nan}
    - {labels: 'h', histogram: '{{sum:1}}'}
- start_timestamp: 1.5
"#,
        &expect![[r#"
            ["a.yml", "b/*.yml"] every 30000 fuzzy true
            first: from 1704067200000 every 15000
              [("n", "1"), ("region", "eu")] "http://x" own intervals false
              {__name__="up", job="a"} with 7, 0 starts
              starts: c@st
              {__name__="c"} with 2, 2 starts
              promtool reads 2 series
              alert Some("Down") at 300000 ("5m")
                [("empty", ""), ("severity", "page")] [("a", "yes")]
                None None
              "up" at 60000
                "up{job=\"a\"}" NaN None
                "h" 0 Some("{{sum:1}}")
            unnamed#1: from 1500 every 30000
              [] "" own intervals false
              promtool reads 0 series
        "#]],
    );
}

#[test]
fn mistakes_are_told_with_their_places() {
    check(
        r#"
rule_files: a.yml
tests:
- name: first
  name: second
  interval: [1m]
  zig: zag
- input_series:
  - {series: a, values: 1, value: 2}
  alert_rule_test:
  - exp_alerts:
    - exp_labels: [a]
      exp_labels_subset: {a: b}
"#,
        &expect![[r#"
            error[shape]: cannot unmarshal !!str `a.yml` into []string
             --> t.yml:2:13
              |
            2 | rule_files: a.yml
              |             ^^^^^
              |
              = note: expected a list, found a text
            error[shape]: key "name" already set in type main.testGroup
             --> t.yml:5:3
              |
            5 |   name: second
              |   ^^^^
            error[shape]: cannot unmarshal !!seq into string
             --> t.yml:6:13
              |
            6 |   interval: [1m]
              |             ^^^^
              |
              = note: expected a text, found a list
            error[shape]: field zig not found in type main.testGroup
             --> t.yml:7:3
              |
            7 |   zig: zag
              |   ^^^
              |
              = note: expected one of interval, input_series, alert_rule_test, promql_expr_test, external_labels, external_url, name, start_timestamp, use_group_intervals
            error[shape]: field value not found in type main.series
             --> t.yml:9:28
              |
            9 |   - {series: a, values: 1, value: 2}
              |                            ^^^^^
              |
              = note: expected one of series, values
            error[shape]: cannot unmarshal !!seq into map[string]string
              --> t.yml:12:19
               |
            12 |     - exp_labels: [a]
               |                   ^^^
               |
               = note: expected a mapping of names to texts, found a list
            error[shape]: field exp_labels_subset not found in type main.alert
              --> t.yml:13:7
               |
            13 |       exp_labels_subset: {a: b}
               |       ^^^^^^^^^^^^^^^^^
            promtool: yaml: unmarshal errors:
              line 2: cannot unmarshal !!str `a.yml` into []string
              line 5: key "name" already set in type main.testGroup
              line 6: cannot unmarshal !!seq into string
              line 7: field zig not found in type main.testGroup
              line 9: field value not found in type main.series
              line 12: cannot unmarshal !!seq into map[string]string
              line 13: field exp_labels_subset not found in type main.alert
        "#]],
    );
    check(
        "tests:\n- {interval: 5}\n- {zig: 1}\n",
        &expect![[r#"
            error[value]: not a valid duration string: "5"
             --> t.yml:2:14
              |
            2 | - {interval: 5}
              |              ^
              |
              = note: expected a duration such as 5m or 1h30m
            error[shape]: field zig not found in type main.testGroup
             --> t.yml:3:4
              |
            3 | - {zig: 1}
              |    ^^^
              |
              = note: expected one of interval, input_series, alert_rule_test, promql_expr_test, external_labels, external_url, name, start_timestamp, use_group_intervals
            promtool: not a valid duration string: "5"
        "#]],
    );
    check(
        "tests: [",
        &expect![[r#"
            error[yaml]: unclosed bracket '['
             --> t.yml:1:8
              |
            1 | tests: [
              |        ^
            promtool: yaml: line 1: unclosed bracket '['
        "#]],
    );
    check(
        "- a",
        &expect![[r#"
            error[shape]: cannot unmarshal !!seq into main.unitTestFile
             --> t.yml:1:1
              |
            1 | - a
              | ^^^
              |
              = note: expected a mapping, found a list
            promtool: yaml: unmarshal errors:
              line 1: cannot unmarshal !!seq into main.unitTestFile
        "#]],
    );
    check(
        "",
        &expect![[r#"
        [] every 60000 fuzzy false
    "#]],
    );
}

#[test]
fn mistakes_in_samples_have_places_inside_of_scalars() {
    check(
        r#"
tests:
- input_series:
  - series: 'x{a="b"}'
    values: '1 2 foo'
  - series: 'y{'
    values: 1
  - series: z
    values: |
      1 2 3
      x 4
"#,
        &expect![[r#"
            [] every 60000 fuzzy false
            unnamed#0: from 0 every 60000
              [] "" own intervals false
              unexpected identifier "foo" in series values, expected number or "stale"
                at "f"
              unexpected character inside braces: '1'
                at "1"
              unexpected "x"
                at "x"
              promtool: 2:14: parse error: unexpected identifier "foo" in series values, expected number or "stale"
        "#]],
    );
}

#[test]
fn promtool_loses_what_follows_a_line_break() {
    check(
        "tests:\n- input_series:\n  - series: x\n    values: |\n      1 2\n  - {series: y, values: 1}\n",
        &expect![[r#"
            [] every 60000 fuzzy false
            unnamed#0: from 0 every 60000
              [] "" own intervals false
              {__name__="x"} with 2, 0 starts
              {__name__="y"} with 1, 0 starts
              promtool reads 1 series
        "#]],
    );
    check(
        "tests:\n- input_series:\n  - {series: x, values: 1}\n  - {series: x, values: 1 2}\n",
        &expect![[r#"
            [] every 60000 fuzzy false
            unnamed#0: from 0 every 60000
              [] "" own intervals false
              {__name__="x"} with 1, 0 starts
              {__name__="x"} with 2, 0 starts
              promtool reads 1 series
        "#]],
    );
}

const WORDS: &[&str] = &[
    "tests:",
    "rule_files:",
    "- ",
    "  ",
    "\n",
    "name: x",
    "input_series:",
    "series: a{b=\"c\"}",
    "values: 1x3",
    "alert_rule_test:",
    "promql_expr_test:",
    "expr: up",
    "eval_time: 1m",
    "1m",
    "exp_alerts:",
    "exp_labels:",
    "exp_samples:",
    "value: 1",
    "labels: a",
    "interval: 1m",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\"",
    "'",
    "&a ",
    "*a",
    "|\n",
    "<<: ",
    "~",
    "start_timestamp: 1",
    "\u{e9}",
    "\0",
    "@st",
    "histogram: '{{}}'",
    "values: 1x99999999",
    "!!str ",
    "use_group_intervals: true",
];

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_text_is_read_and_every_mistake_has_a_place(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..40),
        noise in "\\PC{0,20}",
        at in 0usize..40,
    ) {
        let mut text: Vec<&str> = words;
        text.insert(at.min(text.len()), &noise);
        let text = text.concat();
        let file = parse(&text);
        let end = u32::try_from(text.len()).unwrap();
        for error in file.errors.iter().chain(&file.extensions) {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= end);
        }
        prop_assert_eq!(
            file.to_promtool().is_some(),
            !file.errors.is_empty() || !file.extensions.is_empty()
        );
        for test in &file.tests {
            let _ = series::promtool_load(test);
            for fault in test.input_series.iter().filter_map(|s| s.samples.as_ref()?.as_ref().err())
            {
                prop_assert!(fault.span.start <= fault.span.end && fault.span.end <= end);
            }
        }
    }
}
