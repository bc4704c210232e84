//! What the reader says beyond what is wrong: what was probably meant, and the edit for it.

use std::fmt::Write;

use diagnostics::Edit;
use expect_test::{Expect, expect};
use promql::ParseOptions;
use rules::parse;

/// Codes, messages and helps with their places; then the file with all fixes applied at once.
fn check(text: &str, expected: &Expect) {
    let file = parse("f.yml", text, &ParseOptions::default());
    let (mut out, mut edits) = (String::new(), Vec::new());
    for error in &file.errors {
        let found = &error.diagnostic;
        let at = found.span.expect("errors have a place").of(text);
        let _ = writeln!(out, "{} {:?}: {}", found.code, at, found.message);
        for other in &found.related {
            let _ = writeln!(out, "  {:?}: {}", other.span.of(text), other.message);
        }
        for line in found.help.iter().map(|help| format!("help: {help}")).chain(found.notes.clone())
        {
            let _ = writeln!(out, "  {line}");
        }
        edits.extend(found.fix.iter().flat_map(|fix| fix.edits.clone()));
    }
    if !edits.is_empty() {
        out += &apply(text, edits);
    }
    expected.assert_eq(&out);
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    let mut out = text.to_owned();
    edits.sort();
    for edit in edits.iter().rev() {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    out
}

/// The same for one expression.
fn check_expr(expr: &str, expected: &Expect) {
    let quoted = expr.replace('\'', "''");
    check(&format!("groups: [{{name: g, rules: [{{record: r, expr: '{quoted}'}}]}}]"), expected);
}

#[test]
fn misspelt_fields() {
    check(
        "
groups:
- name: g
  intervall: 1m
  rule:
  - alert: A
    exp: up
    anotations: {a: b}
    name: x
    keep-firing-for: 5m
  - alert: B
    expr: up
    Expr: up
",
        &expect![[r#"
            unknown-field "intervall": a group has no field `intervall`
              help: write `interval`
            unknown-field "rule": a group has no field `rule`
              help: write `rules`

            groups:
            - name: g
              interval: 1m
              rules:
              - alert: A
                exp: up
                anotations: {a: b}
                name: x
                keep-firing-for: 5m
              - alert: B
                expr: up
                Expr: up
        "#]],
    );
}

#[test]
fn misspelt_fields_of_rules() {
    check(
        "
groups:
- name: g
  rules:
  - alert: A
    exp: up
    anotations: {a: b}
    name: x
    keep-firing-for: 5m
  - alert: B
    expr: up
    Expr: up
",
        &expect![[r#"
            unknown-field "exp": a rule has no field `exp`
              help: write `expr`
            unknown-field "anotations": a rule has no field `anotations`
              help: write `annotations`
            unknown-field "name": a rule has no field `name`
              help: `alert` is already there: join the two
            unknown-field "keep-firing-for": a rule has no field `keep-firing-for`
              help: write `keep_firing_for`
            unknown-field "Expr": a rule has no field `Expr`
              help: `expr` is already there: join the two

            groups:
            - name: g
              rules:
              - alert: A
                expr: up
                annotations: {a: b}
                name: x
                keep_firing_for: 5m
              - alert: B
                expr: up
                Expr: up
        "#]],
    );
}

#[test]
fn fields_at_the_wrong_place() {
    check(
        "
groups:
- name: g
  expr: up
  rules:
  - alert: A
    expr: up
    severity: page # loud
    team: x
    summary: 'it broke'
    interval: 1m
    annotations:
      runbook_url: https://x

  - severity: page
    alert: B
    expr: up
  - alert: C
    expr: up
    eval_offset: 5m
    whatever: 1
namespace: x
",
        &expect![[r#"
            unknown-field "expr": a group has no field `expr`
              help: `expr` belongs to a rule, below `rules:`
            unknown-field "severity": a rule has no field `severity`
              help: write it below `labels:`
            unknown-field "team": a rule has no field `team`
              help: write it below `labels:`
            unknown-field "summary": a rule has no field `summary`
              help: write it below `annotations:`
            unknown-field "interval": a rule has no field `interval`
              help: `interval` belongs to the group, not to one of its rules
            unknown-field "severity": a rule has no field `severity`
              help: write it below `labels:`
            unknown-field "eval_offset": a rule has no field `eval_offset`
              help: only vmalert knows `eval_offset`: leave it out for Prometheus
            unknown-field "whatever": a rule has no field `whatever`
              fields here are record, alert, expr, for, keep_firing_for, labels, annotations
            unknown-field "namespace": a rule file has no field `namespace`
              help: only Mimir knows `namespace`: leave it out for Prometheus

            groups:
            - name: g
              expr: up
              rules:
              - alert: A
                expr: up
                labels:
                  severity: page # loud
                team: x
                interval: 1m
                annotations:
                  runbook_url: https://x
                  summary: 'it broke'

              - labels:
                  severity: page
                alert: B
                expr: up
              - alert: C
                expr: up
                eval_offset: 5m
                whatever: 1
            namespace: x
        "#]],
    );
}

#[test]
fn nothing_is_moved_where_lines_cannot_be() {
    check(
        "groups: [{name: g, rules: [{alert: A, expr: up, severity: page, labels: {a: b}}]}]",
        &expect![[r#"
            unknown-field "severity": a rule has no field `severity`
              help: write it below `labels:`
        "#]],
    );
}

#[test]
fn metricsql() {
    check_expr(
        "lag(x[5m])",
        &expect![[r#"
        other-dialect "lag": `lag` is a function of MetricsQL, not of PromQL
          help: `time() - timestamp(…)` comes nearest in PromQL
          Prometheus says: unknown function with name "lag"
    "#]],
    );
    check_expr(
        "sum(x) default 0",
        &expect![[r#"
        other-dialect "default": `default` is MetricsQL, not PromQL
          help: write `x or vector(0)`, or `or on (…)` with what is to stand in
          Prometheus says: unexpected identifier "default"
    "#]],
    );
    check_expr(
        "rate(x[5m]) keep_metric_names",
        &expect![[r#"
        other-dialect "keep_metric_names": `keep_metric_names` is MetricsQL, not PromQL
          help: leave it out: PromQL drops names of what it computes
          Prometheus says: unexpected identifier "keep_metric_names"
    "#]],
    );
    check_expr(
        "WITH (x = up) x",
        &expect![[r#"
        other-dialect "WITH": `WITH (…)` is MetricsQL, not PromQL
          help: write out what stands in it, or record it with a rule
          Prometheus says: unexpected "="
    "#]],
    );
    check_expr(
        "up if up",
        &expect![[r#"
        other-dialect "if": `if` is MetricsQL, not PromQL
          help: write `and`
          Prometheus says: unexpected identifier "if"
    "#]],
    );
}

#[test]
fn logql() {
    check_expr(
        "sum(rate({app=\"x\"} |= \"error\" [5m]))",
        &expect![[r#"
        other-dialect "|=": `|=` is LogQL, not PromQL
          help: rules over logs belong into a rule file of Loki's ruler
          Prometheus says: unexpected character: '|'
    "#]],
    );
    check_expr(
        "{app=\"x\"} | json | x > 5",
        &expect![[r#"
        other-dialect "| json": `| json` is LogQL, not PromQL
          help: rules over logs belong into a rule file of Loki's ruler
          Prometheus says: unexpected character: '|'
    "#]],
    );
    check_expr(
        "rate({app=\"x|json\"}[5m]",
        &expect![[r#"
            promql-syntax "": unclosed left parenthesis
              "(": this `(` is not closed
        "#]],
    );
    check_expr(
        "bytes_rate({app=\"x\"}[5m])",
        &expect![[r#"
        other-dialect "bytes_rate": `bytes_rate` is a function of LogQL, not of PromQL
          help: rules over logs belong into a rule file of Loki's ruler
          Prometheus says: unknown function with name "bytes_rate"
    "#]],
    );
}

#[test]
fn flags() {
    check_expr(
        "mad_over_time(x[5m])",
        &expect![[r#"
            unavailable-feature "mad_over_time": function "mad_over_time" is not enabled
              help: Prometheus has it since 2.49; `--enable-feature=promql-experimental-functions` turns it on
        "#]],
    );
    check_expr(
        "limitk(2, x)",
        &expect![[r#"
            unavailable-feature "limitk(2, x)": limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions
              help: Prometheus has it since 2.54; `--enable-feature=promql-experimental-functions` turns it on
        "#]],
    );
    check_expr(
        "a + fill(0) b",
        &expect![[r#"
            unavailable-feature "a + fill(0) b": binop fill modifiers are experimental and not enabled
              help: Prometheus has it since 3.10; `--enable-feature=promql-binop-fill-modifiers` turns it on
        "#]],
    );
    check_expr(
        "rate(x[5m] anchored)",
        &expect![[r#"
            unavailable-feature "x[5m]": anchored modifier is experimental and not enabled
              help: Prometheus has it since 3.7; `--enable-feature=promql-extended-range-selectors` turns it on
        "#]],
    );
}

#[test]
fn slips() {
    check_expr(
        "rate(x)",
        &expect![[r#"
        promql-syntax "x": expected type range vector in call to function "rate", got instant vector
          help: write a window behind it: `x[5m]`
    "#]],
    );
    check_expr(
        "sum(rate(x[5m])",
        &expect![[r#"
            promql-syntax "": unclosed left parenthesis
              "(": this `(` is not closed
        "#]],
    );
    check_expr(
        "up = 0",
        &expect![[r#"
        promql-syntax "=": unexpected "="
          help: PromQL compares with `==`
    "#]],
    );
    check_expr(
        "a && b",
        &expect![[r#"
        promql-syntax "&& b": unexpected character: '&'
          help: PromQL writes `and`, `or` and `unless`
    "#]],
    );
    check_expr(
        "a || b",
        &expect![[r#"
        promql-syntax "|| b": unexpected character: '|'
          help: PromQL writes `and`, `or` and `unless`
    "#]],
    );
    check_expr(
        "histogram_quantil(0.9, x)",
        &expect![[r#"
        promql-syntax "histogram_quantil": unknown function with name "histogram_quantil"
          help: write `histogram_quantile`
    "#]],
    );
    check_expr(
        "summ(x)",
        &expect![[r#"
        promql-syntax "summ": unknown function with name "summ"
          help: write `sum`
    "#]],
    );
    check_expr(
        "1 > 0",
        &expect![[r#"
        promql-syntax ">": comparisons between scalars must use BOOL modifier
          help: write `bool` behind the comparison to get 0 or 1
    "#]],
    );
    check_expr(
        "up{job=\u{201c}x\u{201d}}",
        &expect![[r#"
        promql-syntax "“x”}": unexpected character inside braces: '“'
          help: write straight quotes: "…"
    "#]],
    );
    check_expr(
        "x[$__interval]",
        &expect![[r#"
        promql-syntax "$__interval]": unexpected character in duration expression: '$'
          help: this looks like a placeholder that was not filled in
    "#]],
    );
    check_expr(
        "sum(x[5m])",
        &expect![[r#"
        promql-syntax "x[5m]": expected type instant vector in aggregation expression, got range vector
          help: leave the window out, or make one value of it: `last_over_time(…)`
    "#]],
    );
    check_expr(
        "up{job=\"x\"",
        &expect![[r#"
        promql-syntax "": unexpected end of input inside braces
          "{": this `{` is not closed
    "#]],
    );
}
