//! Rule files: text in, groups or errors out.

use std::fmt::Write;

use expect_test::{Expect, expect};
use promql::ParseOptions;
use rules::{RuleFile, RuleKind, parse};

fn read(text: &str) -> RuleFile {
    parse("f.yml", text, &ParseOptions::default())
}

/// Groups and rules, then warnings, then errors, each with the text that it points to.
fn check(text: &str, expected: &Expect) {
    let file = read(text);
    let mut out = String::new();
    for group in file.groups.iter().filter(|_| file.errors.is_empty()) {
        let (interval, offset, limit) = (group.interval, group.query_offset, group.limit);
        let _ = writeln!(out, "{}: {interval:?} {offset:?} {limit}", group.name);
        for rule in &group.rules {
            let _ = writeln!(out, "  {} {}: {}", rule.line, rule.name(), rule.query());
            for (name, value) in &rule.labels {
                let _ = writeln!(out, "    {name}={value:?}");
            }
            if let RuleKind::Alerting(alert) = &rule.kind {
                let _ = writeln!(out, "    {} {}", alert.for_ms, alert.keep_firing_for_ms);
                for (name, value) in &alert.annotations {
                    let _ = writeln!(out, "    {name}: {value:?}");
                }
            }
        }
    }
    for warning in &file.warnings {
        let _ = writeln!(out, "warning: {}", warning.message);
    }
    for error in &file.errors {
        let place = error.diagnostic.span.expect("errors have a place").of(text);
        let first = place.lines().next().unwrap_or("");
        let _ = writeln!(out, "{error}\n  at {first:?}");
    }
    expected.assert_eq(&out);
}

fn check_prometheus(text: &str, expected: &Expect) {
    expected.assert_eq(&(read(text).to_prometheus().join("\n") + "\n"));
}

