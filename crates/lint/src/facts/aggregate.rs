//! Aggregations.

use diagnostics::Span;
use promql::{AggregateOp, ExprKind, ast::Aggregate};

use super::{
    Branch, Interpreter, Label, LabelSet, MetricKind, Node, Presence, Reason, Unit, Values, Why,
};

impl<'e> Interpreter<'e, '_> {
    pub(super) fn aggregate(
        &self,
        aggregate: &'e Aggregate,
        param: Option<usize>,
        inner: usize,
        span: Span,
    ) -> Node<'e> {
        use AggregateOp as A;
        let operand = &self.nodes[inner];
        let why = Why::new(aggregate.op_span, Reason::Aggregate(aggregate.op));
        let param = param.map(|param| &self.nodes[param]);
        let number = param.and_then(|param| param.values.is_constant());
        let mut node = match aggregate.op {
            A::Topk | A::Bottomk | A::Limitk | A::LimitRatio => {
                picked(aggregate.op, operand, number)
            }
            _ => Node::new(groups(aggregate, operand, number, span, why), operand.presence_why),
        };
        let takes_histograms =
            matches!(aggregate.op, A::Count | A::Group | A::CountValues | A::Limitk);
        let takes_all = !matches!(aggregate.op, A::LimitRatio)
            && (!matches!(aggregate.op, A::Topk | A::Bottomk | A::Limitk)
                || number.is_some_and(|k| k >= 1.0));
        let stays = operand.presence == Presence::Always
            && takes_all
            && (takes_histograms || !operand.values.may_be_histogram);
        node = node.always(stays, operand.presence_why);
        (node.kind, node.unit) = match aggregate.op {
            A::Count | A::Group | A::CountValues => (MetricKind::Gauge, Unit::ONE),
            A::Stdvar => (MetricKind::Gauge, Unit::UNKNOWN),
            A::Sum if !operand.kind.is_cumulative() => (MetricKind::Gauge, operand.unit),
            _ => (operand.kind, operand.unit),
        };
        node.window = operand.window;
        node.cost = param.map_or(operand.cost, |param| operand.cost.plus(param.cost));
        node
    }
}

/// What picks some of its operand's series.
fn picked<'e>(op: AggregateOp, operand: &Node<'e>, number: Option<f64>) -> Node<'e> {
    let sorts = matches!(op, AggregateOp::Topk | AggregateOp::Bottomk);
    let mut branches = operand.branches.clone();
    if sorts {
        for branch in &mut branches {
            branch.values = branch.values.floats();
        }
    }
    if op != AggregateOp::LimitRatio && number.is_some_and(|k| k < 1.0) {
        branches.clear();
    }
    Node::new(branches, operand.presence_why)
}

fn groups<'e>(
    aggregate: &'e Aggregate,
    operand: &Node<'e>,
    number: Option<f64>,
    span: Span,
    why: Why,
) -> Vec<Branch<'e>> {
    if let [branch] = operand.branches.as_slice() {
        let labels = grouped(aggregate, &branch.labels, why);
        let values = aggregated(aggregate.op, &branch.values, number, why);
        return vec![Branch { labels, values, span }];
    }
    let projected: Vec<LabelSet<'e>> =
        operand.branches.iter().map(|branch| grouped(aggregate, &branch.labels, why)).collect();
    let mut branches: Vec<Branch<'e>> = Vec::with_capacity(projected.len());
    for (i, labels) in projected.iter().enumerate() {
        // Series of other branches may be in the same group.
        let others = projected.iter().zip(&operand.branches).enumerate();
        let in_group = others.filter(|(j, (other, _))| i == *j || labels.may_match(other));
        let values = in_group.map(|(_, (_, branch))| branch.values).reduce(|a, b| a.join(&b));
        let values = values
            .map_or_else(Values::no_float, |values| aggregated(aggregate.op, &values, number, why));
        let same = |branch: &Branch<'e>| labels.is_empty() && branch.labels.is_empty();
        if branches.iter().any(same) {
            continue;
        }
        branches.push(Branch { labels: labels.clone(), values, span: operand.branches[i].span });
    }
    branches
}

