//! The same question in other words: changes of expressions, node by node.

use engine::Steps;
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId, ValueType,
    ast::{At, Duration, DurationKind, Grouping, TimeModifiers},
    operators::OperatorKind,
    visit::walk,
};

use crate::oracle::world::parse;

/// Applies a change to every node, innermost first, and says whether any changed.
pub(crate) fn everywhere(expr: &mut Expr, change: &mut dyn FnMut(&mut Expr) -> bool) -> bool {
    let mut changed = false;
    for child in children(expr) {
        changed |= everywhere(child, change);
    }
    changed | change(expr)
}

/// The nodes right below.
pub(super) fn children(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Subquery(subquery) => vec![&mut subquery.expr],
        ExprKind::Call(call) => call.args.iter_mut().collect(),
        ExprKind::Aggregate(aggregate) => {
            aggregate.param.iter_mut().chain([&mut aggregate.expr]).collect()
        }
        ExprKind::Binary(binary) => vec![&mut binary.lhs, &mut binary.rhs],
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => vec![inner],
        _ => Vec::new(),
    }
}

/// Puts an expression in the place of a node.
pub(super) fn replace(node: &mut Expr, text: &str) {
    *node = parse(text).expect("what replaces a node is correct");
}

/// The time modifiers of a selector or a subquery.
fn time(node: &mut Expr) -> Option<&mut TimeModifiers> {
    match &mut node.kind {
        ExprKind::Selector(selector) => Some(&mut selector.time),
        ExprKind::Matrix(matrix) => Some(&mut matrix.selector.time),
        ExprKind::Subquery(subquery) => Some(&mut subquery.time),
        _ => None,
    }
}

/// `start()` and `end()` become times, so that a part means the same alone.
pub(super) fn resolve(node: &mut Expr, steps: Steps) -> bool {
    let Some(time) = time(node) else { return false };
    time.at = time.at.map(|at| match at {
        At::Start => At::Timestamp(steps.start),
        At::End => At::Timestamp(steps.end()),
        At::Timestamp(t) => At::Timestamp(t),
    });
    true
}

/// Milliseconds, of durations as queries have them.
pub(super) fn ms(duration: &Duration) -> Option<i64> {
    match &duration.kind {
        DurationKind::Literal(ms) => Some(*ms),
        #[expect(clippy::cast_possible_truncation, reason = "a duration is small")]
        DurationKind::Number(seconds) => Some((seconds * 1000.0) as i64),
        _ => None,
    }
}

pub(super) fn plain_label_name(node: &mut Expr) -> bool {
    let found = node.to_string() == "\"bad-name\"";
    if found {
        replace(node, "\"plain_name\"");
    }
    found
}

/// Any other arithmetic drops the name; times one changes no value.
pub(super) fn atan2_without_name(node: &mut Expr) -> bool {
    let found = matches!(&node.kind, ExprKind::Binary(b) if b.op == BinaryOp::Atan2);
    if !found || node.value_type() == ValueType::Scalar {
        return false;
    }
    replace(node, &format!("({node}) * 1"));
    true
}

/// Whether a node filters one vector by another.
pub(super) fn filters(node: &Expr) -> bool {
    let ExprKind::Binary(binary) = &node.kind else { return false };
    binary.op.row().kind == OperatorKind::Comparison
        && !binary.bool_modifier
        && [&binary.lhs, &binary.rhs].iter().all(|e| e.value_type() == ValueType::InstantVector)
}

/// With `bool` 2.42 looks for partners whatever the comparison says.
pub(super) fn without_filter(node: &mut Expr) {
    if let ExprKind::Binary(binary) = &mut node.kind {
        binary.bool_modifier = true;
    }
}

