//! `histogram-quantile-over-raw-buckets`: a quantile of all observations since the start.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, ExprKind, visit::walk};

use super::histogram_quantile_without_le::buckets;
use crate::{Check, Found, Level, Lint, RuleContext, facts::MetricKind};

pub(super) static LINT: Lint = Lint {
    name: "histogram-quantile-over-raw-buckets",
    code: "PQ023",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A quantile is computed from counts since the process started.",
    why: "Buckets count up as long as a process lives. `histogram_quantile(0.9, x_bucket)` is the \
          quantile of all observations ever made: it hardly moves, and an alert on it does not \
          resolve when things are well again. Buckets whose counts go down, as those of some \
          gauges, are rare.",
    example: "
- alert: Slow
  expr: histogram_quantile(0.9, sum by (le) (request_duration_seconds_bucket)) > 1
",
    instead: "
- alert: Slow
  expr: histogram_quantile(0.9, sum by (le) (rate(request_duration_seconds_bucket[5m]))) > 1
",
    fix: "Puts `rate(…[5m])` around the buckets. It is unsafe: the window is a guess.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        let Some(operand) = buckets(call) else { return };
        // A window or a difference anywhere shows that growth is computed somehow.
        let mut grows = cx.facts().node(operand).window.is_some();
        walk(operand, &mut |expr| {
            grows |= matches!(&expr.kind, ExprKind::Binary(binary) if binary.op == BinaryOp::Sub);
        });
        if grows {
            return;
        }
        walk(operand, &mut |expr| {
            let ExprKind::Selector(selector) = &expr.kind else { return };
            if cx.facts().node(expr).kind != MetricKind::Bucket {
                return;
            }
            let message = "these buckets hold all observations since the process started";
            let mut finding = cx
                .at(expr.span, message)
                .because(cx.place(call.name_span), "is the quantile of all of them")
                .help("compute it from what was added in a window, with `rate`");
            if selector.time.at.is_none() && selector.time.offset.is_none() {
                let rate = format!("rate({}[5m])", cx.text(expr.span));
                finding = finding.unsafe_fix(cx.replace(expr.span, &rate));
            }
            cx.report(found, finding);
        });
    });
}
