//! Binary operators.

use diagnostics::Span;
use model::METRIC_NAME;
use promql::{
    BinaryOp, ExprKind, ValueType,
    ast::{Binary, Cardinality, Matching},
    operators::OperatorKind,
};

use super::{
    Branch, Interpreter, Label, LabelSet, MetricKind, Node, Presence, Reason, Unit, Values, Why,
    arithmetic, compare, matching, part,
};

impl<'e> Interpreter<'e, '_> {
    pub(super) fn binary(
        &self,
        binary: &'e Binary,
        lhs: usize,
        rhs: usize,
        span: Span,
    ) -> Node<'e> {
        let (lhs, rhs) = (&self.nodes[lhs], &self.nodes[rhs]);
        let mut node = match (&binary.matching, binary.op.row().kind) {
            (Some(matching), OperatorKind::Set) => {
                combined(binary.op, matching, lhs, rhs, (binary.lhs.span, binary.rhs.span))
            }
            (Some(matching), _) => self.of_vectors(binary, matching, lhs, rhs, span),
            (None, _) => with_scalar(binary, lhs, rhs, span),
        };
        node.window = lhs.window.max(rhs.window);
        node.cost = lhs.cost.plus(rhs.cost);
        (node.kind, node.unit) = nature(binary, lhs, rhs);
        if node.presence == Presence::Never && node.presence_why.is_none() {
            node.presence_why = lhs.presence_why.filter(|_| lhs.presence == Presence::Never);
        }
        node
    }

    fn of_vectors(
        &self,
        binary: &'e Binary,
        matching: &'e Matching,
        lhs: &Node<'e>,
        rhs: &Node<'e>,
        span: Span,
    ) -> Node<'e> {
        if matching.fill_left.is_some() || matching.fill_right.is_some() {
            return filled(binary, matching, lhs, rhs, span);
        }
        let swapped = matching.cardinality == Cardinality::OneToMany;
        let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
        let why = Why::new(binary.op_span, Reason::Operator);
        let part = part::of(binary, self.assumes());
        let mut branches: Vec<Branch<'e>> = Vec::with_capacity(many.branches.len());
        for branch in &many.branches {
            let before = branches.len();
            for other in &one.branches {
                let labels = matching::matched(&branch.labels, &other.labels, matching);
                let Some(labels) = labels else { continue };
                let (a, b) = if swapped { (other, branch) } else { (branch, other) };
                let values = of_values(binary, &a.values, &b.values);
                let values = part.map_or(values, |limit| part::limited(&values, limit, why));
                if values.is_empty() {
                    continue;
                }
                let drops_name = drops_name(binary);
                let labels = matching::result(labels, &other.labels, matching, drops_name, why);
                let result = Branch { labels, values, span: branch.span };
                match branches[before..].first_mut() {
                    Some(joined) => *joined = joined.join(&result),
                    None => branches.push(result),
                }
            }
        }
        if let [branch] = branches.as_mut_slice() {
            branch.span = span;
        }
        let both = lhs.presence == Presence::Always && rhs.presence == Presence::Always;
        let stays = both
            && lhs.is_single()
            && rhs.is_single()
            && !lhs.values.may_be_histogram
            && !rhs.values.may_be_histogram
            && always_passes(binary, &lhs.values, &rhs.values);
        let never = Why::new(binary.op_span, Reason::Partner);
        Node::new(branches, Some(never)).always(stays, lhs.presence_why)
    }
}

/// Whether an operation takes the metric name away.
fn drops_name(binary: &Binary) -> bool {
    binary.op.row().kind == OperatorKind::Arithmetic || binary.bool_modifier
}

