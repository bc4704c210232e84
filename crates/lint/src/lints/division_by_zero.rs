//! `division-by-possible-zero`: an alert divides by what is 0 while nothing happens.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, Expr, ExprKind, FunctionId as F, visit::walk};

use crate::{
    Check, Found, Level, Lint, RuleContext, bounds,
    facts::{Node, Reason},
};

pub(super) static LINT: Lint = Lint {
    name: "division-by-possible-zero",
    code: "PQ028",
    level: Level::Preview,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "An alert compares a quotient whose denominator is 0 while nothing happens.",
    why: "Rates are 0 while nothing is counted. A positive number divided by 0 is +Inf, which is \
          above every threshold, so that the alert fires for a service without traffic; 0 divided \
          by 0 is NaN, which satisfies no comparison, so that it does not. It is reported where the \
          first can happen: the quotient of two rates, of which the first is no part of the second, \
          compared with `>` or `>=`. Denominators with a filter such as `> 0`, here or elsewhere \
          in the condition, are fine. Counters of failures and of attempts have different names \
          mostly, so that this cannot tell which quotients are safe: it is a preview.",
    example: "
- alert: SlowWrites
  expr: rate(write_seconds_total[5m]) / rate(writes_total[5m]) > 0.5
",
    instead: "
- alert: SlowWrites
  expr: rate(write_seconds_total[5m]) / (rate(writes_total[5m]) > 0) > 0.5
",
    fix: "Divides by what is above 0 only. It is unsafe: alerts on +Inf no longer fire.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    if cx.rule.alerting().is_none() {
        return;
    }
    cx.each_node(|expr| {
        let ExprKind::Binary(comparison) = &expr.kind else { return };
        if !comparison.op.is_comparison() || comparison.bool_modifier {
            return;
        }
        let (vector, op, _) = bounds::vector_first(comparison);
        let rises = matches!(op, BinaryOp::Gtr | BinaryOp::Gte);
        let Some(division) = division(vector).filter(|_| rises) else { return };
        let (above, below) = (cx.facts().node(&division.lhs), cx.facts().node(&division.rhs));
        let grows = is_growth(&division.rhs) && below.values.contains(0.0);
        let quotient = cx.facts().node(vector);
        if !grows || above.values.upper.value <= 0.0 || is_limited(quotient) {
            return;
        }
        // A part of the whole is 0 with it.
        if same_source(&division.lhs, &division.rhs) || is_guarded(cx, &division.rhs) {
            return;
        }
        let place = division.rhs.span;
        let guarded = match &division.rhs.kind {
            ExprKind::Paren(inner) => format!("({} > 0)", cx.text(inner.span)),
            _ => format!("({} > 0)", cx.text(place)),
        };
        let finding = cx
            .at(place, "while this is 0, the quotient is +Inf or NaN")
            .because(
                cx.place(comparison.op_span.to(comparison.rhs.span)),
                "+Inf satisfies this, NaN does not",
            )
            .help(format!("divide by `{guarded}`"))
            .unsafe_fix(cx.replace(place, &guarded));
        cx.report(found, finding);
    });
}

/// Whether something else in the expression asks for a denominator above a number.
fn is_guarded(cx: &RuleContext<'_>, denominator: &Expr) -> bool {
    let wanted = denominator.unparen().to_string();
    let mut found = false;
    cx.each_node(|expr| {
        let ExprKind::Binary(guard) = &expr.kind else { return };
        let asks = matches!(guard.op, BinaryOp::Gtr | BinaryOp::Gte | BinaryOp::Neq);
        found |= asks && guard.lhs.unparen().to_string() == wanted;
    });
    found
}

/// The division that a compared value is, perhaps multiplied by a number.
fn division(expr: &Expr) -> Option<&promql::ast::Binary> {
    let ExprKind::Binary(binary) = &expr.unparen().kind else { return None };
    match binary.op {
        BinaryOp::Div if bounds::number(&binary.rhs).is_none() => Some(binary),
        BinaryOp::Div => division(&binary.lhs),
        BinaryOp::Mul if bounds::number(&binary.rhs).is_some() => division(&binary.lhs),
        BinaryOp::Mul if bounds::number(&binary.lhs).is_some() => division(&binary.rhs),
        _ => None,
    }
}

/// Whether an expression is a rate or a sum of rates.
fn is_growth(expr: &Expr) -> bool {
    match &expr.unparen().kind {
        ExprKind::Call(call) => matches!(call.function, F::Rate | F::Increase | F::Irate),
        ExprKind::Aggregate(aggregate) => is_growth(&aggregate.expr),
        _ => false,
    }
}

fn is_limited(quotient: &Node<'_>) -> bool {
    quotient.values.upper.why.is_some_and(|why| why.reason == Reason::Part)
}

/// Whether both sides count the same events: the same metric, or the sum and count of one.
fn same_source(a: &Expr, b: &Expr) -> bool {
    let names = |expr: &Expr| {
        let mut names = Vec::new();
        walk(expr, &mut |expr| {
            if let ExprKind::Matrix(matrix) = &expr.kind {
                let name = matrix.selector.name.as_deref().unwrap_or("");
                let stem = ["_bucket", "_sum", "_count"].iter().find_map(|e| name.strip_suffix(e));
                names.push(stem.unwrap_or(name).to_owned());
            }
        });
        names
    };
    let (a, b) = (names(a), names(b));
    !a.is_empty() && a.iter().all(|name| b.contains(name))
}
