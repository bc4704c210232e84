//! Expressions with their canonical text or their errors, in `data/*.txt`.

use diagnostics::LineIndex;
use expect_test::{ExpectFile, expect, expect_file};
use promql::{ParseOptions, parse, parse_expr, parse_metric_selector};

/// The canonical text, or every error with its place.
fn answers(query: &str, options: ParseOptions) -> Vec<String> {
    let parse = parse(query, &options);
    if parse.errors.is_empty() {
        return vec![parse.expr.expect("no errors").to_string()];
    }
    let lines = LineIndex::new(query);
    let place = |error: &diagnostics::Diagnostic| {
        lines.line_col(error.span.expect("every error has a place").start)
    };
    parse.errors.iter().map(|error| format!("{}: {}", place(error), error.message)).collect()
}

/// Answers every query of a file, keeping blank lines and `#` lines.
fn check(file: &ExpectFile, options: ParseOptions) {
    let mut out = String::new();
    for line in file.data().lines().filter(|line| !line.starts_with("  ")) {
        out.push_str(line);
        out.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        for answer in answers(&line.replace('⏎', "\n"), options) {
            out.push_str("  ");
            out.push_str(&answer);
            out.push('\n');
        }
    }
    file.assert_eq(&out);
}

#[test]
fn canonical_texts() {
    check(&expect_file!["data/ok.txt"], ParseOptions::default());
}

#[test]
fn errors() {
    check(&expect_file!["data/err.txt"], ParseOptions::default());
}

#[test]
fn guarded_syntax() {
    check(&expect_file!["data/gated.txt"], ParseOptions::all());
}

#[test]
fn errors_are_shown_as_by_prometheus() {
    let show = |text| parse_expr(text, &ParseOptions::default()).unwrap_err().to_string();
    expect!["unknown position: parse error: no expression found in input"].assert_eq(&show(""));
    expect!["1:1: parse error: no expression found in input"].assert_eq(&show("  # nothing\n"));
    expect!["3:3: parse error: unexpected character: '}'"].assert_eq(&show("a\n+\n  }"));
    let error = parse_expr("é +\n\nb )", &ParseOptions::default()).unwrap_err();
    expect!["1:1: parse error: unexpected character: 'é'"].assert_eq(&error.to_string());
    assert_eq!((error.line, error.column, error.span.start), (1, 1, 0));
}

#[test]
fn a_tree_without_holes_comes_with_its_errors() {
    let options = ParseOptions::default();
    assert!(parse("rate(foo)", &options).expr.is_some());
    assert!(parse("foo offset 1m offset 2m", &options).expr.is_some());
    assert!(parse("nothing(foo)", &options).expr.is_none());
    assert!(parse("foo +", &options).expr.is_none());
}

#[test]
fn metric_selectors() {
    let check = |text: &str, expect: expect_test::Expect| {
        let shown = match parse_metric_selector(text, &ParseOptions::default()) {
            Ok(matchers) => matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        expect.assert_eq(&shown);
    };
    check("up", expect![[r#"__name__="up""#]]);
    check(r#"up{job=~"a|b",x!=""}"#, expect![[r#"__name__="up" job=~"a|b" x!="""#]]);
    check(r#"{"a.b"}"#, expect![[r#"__name__="a.b""#]]);
    check("{}", expect![""]);
    check("sum", expect![[r#"__name__="sum""#]]);
    check("", expect!["unknown position: parse error: unexpected end of input"]);
    check("up offset 5m", expect!["1:4: parse error: unexpected <offset>"]);
    check("up[5m]", expect![[r#"1:3: parse error: unexpected "[""#]]);
    check("rate(up)", expect![[r#"1:5: parse error: unexpected "(""#]]);
    check("5", expect![[r#"1:1: parse error: unexpected number "5""#]]);
    check(
        r#"up{a=~"("}"#,
        expect![[r"1:4: parse error: error parsing regexp: missing closing ): `(`"]],
    );
}
