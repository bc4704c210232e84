//! `absent-of-comparison`: `absent(x > 1)`, which cannot tell missing from small.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, Expr, ExprKind, FunctionId as F};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "absent-of-comparison",
    code: "PQ030",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A function that asks for absence is given a comparison, and is true where nothing passes it.",
    why: "`absent(x > 1)` returns 1 when there is no `x`, and also when every `x` is 1 or less. \
          The two are different incidents, and the text of the alert fits only one of them. \
          Comparisons with `==` and `!=`, such as `absent(up == 1)`, are the usual way to say \
          \"nothing is in this state\" and are left alone.",
    example: "
- alert: NoTraffic
  expr: absent(sum(rate(requests_total[5m])) > 0)
",
    instead: "
- alert: NoTraffic
  expr: sum(rate(requests_total[5m])) == 0 or absent(requests_total)
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        if call.function != F::Absent {
            return;
        }
        let Some(filter) = call.args.first().map(Expr::unparen) else { return };
        let ExprKind::Binary(comparison) = &filter.kind else { return };
        let bounds = [BinaryOp::Gtr, BinaryOp::Gte, BinaryOp::Lss, BinaryOp::Lte];
        if !bounds.contains(&comparison.op) || comparison.bool_modifier {
            return;
        }
        let vector = match comparison.lhs.value_type() {
            promql::ValueType::Scalar => &comparison.rhs,
            _ => &comparison.lhs,
        };
        let (name, vector) = (call.function.row().name, cx.text(vector.span));
        let message = format!("`{name}` cannot tell missing series from those that do not pass");
        let finding = cx
            .at(call.name_span, message)
            .because(cx.place(comparison.op_span), "removes series that are there")
            .help(format!("compare and ask for absence separately: `… or {name}({vector})`"));
        cx.report(found, finding);
    });
}
