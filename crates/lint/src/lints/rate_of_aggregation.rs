//! `rate-of-aggregation`: a rate of a sum of counters.

use diagnostics::{Proof, Severity, Span};
use promql::{AggregateOp, Expr, ExprKind, FunctionId as F};

use crate::{Check, Found, Level, Lint, RuleContext, RuleId};

pub(super) static LINT: Lint = Lint {
    name: "rate-of-aggregation",
    code: "PQ019",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A rate is taken of an aggregation of counters, which hides their resets.",
    why: "When one of several counters starts anew, their sum falls by what that one had, and \
          `rate` takes the fall for a reset of the whole sum: it adds the sum of all the others \
          as if it had been counted in that moment. Rates have to be taken first, and summed \
          then. The lint sees it in a subquery, and through recording rules of the same run.",
    example: "
- alert: Errors
  expr: rate(sum(errors_total)[5m:30s]) > 1
",
    instead: "
- alert: Errors
  expr: sum(rate(errors_total[5m])) > 1
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        if !matches!(call.function, F::Rate | F::Irate | F::Increase | F::Resets) {
            return;
        }
        let Some(arg) = call.args.first().map(Expr::unparen) else { return };
        let name = call.function.row().name;
        let message =
            || format!("`{name}` of an aggregation takes one counter's reset for all of them");
        let finding = match &arg.kind {
            ExprKind::Subquery(subquery) => {
                let Some((op, span)) = aggregation(&subquery.expr) else { return };
                let cause = format!("`{op}` of counters, each of which can reset alone");
                cx.at(call.name_span, message()).because(cx.place(span), cause)
            }
            ExprKind::Matrix(matrix) => {
                let Some(metric) = matrix.selector.name.as_deref() else { return };
                let Some((id, (op, span))) = recorded(cx, metric) else { return };
                let other = RuleContext::new(cx.world, id);
                let cause = format!("`{metric}` is recorded as a `{op}` of counters");
                let place = other.place(span);
                cx.at(call.name_span, message()).because_of(&other.file.source, place, cause)
            }
            _ => return,
        };
        let op = AggregateOp::Sum.as_str();
        let help = format!("take the `{name}` of each counter first: `{op}({name}(…))`");
        cx.report(found, finding.help(help));
    });
}

/// The first rule that records a name, with its aggregation, if all that do aggregate.
fn recorded(cx: &RuleContext<'_>, name: &str) -> Option<(RuleId, (&'static str, Span))> {
    let records = cx.world.records(name).iter();
    let all = records.map(|id| Some((*id, aggregation(cx.world.expr(*id))?)));
    let all: Vec<_> = all.collect::<Option<_>>()?;
    all.first().copied()
}

/// The name and the place of an aggregation of counters as they are.
fn aggregation(expr: &Expr) -> Option<(&'static str, Span)> {
    let ExprKind::Aggregate(aggregate) = &expr.unparen().kind else { return None };
    let adds = matches!(aggregate.op, AggregateOp::Sum | AggregateOp::Avg);
    let ExprKind::Selector(selector) = &aggregate.expr.unparen().kind else { return None };
    let is_counter = selector.name.as_deref().is_some_and(|name| {
        ["_total", "_count", "_sum", "_bucket"].iter().any(|ending| name.ends_with(ending))
    });
    (adds && is_counter).then_some((aggregate.op.as_str(), aggregate.op_span))
}
