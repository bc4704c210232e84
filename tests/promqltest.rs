//! `watchfire promqltest` as a user meets it. Commands run in `tests/cli`.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use crate::cli::transcript;

#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
#[track_caller]
fn check(arguments: &[&str], stdin: &str, expect: Expect) {
    let arguments: Vec<&str> = std::iter::once("promqltest").chain(arguments.to_vec()).collect();
    expect.assert_eq(&transcript(&arguments, stdin).replace('\u{1b}', "^"));
}

#[test]
fn good_scripts_pass() {
    check(
        &["scripts/good.test"],
        "",
        expect![[r#"
        scripts/good.test: ok, 2 evaluations
        1 script: 2 passed
        exit: 0
    "#]],
    );
}

#[test]
fn failures_show_what_was_expected_and_what_came() {
    check(
        &["scripts"],
        "",
        expect![[r#"
        scripts/good.test: ok, 2 evaluations
        scripts/more/bad.test:5: up
          the result differs (- expected, + got):
            up{job="a"} 1
          - up{job="b"} 1
          + up{job="b"} 0
          - up{job="c"} 1

        scripts/more/bad.test:13: sum(up)
          the result differs (- expected, + got):
          - {} 1 _ 1
          + {} 1 1 1

        scripts/more/bad.test:16: quantile(2, up)
          expected no warning, got PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)

        scripts/more/bad.test: 3 of 5 evaluations failed

        2 scripts: 4 passed, 3 failed
        exit: 1
    "#]],
    );
}

#[test]
fn evaluations_can_be_selected() {
    check(
        &["scripts", "--filter", "histogram_.*\\("],
        "",
        expect![[r#"
            scripts/good.test: ok, 1 evaluation
            2 scripts: 1 passed
            exit: 0
        "#]],
    );
    check(
        &["scripts/more/bad.test:10"],
        "",
        expect![[r#"
        scripts/more/bad.test: ok, 1 evaluation
        1 script: 1 passed
        exit: 0
    "#]],
    );
    check(
        &["scripts/good.test:6"],
        "",
        expect![[r#"
            scripts/good.test: ok, 0 evaluations
            err: error: no evaluation is selected
            exit: 2
        "#]],
    );
    check(
        &["scripts", "--filter", "nothing"],
        "",
        expect![[r#"
            err: error: no evaluation is selected
            exit: 2
        "#]],
    );
    check(
        &["scripts", "--filter", "("],
        "",
        expect![[r#"
        err: error: invalid value '(' for '--filter <REGEX>': error parsing regexp: missing closing ): `(`
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]],
    );
}

#[test]
fn scripts_come_from_standard_input() {
    check(
        &["-"],
        "eval instant at 1m 1 + 1\n  2\n",
        expect![[r#"
        <stdin>: ok, 1 evaluation
        1 script: 1 passed
        exit: 0
    "#]],
    );
    check(
        &["-"],
        "load 1m\n  up 1 foo\n",
        expect![[r#"
        <stdin>:2:6: parse error: unexpected identifier "foo" in series values, expected number or "stale"

        1 script: 0 passed, 1 script not run to the end
        exit: 1
    "#]],
    );
    check(
        &["-"],
        "load 1m\n  up 1\n\nload 1m\n  up 2\n\neval instant at 0 1\n  1\n",
        expect![[r#"
        <stdin>:4: duplicate sample for timestamp 0; overrides not allowed: existing 1, new value 2

        1 script: 0 passed, 1 script not run to the end
        exit: 1
    "#]],
    );
    check(
        &["-"],
        "eval instant at 1m 1 +\n  2\n\neval instant at 1m 1\n  1\n",
        expect![[r#"
        <stdin>:1: 1 +
          1:23: parse error: unexpected end of input

        <stdin>: 1 of 2 evaluations failed

        1 script: 1 passed, 1 failed
        exit: 1
    "#]],
    );
}

#[test]
fn what_is_not_there_is_a_mistake_of_usage() {
    check(
        &["scripts/none.test", "scripts/good.test"],
        "",
        expect![[r#"
        scripts/good.test: ok, 2 evaluations
        1 script: 2 passed
        err: error: cannot read scripts/none.test: No such file or directory (os error 2)
        exit: 2
    "#]],
    );
    check(
        &["rules"],
        "",
        expect![[r#"
            err: error: there are no scripts (*.test) in rules
            exit: 2
        "#]],
    );
}

#[test]
fn colours_where_they_are_wanted() {
    check(
        &["-", "--color", "always"],
        "eval instant at 0 vector(1)\n  {} 2\n",
        expect![[r#"
            ^[1m<stdin>:1: vector(1)^[0m
              the result differs (- expected, + got):
              ^[31m- {} 2^[0m
              ^[32m+ {} 1^[0m

            <stdin>: ^[91m1 of 1 evaluation failed^[0m

            1 script: 0 passed, ^[91m1 failed^[0m
            exit: 1
        "#]],
    );
}
