//! `comparison-never-true`: a comparison that no value satisfies.

use diagnostics::{Diagnostic, Proof, Severity};
use promql::{AggregateOp, ExprKind, ast::Aggregate};

use crate::{
    Check, Found, Level, Lint, RuleContext,
    bounds::{self, Dead},
    facts::Reason,
};

pub(super) static LINT: Lint = Lint {
    name: "comparison-never-true",
    code: "PV001",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A comparison that no value can satisfy.",
    why: "`count(up == 0) == 0` looks like \"nothing is down\", but where there is nothing to count \
          there is no result at all: `count` is at least 1, and the alert never fires. The same \
          goes for `rate(…) < 0`, `absent(…) == 0`, `hour() > 23`, bounds that exclude each other, \
          and whatever else functions and comparisons make impossible. The finding says what bounds \
          the value. Ratios and documented values of metrics have lints of their own.",
    example: "
- alert: NoReplicas
  expr: count(up{job='db'} == 1) == 0
",
    instead: "
- alert: NoReplicas
  expr: absent(up{job='db'} == 1)
",
    fix: "Asks for absence where a count is compared with 0. It is unsafe: what could never fire \
          can fire then.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for dead in bounds::dead(cx) {
        let reason = dead.why.map(|why| why.reason);
        if matches!(reason, Some(Reason::Metric | Reason::Part)) {
            continue;
        }
        let is_proven = bounds::is_dead(cx.strict(), dead.expr, dead.comparison);
        let (side, range) = (bounds::side(dead.is_left), bounds::range(&dead.values));
        let mut finding = cx
            .at(dead.comparison.op_span.to(dead.comparison.rhs.span), "this is never true")
            .label(format!("{side} is {range}"));
        finding.proof = (!is_proven).then_some(Proof::Likely);
        let finding = bounds::because(cx, finding, dead.why);
        cx.report(found, remedy(cx, finding, &dead));
    }
}

/// The finding with what to write.
fn remedy(cx: &RuleContext<'_>, finding: Diagnostic, dead: &Dead<'_>) -> Diagnostic {
    let (vector, op, number) = bounds::vector_first(dead.comparison);
    let asks_for_none =
        bounds::number(number).is_some_and(|n| n <= 0.0 || n <= 1.0 && op == promql::BinaryOp::Lss);
    let ExprKind::Aggregate(count) = &vector.unparen().kind else {
        return match dead.why.map(|why| why.reason) {
            Some(Reason::Comparison) => {
                finding.help("if either bound is meant, join the comparisons by `or`")
            }
            Some(Reason::Function(promql::FunctionId::Absent)) => {
                finding.help("`absent` is 1 or not there: leave the comparison out")
            }
            _ => finding,
        };
    };
    let zeros = dead.values.is_constant() == Some(0.0);
    if count.op == AggregateOp::Sum && zeros {
        return finding
            .help("count what is 0 instead of adding it up")
            .unsafe_fix(cx.replace(count.op_span, AggregateOp::Count.as_str()));
    }
    if count.op != AggregateOp::Count || !asks_for_none {
        return finding;
    }
    let Some(instead) = absence(cx, count) else {
        let help = "compare with groups that should be there: \
                    `group by (…) (known) unless group by (…) (…)`";
        return finding.help(help);
    };
    finding.help(format!("write `{instead}`")).unsafe_fix(cx.replace(dead.expr.span, &instead))
}

/// What asks for what is not there to be counted.
fn absence(cx: &RuleContext<'_>, count: &Aggregate) -> Option<String> {
    let counted = cx.text(count.expr.span);
    let Some(grouping) = &count.grouping else {
        return Some(format!("absent({counted})"));
    };
    if grouping.labels.is_empty() && !grouping.without {
        return Some(format!("absent({counted})"));
    }
    // Groups of which no series passes a filter: those are known by the series before it.
    let ExprKind::Binary(filter) = &count.expr.unparen().kind else { return None };
    if !filter.op.is_comparison() || filter.bool_modifier || filter.matching.is_some() {
        return None;
    }
    let (vector, ..) = bounds::vector_first(filter);
    let (by, all) = (cx.text(grouping.span), cx.text(vector.span));
    Some(format!("group {by} ({all}) unless group {by} ({counted})"))
}
