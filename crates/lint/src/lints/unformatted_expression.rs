//! `unformatted-expression`: an expression that `watchfire fmt` would write otherwise.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "unformatted-expression",
    code: "PY010",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Style,
    summary: "An expression is not laid out as `watchfire fmt` does.",
    why: "Expressions that are all laid out alike are read faster and compared line by line: \
          operators on lines of their own, labels in order, one line where it fits. It is the \
          layout of `promtool promql format`, with comments kept. `watchfire fmt --check` asks \
          the same without the other lints. It says nothing where the file has no place for \
          another layout, as where an alias stands for the expression.",
    example: r#"
- record: job:errors:rate5m
  expr: sum(rate(http_requests_total{job="api",code=~'5..'}[300s]))by(job)
"#,
    instead: r#"
- record: job:errors:rate5m
  expr: sum by (job) (rate(http_requests_total{code=~"5..",job="api"}[5m]))
"#,
    fix: "Lays it out. It is safe: the expression stays the same, and so do comments, in it and \
          around it.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let Some(edit) = cx.rule.laid_out() else { return };
    let finding = cx
        .at(cx.expr().span, "this expression is not laid out as `watchfire fmt` does")
        .help("run `watchfire fmt`")
        .safe_fix([edit]);
    cx.report(found, finding);
}