/// The values of `a op b` where both are samples.
fn of_values(binary: &Binary, a: &Values, b: &Values) -> Values {
    let why = Why::new(binary.op_span.to(binary.rhs.span), Reason::Comparison);
    match binary.op.row().kind {
        OperatorKind::Arithmetic => arithmetic::arithmetic(a, binary.op, b, why),
        OperatorKind::Comparison => {
            let equality = matches!(binary.op, BinaryOp::Eql | BinaryOp::Neq);
            let histograms = equality && a.may_be_histogram && b.may_be_histogram;
            if binary.bool_modifier {
                let told = compare::told(&a.floats(), binary.op, &b.floats(), why);
                let either = Values::truth(Why { reason: Reason::Bool, ..why });
                if histograms { either } else { told }
            } else {
                let kept = if b.has_no_float() {
                    Values::no_float()
                } else {
                    compare::narrow(a, binary.op, b, why)
                };
                kept.or_histogram(histograms)
            }
        }
        OperatorKind::Trim => {
            Values::no_float().or_histogram(a.may_be_histogram && !b.has_no_float())
        }
        OperatorKind::Set => *a,
    }
}

/// Whether an operation on floats keeps each sample.
fn always_passes(binary: &Binary, a: &Values, b: &Values) -> bool {
    match binary.op.row().kind {
        OperatorKind::Arithmetic => true,
        OperatorKind::Comparison => {
            binary.bool_modifier || !compare::truth(a, binary.op, b).may_fail
        }
        OperatorKind::Trim | OperatorKind::Set => false,
    }
}

/// A vector with a scalar, or two scalars.
fn with_scalar<'e>(binary: &'e Binary, lhs: &Node<'e>, rhs: &Node<'e>, span: Span) -> Node<'e> {
    let scalar_left = binary.lhs.value_type() == ValueType::Scalar;
    let scalar_right = binary.rhs.value_type() == ValueType::Scalar;
    if scalar_left && scalar_right {
        let values = of_values(binary, &lhs.values, &rhs.values);
        return Node::one(LabelSet::closed(None), values, span).always(true, lhs.presence_why);
    }
    let (vector, scalar) = if scalar_left { (rhs, lhs) } else { (lhs, rhs) };
    let why = Why::new(binary.op_span, Reason::Operator);
    let filters = binary.op.is_comparison() && !binary.bool_modifier;
    let mut branches = vector.branches.clone();
    for branch in &mut branches {
        branch.values = if filters && scalar_left {
            let why = Why::new(scalar_first(binary), Reason::Comparison);
            let kept = compare::mirrored(binary.op);
            compare::narrow(&branch.values, kept, &scalar.values, why)
        } else if scalar_left {
            of_values(binary, &scalar.values, &branch.values)
        } else {
            of_values(binary, &branch.values, &scalar.values)
        };
        if drops_name(binary) {
            branch.labels.drop_name(true, why);
        }
    }
    let why = vector.presence_why.filter(|_| vector.presence == Presence::Never);
    let why = why.or(Some(Why::new(binary.op_span, Reason::Comparison)));
    let stays = vector.presence == Presence::Always
        && !vector.values.may_be_histogram
        && always_passes(binary, &lhs.values, &rhs.values);
    Node::new(branches, why).always(stays, vector.presence_why)
}

/// `95 >` of `95 > x`.
fn scalar_first(binary: &Binary) -> Span {
    binary.lhs.span.to(binary.op_span)
}

/// What fills missing samples: little is known.
fn filled<'e>(
    binary: &'e Binary,
    matching: &'e Matching,
    lhs: &Node<'e>,
    rhs: &Node<'e>,
    span: Span,
) -> Node<'e> {
    let why = Why::new(binary.op_span, Reason::Operator);
    let mut labels = LabelSet::open();
    if matching.on && matching.cardinality == Cardinality::OneToOne {
        labels = LabelSet::closed(Why { reason: Reason::On, ..why });
        for name in &matching.labels {
            let (a, b) = (lhs.labels(), rhs.labels());
            labels.set(name, a.get(name).join(b.get(name)));
        }
    }
    if drops_name(binary) {
        // A sample that was filled in keeps those labels of its group.
        for name in [METRIC_NAME, "__type__", "__unit__"] {
            if !labels.get(name).is_impossible() {
                labels.set(name, Label::possible());
            }
        }
    }
    let with = |values: &Values, fill: Option<f64>| match fill {
        Some(value) => values.join(&Values::constant(value, why)),
        None => *values,
    };
    // With group_right the fill values change sides.
    let fills = (matching.fill_left, matching.fill_right);
    let either = fills.0.or(fills.1);
    let second = fills.1.or(fills.0);
    let a = with(&with(&lhs.values, either), second);
    let b = with(&with(&rhs.values, either), second);
    let values = if lhs.branches.is_empty() && rhs.branches.is_empty() {
        Values::no_float()
    } else {
        of_values(binary, &a, &b)
    };
    Node::one(labels, values, span)
}

