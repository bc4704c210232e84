//! Walks over trees.

use crate::ast::{Expr, ExprKind};

/// Calls `f` for each expression directly inside, in the order written. The selector of a range
/// is no expression of its own.
pub fn for_each_child<'e>(expr: &'e Expr, mut f: impl FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Matrix(_) => {
        }
        ExprKind::Subquery(subquery) => f(&subquery.expr),
        ExprKind::Call(call) => call.args.iter().for_each(f),
        ExprKind::Aggregate(aggregate) => {
            aggregate.param.iter().for_each(&mut f);
            f(&aggregate.expr);
        }
        ExprKind::Binary(binary) => {
            f(&binary.lhs);
            f(&binary.rhs);
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => f(inner),
    }
}

/// The same for changing them.
pub fn for_each_child_mut(expr: &mut Expr, mut f: impl FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Matrix(_) => {
        }
        ExprKind::Subquery(subquery) => f(&mut subquery.expr),
        ExprKind::Call(call) => call.args.iter_mut().for_each(f),
        ExprKind::Aggregate(aggregate) => {
            aggregate.param.iter_mut().for_each(&mut f);
            f(&mut aggregate.expr);
        }
        ExprKind::Binary(binary) => {
            f(&mut binary.lhs);
            f(&mut binary.rhs);
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => f(inner),
    }
}

/// Calls `f` for an expression and for everything inside it, parents first.
pub fn walk<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Expr)) {
    f(expr);
    for_each_child(expr, |child| walk(child, f));
}
