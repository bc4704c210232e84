//! `text-threshold`: a text that names another percentage than the rule compares with.

use diagnostics::{Proof, Severity, Span};
use promql::{
    BinaryOp::{self, Gte, Gtr, Lss, Lte},
    Expr, ExprKind,
    visit::walk,
};

use crate::{
    Check, Found, Level, Lint, RuleContext, constants, producers::metric_name, prose, selectors,
};

pub(super) static LINT: Lint = Lint {
    name: "text-threshold",
    code: "PT008",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "The text of an alert names a percentage that the rule does not compare with.",
    why: "`above 90%` in the text, and `> 0.95` in the rule: somebody changed the one and forgot \
          the other. Taken for good is each number of the expression, as a percentage or as a \
          share, and what is left of it to the whole. Only rules that compare a share with a number are \
          looked at: a division, or a metric that is one by its name.",
    example: "
- alert: MemoryHigh
  expr: memory_used_bytes / memory_total_bytes > 0.95
  annotations:
    summary: Memory is above 90%
",
    instead: "
- alert: MemoryHigh
  expr: memory_used_bytes / memory_total_bytes > 0.95
  annotations:
    summary: Memory is above 95%
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts().iter().filter(|text| !text.is_label && prose::may_name_amounts(text)) {
        for claim in prose::percentages(&text.plain()) {
            let Some(comparison) = share(cx.expr()) else { return };
            let numbers = constants::numbers(cx.expr());
            let meant = numbers.iter().flat_map(|n| {
                [*n, n * 100.0, 100.0 - n, (1.0 - n) * 100.0, (n - 1.0) * 100.0, 100.0 / n]
            });
            if constants::is_near_any(claim.amount, meant.map(f64::abs)) {
                continue;
            }
            let written = claim.span.of(&text.pair.value.text);
            let message = format!("the text says `{written}`, which is no threshold of the rule");
            let finding = cx
                .at_place(text.place(claim.span), message)
                .because(cx.place(comparison), "compares with another number");
            cx.report(found, finding);
        }
    }
}

/// What stands in names of metrics that are shares or percentages.
const SHARES: [&str; 4] = ["ratio", "percent", "utilization", "utilisation"];

/// The operator and the number of the first comparison of a share with a number.
fn share(expr: &Expr) -> Option<Span> {
    let mut found = None;
    walk(expr, &mut |expr| {
        let ExprKind::Binary(binary) = &expr.kind else { return };
        let is_bound = matches!(binary.op, Gtr | Gte | Lss | Lte);
        let is_number = matches!(binary.rhs.unparen().kind, ExprKind::Number(_));
        if found.is_none() && is_bound && is_number && is_share(&binary.lhs) {
            found = Some(binary.op_span.to(binary.rhs.span));
        }
    });
    found
}

/// Whether an expression divides, or reads a metric that is a share by its name.
fn is_share(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Binary(binary) if binary.op == BinaryOp::Div);
    });
    selectors::each(expr, &mut |selector, _| {
        let name = metric_name(selector).unwrap_or("");
        found |= SHARES.iter().any(|share| name.contains(share));
    });
    found
}