/// `and`, `or`, `unless`.
fn combined<'e>(
    op: BinaryOp,
    matching: &'e Matching,
    lhs: &Node<'e>,
    rhs: &Node<'e>,
    (left, right): (Span, Span),
) -> Node<'e> {
    // With `on ()`, or where neither side has labels, any series is a partner of any.
    let all_match = matching.on && matching.labels.is_empty() || lhs.is_single() && rhs.is_single();
    match op {
        BinaryOp::Or => {
            let placed = |node: &Node<'e>, span: Span| {
                let mut branches = node.branches.clone();
                if let [branch] = branches.as_mut_slice() {
                    branch.span = span;
                }
                branches
            };
            let mut branches = placed(lhs, left);
            if !(all_match && lhs.presence == Presence::Always) {
                branches.extend(placed(rhs, right));
            }
            let always = [lhs, rhs].into_iter().find(|side| side.presence == Presence::Always);
            Node::new(branches, lhs.presence_why)
                .always(always.is_some(), always.and_then(|side| side.presence_why))
        }
        BinaryOp::Unless => {
            if all_match && rhs.presence == Presence::Always {
                return Node::never(rhs.presence_why);
            }
            let mut node = lhs.clone();
            if node.presence == Presence::Always && rhs.presence != Presence::Never {
                node.presence = Presence::Maybe;
                node.presence_why = None;
            }
            node
        }
        _ => {
            let mut branches = Vec::with_capacity(lhs.branches.len());
            for branch in &lhs.branches {
                let with = rhs
                    .branches
                    .iter()
                    .filter_map(|other| matching::matched(&branch.labels, &other.labels, matching));
                let labels = with.reduce(|a, b| a.join(&b));
                branches.extend(labels.map(|labels| Branch { labels, ..branch.clone() }));
            }
            let why = if rhs.presence == Presence::Never {
                rhs.presence_why
            } else {
                Some(Why::new(left.to(right), Reason::Partner))
            };
            let both = lhs.presence == Presence::Always && rhs.presence == Presence::Always;
            Node::new(branches, why).always(both && all_match, lhs.presence_why)
        }
    }
}

/// The kind and the unit of a result.
fn nature(binary: &Binary, lhs: &Node<'_>, rhs: &Node<'_>) -> (MetricKind, Unit) {
    let number = |expr: &promql::Expr| match expr.unparen().kind {
        ExprKind::Number(number) => Some(number.value),
        _ => None,
    };
    match binary.op.row().kind {
        OperatorKind::Comparison if binary.bool_modifier => (MetricKind::Bool, Unit::ONE),
        OperatorKind::Comparison | OperatorKind::Trim => {
            let scalar_left = binary.lhs.value_type() == ValueType::Scalar;
            let vector = if scalar_left { rhs } else { lhs };
            (vector.kind, vector.unit)
        }
        OperatorKind::Set if binary.op == BinaryOp::Or => {
            (lhs.kind.join(rhs.kind), lhs.unit.join(rhs.unit))
        }
        OperatorKind::Set => (lhs.kind, lhs.unit),
        OperatorKind::Arithmetic => {
            let scale = number(&binary.rhs).or_else(|| number(&binary.lhs));
            (MetricKind::Gauge, lhs.unit.combined(binary.op, rhs.unit, scale))
        }
    }
}
