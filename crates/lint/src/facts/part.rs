//! Divisions of a part by its whole, whose values are from 0 to 1.
//!
//! The part and the whole are the same expression, but for matchers that the part has in addition,
//! a filter on its samples, or labels by which it is divided further.

use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId,
    ast::{Aggregate, Binary, Cardinality, Selector},
};

use super::{Bound, Reason, Values, Why};

/// What a division cannot exceed, where it is one of a part by its whole: 1, or the number by which
/// the part was multiplied. `counters` says whether samples of counters count as positive.
pub(super) fn of(binary: &Binary, counters: bool) -> Option<f64> {
    if binary.op != BinaryOp::Div {
        return None;
    }
    let (part, factor) = unscaled(&binary.lhs);
    is_part(part, &binary.rhs, binary, counters).then_some(factor)
}

/// An expression without a positive number that it is multiplied by.
fn unscaled(expr: &Expr) -> (&Expr, f64) {
    let number = |expr: &Expr| match expr.unparen().kind {
        ExprKind::Number(number) if number.value > 0.0 => Some(number.value),
        _ => None,
    };
    if let ExprKind::Binary(binary) = &expr.unparen().kind
        && binary.op == BinaryOp::Mul
    {
        match (number(&binary.lhs), number(&binary.rhs)) {
            (Some(factor), None) => return (&binary.rhs, factor),
            (None, Some(factor)) => return (&binary.lhs, factor),
            _ => {}
        }
    }
    (expr, 1.0)
}

/// The quotient, which is not above a limit.
pub(super) fn limited(quotient: &Values, limit: f64, why: Why) -> Values {
    let why = Why { reason: Reason::Part, ..why };
    let positive = quotient.lower.value >= 0.0;
    let mut limited = *quotient;
    // A part of nothing is no number: 0/0.
    limited.upper = quotient.upper.lower(Bound::closed(limit, why));
    if positive {
        limited.lower = limited.lower.because(why);
    }
    limited
}

fn is_part(part: &Expr, whole: &Expr, division: &Binary, counters: bool) -> bool {
    if let (ExprKind::Aggregate(part), ExprKind::Aggregate(whole)) =
        (&part.unparen().kind, &whole.unparen().kind)
    {
        let adds_up = match part.op {
            AggregateOp::Sum => counters && sums_positive(&part.expr),
            AggregateOp::Count => true,
            _ => false,
        };
        return adds_up
            && part.op == whole.op
            && coarser(part, whole, division)
            && is_subset(&part.expr, &whole.expr);
    }
    let same_series = division
        .matching
        .as_ref()
        .is_some_and(|m| m.cardinality == Cardinality::OneToOne && m.labels.is_empty());
    counters && same_series && sums_positive(part) && is_subset(part, whole)
}

/// Whether each group of the whole holds the groups of the part that it is divided into.
fn coarser(part: &Aggregate, whole: &Aggregate, division: &Binary) -> bool {
    let (without_part, by_part) = grouping(part);
    let (without_whole, by_whole) = grouping(whole);
    let Some(matching) = &division.matching else { return false };
    let among = |labels: &[String], others: &[String]| labels.iter().all(|l| others.contains(l));
    let equal = among(by_part, by_whole) && among(by_whole, by_part);
    if without_part != without_whole {
        return false;
    }
    if equal {
        // The groups that are compared must be the same ones.
        return if matching.on {
            !without_part && among(by_part, &matching.labels)
        } else {
            matching.labels.is_empty()
                || !without_part && !by_part.iter().any(|l| matching.labels.contains(l))
        };
    }
    // Groups of the part that are smaller: each is matched by all labels of the whole's.
    let many_to_one = matching.cardinality == Cardinality::ManyToOne;
    let finer = !without_part && among(by_whole, by_part);
    let matches_all = if matching.on {
        among(by_whole, &matching.labels)
    } else {
        !by_whole.iter().any(|label| matching.labels.contains(label))
    };
    finer && many_to_one && matches_all
}

/// The labels of `by` or `without`, and whether it is the latter.
fn grouping(aggregate: &Aggregate) -> (bool, &[String]) {
    let grouping = aggregate.grouping.as_ref();
    grouping.map_or((false, &[]), |grouping| (grouping.without, &grouping.labels))
}

/// Whether all samples are positive where counters are.
fn sums_positive(expr: &Expr) -> bool {
    match &expr.unparen().kind {
        ExprKind::Call(call) => {
            matches!(call.function, FunctionId::Rate | FunctionId::Increase | FunctionId::Irate)
        }
        ExprKind::Selector(selector) => {
            let name = super::selector::metric_name(selector);
            name.is_some_and(|name| {
                super::MetricKind::of(name).is_cumulative() && !name.ends_with("_sum")
            })
        }
        ExprKind::Aggregate(a) if a.op == AggregateOp::Sum => sums_positive(&a.expr),
        _ => false,
    }
}

/// Whether the samples of the first are among those of the second, series by series.
fn is_subset(part: &Expr, whole: &Expr) -> bool {
    let (part, whole) = (part.unparen(), whole.unparen());
    match (&part.kind, &whole.kind) {
        (ExprKind::Selector(a), ExprKind::Selector(b)) => selects_subset(a, b),
        (ExprKind::Matrix(a), ExprKind::Matrix(b)) => {
            selects_subset(&a.selector, &b.selector) && same_duration(&a.range, &b.range)
        }
        (ExprKind::Call(a), ExprKind::Call(b)) => {
            a.function == b.function
                && matches!(a.function, FunctionId::Rate | FunctionId::Increase | FunctionId::Irate)
                && is_subset(&a.args[0], &b.args[0])
        }
        // A filter keeps samples as they are.
        (ExprKind::Binary(filter), _)
            if filter.op.is_comparison() && !filter.bool_modifier && filter.matching.is_none() =>
        {
            let vector = if filter.lhs.value_type() == promql::ValueType::Scalar {
                &filter.rhs
            } else {
                &filter.lhs
            };
            is_subset(vector, whole)
        }
        _ => false,
    }
}

fn same_duration(a: &promql::ast::Duration, b: &promql::ast::Duration) -> bool {
    let (a, b) = (super::milliseconds(a), super::milliseconds(b));
    a.is_some() && a == b
}

/// Whether each matcher of the second is one of the first.
fn selects_subset(part: &Selector, whole: &Selector) -> bool {
    let same_time = part.time.at == whole.time.at
        && part.extended == whole.extended
        && match (&part.time.offset, &whole.time.offset) {
            (None, None) => true,
            (Some(a), Some(b)) => same_duration(a, b),
            _ => false,
        };
    same_time && whole.matchers.iter().all(|matcher| part.matchers.contains(matcher))
}
