//! `or-vector-with-labelled-left`: `or vector(0)` beside series with labels.

use diagnostics::{Proof, Severity};
use promql::{AggregateOp, BinaryOp, Expr, ExprKind, FunctionId};

use crate::{Check, Found, Level, Lint, RuleContext, bounds};

pub(super) static LINT: Lint = Lint {
    name: "or-vector-with-labelled-left",
    code: "PQ008",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A number is always added by `or vector(…)`, for the left side has labels.",
    why: "`sum(x) or vector(0)` gives 0 where there is no `x`. `sum by (job) (x) or vector(0)` gives \
          0 always, as one more series without labels, because nothing on the left equals it: one \
          more alert, or a series too many in what is counted. Where a sum without labels follows, \
          or a comparison that the number does not satisfy, it does no harm and is not reported.",
    example: "
- record: job:errors:rate5m
  expr: sum by (job) (rate(errors_total[5m])) or vector(0)
",
    instead: "
- record: job:errors:rate5m
  expr: sum by (job) (rate(errors_total[5m])) or on () vector(0)
",
    fix: "Writes `or on ()`, so that the number stands in only where there is nothing else. It is \
          unsafe: the series without labels goes.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    // Whether the number is still there at the end, as a series without labels.
    if !cx.facts().root().branches.iter().any(|branch| branch.labels.is_empty()) {
        return;
    }
    let mut harmless = Vec::new();
    cx.each_node(|expr| harmless_parts(expr, &mut harmless));
    cx.each_node(|expr| {
        let ExprKind::Binary(or) = &expr.kind else { return };
        let Some(matching) = or.matching.as_ref().filter(|_| or.op == BinaryOp::Or) else { return };
        let all_match = matching.on && matching.labels.is_empty();
        if all_match || !is_vector(&or.rhs) || harmless.contains(&std::ptr::from_ref(expr)) {
            return;
        }
        let left = cx.facts().node(&or.lhs);
        let labelled = |labels: &crate::facts::LabelSet<'_>| {
            let named = labels.named().any(|(name, label)| {
                !label.is_impossible()
                    && if matching.on { matching.labels.iter().any(|l| l == name) } else { true }
            });
            named || !labels.is_closed()
        };
        let has_labels = left.branches.iter().all(|branch| labelled(&branch.labels));
        if left.branches.is_empty() || !has_labels {
            return;
        }
        let vector = cx.text(or.rhs.span);
        let mut finding = cx
            .at(or.op_span.to(or.rhs.span), "this is always added, as a series without labels")
            .because(cx.place(or.lhs.span), "has series with labels, which never equal it")
            .help(format!("write `or on () {vector}`"));
        if !matching.on && matching.labels.is_empty() {
            finding = finding.unsafe_fix(cx.replace(or.op_span, "or on ()"));
        }
        cx.report(found, finding);
    });
}

fn is_vector(expr: &Expr) -> bool {
    match &expr.unparen().kind {
        ExprKind::Call(call) => call.function == FunctionId::Vector,
        _ => false,
    }
}

/// What a sum without labels is asked of, for a 0 more changes nothing, and what a comparison does
/// not let through.
fn harmless_parts(expr: &Expr, found: &mut Vec<*const Expr>) {
    match &expr.kind {
        ExprKind::Aggregate(aggregate) if aggregate.grouping.is_none() => {
            if matches!(aggregate.op, AggregateOp::Sum | AggregateOp::Max) {
                alternatives(&aggregate.expr, &|_| true, found);
            }
        }
        ExprKind::Binary(comparison) if comparison.op.is_comparison() => {
            let (vector, op, number) = bounds::vector_first(comparison);
            let Some(number) = bounds::number(number) else { return };
            let fails = |value: f64| match op {
                BinaryOp::Gtr => value <= number,
                BinaryOp::Gte => value < number,
                BinaryOp::Lss => value >= number,
                BinaryOp::Lte => value > number,
                _ => false,
            };
            alternatives(vector, &fails, found);
        }
        _ => {}
    }
}

/// Marks each `… or vector(N)` that reaches the top unchanged and whose number is harmless there.
fn alternatives(expr: &Expr, is_harmless: &dyn Fn(f64) -> bool, found: &mut Vec<*const Expr>) {
    use AggregateOp as A;
    match &expr.kind {
        ExprKind::Paren(inner) => alternatives(inner, is_harmless, found),
        ExprKind::Aggregate(aggregate)
            if matches!(aggregate.op, A::Sum | A::Max | A::Min | A::Avg | A::Topk) =>
        {
            alternatives(&aggregate.expr, is_harmless, found);
        }
        ExprKind::Binary(or) if or.op == BinaryOp::Or => {
            if let ExprKind::Call(vector) = &or.rhs.unparen().kind
                && let Some(number) = vector.args.first().and_then(bounds::number)
                && is_harmless(number)
            {
                found.push(std::ptr::from_ref(expr));
            }
            alternatives(&or.lhs, is_harmless, found);
            alternatives(&or.rhs, is_harmless, found);
        }
        _ => {}
    }
}
