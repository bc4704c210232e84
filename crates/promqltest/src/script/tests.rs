//! What scripts are read as, and how mistakes are told.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use super::*;

fn show(script: &Script) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for command in &script.commands {
        let _ = match command {
            Command::Clear => writeln!(out, "clear"),
            Command::Load(load) => {
                let nhcb = if load.with_nhcb { "with nhcb " } else { "" };
                let _ = writeln!(out, "{} load {nhcb}{}", load.line, load.step);
                load.series.iter().try_for_each(|s| {
                    let starts: Vec<_> = s.starts.iter().copied().map(start_text).collect();
                    writeln!(out, "  {}: {} {}", s.labels, s.points.len(), starts.join(" "))
                })
            }
            Command::Eval(eval) => show_eval(&mut out, eval),
        };
    }
    out
}

fn start_text(start: Option<i64>) -> String {
    start.map_or_else(|| "_".to_owned(), |ms| ms.to_string())
}

fn show_eval(out: &mut String, eval: &Eval) -> fmt::Result {
    use fmt::Write;
    let expr = eval.expr.as_ref().map_or_else(ToString::to_string, ToString::to_string);
    writeln!(out, "{} {:?} {:?} {expr}", eval.line, eval.when, eval.steps)?;
    let expected = &eval.expected;
    if let Some(scalar) = expected.scalar {
        writeln!(out, "  {scalar}")?;
    }
    if let Some(string) = &expected.string {
        writeln!(out, "  {string:?}")?;
    }
    for s in &expected.series {
        writeln!(out, "  {} {}: {:?}", s.position, s.labels, s.points)?;
    }
    let notices = |out: &mut String, name: &str, notices: &Notices| {
        for pattern in &notices.patterns {
            writeln!(out, "  {name}: {}", pattern.show().unwrap_or_default())?;
        }
        for (is, what) in [(notices.some, "some"), (notices.none, "no")] {
            if is {
                writeln!(out, "  {what} {name}")?;
            }
        }
        Ok(())
    };
    notices(out, "warning", &expected.warnings)?;
    notices(out, "info", &expected.infos)?;
    for pattern in &expected.errors {
        writeln!(out, "  error: {}", pattern.show().unwrap_or_default())?;
    }
    for (is, what) in [
        (expected.fails, "fails"),
        (expected.ordered, "ordered"),
        (expected.range_vector, "range vector"),
    ] {
        if is {
            writeln!(out, "  {what}")?;
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
#[track_caller]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&match parse(text) {
        Ok(script) => show(&script),
        Err(error) => error.to_string(),
    });
}

