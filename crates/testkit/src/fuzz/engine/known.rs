//! Where the engine is known to differ from Prometheus, and so from the slow evaluator.
//!
//! Each is a FIXME with the least that shows it. Whoever settles one removes it here.

use promql::{AggregateOp, Expr, ExprKind, FunctionId, visit::walk};

/// Whether a case is not compared at all.
pub(super) fn is_passed_over(top: &Expr) -> bool {
    let mut found = false;
    walk(top, &mut |expr| {
        found |= match &expr.kind {
            // FIXME: `quantile_over_time(scalar(x), max(h)[1m:] @ 0)`: the subquery is evaluated at
            // times that no window has, and tells what it found there.
            ExprKind::Call(call) => call.args.len() > 1 && call.args.iter().any(is_fixed),
            _ => false,
        };
    });
    found
}

fn is_fixed(arg: &Expr) -> bool {
    match &arg.unparen().kind {
        ExprKind::Subquery(subquery) => subquery.time.at.is_some(),
        _ => false,
    }
}

/// Whether an expression defines the order of its results.
pub(super) fn is_ordered(expr: &Expr) -> bool {
    use FunctionId as F;
    match &expr.unparen().kind {
        ExprKind::Call(call) => {
            matches!(call.function, F::Sort | F::SortDesc | F::SortByLabel | F::SortByLabelDesc)
        }
        ExprKind::Aggregate(aggregate) => {
            let best = matches!(aggregate.op, AggregateOp::Topk | AggregateOp::Bottomk);
            best && aggregate.grouping.is_none()
        }
        _ => false,
    }
}
