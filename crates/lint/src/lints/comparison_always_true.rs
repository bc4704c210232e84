//! `comparison-always-true`: a comparison that every value satisfies.

use diagnostics::{Proof, Severity, Span};
use promql::{Expr, ExprKind};

use crate::{
    Check, Found, Level, Lint, RuleContext, bounds,
    facts::{self, Facts, Reason, Why},
};

pub(super) static LINT: Lint = Lint {
    name: "comparison-always-true",
    code: "PV002",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "A comparison that every value satisfies.",
    why: "`count(…) > 0` holds whenever there is anything to count, so it does not filter. Either \
          another number was meant, or the condition is that there is a series at all, and what \
          is counted is the condition. Values that could be NaN or native histograms, which \
          comparisons drop, are not reported, and neither is what rests on the documentation of \
          a metric only.",
    example: "
- alert: FullDisks
  expr: (count by (instance) (disk_used_ratio > 0.9) > 0) and on (instance) up == 1
",
    instead: "
- alert: FullDisks
  expr: (count by (instance) (disk_used_ratio > 0.9)) and on (instance) up == 1
",
    fix: "Leaves the comparison out. That changes no result, but it is called unsafe because \
          another number may have been meant. The condition of a whole alert is left as it is.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let root = cx.expr().unparen();
    cx.each_node(|expr| {
        let ExprKind::Binary(comparison) = &expr.kind else { return };
        let is_filter = comparison.op.is_comparison() && !comparison.bool_modifier;
        if !is_filter || comparison.matching.is_some() || !always(cx.facts(), expr) {
            return;
        }
        if !always(cx.strict(), expr) {
            return;
        }
        let (vector, ..) = bounds::vector_first(comparison);
        let node = cx.facts().node(vector);
        let is_left = std::ptr::eq(vector, &raw const comparison.lhs);
        let (side, range) = (bounds::side(is_left), bounds::range(&node.values));
        let place = if is_left {
            comparison.op_span.to(comparison.rhs.span)
        } else {
            comparison.lhs.span.to(comparison.op_span)
        };
        let finding = cx.at(place, "this is always true").label(format!("{side} is {range}"));
        let finding = bounds::because(cx, finding, decided(node.values.lower.why, node));
        let is_condition = std::ptr::eq(expr, root) && cx.rule.alerting().is_some();
        let finding = if is_condition {
            finding.help(
                "compare with another number, or leave the comparison out: the condition \
                          is that there is a series at all",
            )
        } else {
            finding.help("leave it out").unsafe_fix(cx.replace(removed(expr, vector, is_left), ""))
        };
        cx.report(found, finding);
    });
}

/// Whether a comparison keeps whatever there is.
fn always(facts: &Facts<'_>, expr: &Expr) -> bool {
    let ExprKind::Binary(comparison) = &expr.kind else { return false };
    let (lhs, rhs) = (facts.node(&comparison.lhs), facts.node(&comparison.rhs));
    let truth = facts::truth(&lhs.values, comparison.op, &rhs.values);
    let measured = facts.node(expr).cost.selectors > 0;
    let histograms = lhs.values.may_be_histogram || rhs.values.may_be_histogram;
    measured && truth.may_hold && !truth.may_fail && !histograms
}

fn decided(lower: Option<Why>, node: &facts::Node<'_>) -> Option<Why> {
    lower.filter(|why| why.reason != Reason::Number).or(node.values.upper.why)
}

/// What is written besides the vector.
fn removed(expr: &Expr, vector: &Expr, is_left: bool) -> Span {
    if is_left {
        Span { start: vector.span.end, end: expr.span.end }
    } else {
        Span { start: expr.span.start, end: vector.span.start }
    }
}
