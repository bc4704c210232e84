//! `enum-value-impossible`: a metric is compared with a value that it does not take.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, bounds, facts::Reason};

pub(super) static LINT: Lint = Lint {
    name: "enum-value-impossible",
    code: "PV007",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Likely,
    summary: "A metric is compared with a value that it is documented not to take.",
    why: "`up` is 0 or 1, `kube_pod_status_phase` is 1 for the phase of the pod and 0 for the \
          others, and metrics that end in `_info` are 1: `up == 2` and `build_info != 1` select \
          nothing. What is known of metrics is a table of their documentation, so it holds as long \
          as exporters keep to it.",
    example: "
- alert: ProbeFailed
  expr: probe_success > 1
",
    instead: "
- alert: ProbeFailed
  expr: probe_success == 0
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for dead in bounds::dead(cx) {
        let Some(why) = dead.why.filter(|why| why.reason == Reason::Metric) else { continue };
        let (side, range) = (bounds::side(dead.is_left), bounds::range(&dead.values));
        let finding = cx
            .at(dead.comparison.op_span.to(dead.comparison.rhs.span), "this is never true")
            .label(format!("{side} is {range}"));
        cx.report(found, bounds::because(cx, finding, Some(why)));
    }
}
