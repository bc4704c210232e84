//! `watchfire stream-config` prints what Prometheus reads.

use std::{fmt::Write as _, fs};

use crate::servers::{require_or_skip, run};

fn check(rules: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.yml");
    fs::write(&path, rules).expect("a rule file");
    let path = path.display().to_string();
    let snippet = run(env!("CARGO_BIN_EXE_watchfire"), &["stream-config", "--rules", &path]);
    let config = folder.path().join("prometheus.yml");
    fs::write(&config, &snippet).expect("a configuration");
    if require_or_skip(&["promtool"]) {
        run("promtool", &["check", "config", &config.display().to_string()]);
    }
    snippet
}

#[test]
fn names_and_patterns_are_kept() {
    let rules = r#"
groups:
- name: g
  rules:
  - record: r
    expr: sum(rate(http_requests_total{code="5.."}[5m])) / on() group_left() {__name__=~"it's|a\\.b.*"}
  - alert: A
    expr: r > 5
"#;
    let snippet = check(rules);
    let regex = r"        regex: 'http_requests_total|r|up|(?:it''s|a\.b.*)'";
    assert!(snippet.contains(regex), "{snippet}");
    assert!(snippet.contains("url: 'http://127.0.0.1:9099/api/v1/write'"), "{snippet}");
}

#[test]
fn series_of_any_name_are_all_sent() {
    let snippet = check("groups: [{name: g, rules: [{record: r, expr: 'sum({job=\"x\"})'}]}]");
    assert!(!snippet.contains("relabel"), "{snippet}");
}

#[test]
fn many_names_are_split() {
    let mut rules = "groups:\n- name: g\n  rules:\n".to_owned();
    for i in 0..400 {
        writeln!(rules, "  - {{record: 'r:{i}', expr: a_rather_long_metric_name_{i}}}")
            .expect("text");
    }
    let snippet = check(&rules);
    assert!(snippet.matches("target_label").count() > 3, "{snippet}");
    assert!(snippet.contains("a_rather_long_metric_name_399"), "{snippet}");
}
