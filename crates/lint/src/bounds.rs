//! What bounds values, in words; and the comparisons that bounds decide.

use diagnostics::Diagnostic;
use model::number::format_g;
use promql::{AggregateOp, BinaryOp, Expr, ExprKind, FunctionId, ast::Binary};

use crate::{
    RuleContext,
    facts::{self, Bound, Facts, Presence, Reason, Values, Why},
};

/// A comparison that nothing satisfies, although there is something to compare.
pub(crate) struct Dead<'e> {
    /// The whole comparison.
    pub(crate) expr: &'e Expr,
    /// Its parts.
    pub(crate) comparison: &'e Binary,
    /// Whether it is the left side whose values decide it.
    pub(crate) is_left: bool,
    /// The values of that side.
    pub(crate) values: Values,
    /// What decided it.
    pub(crate) why: Option<Why>,
}

/// The filters of a rule that let nothing through because of the values that are compared.
pub(crate) fn dead<'e>(cx: &RuleContext<'e>) -> Vec<Dead<'e>> {
    let mut found = Vec::new();
    cx.each_node(|expr| {
        let ExprKind::Binary(comparison) = &expr.kind else { return };
        if !comparison.op.is_comparison() || comparison.bool_modifier {
            return;
        }
        let facts = cx.facts();
        if !is_dead(facts, expr, comparison) || is_constant(facts, expr, comparison) {
            return;
        }
        let (lhs, rhs) = (facts.node(&comparison.lhs), facts.node(&comparison.rhs));
        let ends = facts::deciding(&lhs.values, comparison.op, &rhs.values);
        let whys = ends.map(|(a, b)| (a.why, b.why));
        let (left, right) = whys.unwrap_or((lhs.values.lower.why, rhs.values.lower.why));
        let is_number = |why: Option<Why>| why.is_none_or(|why| why.reason == Reason::Number);
        let is_left = !is_number(left) || is_number(right);
        found.push(Dead {
            expr,
            comparison,
            is_left,
            values: if is_left { lhs.values } else { rhs.values },
            why: if is_left { left } else { right },
        });
    });
    found
}

/// Whether values alone decide that nothing is left.
pub(crate) fn is_dead(facts: &Facts<'_>, expr: &Expr, comparison: &Binary) -> bool {
    let (lhs, rhs) = (facts.node(&comparison.lhs), facts.node(&comparison.rhs));
    let there = lhs.presence != Presence::Never && rhs.presence != Presence::Never;
    let joins = comparison
        .matching
        .as_ref()
        .is_none_or(|matching| facts::conflict(lhs, rhs, matching).is_none());
    let floats = !lhs.values.has_no_float() && !rhs.values.has_no_float();
    there && joins && floats && facts.node(expr).presence == Presence::Never
}

/// Whether numbers are compared that are written, not measured.
fn is_constant(facts: &Facts<'_>, expr: &Expr, comparison: &Binary) -> bool {
    let constant = |side: &Expr| {
        let values = facts.node(side).values;
        let why = values.lower.why;
        let is_written = why.is_none_or(|why| why.reason == Reason::Number);
        is_written && values.is_constant().is_some()
    };
    facts.node(expr).cost.selectors == 0 && constant(&comparison.lhs) && constant(&comparison.rhs)
}

/// The values in a few words: `at least 1`.
pub(crate) fn range(values: &Values) -> String {
    let (lower, upper) = (values.lower, values.upper);
    let low = |bound: Bound| if bound.open { "above" } else { "at least" };
    let high = |bound: Bound| if bound.open { "below" } else { "at most" };
    match (lower.value.is_finite(), upper.value.is_finite()) {
        _ if values.is_constant().is_some() => format!("always {}", format_g(lower.value)),
        (true, true) if lower.open || upper.open => format!(
            "{} {} and {} {}",
            low(lower),
            format_g(lower.value),
            high(upper),
            format_g(upper.value)
        ),
        (true, true) => format!("from {} to {}", format_g(lower.value), format_g(upper.value)),
        (true, false) => format!("{} {}", low(lower), format_g(lower.value)),
        (false, true) => format!("{} {}", high(upper), format_g(upper.value)),
        (false, false) => "whole".to_owned(),
    }
}

