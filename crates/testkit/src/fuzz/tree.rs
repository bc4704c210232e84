//! Trees without what printing does not keep.

use diagnostics::Span;
use promql::{
    Expr, ExprKind,
    ast::{Duration, DurationKind, Selector, TimeModifiers},
};

/// A tree as text, to compare it with another: without places, with matchers in order, and without
/// parentheses in durations, whose nodes stand in the right order anyway.
pub(super) fn skeleton(expr: &Expr) -> String {
    let mut expr = expr.clone();
    strip(&mut expr);
    format!("{expr:?}")
}

fn strip(expr: &mut Expr) {
    expr.span = Span::default();
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => {}
        ExprKind::Selector(selector) => strip_selector(selector),
        ExprKind::Matrix(matrix) => {
            matrix.selector_span = Span::default();
            strip_selector(&mut matrix.selector);
            strip_duration(&mut matrix.range);
        }
        ExprKind::Subquery(subquery) => {
            strip(&mut subquery.expr);
            strip_duration(&mut subquery.range);
            subquery.step.iter_mut().for_each(strip_duration);
            strip_time(&mut subquery.time);
        }
        ExprKind::Call(call) => {
            call.name_span = Span::default();
            call.args.iter_mut().for_each(strip);
        }
        ExprKind::Aggregate(aggregate) => {
            aggregate.op_span = Span::default();
            aggregate.param.iter_mut().for_each(strip);
            strip(&mut aggregate.expr);
            // `by ()` says nothing.
            aggregate.grouping = aggregate
                .grouping
                .take()
                .filter(|grouping| grouping.without || !grouping.labels.is_empty());
            if let Some(grouping) = &mut aggregate.grouping {
                grouping.span = Span::default();
                grouping.label_spans.clear();
            }
        }
        ExprKind::Binary(binary) => {
            binary.op_span = Span::default();
            strip(&mut binary.lhs);
            strip(&mut binary.rhs);
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => strip(inner),
    }
}

fn strip_selector(selector: &mut Selector) {
    selector.matcher_spans.clear();
    selector.matchers.sort_by_cached_key(ToString::to_string);
    strip_time(&mut selector.time);
}

fn strip_time(time: &mut TimeModifiers) {
    // An offset of nothing is none.
    time.offset = time.offset.take().filter(|offset| offset.kind != DurationKind::Literal(0));
    time.offset.iter_mut().for_each(strip_duration);
}

fn strip_duration(duration: &mut Duration) {
    while let DurationKind::Paren(inner) = &duration.kind {
        *duration = (**inner).clone();
    }
    duration.span = Span::default();
    match &mut duration.kind {
        DurationKind::MinOf(a, b) | DurationKind::MaxOf(a, b) | DurationKind::Binary(_, a, b) => {
            strip_duration(a);
            strip_duration(b);
        }
        DurationKind::Unary(_, a) => strip_duration(a),
        _ => {}
    }
}
