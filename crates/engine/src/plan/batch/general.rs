//! An expression that asks for one value of a label, as one that has all values.

use model::{MatchOp, Matcher, labels::is_legacy_metric_name};
use promql::{
    AggregateOp, Expr, ExprKind, FunctionId, ValueType,
    ast::{Aggregate, Binary, Call, Grouping, Selector, TimeModifiers},
    visit::{for_each_child, for_each_child_mut},
};

use crate::{
    kernels::{Kernel, kernel},
    plan::{Fragment, FragmentKind, canonical::is_name},
};

/// An expression without the matcher of a label, by which it groups instead.
#[derive(Debug)]
pub(super) struct General {
    pub(super) expr: Expr,
    pub(super) label: String,
    /// The value that was asked for.
    pub(super) value: String,
    /// Whether the expression's own rows do not have the label.
    pub(super) drops_label: bool,
}

impl General {
    /// None where rows could not be told apart by the label, or would be others.
    pub(super) fn of(expr: &Expr, matcher: &Matcher) -> Option<Self> {
        let (label, value) = (&*matcher.name, &*matcher.value);
        let one = |m: &&Matcher| *m.name == *label;
        if only_selector(expr)?.iter().filter(one).count() != 1 {
            return None;
        }
        let drops_label = !keeps(expr, label)?;
        let mut expr = expr.clone();
        generalise(&mut expr, label);
        Some(Self { expr, label: label.to_owned(), value: value.to_owned(), drops_label })
    }
}

/// The expression of a fragment whose rows are values; none where they are something else.
pub(super) fn expr_of(fragment: &Fragment) -> Option<Expr> {
    match (&fragment.expr, fragment.kind) {
        (Some(expr), _) => Some((**expr).clone()),
        (None, FragmentKind::Instant) => {
            let matchers = fragment.matchers.clone();
            let name = matchers.iter().find(|m| is_name(m)).map(|m| m.value.to_string());
            let selector = Selector {
                name: name.filter(|name| is_legacy_metric_name(name)),
                matchers,
                matcher_spans: Vec::new(),
                time: TimeModifiers::default(),
                extended: None,
            };
            let span = diagnostics::Span::default();
            Some(Expr { kind: ExprKind::Selector(Box::new(selector)), span })
        }
        (None, _) => None,
    }
}

/// The expression with one more matcher at its selector.
pub(super) fn narrowed(expr: &Expr, matcher: Matcher) -> Expr {
    let mut expr = expr.clone();
    let mut more = Some(matcher);
    change_selector(&mut expr, &mut |selector| selector.matchers.extend(more.take()));
    expr
}

/// The matchers of the only selector in an expression.
pub(in crate::plan) fn only_selector(expr: &Expr) -> Option<&[Matcher]> {
    let mut found = Vec::new();
    promql::visit::walk(expr, &mut |expr| match &expr.kind {
        ExprKind::Selector(selector) => found.push(&*selector.matchers),
        ExprKind::Matrix(matrix) => found.push(&*matrix.selector.matchers),
        _ => {}
    });
    if let [only] = *found { Some(only) } else { None }
}

/// Whether the rows of an expression have a label that its selector fixes; none where it does
/// something that would show if there were other values.
pub(in crate::plan) fn keeps(expr: &Expr, label: &str) -> Option<bool> {
    match &expr.kind {
        ExprKind::Selector(_) | ExprKind::Matrix(_) => Some(true),
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => keeps(inner, label),
        ExprKind::Subquery(subquery) => keeps(&subquery.expr, label),
        ExprKind::Call(call) => call_keeps(call, label),
        ExprKind::Aggregate(aggregate) => aggregate_keeps(aggregate, label),
        ExprKind::Binary(binary) => binary_keeps(binary, label),
        ExprKind::Number(_) | ExprKind::String(_) => None,
    }
}

/// Functions that make of each row one row with its labels, or of buckets that differ in `le`.
fn call_keeps(call: &Call, label: &str) -> Option<bool> {
    use FunctionId as F;
    let by_row = match call.function {
        F::HistogramQuantile | F::HistogramFraction => label != "le",
        F::HistogramAvg
        | F::HistogramCount
        | F::HistogramSum
        | F::HistogramStddev
        | F::HistogramStdvar
        | F::Timestamp => true,
        function => !matches!(kernel(function), Kernel::Structural),
    };
    let vector = call.args.iter().find(|arg| reads_series(arg))?;
    let is_vector =
        matches!(vector.value_type(), ValueType::InstantVector | ValueType::RangeVector);
    if by_row && is_vector { keeps(vector, label) } else { None }
}

fn aggregate_keeps(aggregate: &Aggregate, label: &str) -> Option<bool> {
    use AggregateOp as A;
    if aggregate.param.as_ref().is_some_and(reads_series) {
        return None;
    }
    let inside = keeps(&aggregate.expr, label)?;
    match aggregate.op {
        A::CountValues if is_counted_into(aggregate, label) => None,
        A::Limitk | A::LimitRatio => None,
        A::Topk | A::Bottomk => Some(inside),
        _ => Some(inside && groups_by(aggregate.grouping.as_ref(), label)),
    }
}

/// Whether `count_values` writes to the label.
fn is_counted_into(aggregate: &Aggregate, label: &str) -> bool {
    let param = aggregate.param.as_ref().map(|param| &param.unparen().kind);
    matches!(param, Some(ExprKind::String(text)) if text.as_str() == Some(label))
}

fn groups_by(grouping: Option<&Grouping>, label: &str) -> bool {
    grouping.is_some_and(|by| by.labels.iter().any(|l| l == label) != by.without)
}

/// A vector with a number.
fn binary_keeps(binary: &Binary, label: &str) -> Option<bool> {
    let sides = [&binary.lhs, &binary.rhs];
    let vector = sides.iter().find(|side| reads_series(side))?;
    let with_number = sides.iter().any(|side| side.value_type() == ValueType::Scalar);
    let is_vector = vector.value_type() == ValueType::InstantVector;
    if with_number && is_vector { keeps(vector, label) } else { None }
}

fn reads_series(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Selector(_) | ExprKind::Matrix(_));
    for_each_child(expr, |child| found = found || reads_series(child));
    found
}

/// Takes the matcher away and groups by its label everywhere.
fn generalise(expr: &mut Expr, label: &str) {
    let is_of_label = |m: &Matcher| *m.name == *label && m.op == MatchOp::Equal;
    change_selector(expr, &mut |selector| selector.matchers.retain(|m| !is_of_label(m)));
    group_by_too(expr, label);
}

fn group_by_too(expr: &mut Expr, label: &str) {
    if let ExprKind::Aggregate(aggregate) = &mut expr.kind {
        let nothing = Grouping {
            without: false,
            labels: Vec::new(),
            label_spans: Vec::new(),
            span: expr.span,
        };
        let grouping = aggregate.grouping.get_or_insert(nothing);
        if grouping.without {
            grouping.labels.retain(|l| l != label);
        } else if !grouping.labels.iter().any(|l| l == label) {
            grouping.labels.push(label.to_owned());
            grouping.labels.sort();
        }
    }
    for_each_child_mut(expr, |child| group_by_too(child, label));
}

/// Changes every selector in an expression.
pub(in crate::plan) fn change_selector(expr: &mut Expr, change: &mut dyn FnMut(&mut Selector)) {
    match &mut expr.kind {
        ExprKind::Selector(selector) => change(selector),
        ExprKind::Matrix(matrix) => change(&mut matrix.selector),
        _ => for_each_child_mut(expr, |child| change_selector(child, change)),
    }
}