/// The finding with the place that bounds a value, where that is another one.
pub(crate) fn because(cx: &RuleContext<'_>, finding: Diagnostic, why: Option<Why>) -> Diagnostic {
    let Some(why) = why else { return finding };
    let Some(words) = words(cx, why) else { return finding };
    let finding = finding.because(cx.place(why.span), words);
    match why.reason {
        Reason::Recorded(_) => crate::reasons::recorded(cx, finding, why),
        _ => finding,
    }
}

fn words(cx: &RuleContext<'_>, why: Why) -> Option<String> {
    use FunctionId as F;
    Some(match why.reason {
        Reason::Aggregate(AggregateOp::Count | AggregateOp::CountValues) => {
            "counts at least 1: where there is nothing to count, there is no result".to_owned()
        }
        Reason::Aggregate(AggregateOp::Group) => "is 1 wherever there is a series".to_owned(),
        Reason::Aggregate(_) => "is at least 0".to_owned(),
        Reason::Counter(function) => {
            format!("`{}` of a counter is at least 0", function.row().name)
        }
        Reason::Function(function) => match function {
            F::Absent | F::AbsentOverTime | F::PresentOverTime => "is 1 or not there".to_owned(),
            F::CountOverTime => "counts at least 1".to_owned(),
            F::Changes
            | F::Resets
            | F::Abs
            | F::StddevOverTime
            | F::StdvarOverTime
            | F::MadOverTime
            | F::HistogramCount => "is at least 0".to_owned(),
            F::HistogramFraction => "is from 0 to 1".to_owned(),
            F::Hour => "is from 0 to 23".to_owned(),
            F::Minute => "is from 0 to 59".to_owned(),
            F::DayOfWeek => "is from 0 (Sunday) to 6".to_owned(),
            F::DayOfMonth => "is from 1 to 31".to_owned(),
            F::DayOfYear => "is from 1 to 366".to_owned(),
            F::DaysInMonth => "is from 28 to 31".to_owned(),
            F::Month => "is from 1 to 12".to_owned(),
            F::Time | F::Timestamp => "is seconds since 1970".to_owned(),
            _ => "bounds the value".to_owned(),
        },
        Reason::Part => "is a part divided by its whole".to_owned(),
        Reason::Comparison => "lets other values not through".to_owned(),
        Reason::Bool => "is 0 or 1".to_owned(),
        Reason::Metric => {
            let values = cx.text(why.span);
            format!("`{}` {}", name_of(values), meaning(name_of(values)))
        }
        Reason::Recorded(_) => "is recorded with such values only".to_owned(),
        _ => return None,
    })
}

/// The metric name at the beginning of a selector.
fn name_of(selector: &str) -> &str {
    let end = selector.find(['{', '[', ' ', '\n']).unwrap_or(selector.len());
    &selector[..end]
}

fn meaning(name: &str) -> &'static str {
    use facts::MetricKind as K;
    match K::of(name) {
        K::Bool => "is 0 or 1",
        K::Info => "is 1, for its labels",
        K::Counter | K::Bucket | K::Count => "counts, from 0 on",
        K::Timestamp => "is seconds since 1970",
        _ => "is documented with such values only",
    }
}

/// Which side of a comparison is meant, in words.
pub(crate) fn side(is_left: bool) -> &'static str {
    if is_left { "the left side" } else { "the right side" }
}

/// The number that a side of a comparison is, as written.
pub(crate) fn number(expr: &Expr) -> Option<f64> {
    match &expr.unparen().kind {
        ExprKind::Number(number) => Some(number.value),
        ExprKind::Unary(promql::operators::UnaryOp::Minus, inner) => number(inner).map(|n| -n),
        _ => None,
    }
}

/// The comparison as one of a vector on the left.
pub(crate) fn vector_first(comparison: &Binary) -> (&Expr, BinaryOp, &Expr) {
    if comparison.lhs.value_type() == promql::ValueType::Scalar {
        (&comparison.rhs, facts::mirrored(comparison.op), &comparison.lhs)
    } else {
        (&comparison.lhs, comparison.op, &comparison.rhs)
    }
}