fn grouped<'e>(aggregate: &'e Aggregate, labels: &LabelSet<'e>, why: Why) -> LabelSet<'e> {
    let counted = counted(aggregate);
    let mut result = match &aggregate.grouping {
        None => LabelSet::closed(Why { reason: Reason::NoGrouping, ..why }),
        Some(grouping) if grouping.without => {
            let mut result = labels.clone();
            // The label is set first, so that it can be dropped again.
            if let Some((name, label)) = &counted {
                result.set(name, label.clone());
            }
            result.drop_name(false, why);
            for (label, span) in grouping.labels.iter().zip(&grouping.label_spans) {
                result.drop(label, Why::new(*span, Reason::Without));
            }
            result
        }
        Some(grouping) => labels.only(&grouping.labels, Why::new(grouping.span, Reason::By)),
    };
    let keeps = aggregate.grouping.as_ref().is_none_or(|grouping| !grouping.without);
    if let Some((name, label)) = counted.filter(|_| keeps) {
        result.set(name, label);
    }
    result
}

/// The label that `count_values` writes values to.
fn counted(aggregate: &Aggregate) -> Option<(&str, Label<'_>)> {
    let param = aggregate.param.as_ref().filter(|_| aggregate.op == AggregateOp::CountValues)?;
    let ExprKind::String(text) = &param.unparen().kind else { return None };
    let why = Why::new(param.span, Reason::CountValues);
    Some((text.as_str()?, Label::guaranteed(None, why)))
}

/// The value of a group of at least one sample with these values.
fn aggregated(op: AggregateOp, values: &Values, number: Option<f64>, why: Why) -> Values {
    use AggregateOp as A;
    let floats = values.floats();
    match op {
        A::Sum => sum(values),
        A::Avg => mean(values),
        A::Count | A::CountValues => Values::at_least(1.0, why).whole(),
        A::Group => Values::constant(1.0, why),
        A::Min | A::Max => floats,
        A::Stddev | A::Stdvar if floats.has_no_float() => Values::no_float(),
        A::Stddev | A::Stdvar => spread(&floats, why),
        A::Quantile => quantile(&floats, number),
        A::Topk | A::Bottomk | A::Limitk | A::LimitRatio => *values,
    }
}

/// The sum of one value or more.
pub(super) fn sum(values: &Values) -> Values {
    let mut sum = *values;
    if values.has_no_number() {
        return sum;
    }
    let away = |value: f64| value < 0.0;
    if away(values.lower.value) {
        sum.lower = super::Bound { value: f64::NEG_INFINITY, ..values.lower };
        sum.lower.open = !values.may_be_minus_infinity();
    }
    if away(-values.upper.value) {
        sum.upper = super::Bound { value: f64::INFINITY, ..values.upper };
        sum.upper.open = !values.may_be_plus_infinity();
    }
    // Rounding may reach what was out of reach.
    sum.lower.open = sum.lower.open && sum.lower.value.is_infinite();
    sum.upper.open = sum.upper.open && sum.upper.value.is_infinite();
    let nan = values.may_be_plus_infinity() && values.lower.value < 0.0
        || values.may_be_minus_infinity() && values.upper.value > 0.0;
    sum.or_nan(nan)
}

/// The mean of one value or more.
pub(super) fn mean(values: &Values) -> Values {
    let nan = values.may_be_plus_infinity() && values.may_be_minus_infinity();
    // Sums of moderate whole numbers are exact.
    values.rounded(|value| value.fract() == 0.0 && value.abs() < 4e9).or_nan(nan)
}

/// A standard deviation or variance.
pub(super) fn spread(values: &Values, why: Why) -> Values {
    let nan = values.may_be_nan || values.may_be_infinite();
    Values::at_least(0.0, why).or_nan(nan)
}

/// An interpolated quantile.
pub(super) fn quantile(values: &Values, number: Option<f64>) -> Values {
    if values.has_no_float() {
        return Values::no_float();
    }
    let Some(q) = number.filter(|q| (0.0..=1.0).contains(q)) else {
        return Values::any_float();
    };
    let nan = values.may_be_infinite();
    if q == 0.0 || q == 1.0 {
        return values.floats().or_nan(nan);
    }
    let power_of_two = |value: f64| value == 0.0 || value.to_bits() << 12 == 0;
    values.floats().rounded(power_of_two).or_nan(nan)
}
