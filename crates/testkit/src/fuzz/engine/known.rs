//! What is not compared, because in Prometheus chance decides it, and what has no order.

use promql::{
    AggregateOp, Expr, ExprKind, FunctionId, ValueType, ast::Aggregate, ast::Binary, ast::Call,
    visit::for_each_child,
};

/// Whether a result may differ from one evaluation to the next in Prometheus itself, because an
/// aggregation sees its members in any order: it decides about the last digits of sums, about
/// which of several equals is picked, and about the sign of the zero that is least.
pub(super) fn hangs_on_chance(expr: &Expr, many_steps: bool) -> bool {
    let here = match &expr.kind {
        ExprKind::Aggregate(aggregate) => {
            minds_order(aggregate.op) && is_shuffled(&aggregate.expr, many_steps)
        }
        _ => false,
    };
    here || any_child(expr, |child| hangs_on_chance(child, has_many_steps(expr, many_steps)))
}

fn minds_order(op: AggregateOp) -> bool {
    use AggregateOp as A;
    match op {
        A::Count | A::CountValues | A::Group | A::LimitRatio | A::Quantile => false,
        A::Sum
        | A::Avg
        | A::Min
        | A::Max
        | A::Stddev
        | A::Stdvar
        | A::Topk
        | A::Bottomk
        | A::Limitk => true,
    }
}

/// Whether the series of a result may come in any order.
///
/// Where there are many steps, Prometheus collects the results of most nodes in a hash map, whose
/// order is another one each time (`rangeEval` in prometheus promql/engine.go).
fn is_shuffled(expr: &Expr, many_steps: bool) -> bool {
    if expr.value_type() == ValueType::Scalar {
        return false;
    }
    let here = match &expr.kind {
        ExprKind::Binary(binary) => many_steps || fills(binary),
        ExprKind::Call(call) => many_steps && goes_by_step(call),
        // Groups come in the order in which storage hands out their first series.
        ExprKind::Aggregate(aggregate) => many_steps && picks(aggregate.op) || is_many(aggregate),
        _ => false,
    };
    let is_one = matches!(&expr.kind, ExprKind::Aggregate(aggregate) if is_one(aggregate));
    let many_inside = has_many_steps(expr, many_steps);
    here || !is_one && any_child(expr, |child| is_shuffled(child, many_inside))
}

/// Values that stand in for missing ones come from a hash map too.
fn fills(binary: &Binary) -> bool {
    let fills = |m: &promql::ast::Matching| m.fill_left.is_some() || m.fill_right.is_some();
    binary.matching.as_ref().is_some_and(fills)
}

/// Functions of windows and of labels go series by series.
fn goes_by_step(call: &Call) -> bool {
    let over_windows = call.args.iter().any(|arg| arg.value_type() == ValueType::RangeVector);
    !over_windows && !matches!(call.function, FunctionId::LabelReplace | FunctionId::LabelJoin)
}

/// Whether an aggregation may have several groups.
fn is_many(aggregate: &Aggregate) -> bool {
    aggregate.grouping.is_some() || aggregate.op == AggregateOp::CountValues
}

/// Whether an aggregation makes one series of all.
fn is_one(aggregate: &Aggregate) -> bool {
    !is_many(aggregate) && !picks(aggregate.op)
}

fn picks(op: AggregateOp) -> bool {
    use AggregateOp as A;
    matches!(op, A::Topk | A::Bottomk | A::Limitk | A::LimitRatio)
}

fn has_many_steps(outside: &Expr, many_steps: bool) -> bool {
    many_steps || matches!(outside.kind, ExprKind::Subquery(_))
}

fn any_child(expr: &Expr, mut f: impl FnMut(&Expr) -> bool) -> bool {
    let mut found = false;
    for_each_child(expr, |child| found |= f(child));
    found
}

/// Up to this many elements Go sorts by insertion.
pub(super) const FEW: usize = 12;

/// Which order a result has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// None.
    Any,
    /// That of its values; of equals either may come first.
    Values,
    /// That of labels. Natural order calls neither of some texts less, so that the outcome hangs on
    /// how the sort goes about it; only up to [`FEW`] elements that is insertion.
    Labels,
}

/// The order that an expression defines of its results.
pub(super) fn order_of(expr: &Expr) -> Order {
    use FunctionId as F;
    match &expr.unparen().kind {
        ExprKind::Call(call) => match call.function {
            F::Sort | F::SortDesc => Order::Values,
            F::SortByLabel | F::SortByLabelDesc => Order::Labels,
            _ => Order::Any,
        },
        ExprKind::Aggregate(aggregate) => {
            let best = matches!(aggregate.op, AggregateOp::Topk | AggregateOp::Bottomk);
            if best && aggregate.grouping.is_none() { Order::Values } else { Order::Any }
        }
        _ => Order::Any,
    }
}
