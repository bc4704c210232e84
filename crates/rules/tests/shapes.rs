//! What files rules stand in: documents, manifests, lists, config maps; and where in them.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::fmt::Write;

use diagnostics::Source;
use expect_test::{Expect, expect};
use rules::{DocumentKind, Located, ReadOptions, RuleFile, read};

fn shown(text: Option<&Located>) -> &str {
    text.map_or("-", |text| text)
}

fn kind(kind: &DocumentKind) -> String {
    match kind {
        DocumentKind::RuleFile => "rule file".to_owned(),
        DocumentKind::PrometheusRule { namespace, name } => {
            format!("PrometheusRule {}/{}", shown(namespace.as_ref()), shown(name.as_ref()))
        }
        DocumentKind::VmRule { namespace, name } => {
            format!("VMRule {}/{}", shown(namespace.as_ref()), shown(name.as_ref()))
        }
        DocumentKind::ConfigMap { namespace, name, key } => {
            format!("{key} of {}/{}", shown(namespace.as_ref()), shown(name.as_ref()))
        }
        DocumentKind::Other { kind } => format!("other: {kind}"),
    }
}

/// Documents with their groups and rules; expressions as the file has them at their place.
fn describe(file: &RuleFile) -> String {
    let mut out = String::new();
    let text = &file.source.text;
    for document in &file.documents {
        let _ = writeln!(out, "{}", kind(&document.kind));
        for group in &file.groups[document.groups.clone()] {
            let _ = writeln!(out, "  {} at {}", group.name, group.line);
            for rule in &group.rules {
                let (name, expr) = (rule.name.span().of(text), rule.expr_text.span().of(text));
                let broken = if rule.is_broken { " (broken)" } else { "" };
                let _ = writeln!(out, "    {} {name}: {expr}{broken}", rule.line);
            }
            for rule in &group.unread {
                let _ = writeln!(out, "    unread: {:?}", rule.expr.as_ref().map(Located::as_str));
            }
        }
    }
    for comment in &file.comments {
        let _ = writeln!(out, "comment: {}", comment.span.of(text));
    }
    for warning in &file.warnings {
        let at = warning.span.expect("warnings have a place").of(text);
        let _ = writeln!(out, "warning: {}: {at:?}", warning.message);
    }
    for error in &file.errors {
        let at = error.diagnostic.span.expect("errors have a place").of(text);
        let _ = writeln!(out, "{}:{}: {}: {at:?}", error.line, error.column, error.message);
    }
    out
}

fn check(text: &str, expected: &Expect) {
    check_with(text, ReadOptions::default(), expected);
}

fn check_with(text: &str, options: ReadOptions, expected: &Expect) {
    expected.assert_eq(&describe(&read(&Source::new("f.yml", text), &options)));
}

const TWO: &str = "
# one
groups: [{name: a, rules: [{record: r, expr: up}]}]
--- # two
groups: [{name: a, rules: [{record: r, expr: 'up +'}]}]
";

