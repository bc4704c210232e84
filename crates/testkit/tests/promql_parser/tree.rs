//! What two trees are compared by: their text, without what the other parser does not keep.

use promql::{Expr, ExprKind, operators::UnaryOp};

/// The text of an expression without unary pluses, with durations as numbers where numbers stand,
/// and with empty groupings left out.
pub(crate) fn shown(expr: &Expr) -> String {
    let mut expr = expr.clone();
    simplify(&mut expr);
    expr.to_string()
}

fn simplify(expr: &mut Expr) {
    while let ExprKind::Unary(UnaryOp::Plus, inner) = &expr.kind {
        *expr = (**inner).clone();
    }
    match &mut expr.kind {
        ExprKind::Number(number) => number.is_duration = false,
        ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Matrix(_) => {}
        ExprKind::Subquery(subquery) => simplify(&mut subquery.expr),
        ExprKind::Call(call) => call.args.iter_mut().for_each(simplify),
        ExprKind::Aggregate(aggregate) => {
            aggregate.param.iter_mut().for_each(simplify);
            simplify(&mut aggregate.expr);
        }
        ExprKind::Binary(binary) => {
            simplify(&mut binary.lhs);
            simplify(&mut binary.rhs);
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => simplify(inner),
    }
}
