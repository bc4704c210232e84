//! `label-replaces-result`: a label of an alert replaces one that tells its series apart.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, overwritten};

pub(super) static LINT: Lint = Lint {
    name: "label-replaces-result",
    code: "PA012",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A label of an alert replaces a label that its expression names and that may have \
              several values.",
    why: "The alert's own label wins over the one of the result. Two series that differ in that \
          label only become the same alert, and the rule fails for all of its series: `vector \
          contains metrics with the same labelset after applying alert labels`. Where there are \
          no two such series, what the result knew is lost. Labels that the expression does not \
          name are left alone, and so are templates that read the label they replace.",
    example: "
- alert: PodsDown
  expr: sum by (namespace) (kube_pod_status_phase{phase='Failed'}) > 0
  labels:
    namespace: monitoring
",
    instead: "
- alert: PodsDown
  expr: sum by (namespace) (kube_pod_status_phase{phase='Failed'}) > 0
  labels:
    team: monitoring
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    if cx.rule.alerting().is_none() {
        return;
    }
    for overwritten in overwritten::all(cx) {
        let name = &overwritten.pair.name;
        let message = format!("series that differ in `{name}` only become one alert, which fails");
        let help = format!("take `{name}` out of the expression, or name the label otherwise");
        cx.report(found, overwritten.finding(cx, message).help(help));
    }
}