#[test]
fn reads_every_field() {
    check(
        r#"
groups:
- name: g
  interval: 30s
  query_offset: 1m
  limit: 10
  labels: {team: a, severity: low}
  rules:
  - record: job:up:sum
    expr: sum by(job)(up)
    labels: {kind: "{{ literal }}"}
  - alert: Down
    expr: |
      up{job="x"}   ==
        0
    for: 5m
    keep_firing_for: 1h30m
    labels:
      severity: "{{ $labels.job }}"
      empty:
    annotations:
      summary: "{{ $value | humanize }}"
      number: 5
"#,
        &expect![[r#"
            g: Some(30000) Some(60000) 10
              9 job:up:sum: sum by (job) (up)
                kind="{{ literal }}"
                severity="low"
                team="a"
              12 Down: up{job="x"} == 0
                empty=""
                severity="{{ $labels.job }}"
                team="a"
                300000 5400000
                number: "5"
                summary: "{{ $value | humanize }}"
        "#]],
    );
}

#[test]
fn accepts_what_yaml_offers() {
    check("", &expect![[""]]);
    check("# nothing\n", &expect![[""]]);
    check("groups:\n", &expect![[""]]);
    check(
        "groups: [{name: a, rules: }, {name: b, rules: [~]}]",
        &expect![[r"
        a: None None 0
        b: None None 0
    "]],
    );
    check(
        r"
groups:
- name: anchors
  rules:
  - &base
    alert: A
    expr: &e up == 0
    for: 0
    labels: &l
      severity: page
  - <<: *base
    alert: B
    labels:
      <<: [*l, {team: x}]
      severity: info
  - record: r
    expr: *e
---
groups: [
",
        &expect![[r#"
            anchors: None None 0
              5 A: up == 0
                severity="page"
                0 0
              11 B: up == 0
                severity="info"
                team="x"
                0 0
              16 r: up == 0
            warning: multiple document yaml rules files are not supported, only the first document is processed
        "#]],
    );
}

#[test]
fn unknown_fields_at_every_level() {
    check(
        r"
groupz: []
groups:
- name: g
  interwal: 1m
  rules:
  - alert: A
    expr: up
    annotation: {}
",
        &expect![[r#"
            2:1: field groupz not found in type rulefmt.RuleGroups (`groups` is already there: join the two)
              at "groupz"
            5:3: field interwal not found in type rulefmt.RuleGroup (write `interval`)
              at "interwal"
            9:5: field annotation not found in type rulefmt.Rule (write `annotations`)
              at "annotation"
        "#]],
    );
    check_prometheus(
        "groups:\n- name: g\n  a: 1\n  rules:\n  - alert: A\n    annotation: x\n",
        &expect![[r"
            yaml: unmarshal errors:
              line 3: field a not found in type rulefmt.RuleGroup
              line 6: field annotation not found in type rulefmt.Rule
        "]],
    );
}

#[test]
fn wrong_types() {
    check(
        r#"
groups:
- name: [g]
  limit: "5"
  rules:
  - alert: {x: y}
    expr: up
    labels: [a]
    annotations: foo
  - hello there you
- {name: h, rules: {}, labels: {a: [b]}}
- name: i
  limit: true
"#,
        &expect![[r#"
            3:9: cannot unmarshal !!seq into string
              at "[g]"
            4:10: cannot unmarshal !!str `5` into int
              at "\"5\""
            6:12: cannot unmarshal !!map into string
              at "{x: y}"
            8:13: cannot unmarshal !!seq into map[string]string
              at "[a]"
            9:18: cannot unmarshal !!str `foo` into map[string]string
              at "foo"
            10:5: cannot unmarshal !!str `hello t...` into rulefmt.Rule
              at "hello there you"
            11:20: cannot unmarshal !!map into []rulefmt.Rule
              at "{}"
            11:36: cannot unmarshal !!seq into string
              at "[b]"
            13:10: cannot unmarshal !!bool `true` into int
              at "true"
        "#]],
    );
    check(
        "just a text",
        &expect![[r#"
            1:1: cannot unmarshal !!str `just a ...` into rulefmt.RuleGroups
              at "just a text"
        "#]],
    );
}

#[test]
fn bad_durations() {
    check(
        r"
groups:
- name: g
  interval: 5x
  query_offset: -1m
  rules:
  - {alert: A, expr: up, for: 5, keep_firing_for: 1h 2m}
",
        &expect![[r#"
            4:13: unknown unit "x" in duration "5x" (write whole numbers with units, such as `5m` or `1h30m`)
              at "5x"
            5:17: not a valid duration string: "-1m" (write whole numbers with units, such as `5m` or `1h30m`)
              at "-1m"
            7:31: not a valid duration string: "5" (write a unit behind it, such as `5m`)
              at "5"
            7:51: unknown unit "h " in duration "1h 2m" (write whole numbers with units, such as `5m` or `1h30m`)
              at "1h 2m"
        "#]],
    );
    check_prometheus(
        "groups: [{interval: 5x}]",
        &expect![[r#"
        unknown unit "x" in duration "5x"
    "#]],
    );
}

#[test]
fn duplicates() {
    check(
        r#"
groups:
- name: g
  name: h
  rules:
  - {alert: A, expr: up, "expr": up, labels: {a: b, a: c}}
- name: g
- name: ""
"#,
        &expect![[r#"
            4:3: mapping key "name" already defined at line 3
              at "name"
            6:26: mapping key "expr" already defined at line 6
              at "\"expr\""
            6:53: mapping key "a" already defined at line 6
              at "a"
            7:9: groupname: "g" is repeated in the same file
              at "g"
            8:9: Groupname must not be empty (add `name:`; group and file together identify the group)
              at "\"\""
        "#]],
    );
}

#[test]
fn meaningless_rules() {
    let text = r#"
groups:
- name: g
  labels: {__name__: x}
  rules:
  - alert: A
    record: b
    expr: up
  - expr: up
  - alert: B
  - record: a{b="c"}
    expr: up
    for: 5m
    keep_firing_for: 1m
    annotations: {x: y}
  - alert: C
    expr: ""
    labels: {__name__: x, "": y}
    annotations: {"": z}
"#;
    check(
        text,
        &expect![[r#"
            4:12: invalid label name: __name__ (an alert is named by `alert:`, a recorded metric by `record:`)
              at "__name__"
            6:12: group "g", rule 1, "A": only one of 'record' and 'alert' must be set (make two rules of it)
              at "A"
            9:5: group "g", rule 2, "": one of 'record' or 'alert' must be set
              at "expr: up"
            10:5: group "g", rule 3, "B": field 'expr' must be set in rule
              at "alert: B"
            15:5: group "g", rule 4, "a{b=\"c\"}": invalid field 'annotations' in recording rule
              at "annotations"
            13:5: group "g", rule 4, "a{b=\"c\"}": invalid field 'for' in recording rule
              at "for"
            14:5: group "g", rule 4, "a{b=\"c\"}": invalid field 'keep_firing_for' in recording rule
              at "keep_firing_for"
            11:14: group "g", rule 4, "a{b=\"c\"}": braces present in the recording rule name; should it be in expr?: a{b="c"} (write labels below `labels:`, and a selector into `expr:`)
              at "{b=\"c\"}"
            17:11: group "g", rule 5, "C": field 'expr' must be set in rule
              at "\"\""
            18:14: group "g", rule 5, "C": invalid label name: __name__ (an alert is named by `alert:`, a recorded metric by `record:`)
              at "__name__"
            18:27: group "g", rule 5, "C": invalid label name: 
              at "\"\""
            19:19: group "g", rule 5, "C": invalid annotation name: 
              at "\"\""
        "#]],
    );
    check_prometheus(
        text,
        &expect![[r#"
            invalid label name: __name__
            7:13: 6:12: group "g", rule 1, "A": only one of 'record' and 'alert' must be set
            0:0: 0:0: group "g", rule 2, "": one of 'record' or 'alert' must be set
            0:0: group "g", rule 3, "B": field 'expr' must be set in rule
            11:13: group "g", rule 4, "a{b=\"c\"}": invalid field 'annotations' in recording rule
            11:13: group "g", rule 4, "a{b=\"c\"}": invalid field 'for' in recording rule
            11:13: group "g", rule 4, "a{b=\"c\"}": invalid field 'keep_firing_for' in recording rule
            11:13: group "g", rule 4, "a{b=\"c\"}": braces present in the recording rule name; should it be in expr?: a{b="c"}
            17:11: group "g", rule 5, "C": field 'expr' must be set in rule
            group "g", rule 5, "C": invalid label name: __name__
            group "g", rule 5, "C": invalid label name: 
            group "g", rule 5, "C": invalid annotation name: 
        "#]],
    );
}

#[test]
fn bad_templates() {
    check(
        r#"
groups:
- name: g
  labels: {kept: "{{ nosuch }}"}
  rules:
  - alert: A
    expr: up
    labels: {severity: "{{ $label.x }}"}
    annotations:
      a: "{{ nosuch }}"
      b: |
        {{ if true }}
      c: "{{ $labels.quantile * 100 }}"
  - {record: r, expr: up, labels: {a: "{{ nosuch }}"}}
"#,
        &expect![[r#"
            8:28: group "g", rule 1, "A": label "severity": template: __alert_A:1: undefined variable "$label" (write `$labels`)
              at "$label"
            10:14: group "g", rule 1, "A": annotation "a": template: __alert_A:1: function "nosuch" not defined
              at "nosuch"
            12:22: group "g", rule 1, "A": annotation "b": template: __alert_A:2: unexpected EOF (an `if`, `range` or `with` has no `{{ end }}`)
              at ""
            13:31: group "g", rule 1, "A": annotation "c": template: __alert_A:1: unexpected "*" in operand (templates do no arithmetic: compute it in the expression)
              at "*"
        "#]],
    );
}

#[test]
fn bad_expressions_point_into_the_file() {
    check(
        r#"
groups:
- name: g
  rules:
  - {record: plain, expr: rate(x)}
  - record: folded_plain
    expr: sum(up)
      + rate(x)
  - record: literal
    expr: |  # comment with a | in it

        sum(é_x) +
          rate(foo)
  - record: folded
    expr: >-
      sum(up)

      + on(a) group_left
        rate(foo)
  - record: double
    expr: "\u0061{b=\"c\"} + \
           rate(foo)"
  - record: single
    expr: 'a{b=''c''} + rate(foo)'
"#,
        &expect![[r#"
            5:32: group "g", rule 1, "plain": could not parse expression: 1:6: parse error: expected type range vector in call to function "rate", got instant vector (write a window behind it: `x[5m]`)
              at "x"
            8:14: group "g", rule 2, "folded_plain": could not parse expression: 1:16: parse error: expected type range vector in call to function "rate", got instant vector (write a window behind it: `x[5m]`)
              at "x"
            12:13: group "g", rule 3, "literal": could not parse expression: 2:5: parse error: unexpected character: 'é'
              at "é_x) +"
            19:14: group "g", rule 4, "folded": could not parse expression: 3:8: parse error: expected type range vector in call to function "rate", got instant vector (write a window behind it: `foo[5m]`)
              at "foo"
            22:17: group "g", rule 5, "double": could not parse expression: 1:17: parse error: expected type range vector in call to function "rate", got instant vector (write a window behind it: `foo[5m]`)
              at "foo"
            24:30: group "g", rule 6, "single": could not parse expression: 1:17: parse error: expected type range vector in call to function "rate", got instant vector (write a window behind it: `foo[5m]`)
              at "foo"
        "#]],
    );
}

#[test]
fn no_yaml() {
    check(
        "groups:\n- name: g\n  rules:\n  - expr: a: b\n",
        &expect![[r#"
            4:12: mapping values are not allowed in this context (write the text in quotes: there is a colon in it)
              at ""
        "#]],
    );
    check(
        "a: &x [*x]\n",
        &expect![[r#"
        1:8: anchor 'x' value contains itself
          at "*x"
    "#]],
    );
    check(
        "a: *nope\n",
        &expect![[r#"
            1:4: unknown anchor 'nope' referenced (while parsing node, found unknown anchor)
              at ""
        "#]],
    );
    check_prometheus(
        "a: [1\nb: 2\n",
        &expect![[r"
        yaml: line 2: illegal placement of ':' indicator
    "]],
    );
}

#[test]
fn hostile_yaml_is_refused_quickly() {
    let first_error = |text: &str| read(text).errors.first().map(|e| e.message.clone());
    let nested = format!("groups: {}", "[".repeat(100_000));
    assert!(first_error(&nested).is_some());
    let block: String = (0..1000).map(|i| " ".repeat(i) + "a:\n").collect();
    assert!(first_error(&block).is_some());
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for i in 1..60 {
        let _ = writeln!(bomb, "a{i}: &a{i} [*a{0}, *a{0}]", i - 1);
    }
    assert_eq!(first_error(&bomb).as_deref(), Some("document contains excessive aliasing"));
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for i in 1..400 {
        let _ = writeln!(chain, "a{i}: &a{i} [*a{}]", i - 1);
    }
    assert_eq!(first_error(&chain).as_deref(), Some("nested more than 250 levels deep"));
}

#[test]
fn gated_syntax_follows_the_options() {
    let text = "groups: [{name: g, rules: [{record: r, expr: 'max_of(1, 2)'}]}]";
    assert_eq!(read(text).errors.len(), 1);
    assert!(parse("f.yml", text, &ParseOptions::all()).errors.is_empty());
}
