//! `chained-comparison`: a comparison of a comparison's result.

use diagnostics::{Proof, Severity};
use promql::{Expr, ExprKind, ast::Binary};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "chained-comparison",
    code: "PQ010",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Style,
    summary: "A comparison is applied to the result of another one.",
    why: "A comparison between a vector and a number is a filter: `x < 14 > 7` keeps the samples \
          of `x` below 14, and of those the ones above 7. That works, but it reads like a range \
          of mathematics, and it breaks as soon as one of the two becomes `bool`, for then the \
          second one compares 0 and 1. It says nothing where a comparison of two vectors is \
          compared again.",
    example: "
- alert: DiskNearlyFull
  expr: disk_free_ratio < 0.2 > 0.1
  labels: {severity: warning}
",
    instead: "
- alert: DiskNearlyFull
  expr: disk_free_ratio < 0.2 and disk_free_ratio > 0.1
  labels: {severity: warning}
",
    fix: "Writes the vector a second time and joins the two comparisons by `and`. It is unsafe: \
          where series of the vector have equal labels but for the name, the result differs.",
    check: Check::Rule(check),
};

/// A vector longer than this is not written twice.
const LONG: usize = 100;

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let Some((outer, inner)) = chain(expr) else { return };
        let message = "a comparison of a comparison's result reads like a range and is none";
        let mut finding = cx.at(outer.op_span, message).label("compares what passed the first one");
        finding = finding.because(cx.place(inner.op_span), "this one filters, or is 0 or 1");
        let vector = cx.text(inner.lhs.span);
        let (first, second) = (cx.text(inner.rhs.span), cx.text(outer.rhs.span));
        if outer.bool_modifier || inner.bool_modifier {
            finding = finding.help("compare the vector itself in both comparisons");
        } else if vector.len() > LONG {
            finding = finding.help("compare twice, joined by `and`, or put parentheses around");
        } else {
            let (a, b) = (inner.op.as_str(), outer.op.as_str());
            let instead = format!("{vector} {a} {first} and {vector} {b} {second}");
            finding = finding.help(format!("write `{instead}`"));
            finding = finding.unsafe_fix(cx.replace(expr.span, &instead));
        }
        cx.report(found, finding);
    });
}

/// The outer and the inner comparison of a chain with two numbers.
fn chain(expr: &Expr) -> Option<(&Binary, &Binary)> {
    let ExprKind::Binary(outer) = &expr.kind else { return None };
    // Parentheses show that somebody meant it.
    let ExprKind::Binary(inner) = &outer.lhs.kind else { return None };
    let is_one = |b: &Binary| b.op.is_comparison() && b.matching.is_none();
    (is_one(outer) && is_one(inner) && is_vector(&inner.lhs)).then_some((outer, inner))
}

fn is_vector(expr: &Expr) -> bool {
    expr.value_type() == promql::ValueType::InstantVector
}
