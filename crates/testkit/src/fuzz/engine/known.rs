//! Where the engine is known to differ from Prometheus, and so from the slow evaluator.
//!
//! Each is a FIXME with the least that shows it. Whoever settles one removes it here.

use std::collections::BTreeSet;

use promql::{
    AggregateOp, Expr, ExprKind, FunctionId,
    ast::TimeModifiers,
    functions::Arity,
    visit::{for_each_child, walk},
};

use super::Seen;
use crate::generate::{Case, When};

const SAME_LABELS: &str = "vector cannot contain metrics with the same labelset";

/// Whether a case is not compared at all.
pub(super) fn is_passed_over(case: &Case, top: &Expr) -> bool {
    let mut found = false;
    walk(top, &mut |expr| {
        found |= match &expr.kind {
            // FIXME: `topk(scalar(x @ 60), y)`: `@` does not fix the time in parameters.
            ExprKind::Aggregate(aggregate) => aggregate.param.iter().any(has_at),
            // FIXME: `timestamp(x offset 15s @ 300)` looks at 300 in what `@` and offset select.
            ExprKind::Call(call) if is_time(call.function) => call.args.iter().any(is_shifted),
            // FIXME: `ts_of_last_over_time(vector(1)[1m:])` at 0 is 0, not negative.
            ExprKind::Call(call) if call.function == FunctionId::TsOfLastOverTime => {
                matches!(call.args[0].unparen().kind, ExprKind::Subquery(_))
            }
            // FIXME: `quantile_over_time(scalar(x), max(h)[1m:] @ 0)`: the subquery is evaluated at
            // times that no window has, and tells what it found there.
            ExprKind::Call(call) if call.args.len() > 1 && call.args.iter().any(is_fixed) => true,
            // FIXME: `stdvar(sort(x))` and `sort(x) + on () y` look at samples in sorted order.
            ExprKind::Call(call) if is_sort(call.function) => !std::ptr::eq(expr, top.unparen()),
            // FIXME: `label_replace(hour(), "__type__", "x", "", "")`: that name would stay.
            ExprKind::Call(call) => {
                let optional = call.function.row().optional == Arity::Optional(1);
                case.flags.delayed_name_removal && optional && call.args.is_empty()
            }
            _ => false,
        };
    });
    found
}

fn is_sort(function: FunctionId) -> bool {
    use FunctionId as F;
    matches!(function, F::Sort | F::SortDesc | F::SortByLabel | F::SortByLabelDesc)
}

fn is_time(function: FunctionId) -> bool {
    matches!(function, FunctionId::Timestamp | FunctionId::StartTimestamp)
}

fn is_shifted(arg: &Expr) -> bool {
    match &arg.unparen().kind {
        ExprKind::Selector(selector) => {
            selector.time.at.is_some() && selector.time.offset.is_some()
        }
        _ => false,
    }
}

fn is_fixed(arg: &Expr) -> bool {
    match &arg.unparen().kind {
        ExprKind::Subquery(subquery) => subquery.time.at.is_some(),
        _ => false,
    }
}

fn has_at(expr: &Expr) -> bool {
    let is_fixed = |time: &TimeModifiers| time.at.is_some();
    let own = match &expr.kind {
        ExprKind::Selector(selector) => is_fixed(&selector.time),
        ExprKind::Matrix(matrix) => is_fixed(&matrix.selector.time),
        ExprKind::Subquery(subquery) => is_fixed(&subquery.time),
        _ => false,
    };
    let mut found = own;
    for_each_child(expr, |child| found |= has_at(child));
    found
}

/// Whether an expression defines the order of its results.
pub(super) fn is_ordered(expr: &Expr) -> bool {
    match &expr.unparen().kind {
        // FIXME: `sort_by_label(x, "a")` where some series lack `a`: Prometheus's order is none,
        // but always the same.
        ExprKind::Call(call) => {
            matches!(call.function, FunctionId::Sort | FunctionId::SortDesc)
        }
        ExprKind::Aggregate(aggregate) => {
            let best = matches!(aggregate.op, AggregateOp::Topk | AggregateOp::Bottomk);
            best && aggregate.grouping.is_none()
        }
        _ => false,
    }
}

/// Whether a difference is one of those that are known.
pub(super) fn is_known(case: &Case, expr: &Expr, expected: &Seen, got: &Seen) -> bool {
    match (expected, got) {
        (Seen::Error(expected), Seen::Error(got)) => {
            // FIXME: `double_exponential_smoothing(x[5m], 0.5, Inf)`: `got: +Inf`.
            got.replace("got: inf", "got: +Inf").replace("got: -inf", "got: -Inf") == *expected
                || got == SAME_LABELS
                // FIXME: which duplicates are cited where sort_by_label() has sorted them.
                || both_cite_duplicates(expected, got)
        }
        // FIXME: a float and a histogram of the same labels and time are no duplicates; and without
        // steps, names not being removed yet, no equal labels are until the very end.
        (Seen::Result { .. }, Seen::Error(got)) => got == SAME_LABELS,
        (
            Seen::Result { kind, lines, notes },
            Seen::Result { kind: got_kind, lines: got_lines, notes: got_notes },
        ) => {
            kind == got_kind
                && lines == got_lines
                && settled(case, expr, notes, notes) == settled(case, expr, got_notes, notes)
        }
        (Seen::Error(_), Seen::Result { .. }) => false,
    }
}

fn both_cite_duplicates(expected: &str, got: &str) -> bool {
    [expected, got].iter().all(|error| error.starts_with("found duplicate series"))
}

/// Notes without those that are known to differ.
fn settled(
    case: &Case,
    expr: &Expr,
    notes: &BTreeSet<String>,
    expected: &BTreeSet<String>,
) -> BTreeSet<String> {
    let text = |note: &str| note.rsplit_once(" (").map_or("", |(text, _)| text).to_owned();
    let (mut subquery, mut starts) = (false, false);
    walk(expr, &mut |expr| match &expr.kind {
        ExprKind::Subquery(_) => subquery = true,
        ExprKind::Call(call) => starts |= call.function == FunctionId::StartTimestamp,
        _ => {}
    });
    let one_step =
        matches!(case.when, When::Range { start, end, step } if start != end && end - start < step);
    let mut settled = notes.clone();
    // FIXME: one text is told once, at the last place where it was found.
    settled.retain(|note| {
        expected.contains(note) || !expected.iter().any(|other| text(other) == text(note))
    });
    // FIXME: `sort(x)[5m:1m]` warns by the subquery's steps, a range query of one step warns where
    // its end is later, and `sort(start_timestamp(x))` warns.
    let unsure = subquery || one_step || starts;
    settled.retain(|note| !(note.contains(": sort is ineffective") && unsure));
    settled
}
