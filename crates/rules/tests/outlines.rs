//! What templates read, told without expanding them.

use std::fmt::Write;

use expect_test::{Expect, expect};
use rules::{
    Template,
    template::outline::{Outline, Read, What},
};

/// Each thing that is read, as written, with what it is; `?` where its absence is provided for.
fn check(text: &str, expected: &Expect) {
    let template = Template::parse("A", text).expect("a template");
    let outline = Outline::of(&template);
    let mut got = String::new();
    for Read { what, span, is_optional } in &outline.reads {
        let optional = if *is_optional { "?" } else { "" };
        let what = match what {
            What::Label { of, name } => format!("{name} of {of:?}"),
            What::Value { of, is_raw: true } => format!("raw value of {of:?}"),
            What::Value { of, is_raw: false } => format!("value of {of:?}"),
            What::Nothing { field } => format!("no field {field}"),
        };
        let _ = writeln!(got, "{}: {what}{optional}", span.of(text));
    }
    for query in &outline.queries {
        let made = query.text(|_| "…").map_or("unknown".to_owned(), |query| query.text);
        let _ = writeln!(got, "query {made} at {}", query.span.of(text));
    }
    expected.assert_eq(&got);
}

#[test]
fn labels_and_values() {
    check(
        "{{ $labels.pod }} and {{ .Labels.node }}, {{ $value }} {{ .Value | humanize }} {{ $.Value }}",
        &expect![[r"
            $labels.pod: pod of Alert
            .Labels.node: node of Alert
            $value: raw value of Alert
            .Value: value of Alert
            $.Value: raw value of Alert
        "]],
    );
    check(
        r#"{{ index $labels "a.b" }}{{ $externalLabels.cluster | title }}{{ ($labels).x }}"#,
        &expect![[r"
            a.b: a.b of Alert
            $externalLabels.cluster: cluster of External
            .x: x of Alert
        "]],
    );
    check(
        "{{ $l := $labels }}{{ $l.pod }}{{ .labels.pod }}{{ $v := $value }}{{ $v }}",
        &expect![[r"
            $l.pod: pod of Alert
            .labels: no field labels
            $value: value of Alert
            $v: raw value of Alert
        "]],
    );
    check("no action", &expect![""]);
}

#[test]
fn what_is_asked_for_may_be_missing() {
    check(
        r"{{ if $labels.pod }}{{ $labels.pod }}{{ $labels.node }}{{ else }}{{ $labels.pod }}{{ end }}",
        &expect![[r"
            $labels.pod: pod of Alert?
            $labels.pod: pod of Alert?
            $labels.node: node of Alert
            $labels.pod: pod of Alert
        "]],
    );
    check(
        r#"{{ with $labels.pod }}{{ . }}{{ end }}{{ if eq $labels.x "y" }}{{ end }}{{ or $labels.a $labels.b }}"#,
        &expect![[r"
            $labels.pod: pod of Alert?
            $labels.x: x of Alert?
            $labels.a: a of Alert?
            $labels.b: b of Alert
        "]],
    );
    check(
        r"{{ if gt $value 5.0 }}{{ $labels.a | toUpper }}{{ end }}{{ if $labels.b | toUpper }}{{ end }}",
        &expect![[r"
            $value: value of Alert?
            $labels.a: a of Alert
            $labels.b: b of Alert
        "]],
    );
}

#[test]
fn queries() {
    check(
        r#"{{ with query "up{a=\"b\"}" }}{{ . | first | value | humanize }}{{ (first .).Labels.job }}{{ end }}"#,
        &expect![[r#"
            value: value of Query(0)
            .Labels.job: job of Query(0)
            query up{a="b"} at up{a=\"b\"}
        "#]],
    );
    check(
        r#"{{ range printf "sum(x{i='%s'}) > %d%%2" $labels.instance 5 | query }}{{ .Labels.i }} {{ .Value }}{{ end }}"#,
        &expect![[r#"
            $labels.instance: instance of Alert
            .Labels.i: i of Query(0)
            .Value: raw value of Query(0)
            query sum(x{i='…'}) > 5%2 at sum(x{i='%s'}) > %d%%2" $labels.instance 5
        "#]],
    );
    check(
        r#"{{ range $i, $s := query "up" | sortByLabel "job" }}{{ $i }}{{ $s.Labels.job }}{{ $s.Value }}{{ end }}{{ query $labels.q }}"#,
        &expect![[r"
            job: job of Query(0)
            $s.Labels.job: job of Query(0)
            $s.Value: raw value of Query(0)
            $labels.q: q of Alert
            query up at up
            query unknown at query
        "]],
    );
    check(
        r#"{{ query "up" | first | label "job" }}{{ (index (query "down") 0) | value }}"#,
        &expect![[r"
            job: job of Query(0)
            value: value of Query(1)
            query up at up
            query down at down
        "]],
    );
}

#[test]
fn defined_templates() {
    check(
        r#"{{ define "x" }}{{ .Labels.pod }}{{ .arg0.node }}{{ end }}{{ template "x" . }}{{ template "x" . }}{{ template "x" (args $labels 5) }}"#,
        &expect![[r"
            .Labels.pod: pod of Alert
            .arg0: no field arg0
            .arg0.node: node of Alert
        "]],
    );
    check(r#"{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}"#, &expect![""]);
}

#[test]
fn a_name_in_a_variable_is_read_once() {
    check(
        r#"{{ $n := "pod" }}{{ index $labels $n }}{{ index $labels $n }}"#,
        &expect![[r"
            pod: pod of Alert
        "]],
    );
}

#[test]
fn parts_of_a_query_are_found_in_the_template() {
    let text = r#"{{ query (printf "up{a=\"b\\n\"} / %s + `x`" $labels.x) }}"#;
    let template = Template::parse("A", text).expect("a template");
    let outline = Outline::of(&template);
    let query = outline.queries[0].text(|_| "total").expect("a text");
    assert_eq!(query.text, r#"up{a="b\n"} / total + `x`"#);
    for (part, expected) in
        [("up", "up"), (r#"a="b\n""#, r#"a=\"b\\n\""#), ("total", "%s"), ("`x`", "`x`")]
    {
        let start = query.text.find(part).expect("a part");
        let place = query.locate(diagnostics::Span::new(start, start + part.len()));
        assert_eq!(place.of(text), expected, "{part}");
    }
}

#[test]
fn what_grows_without_end_is_not_followed() {
    let doubled = |function: &str| {
        let steps = format!("{{{{ $a = {function} $a $a }}}}").repeat(64);
        let text = format!("{{{{ $a := \"x\" }}}}{steps}{{{{ query $a }}}}{{{{ $labels.pod }}}}");
        let template = Template::parse_lenient("A", text);
        let outline = Outline::of(&template);
        assert!(outline.queries.iter().all(|query| query.text(|_| "y").is_none()));
        assert_eq!(outline.reads.len(), 1);
    };
    doubled("print");
    doubled("printf \"%s%s\"");
    doubled("args");
    // One inside of the other, and compared with others that are as deep.
    let deep = "{{ $a = args $a }}{{ $b = args $b }}{{ $c := or $a $b }}".repeat(6000);
    let template =
        Template::parse_lenient("A", format!("{{{{ $a := 1 }}}}{{{{ $b := 1 }}}}{deep}"));
    assert!(Outline::of(&template).reads.is_empty());
}
