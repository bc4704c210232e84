//! `no-condition`: an alert that fires as long as there is data.

use diagnostics::{Proof, Severity};
use promql::{AggregateOp, BinaryOp, Expr, ExprKind, FunctionId as F, ast::Selector};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "no-condition",
    code: "PA001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "An alert's query compares nothing, so it fires as long as there is data.",
    why: "An alert fires for each series that its query returns, whatever the value: 0 as well. \
          Without a comparison, `absent`, `unless` or the like, that is every series there is. \
          A comparison with `bool` does not filter. Queries that select by state, such as \
          `ALERTS{…}`, series that exist for their labels, and constant queries such as that of a \
          watchdog are left alone, and so are recording rules with a condition of their own.",
    example: "
- alert: QueueNotEmpty
  expr: sum by (queue) (messages)
",
    instead: "
- alert: QueueNotEmpty
  expr: sum by (queue) (messages) > 0
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let is_constant = cx.facts().root().cost.selectors == 0;
    if cx.rule.alerting().is_none() || is_constant {
        return;
    }
    let Some(part) = unconditional(cx, cx.expr(), 0) else { return };
    let part = part.unparen();
    let bool_modifier = match &part.kind {
        ExprKind::Binary(binary) => binary.bool_modifier,
        _ => false,
    };
    let finding = if bool_modifier {
        cx.at(part.span, "`bool` gives 0 or 1 and filters nothing: this fires either way")
            .help("leave `bool` out")
    } else {
        cx.at(part.span, "this fires as long as there is data, whatever its value")
            .help("compare it with a number, such as `> 0`")
    };
    cx.report(found, finding);
}

/// How far recording rules are followed.
const MAX_RECORDS: u32 = 4;

/// The part of an expression whose series are there whatever their values.
fn unconditional<'e>(cx: &RuleContext<'e>, expr: &'e Expr, depth: u32) -> Option<&'e Expr> {
    let inside = |inner: &'e Expr| unconditional(cx, inner, depth).map(|_| expr);
    match &expr.kind {
        ExprKind::Paren(inner) => unconditional(cx, inner, depth),
        ExprKind::Unary(_, inner) => inside(inner),
        ExprKind::Subquery(subquery) => inside(&subquery.expr),
        ExprKind::Number(_) | ExprKind::String(_) => Some(expr),
        ExprKind::Selector(selector) => is_plain(cx, selector, depth).then_some(expr),
        ExprKind::Matrix(matrix) => is_plain(cx, &matrix.selector, depth).then_some(expr),
        ExprKind::Aggregate(aggregate) => {
            let picks = matches!(aggregate.op, AggregateOp::Limitk | AggregateOp::LimitRatio);
            if picks { None } else { inside(&aggregate.expr) }
        }
        ExprKind::Call(call) => match call.function {
            F::Absent | F::AbsentOverTime => None,
            F::Scalar | F::Vector | F::Time => Some(expr),
            F::LabelReplace | F::LabelJoin | F::Sort | F::SortDesc => {
                call.args.first().and_then(|arg| unconditional(cx, arg, depth))
            }
            _ => {
                let vectors = call.args.iter().filter(|arg| {
                    use promql::ValueType as V;
                    matches!(arg.value_type(), V::InstantVector | V::RangeVector)
                });
                vectors.map(inside).next().unwrap_or(Some(expr))
            }
        },
        ExprKind::Binary(binary) => match binary.op {
            BinaryOp::Or => unconditional(cx, &binary.lhs, depth)
                .or_else(|| unconditional(cx, &binary.rhs, depth)),
            BinaryOp::Unless => None,
            op if op.is_comparison() && !binary.bool_modifier => None,
            _ => {
                let both = inside(&binary.lhs).is_some() && inside(&binary.rhs).is_some();
                both.then_some(expr)
            }
        },
    }
}

/// Whether series are there whatever happens.
fn is_plain(cx: &RuleContext<'_>, selector: &Selector, depth: u32) -> bool {
    let Some(name) = selector.name.as_deref() else { return false };
    let records = cx.world.records(name);
    if !records.is_empty() {
        return depth < MAX_RECORDS
            && records.iter().all(|id| unconditional(cx, cx.world.expr(*id), depth + 1).is_some());
    }
    // A series of a state, or one that stands for its labels, is a condition by being there.
    let for_labels = ["_info", "_metadata"].iter().any(|part| name.contains(part));
    !name.starts_with("ALERTS") && !for_labels && !name.contains(':')
}
