//! `dead-branch`: an alternative that is never asked.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, ExprKind};

use crate::{Check, Found, Level, Lint, RuleContext, facts::Presence};

pub(super) static LINT: Lint = Lint {
    name: "dead-branch",
    code: "PV004",
    level: Level::Preview,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "One side of `or` or `unless` decides alone.",
    why: "`vector(0) or on () x` never looks at `x`, because there is always a result on the left, \
          and `x unless on () vector(1)` is always empty. Mostly the sides were exchanged.",
    example: "
- record: errors:rate5m
  expr: vector(0) or on () sum(rate(errors_total[5m]))
",
    instead: "
- record: errors:rate5m
  expr: sum(rate(errors_total[5m])) or on () vector(0)
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Binary(binary) = &expr.kind else { return };
        let Some(matching) = &binary.matching else { return };
        let (lhs, rhs) = (cx.facts().node(&binary.lhs), cx.facts().node(&binary.rhs));
        let all_match =
            matching.on && matching.labels.is_empty() || lhs.is_single() && rhs.is_single();
        let there = rhs.presence != Presence::Never && lhs.presence != Presence::Never;
        if !all_match || !there {
            return;
        }
        let (dead, always, message) = match binary.op {
            BinaryOp::Or if lhs.presence == Presence::Always => {
                (&binary.rhs, &binary.lhs, "this is never used")
            }
            BinaryOp::Unless if rhs.presence == Presence::Always => {
                (&binary.lhs, &binary.rhs, "nothing of this is left")
            }
            _ => return,
        };
        let finding =
            cx.at(dead.span, message).because(cx.place(always.span), "is there at each evaluation");
        cx.report(found, finding);
    });
}
