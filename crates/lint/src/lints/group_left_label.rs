//! `group-left-label-impossible`: a label is taken from a side that has none.

use diagnostics::{Proof, Severity};
use promql::ast::Cardinality;

use crate::{Check, Found, Level, Lint, RuleContext, reasons};

pub(super) static LINT: Lint = Lint {
    name: "group-left-label-impossible",
    code: "PQ005",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A label is taken over with `group_left` from a side that cannot have it.",
    why: "`x * on (pod) group_left (node) sum by (pod) (y)` takes `node` from the right side, where \
          the aggregation has dropped it. The label is not added; if the left side had it, it is \
          even removed.",
    example: "
- record: pod:cpu:by_node
  expr: rate(cpu_seconds_total[5m]) * on (pod) group_left (node) max by (pod) (pod_info)
",
    instead: "
- record: pod:cpu:by_node
  expr: rate(cpu_seconds_total[5m]) * on (pod) group_left (node) max by (pod, node) (pod_info)
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    crate::joins::each(cx, &mut |join| {
        let swapped = join.matching.cardinality == Cardinality::OneToMany;
        let one = if swapped { join.lhs } else { join.rhs };
        for name in &join.matching.include {
            let label = one.label(name).label;
            if !label.is_impossible() || reasons::is_from_elsewhere(cx, label.why) {
                continue;
            }
            let message = format!("there is no `{name}` to take over");
            let finding =
                reasons::missing(cx, cx.at(join.binary.op_span, message), name, label.why);
            let side = if swapped { "left" } else { "right" };
            let help = format!("keep `{name}` on the {side} side, or leave it out");
            cx.report(found, finding.help(help));
        }
    });
}
