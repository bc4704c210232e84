//! What scripts are read as, and how mistakes are told.

use expect_test::{Expect, expect};

use super::*;

fn show(script: &Script) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for command in &script.commands {
        let _ = match command {
            Command::Clear => writeln!(out, "clear"),
            Command::Load(load) => {
                let series: Vec<_> = load
                    .series
                    .iter()
                    .map(|s| format!("{}: {}", s.labels, s.points.len()))
                    .collect();
                writeln!(out, "{} load {} {}", load.line, load.step, series.join("; "))
            }
            Command::Eval(eval) => show_eval(&mut out, eval),
        };
    }
    out
}

fn show_eval(out: &mut String, eval: &Eval) -> fmt::Result {
    use fmt::Write;
    let expr = eval.expr.as_ref().map_or_else(Clone::clone, ToString::to_string);
    writeln!(out, "{} {:?} {:?} {expr}", eval.line, eval.when, eval.steps)?;
    match &eval.result {
        Expected::Series(list) | Expected::RangeVector(list) => {
            for s in list {
                writeln!(out, "  {} {}: {:?}", s.position, s.labels, s.points)?;
            }
        }
        other => writeln!(out, "  {other:?}")?,
    }
    for (name, patterns) in
        [("fail", eval.fail.as_slice()), ("warn", &eval.warn), ("info", &eval.info)]
    {
        for pattern in patterns {
            writeln!(out, "  {name}: {}", pattern.text())?;
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&match parse(text) {
        Ok(script) => show(&script),
        Err(error) => error.to_string(),
    });
}

#[test]
fn loads_and_clears() {
    check(
        "clear\n# comment\nload 5m\n  up{job=\"a\"} 1x3\n\tup 1 2\n  up 3\n\nload 10s\n  x@st -1m\n  x 1\n",
        expect![[r#"
            clear
            3 load 300000 {__name__="up", job="a"}: 4; {__name__="up"}: 1
            8 load 10000 {__name__="x"}: 1
        "#]],
    );
}

#[test]
fn evaluations() {
    check(
        "eval instant at 50m up + 1\n  expect no_warn\n  expect ordered\n  {a=\"b\"} 1\n  {} 2\n\neval range from 0 to 5m step 1m up\n  up 1 _ 3\n\neval instant at 1m 1 + 1\n  2\n",
        expect![[r#"
            1 Instant(3000000) Steps { start: 3000000, step: 0, count: 1 } up + 1
              1 {a="b"}: [Float(1.0)]
              2 {}: [Float(2.0)]
            7 Range Steps { start: 0, step: 60000, count: 6 } up
              1 {__name__="up"}: [Float(1.0), Missing, Float(3.0)]
            10 Instant(60000) Steps { start: 60000, step: 0, count: 1 } 1 + 1
              Scalar(2.0)
        "#]],
    );
}

#[test]
fn expectations() {
    check(
        "eval instant at 0 \"a\"\n  expect string \"a\\tb\"\n\neval_fail instant at 0 up\n  expected_fail_message no way\n\neval instant at 0 up\n  expect fail regex: ^no.*\n  expect warn msg: PromQL warning: x: y\n  expect info\n\neval instant at 0 up[1m]\n  expect range vector from 10s to 1m step 10s\n  up 1 2\n",
        expect![[r#"
            1 Instant(0) Steps { start: 0, step: 0, count: 1 } "a"
              String("a\tb")
            4 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              fail: no way
            7 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              fail: ^no.*
              warn: PromQL warning: x: y
              info: anything
            12 Instant(60000) Steps { start: 10000, step: 10000, count: 6 } up[1m]
              1 {__name__="up"}: [Float(1.0), Float(2.0)]
        "#]],
    );
}

#[test]
fn errors_have_lines() {
    check("\nnonsense", expect![[r#"line 2: invalid command "nonsense""#]]);
    check("load 5x\n", expect![[r#"line 1: unknown unit "x" in duration "5x""#]]);
    check("load 5m\n x@st 1m\n\n", expect!["line 2: @st line has no following sample line"]);
    check(
        "eval instant at 0 up\n up 1 2\n",
        expect!["line 2: several values need a range query or `expect range vector`"],
    );
    check(
        "eval sometimes up\n",
        expect!["line 1: an evaluation is `eval instant …` or `eval range …`"],
    );
}