#[test]
fn loads_and_clears() {
    check(
        "clear\n# comment\nload 5m\n  up{job=\"a\"} 1x3\n\tup 1 2\n  up 3\n\n\
         load_with_nhcb  10s\n  x@st -1m _ -10sx1 0s+1mx1 5s-1mx1 _x2\n  x 1x9\n",
        expect![[r#"
            clear
            3 load 300000
              {__name__="up", job="a"}: 4 
              {__name__="up"}: 1 
            8 load with nhcb 10000
              {__name__="x"}: 10 -60000 _ -10000 -10000 0 60000 5000 -55000 _ _
        "#]],
    );
}

#[test]
fn evaluations() {
    check(
        "eval instant at 50m up + 1\n  expect no_warn\n  expect ordered\n  {a=\"b\"} 1\n  {} 2\n\n\
         eval range from 0 to 5m step 1m up\n  up 1 _ 3\n\n\
         eval instant at 1m 1 + 1\n  2\n",
        expect![[r#"
            1 Instant(3000000) Steps { start: 3000000, step: 0, count: 1 } up + 1
              1 {a="b"}: [Float(1.0)]
              2 {}: [Float(2.0)]
              no warning
              ordered
            7 Range Steps { start: 0, step: 60000, count: 6 } up
              1 {__name__="up"}: [Float(1.0), Missing, Float(3.0)]
            10 Instant(60000) Steps { start: 60000, step: 0, count: 1 } 1 + 1
              2
        "#]],
    );
}

#[test]
fn expectations() {
    check(
        "eval instant at 0 \"a\"\n  expect string \"a\\tb\"\n\n\
         eval instant at 0 up\n  expect fail regex: ^no.*\n\n\
         eval instant at 0 up\n  expect warn msg: PromQL warning: x: y\n  expect info\n\n\
         eval instant at 0 up\n  expect no_info\n  expect no_warn\n\n\
         eval instant at 0 up[1m]\n  expect range vector from 10s to 1m step 10s\n  up 1 2\n",
        expect![[r#"
            1 Instant(0) Steps { start: 0, step: 0, count: 1 } "a"
              "a\tb"
            4 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              error: /^no.*/
              fails
            7 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              warning: PromQL warning: x: y
              info: 
            11 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              no warning
              no info
            15 Instant(60000) Steps { start: 10000, step: 10000, count: 6 } up[1m]
              1 {__name__="up"}: [Float(1.0), Float(2.0)]
              range vector
        "#]],
    );
}

#[test]
fn old_forms() {
    check(
        "eval_fail instant at 0 up\n  expected_fail_message no way\n\n\
         eval_fail range from 0 to 1m step 1m up\n  expected_fail_regexp no.way\n\n\
         eval_warn instant at 0 up\n\neval_info range from 0 to 1m step 1m up\n\n\
         eval_ordered instant at 0 up\n",
        expect![[r#"
            1 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              error: no way
              fails
            4 Range Steps { start: 0, step: 60000, count: 2 } up
              error: /no.way/
              fails
            7 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              some warning
            9 Range Steps { start: 0, step: 60000, count: 2 } up
              some info
            11 Instant(0) Steps { start: 0, step: 0, count: 1 } up
              ordered
        "#]],
    );
}

#[test]
fn mistakes_in_commands() {
    check("\nnonsense", expect![[r#"2: invalid command "nonsense""#]]);
    check(
        "load 5x\n",
        expect![[r#"1: invalid step definition "5x": unknown unit "x" in duration "5x""#]],
    );
    check("load\n", expect!["1: invalid load command. (load[_with_nhcb] <step:duration>)"]);
    check("loading 5m\n", expect!["1: invalid load command. (load[_with_nhcb] <step:duration>)"]);
    check(
        "eval sometimes up\n",
        expect![
            "1: invalid evaluation command. Must be either 'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' or 'eval[_fail|_warn] range from <from> to <to> step <step> <query>'"
        ],
    );
    check(
        "eval instant up\n",
        expect![
            "1: invalid evaluation command. Must be either 'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' or 'eval[_fail|_warn] range from <from> to <to> step <step> <query>'"
        ],
    );
    check(
        "eval instant at 5 up\n",
        expect![[
            r#"1: error in eval up: invalid timestamp definition "5": not a valid duration string: "5""#
        ]],
    );
    check(
        "eval instant at 5m\n",
        expect![
            "1: invalid evaluation command. Must be either 'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' or 'eval[_fail|_warn] range from <from> to <to> step <step> <query>'"
        ],
    );
    check(
        "eval_ordered range from 0 to 1m step 1m up\n",
        expect![
            "1: invalid evaluation command. Must be either 'eval[_fail|_warn|_ordered] instant [at <offset:duration>] <query>' or 'eval[_fail|_warn] range from <from> to <to> step <step> <query>'"
        ],
    );
    check(
        "eval range from 5m to 1m step 1m up\n",
        expect![
            "1: error in eval up: invalid test definition, end timestamp (1m) is before start timestamp (5m)"
        ],
    );
    check(
        "eval range from 0 to 1m step x up\n",
        expect![[
            r#"1: error in eval up: invalid step definition "x": not a valid duration string: "x""#
        ]],
    );
    check(
        "eval instant at 0 1\n  1\n  expect no_warn\n",
        expect![[r#"3: invalid command "expect no_warn""#]],
    );
}

#[test]
fn mistakes_in_samples() {
    check("load 5m\n  up 1y\n", expect![[r#"2:4: parse error: bad number syntax: "1""#]]);
    check(
        "load 5m\n  up{a=b} 1\n",
        expect![[r#"2:6: parse error: unexpected identifier "b" in label set, expected string"#]],
    );
    check(
        "load 5m\n  up {{sum}}\n",
        expect!["2:6: parse error: missing `:` for histogram descriptor"],
    );
    check("load 5m\n x@st 1m\n\n", expect!["2: @st line has no following sample line"]);
    check(
        "load 5m\n x@st 1m\n x@st 2m\n x 1\n",
        expect!["2: @st line has no following sample line"],
    );
    check(
        "load 5m\n x@st 1m\n y 1\n",
        expect!["2: @st metric does not match the following sample line metric"],
    );
    check("load 5m\n x@st 1mx3\n x 1\n", expect!["2: @st line has 4 values but sample line has 1"]);
    check(
        "load 5m\n x@st soon\n x 1\n",
        expect![[
            r#"2: invalid @st sequence: invalid ST item "soon": expected digits in duration "soon""#
        ]],
    );
    check(
        "load 5m\n x@st 1m+soonx3\n x 1\n",
        expect![[
            r#"2: invalid @st sequence: invalid ST item "1m+soonx3": invalid step duration: expected digits in duration "soonx3""#
        ]],
    );
    check(
        "load 5m\n x@st 1m+1m\n x 1\n",
        expect![[
            r#"2: invalid @st sequence: invalid ST item "1m+1m": expected 'x<count>' after step duration"#
        ]],
    );
    check(
        "load 5m\n x@st 1m/2\n x 1\n",
        expect![[
            r#"2: invalid @st sequence: invalid ST item "1m/2": unexpected character '/' after duration"#
        ]],
    );
    check(
        "load 5m\n x{a@st 1m\n x 1\n",
        expect![[
            r#"2: invalid @st line metric "x{a": 2:4: parse error: unexpected end of input inside braces"#
        ]],
    );
}

#[test]
fn mistakes_in_expectations() {
    let eval = |line: &str| format!("eval instant at 0 up\n  {line}\n");
    for (line, expect) in [
        (
            "up 1 2",
            expect![
                "2: error in eval up: expecting multiple values in instant evaluation not allowed. consider using 'expect range vector' directive to enable a range vector result for an instant query"
            ],
        ),
        ("up x", expect![[r#"2:4: parse error: unexpected "x""#]]),
        (
            "expect sense",
            expect![
                "2: error in eval up: invalid expect statement, must match `expect <type> <match_type>: <string>` format"
            ],
        ),
        (
            "expect warn text: x",
            expect![
                "2: error in eval up: invalid expect statement, must match `expect <type> <match_type>: <string>` format"
            ],
        ),
        (
            "expect warn msg:",
            expect![
                "2: error in eval up: invalid expect statement, must match `expect <type> <match_type>: <string>` format"
            ],
        ),
        ("expect warn regex: (", expect!["2: error in eval up: invalid regex ( for warn"]),
        (
            "expect warn\n  expect no_warn",
            expect![
                "3: error in eval up: invalid expect lines, warn and no_warn cannot be used together"
            ],
        ),
        (
            "expect no_info\n  expect info",
            expect![
                "3: error in eval up: invalid expect lines, info and no_info cannot be used together"
            ],
        ),
        (
            "expect fail\n  expect fail",
            expect![
                "3: error in eval up: invalid expect lines, multiple expect fail lines are not allowed"
            ],
        ),
        (
            "expect string",
            expect![
                "2: error in eval up: expected string literal not valid - a quoted string literal is required"
            ],
        ),
        (
            "expect string a",
            expect![
                "2: error in eval up: expected string literal not valid - check that the string is correctly quoted"
            ],
        ),
        (
            "expect range vector from 0 to 1m",
            expect![[
                r#"2: error in eval up: invalid range vector definition "expect range vector from 0 to 1m""#
            ]],
        ),
        (
            "expect range vector from 1m to 0 step 1m",
            expect![
                "2: error in eval up: invalid test definition, end timestamp (0) is before start timestamp (1m)"
            ],
        ),
    ] {
        check(&eval(line), expect);
    }
    check(
        "eval_fail instant at 0 up\n  expected_fail_regexp (\n",
        expect!["2: error in eval up: invalid regexp '(' for expected_fail_regexp"],
    );
}

/// What scripts are made of, and what they are not.
const FRAGMENTS: &[&str] = &[
    "load 1m",
    "load_with_nhcb 10s",
    "eval instant at 1m ",
    "eval range from 0 to 1m step 10s ",
    "eval_fail instant at 0 ",
    "clear",
    "expect ",
    "warn",
    "no_info",
    "fail",
    "ordered",
    " msg: ",
    " regex: (a|b",
    "string \"a",
    "range vector from 0 to 1m step 10s",
    "\n",
    "\n\n",
    "\n  ",
    "#",
    " ",
    "up",
    "x_bucket{le=\"1\"}",
    "{",
    "}",
    "@st ",
    "-1m",
    "_",
    "_x3",
    "1+2x3",
    "x",
    "+",
    "-",
    "{{",
    "}}",
    "sum:",
    "buckets:[1 2",
    "]",
    "schema:-53",
    "custom_values:[1]",
    "counter_reset_hint:gauge",
    "stale",
    "NaN",
    "0x1f",
    "1e400",
    "é",
    "\u{1f600}",
    "\"",
    "'",
    "`",
    "\\",
    "\t",
    "\r",
];

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(
        picks in proptest::collection::vec(0..FRAGMENTS.len(), 0..60)
    ) {
        let text: String = picks.iter().map(|&i| FRAGMENTS[i]).collect();
        let _ = crate::run_script("any", &text);
        let loaded = text.replace('\n', " ");
        let _ = crate::run_script("any", &format!("load 1m\n  up {loaded}\n"));
    }
}
