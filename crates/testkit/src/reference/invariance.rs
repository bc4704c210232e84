//! Which expressions have the same value at every step.
//!
//! They are evaluated at the first step only. Selectors are by `@`; what is made of such
//! expressions is too, but for functions that look at the evaluation time. Parameters of
//! aggregations are not looked at, neither for the aggregation nor for themselves.

use promql::{
    Expr, ExprKind, FunctionId,
    ast::{At, TimeModifiers},
};

use super::Query;

/// Whether an expression's value is the same at every step, and whether it is then evaluated once
/// and repeated. Windows and literals need no repetition.
pub(super) fn invariance(expr: &Expr) -> (bool, bool) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => (true, false),
        ExprKind::Selector(selector) => {
            let pinned = selector.time.at.is_some();
            (pinned, pinned)
        }
        ExprKind::Matrix(matrix) => (matrix.selector.time.at.is_some(), false),
        ExprKind::Subquery(subquery) => (subquery.time.at.is_some(), false),
        ExprKind::Aggregate(aggregate) => invariance(aggregate.expr.unparen()),
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => invariance(inner),
        ExprKind::Binary(binary) => {
            let both = invariance(&binary.lhs).0 && invariance(&binary.rhs).0;
            (both, both)
        }
        ExprKind::Call(call) => {
            // These are constants of the query.
            if matches!(
                call.function,
                FunctionId::Start | FunctionId::End | FunctionId::Step | FunctionId::Range
            ) {
                return (true, false);
            }
            let args: Vec<&Expr> = call.args.iter().map(Expr::unparen).collect();
            let all = args.iter().all(|arg| invariance(arg).0);
            let safe = match call.function {
                // The time of a selector's sample, or the evaluation time.
                FunctionId::Timestamp => {
                    args.iter().all(|arg| matches!(arg.kind, ExprKind::Selector(_)))
                }
                function => !function.row().at_unsafe,
            };
            (all && safe, all && safe)
        }
    }
}

/// The time that `@` fixes. In parameters of aggregations `start()` and `end()` do nothing.
pub(super) fn fixed_time(query: &Query<'_>, time: &TimeModifiers, in_param: bool) -> Option<i64> {
    match time.at? {
        At::Timestamp(t) => Some(t),
        At::Start if !in_param => Some(query.start),
        At::End if !in_param => Some(query.end),
        At::Start | At::End => None,
    }
}