#[test]
fn of_a_rule_file_prometheus_reads_the_first_document() {
    check(
        TWO,
        &expect![[r#"
        rule file
          a at 3
            3 r: up
        comment: # one
        comment: # two
        warning: multiple document yaml rules files are not supported, only the first document is processed: "groups: [{name: a, rules: [{record: r, expr: 'up +'}]}]"
    "#]],
    );
}

#[test]
fn all_documents_on_request() {
    check_with(
        TWO,
        ReadOptions { every_document: true, ..ReadOptions::default() },
        &expect![[r#"
        rule file
          a at 3
            3 r: up
        rule file
          a at 5
            unread: Some("up +")
        comment: # one
        comment: # two
        5:51: group "a", rule 1, "r": could not parse expression: 1:5: parse error: unexpected end of input: ""
    "#]],
    );
}

const RULE: &str = "
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: rules, namespace: monitoring}
spec:
  groups:
  - name: g
    partial_response_strategy: warn
    rules:
    - alert: A # why
      expr: rate(x)
    - alert: B
      expr: |
        up
          == 0
      labels: {severity: '{{ nope }}'}
";

#[test]
fn manifests_of_the_operator() {
    check(
        RULE,
        &expect![[r#"
        PrometheusRule monitoring/rules
          g at 7
            12 B: up
                  == 0 (broken)
            unread: Some("rate(x)")
        comment: # why
        11:18: group "g", rule 1, "A": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector: "x"
        16:30: group "g", rule 2, "B": label "severity": template: __alert_B:1: function "nope" not defined: "nope"
    "#]],
    );
    let deployment = "---\nkind: Deployment\napiVersion: apps/v1\nspec: {}\n---\n";
    check(
        &format!("{deployment}{RULE}---{RULE}"),
        &expect![[r#"
        other: Deployment
        PrometheusRule monitoring/rules
          g at 12
            17 B: up
                  == 0 (broken)
            unread: Some("rate(x)")
        PrometheusRule monitoring/rules
          g at 28
            33 B: up
                  == 0 (broken)
            unread: Some("rate(x)")
        comment: # why
        comment: # why
        16:18: group "g", rule 1, "A": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector: "x"
        21:30: group "g", rule 2, "B": label "severity": template: __alert_B:1: function "nope" not defined: "nope"
        32:18: group "g", rule 1, "A": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector: "x"
        37:30: group "g", rule 2, "B": label "severity": template: __alert_B:1: function "nope" not defined: "nope"
    "#]],
    );
}

#[test]
fn lists() {
    let item = RULE.trim_start().replace('\n', "\n  ");
    check(
        &format!("kind: List\nitems:\n- {item}\n- kind: Secret\n  data: {{}}\n"),
        &expect![[r#"
        PrometheusRule monitoring/rules
          g at 8
            13 B: up
                    == 0 (broken)
            unread: Some("rate(x)")
        other: Secret
        comment: # why
        12:20: group "g", rule 1, "A": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector: "x"
        17:32: group "g", rule 2, "B": label "severity": template: __alert_B:1: function "nope" not defined: "nope"
    "#]],
    );
    check(
        "kind: PrometheusRuleList\nitems:\n- spec: {groups: [{name: g, rules: [{record: a, expr: b}]}]}",
        &expect![[r#"
            PrometheusRule -/-
              g at 3
                3 a: b
        "#]],
    );
}

#[test]
fn rule_files_inside_of_config_maps() {
    check(
        r#"
apiVersion: v1
kind: ConfigMap
metadata:
  name: rules
data:
  other.json: '{"groups": 5}'
  a.yml: |
    groups: # first
    - name: a
      rules:
      - alert: A
        expr: |
          rate(x[5m])
            > rate(y)
      - record: r
        expr: "sum(\"up\")"
  b.yml: "groups:\n- name: b\n  rules:\n  - record: c\n    expr: 'a{b=\"c\"}'\n    fro: 5m\n"
"#,
        &expect![[r#"
            a.yml of -/rules
              a at 10
                unread: Some("rate(x[5m])\n  > rate(y)\n")
                unread: Some("sum(\"up\")")
            b.yml of -/rules
              b at 18
                18 c: 'a{b=\"c\"}'
            comment: # first
            15:20: group "a", rule 1, "A": could not parse expression: 2:10: parse error: expected type range vector in call to function "rate", got instant vector: "y"
            17:20: group "a", rule 2, "r": could not parse expression: 1:5: parse error: expected type instant vector in aggregation expression, got string: "\\\"up\\\""
            18:84: field fro not found in type rulefmt.Rule: "fro"
        "#]],
    );
}

#[test]
fn metricsql_of_victoria_metrics_is_no_error() {
    check(
        "
apiVersion: operator.victoriametrics.com/v1beta1
kind: VMRule
metadata: {name: v}
spec:
  groups:
  - name: g
    concurrency: 2
    rules:
    - {alert: A, expr: 'lag(x[5m]) > 0', debug: true}
    - {alert: B, expr: 'up == 0'}
",
        &expect![[r#"
            VMRule -/v
              g at 7
                11 B: 'up == 0'
                unread: Some("lag(x[5m]) > 0")
        "#]],
    );
}
