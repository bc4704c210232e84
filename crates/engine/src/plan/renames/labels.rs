//! What is known of the labels of an expression's series, whatever the data.

use model::{MatchOp, Matcher};
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId, ValueType,
    ast::{Aggregate, Binary, Call, Cardinality, Grouping, Matching},
    operators::{OperatorKind, UnaryOp},
};

use super::{Rename, picks};
use crate::{
    kernels::{Kernel, kernel},
    row::METADATA,
};

/// Whether no series of an expression has a label.
pub(super) fn lacks(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => lacks(inner, name),
        ExprKind::Selector(selector) => matchers_exclude(&selector.matchers, name),
        ExprKind::Matrix(matrix) => matchers_exclude(&matrix.selector.matchers, name),
        ExprKind::Subquery(subquery) => lacks(&subquery.expr, name),
        ExprKind::Aggregate(aggregate) => aggregate_lacks(aggregate, name),
        ExprKind::Binary(binary) => binary_lacks(binary, name),
        ExprKind::Call(call) => call_lacks(call, name),
        ExprKind::Number(_) | ExprKind::String(_) => false,
    }
}

fn matchers_exclude(matchers: &[Matcher], name: &str) -> bool {
    let is_none = |m: &Matcher| m.op == MatchOp::Equal && *m.name == *name && m.value.is_empty();
    matchers.iter().any(is_none)
}

fn aggregate_lacks(aggregate: &Aggregate, name: &str) -> bool {
    let Aggregate { op, expr, grouping, .. } = aggregate;
    let is_without = grouping.as_ref().is_some_and(|grouping| grouping.without);
    if drops_labels(*op) {
        return grouping_drops(grouping.as_ref(), name) || is_without && lacks(expr, name);
    }
    picks(*op) && lacks(expr, name)
}

fn binary_lacks(binary: &Binary, name: &str) -> bool {
    match (binary.op, &binary.matching) {
        (BinaryOp::And | BinaryOp::Unless, _) => lacks(&binary.lhs, name),
        (BinaryOp::Or, _) => lacks(&binary.lhs, name) && lacks(&binary.rhs, name),
        // Labels of the left side, as far as the matching keeps them.
        (_, Some(matching)) if is_plain(matching) => {
            matching.on && !matching.labels.iter().any(|label| label == name)
                || lacks(&binary.lhs, name)
        }
        _ => vector_side(binary).is_some_and(|vector| lacks(vector, name)),
    }
}

fn call_lacks(call: &Call, name: &str) -> bool {
    match call.function {
        FunctionId::Vector => true,
        FunctionId::LabelReplace | FunctionId::LabelJoin => {
            Rename::of(call).is_some_and(|rename| rename.dst != name) && lacks(&call.args[0], name)
        }
        _ => series_argument(call).is_some_and(|arg| lacks(arg, name)),
    }
}

/// Whether series of an expression, at any one time, differ in other labels than their name, type
/// and unit.
pub(super) fn apart_without_names(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => {
            apart_without_names(inner)
        }
        // What loses its name is an error where that leaves two of one label set.
        ExprKind::Unary(UnaryOp::Minus, _) => true,
        ExprKind::Aggregate(aggregate) => aggregate_is_apart(aggregate),
        ExprKind::Binary(binary) => binary_is_apart(binary),
        ExprKind::Call(call) => call_is_apart(call),
        _ => false,
    }
}

fn aggregate_is_apart(aggregate: &Aggregate) -> bool {
    let Aggregate { op, expr, grouping, .. } = aggregate;
    let has_none = |grouping: &Grouping| !grouping.without && !has_metadata(&grouping.labels);
    if drops_labels(*op) {
        return grouping.as_ref().is_none_or(has_none);
    }
    picks(*op) && apart_without_names(expr)
}

fn binary_is_apart(binary: &Binary) -> bool {
    if matches!(binary.op, BinaryOp::And | BinaryOp::Unless) {
        return apart_without_names(&binary.lhs);
    }
    if let Some(matching) = &binary.matching {
        let is_by_label = matching.on && !has_metadata(&matching.labels);
        return binary.op != BinaryOp::Or && is_by_label && is_plain(matching);
    }
    let Some(vector) = vector_side(binary) else { return false };
    match binary.op.row().kind {
        OperatorKind::Arithmetic => true,
        _ if binary.bool_modifier => true,
        _ => apart_without_names(vector),
    }
}

fn call_is_apart(call: &Call) -> bool {
    match call.function {
        FunctionId::Vector => true,
        FunctionId::LabelReplace | FunctionId::LabelJoin => {
            let operand = &call.args[0];
            let is_new = Rename::of(call).is_some_and(|rename| lacks(operand, rename.dst));
            is_new && apart_without_names(operand)
        }
        function => match series_argument(call) {
            Some(arg) if function.row().keeps_name => apart_without_names(arg),
            found => found.is_some(),
        },
    }
}

fn has_metadata(labels: &[String]) -> bool {
    labels.iter().any(|label| METADATA.contains(&label.as_str()))
}

/// The vector of a function that makes a value of each of its series.
fn series_argument(call: &Call) -> Option<&Expr> {
    let is_vector =
        |arg: &&Expr| matches!(arg.value_type(), ValueType::InstantVector | ValueType::RangeVector);
    match kernel(call.function) {
        Kernel::Window(_) | Kernel::Math(_) => call.args.iter().find(is_vector),
        Kernel::Date(_) | Kernel::Structural => None,
    }
}

/// The vector where the other side is a scalar.
pub(super) fn vector_side(binary: &Binary) -> Option<&Expr> {
    let is_scalar = |side: &Expr| side.value_type() == ValueType::Scalar;
    match (is_scalar(&binary.lhs), is_scalar(&binary.rhs)) {
        (false, true) => Some(&binary.lhs),
        (true, false) => Some(&binary.rhs),
        _ => None,
    }
}

/// Whether each series of a result is one of the left side.
fn is_plain(matching: &Matching) -> bool {
    let Matching { cardinality, fill_left, fill_right, .. } = matching;
    *cardinality == Cardinality::OneToOne && fill_left.is_none() && fill_right.is_none()
}

/// Whether an aggregation's series have the labels of its grouping only.
pub(super) fn drops_labels(op: AggregateOp) -> bool {
    use AggregateOp as A;
    match op {
        A::Avg
        | A::Count
        | A::Group
        | A::Max
        | A::Min
        | A::Sum
        | A::Quantile
        | A::Stddev
        | A::Stdvar => true,
        A::Bottomk | A::CountValues | A::LimitRatio | A::Limitk | A::Topk => false,
    }
}

/// Whether a label is none of a grouping's.
pub(super) fn grouping_drops(grouping: Option<&Grouping>, name: &str) -> bool {
    let Some(Grouping { without, labels, .. }) = grouping else { return true };
    *without == labels.iter().any(|label| label == name)
}
