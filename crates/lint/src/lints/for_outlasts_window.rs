//! `for-outlasts-window`: a `for` that no single event can last.

use diagnostics::{Proof, Severity};
use model::duration;
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId as F,
    ast::{DurationKind, MatrixSelector},
};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "for-outlasts-window",
    code: "PA003",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "An alert asks whether something happened within a window, and waits at least as \
              long as the window.",
    why: "`increase(x[5m]) > 0` is true for at most five minutes after an event. With \
          `for: 5m` or more, one event, or one burst of them, is forgotten before the alert \
          fires: only a steady stream of events brings it to fire. That may be what is meant, \
          so this is for information. It looks at conditions that any event makes true: more \
          than zero, or at least one.",
    example: "
- alert: ConfigReloadFailed
  expr: increase(config_reload_failures_total[5m]) > 0
  for: 15m
",
    instead: "
- alert: ConfigReloadFailed
  expr: increase(config_reload_failures_total[30m]) > 0
  for: 15m
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let Some((for_ms, written)) = &cx.rule.for_ else { return };
    let Some(window) = event_window(cx.expr()) else { return };
    let DurationKind::Literal(range) = window.range.kind else { return };
    if cx.rule.alerting().is_none() || *for_ms <= 0 || *for_ms < range {
        return;
    }
    let range_text = duration::format(range);
    let message =
        format!("a single burst cannot make this alert fire: it is seen for {range_text}");
    let longer = duration::format(for_ms.saturating_mul(2));
    let finding = cx
        .at_place(written.span(), message)
        .label("needs the condition to hold for all of this time")
        .because(cx.place(window.range.span), "what is older is no longer seen")
        .help(format!("if one burst should fire it, shorten `for` or look back `[{longer}]`"));
    cx.report(found, finding);
}

/// The window of a condition that is true as soon as something happened in it.
fn event_window(expr: &Expr) -> Option<&MatrixSelector> {
    let ExprKind::Binary(binary) = &expr.unparen().kind else { return None };
    let ExprKind::Number(number) = &binary.rhs.unparen().kind else { return None };
    let is_any_event = match binary.op {
        BinaryOp::Gtr | BinaryOp::Neq => number.value == 0.0,
        BinaryOp::Gte => number.value > 0.0 && number.value <= 1.0,
        _ => false,
    };
    if is_any_event && !binary.bool_modifier { events(&binary.lhs) } else { None }
}

/// The window in which events are counted, if that is what the expression does.
fn events(expr: &Expr) -> Option<&MatrixSelector> {
    match &expr.unparen().kind {
        ExprKind::Call(call) => match call.function {
            F::Increase | F::Changes | F::Resets | F::Rate => match &call.args.first()?.kind {
                ExprKind::Matrix(matrix) => Some(matrix),
                _ => None,
            },
            F::Round | F::Ceil | F::Floor => events(call.args.first()?),
            _ => None,
        },
        ExprKind::Aggregate(aggregate)
            if matches!(aggregate.op, AggregateOp::Sum | AggregateOp::Max) =>
        {
            events(&aggregate.expr)
        }
        _ => None,
    }
}
