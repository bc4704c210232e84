//! What scripts are told about their evaluations.

use expect_test::{Expect, expect};

use super::run_script;

const LOAD: &str = "load 1m\n  up{job=\"a\"} 1x10\n  up{job=\"b\"} 0x10\n  h {{sum:1}}x10\n  c_total@st -1sx10\n  c_total 0+1x10\n\n";

/// Runs evaluations over [`LOAD`] and tells what came of each.
#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
fn check(evals: &str, expect: Expect) {
    let report = run_script("t", &format!("{LOAD}{evals}"));
    let mut lines: Vec<_> = report.evals.iter().map(|(_, o)| format!("{o:?}")).collect();
    lines.extend(report.error);
    expect.assert_eq(&lines.join("\n"));
}

#[test]
fn what_is_expected_passes() {
    check(
        "eval instant at 5m up\n  expect no_warn\n  up{job=\"a\"} 1\n  up{job=\"b\"} 0\n\neval range from 0 to 2m step 1m sum(up)\n  {} 1 1 1\n\neval instant at 5m 1 + 1\n  2\n",
        expect![[r"
            Passed
            Passed
            Passed"]],
    );
}

#[test]
fn what_is_not_fails() {
    check(
        "eval instant at 5m up\n  up{job=\"a\"} 1\n\neval instant at 5m sum(up)\n  {} 2\n\neval instant at 5m sum(up)\n  expect fail\n\neval instant at 5m 1 +\n  2\n",
        expect![[r#"
            Failed("up: unexpected {__name__=\"up\", job=\"b\"} with value 0")
            Failed("sum(up): expected {} to be 2, got 1")
            Failed("sum(up): expected an error")
            Failed("1:4: parse error: unexpected end of input")"#]],
    );
}

#[test]
fn what_needs_more_than_floats_is_skipped() {
    check(
        "eval instant at 5m h\n  h {{sum:1}}\n\neval instant at 5m histogram_sum(h)\n  {} 1\n\neval instant at 5m rate(c_total[5m])\n  {} 1\n\neval instant at 5m c_total\n  c_total 5\n",
        expect![[r#"
            Skipped("native histograms")
            Skipped("native histograms")
            Skipped("start timestamps")
            Passed"#]],
    );
}
