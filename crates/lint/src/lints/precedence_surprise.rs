//! `precedence-surprise`: operators that bind otherwise than they read.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, Expr, ExprKind, operators::UnaryOp};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "precedence-surprise",
    code: "PQ009",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Style,
    summary: "There are no parentheses where `and` or `unless` follows `or`, or where a sign precedes a power.",
    why: "`and` and `unless` bind tighter than `or`: `a or b and c` is `a or (b and c)`, so the \
          condition `c` does not hold for `a`. And `-x ^ 2` is `-(x ^ 2)`. Whoever reads from \
          left to right sees something else. The other way round, `a and b or c`, reads as it is \
          evaluated.",
    example: "
- alert: Slow
  expr: latency_seconds > 2 or queue_length > 10 and on (job) up == 1
",
    instead: "
- alert: Slow
  expr: latency_seconds > 2 or (queue_length > 10 and on (job) up == 1)
",
    fix: "Writes the parentheses that the expression has anyway. It is safe: nothing else is \
          evaluated.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| match &expr.kind {
        ExprKind::Binary(or) if or.op == BinaryOp::Or => {
            let Some((op, span)) = tighter_set(&or.rhs) else { return };
            let message = format!("`{}` binds tighter than the `or` before it", op.as_str());
            let finding = cx
                .at(span, message)
                .label("is about what stands between the two only")
                .because(cx.place(or.op_span), "takes all that follows as its right side");
            suggest(cx, found, &or.rhs, finding);
        }
        ExprKind::Unary(UnaryOp::Minus, inner) => {
            let ExprKind::Binary(power) = &inner.kind else { return };
            if power.op == BinaryOp::Pow && !matches!(power.lhs.kind, ExprKind::Number(_)) {
                let finding = cx.at(power.op_span, "`^` binds tighter than the sign before it");
                suggest(cx, found, inner, finding);
            }
        }
        _ => {}
    });
}

fn suggest(cx: &RuleContext<'_>, found: &mut Found, part: &Expr, finding: diagnostics::Diagnostic) {
    let inside = format!("({})", cx.text(part.span));
    let finding = finding
        .help(format!("write `{inside}`, or put the parentheses where they are meant"))
        .safe_fix(cx.replace(part.span, &inside));
    cx.report(found, finding);
}

fn tighter_set(expr: &Expr) -> Option<(BinaryOp, diagnostics::Span)> {
    let ExprKind::Binary(binary) = &expr.kind else { return None };
    let is_tighter = matches!(binary.op, BinaryOp::And | BinaryOp::Unless);
    is_tighter.then_some((binary.op, binary.op_span))
}
