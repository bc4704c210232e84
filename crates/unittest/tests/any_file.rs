//! Any text as a file of tests: a report with places, never a panic.

use std::sync::Arc;

use diagnostics::{Source, TextStyle};
use proptest::prelude::*;
use unittest::{FileReport, Input, Mode, Options, RuleText, junit, render, run};

const RULES: &str = "
groups:
- name: g
  interval: 30s
  rules:
  - {record: r, expr: sum by (a) (rate(x[2m])) or h}
  - {alert: A, expr: x > 1 unless on () r > 5, for: 2m, annotations: {s: '{{ $value }}'}}
  - {alert: B, expr: absent(x)}
";

/// Parts of files, most of which belong together.
const BLOCKS: &[&str] = &[
    "evaluation_interval: 30s\n",
    "fuzzy_compare: true\n",
    "use_group_intervals: true\n",
    "group_eval_order: [g]\n",
    "tests:\n",
    "- name: one\n",
    "- interval: 1m\n",
    "  start_timestamp: 1.5\n",
    "  start_timestamp: -99999999999\n",
    "  start_timestamp: 2026-01-02T03:04:05Z\n",
    "  input_series:\n",
    "  - {series: 'x{a=\"1\"}', values: '1+1x9'}\n",
    "  - {series: 'x{a=\"2\"}', values: '_ 3 stale 5 NaN'}\n",
    "  - {series: 'x@st', values: '-1m 0s'}\n",
    "  - {series: x, values: '1 2'}\n",
    "  - {series: r, values: '7x5'}\n",
    "  - {series: h, values: '{{sum:1 count:2 buckets:[1 1]}}x5 3'}\n",
    "  - {series: '', values: '1 x'}\n",
    "  alert_rule_test:\n",
    "  - {eval_time: 3m, alertname: A}\n",
    "  - {eval_time: 4m30s, alertname: A, exp_alerts: [{exp_labels: {a: 1}}]}\n",
    "  - {eval_time: 1d, alertname: B, exp_alerts: [{exp_labels_subset: {b: 1}}, {}]}\n",
    "  - {alertname: C}\n",
    "  - {eval_time: 1m}\n",
    "  - {eval_time: 290y, alertname: A}\n",
    "  promql_expr_test:\n",
    "  - {expr: r, eval_time: 5m, exp_samples: [{labels: 'r{a=\"1\"}', value: 1}]}\n",
    "  - {expr: h, exp_samples: [{labels: h, histogram: '{{sum:1}}'}]}\n",
    "  - {expr: 'sum(', eval_time: 1m}\n",
    "  - {expr: 'x[5m]'}\n",
    "  - {expr: time(), exp_samples: [{value: .nan}, {labels: '{', value: 1}]}\n",
    "  external_labels: {e: f}\n",
    "- {}\n",
    "\t\n",
];

fn check(text: &str) -> Vec<FileReport> {
    let rules = rules::parse("rules.yml", RULES, &promql::ParseOptions::default());
    let file = Arc::new(testfile::parse(text));
    let input = Input {
        source: Source::new("t.yml", text),
        file,
        rules: vec![RuleText::Read(Arc::new(rules))],
        unmatched: Vec::new(),
        bad_pattern: None,
    };
    let modes = [Mode::Ours, Mode::Promtool { diff: false }, Mode::Promtool { diff: true }];
    let run = |mode| {
        let options = Options { mode, coverage: true, debug: true, ..Options::default() };
        run(&input, &options)
    };
    modes.into_iter().map(run).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_report(
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        in_order in any::<bool>(),
        noise in "\\PC{0,6}",
        at in any::<prop::sample::Index>(),
    ) {
        let mut chosen: Vec<usize> = chosen.iter().map(|i| i.index(BLOCKS.len())).collect();
        if in_order {
            chosen.sort_unstable();
            chosen.dedup();
        }
        let mut text: String = chosen.into_iter().map(|i| BLOCKS[i]).collect();
        if !in_order {
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            text.insert_str(at, &noise);
        }
        let reports = check(&text);
        let end = u32::try_from(text.len()).unwrap();
        for report in &reports {
            let failures = report.tests.iter().flat_map(|t| &t.failures).map(|f| &f.finding);
            let warnings = report.tests.iter().flat_map(|t| &t.warnings);
            for finding in report.findings.iter().chain(failures).chain(warnings) {
                let span = finding.diagnostic.span.unwrap_or_default();
                prop_assert!(span.start <= span.end);
                prop_assert!(finding.source.name != "t.yml" || span.end <= end);
            }
            let told = render::file(report, TextStyle::default());
            prop_assert!(report.passed() || !told.is_empty());
        }
        let xml = junit::document(&reports, "2026-01-02T03:04:05");
        prop_assert!(xml.ends_with("</testsuites>\n"));
    }
}
