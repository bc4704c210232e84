//! `or-branches-different-labels`: one alert, two sets of labels.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, Expr, ExprKind};

use crate::{Check, Found, Level, Lint, RuleContext, facts::LabelSet, joins};

pub(super) static LINT: Lint = Lint {
    name: "or-branches-different-labels",
    code: "PQ007",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "The alternatives of an alert's condition have different labels.",
    why: "An alert of `sum by (job) (x) > 5 or sum by (instance) (y) > 5` sometimes has a `job` and \
          sometimes an `instance`. Routes, silences, inhibitions and templates have to know both. \
          Only alternatives that name all their labels are compared; `absent(…)` and `vector(…)`, \
          which have none by nature, are left alone.",
    example: "
- alert: Saturated
  expr: sum by (job) (queue) > 100 or sum by (instance) (connections) > 100
",
    instead: "
- alert: QueueFull
  expr: sum by (job) (queue) > 100
- alert: ConnectionsExhausted
  expr: sum by (instance) (connections) > 100
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let ExprKind::Binary(or) = &cx.expr().unparen().kind else { return };
    if cx.rule.alerting().is_none() || or.op != BinaryOp::Or {
        return;
    }
    let (lhs, rhs) = (side(cx, &or.lhs), side(cx, &or.rhs));
    let (Some(lhs), Some(rhs)) = (lhs, rhs) else { return };
    let (left, right) = (joins::only_here(lhs, rhs), joins::only_here(rhs, lhs));
    if left.is_empty() && right.is_empty() || lhs.is_empty() || rhs.is_empty() {
        return;
    }
    let mut finding = cx.at(or.op_span, "the two sides have different labels");
    for (names, place) in [(&left, &or.lhs), (&right, &or.rhs)] {
        if !names.is_empty() {
            let only = format!("only here: {}", joins::listed(names));
            finding = finding.because(cx.place(place.span), only);
        }
    }
    cx.report(found, finding.help("keep the same labels on both sides, or make two alerts of it"));
}

/// The labels of a side that names all of them.
fn side<'c, 'e>(cx: &'c RuleContext<'e>, expr: &Expr) -> Option<&'c LabelSet<'e>> {
    joins::grouped(cx.facts().node(expr))
}