/// A group of one has the deviation that its size has, which is 0, name and all.
pub(super) fn deviation_of_one(node: &mut Expr) -> bool {
    let ExprKind::Aggregate(aggregate) = &node.kind else { return false };
    if !matches!(aggregate.op, AggregateOp::Stddev | AggregateOp::Stdvar) {
        return false;
    }
    let grouping = aggregate.grouping.as_ref().map(clause).unwrap_or_default();
    // Of grouping labels, the name too tells groups apart.
    let on = match &aggregate.grouping {
        Some(grouping) if grouping.without => String::new(),
        Some(grouping) => format!("on ({})", grouping.labels.join(", ")),
        None => "on ()".to_owned(),
    };
    let ones = format!("count {grouping} ({}) == 1", aggregate.expr);
    replace(node, &format!("(({node}) unless {on} ({ones})) or {on} (stdvar {grouping} ({ones}))"));
    true
}

fn clause(grouping: &Grouping) -> String {
    let word = if grouping.without { "without" } else { "by" };
    format!("{word} ({})", grouping.labels.join(", "))
}

/// There are no native histograms, so 2.42 finds nothing.
pub(super) fn no_classic_fraction(node: &mut Expr) -> bool {
    let found = matches!(&node.kind, ExprKind::Call(call) if call.function == FunctionId::HistogramFraction);
    if found {
        replace(node, "absent(vector(1))");
    }
    found
}

/// Over floats they are as empty as `histogram_count`, which 2.42 has.
pub(super) fn other_histogram_function(node: &mut Expr) -> bool {
    use FunctionId as F;
    match &mut node.kind {
        ExprKind::Call(call)
            if matches!(
                call.function,
                F::HistogramAvg | F::HistogramStddev | F::HistogramStdvar
            ) =>
        {
            call.function = F::HistogramCount;
            true
        }
        _ => false,
    }
}

/// The name of `double_exponential_smoothing` in 2.42.
pub(super) const OLD_NAME: &str = "holt_winters(";

pub(super) fn old_names(text: &str) -> String {
    text.replace("double_exponential_smoothing(", OLD_NAME)
}

/// A closed window that is a millisecond shorter is an open one. Not below functions that
/// extrapolate to the edge.
pub(super) fn open_window(node: &mut Expr) -> bool {
    use FunctionId as F;
    let ExprKind::Call(call) = &mut node.kind else { return false };
    if matches!(call.function, F::Rate | F::Increase | F::Delta) {
        return false;
    }
    let mut changed = false;
    for arg in &mut call.args {
        let range = match &mut arg.kind {
            ExprKind::Matrix(matrix) => &mut matrix.range,
            ExprKind::Subquery(subquery) => &mut subquery.range,
            _ => continue,
        };
        if let Some(ms) = ms(range) {
            range.kind = DurationKind::Literal(ms - 1);
            changed = true;
        }
    }
    changed
}

/// A millisecond later the closed window is what the open one is now, unless a sample comes.
pub(super) fn open_lookback(node: &mut Expr) -> bool {
    let ExprKind::Selector(selector) = &mut node.kind else { return false };
    let now = match &selector.time.offset {
        None => 0,
        Some(offset) => match ms(offset) {
            Some(ms) => ms,
            None => return false,
        },
    };
    let span = node.span;
    selector.time.offset = Some(Duration { kind: DurationKind::Literal(now - 1), span });
    true
}

/// Whether a `predict_linear` looks at a fixed time.
pub(super) fn predicts_at(expr: &Expr) -> bool {
    any(expr, |node| match &node.kind {
        ExprKind::Call(call) if call.function == FunctionId::PredictLinear => {
            time(&mut call.args[0].clone()).is_some_and(|time| time.at.is_some())
        }
        _ => false,
    })
}

/// Whether numbers are added up, or an increase extrapolated, here.
pub(super) fn sums(node: &Expr) -> bool {
    use AggregateOp as A;
    use FunctionId as F;
    match &node.kind {
        ExprKind::Call(call) => matches!(
            call.function,
            F::AvgOverTime
                | F::StddevOverTime
                | F::StdvarOverTime
                | F::Rate
                | F::Increase
                | F::Delta
        ),
        ExprKind::Aggregate(aggregate) => {
            matches!(aggregate.op, A::Sum | A::Avg | A::Stddev | A::Stdvar)
        }
        _ => false,
    }
}

/// Whether any node is like this.
pub(super) fn any(expr: &Expr, is: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    walk(expr, &mut |node| found |= is(node));
    found
}
