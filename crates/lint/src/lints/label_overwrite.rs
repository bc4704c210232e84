//! `label-overwrite`: a label of a recording rule replaces one that tells its series apart.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, overwritten};

pub(super) static LINT: Lint = Lint {
    name: "label-overwrite",
    code: "PR008",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A label of a recording rule replaces a label that its expression names and that may \
              have several values.",
    why: "The rule's own label wins over the one of the result. Two series that differ in that \
          label only have equal labels afterwards, and the rule fails: `vector contains metrics \
          with the same labelset after applying rule labels`. Where there are no two such series, \
          what the result knew is lost.",
    example: "
- record: namespace:pods:count
  expr: count by (namespace) (kube_pod_info)
  labels:
    namespace: all
",
    instead: "
- record: cluster:pods:count
  expr: count(kube_pod_info)
  labels:
    namespace: all
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    if cx.rule.alerting().is_some() {
        return;
    }
    for overwritten in overwritten::all(cx) {
        let name = &overwritten.pair.name;
        let message = format!("series that differ in `{name}` only have equal labels, which fails");
        let help = format!("take `{name}` out of the expression, or name the label otherwise");
        cx.report(found, overwritten.finding(cx, message).help(help));
    }
}
