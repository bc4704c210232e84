//! `set-operator-labels-differ`: `and` or `unless` between aggregations by different labels.

use diagnostics::{Proof, Severity};
use promql::BinaryOp;

use crate::{Check, Found, Level, Lint, RuleContext, facts, joins};

pub(super) static LINT: Lint = Lint {
    name: "set-operator-labels-differ",
    code: "PQ006",
    level: Level::Preview,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "Series are compared by `and` or `unless` with labels that one side has not.",
    why: "`sum by (job, pod) (x) unless sum by (job) (y)` keeps everything: series of the right side \
          have no `pod`, so they equal none of the left. With `and` nothing is left. Name the \
          labels to compare with `on (…)`.",
    example: "
- alert: Errors
  expr: sum by (job, pod) (errors) > 5 unless sum by (job) (maintenance) > 0
",
    instead: "
- alert: Errors
  expr: sum by (job, pod) (errors) > 5 unless on (job) sum by (job) (maintenance) > 0
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    joins::each(cx, &mut |join| {
        let (binary, matching) = (join.binary, join.matching);
        if !matches!(binary.op, BinaryOp::And | BinaryOp::Unless) {
            return;
        }
        let conflict = facts::conflict(join.lhs, join.rhs, matching);
        // Where nothing can match, `and` has a finding already.
        if conflict.is_some() && binary.op == BinaryOp::And {
            return;
        }
        let sides = (joins::grouped(join.lhs), joins::grouped(join.rhs));
        let (Some(lhs), Some(rhs)) = sides else { return };
        let by = |name: &&str| joins::matches_by(matching, name);
        let left: Vec<&str> = joins::only_here(lhs, rhs).into_iter().filter(by).collect();
        let right: Vec<&str> = joins::only_here(rhs, lhs).into_iter().filter(by).collect();
        let (names, side) =
            if left.is_empty() { (right, &binary.rhs) } else { (left, &binary.lhs) };
        if names.is_empty() {
            return;
        }
        let listed = joins::listed(&names);
        let effect = if binary.op == BinaryOp::And { "keeps" } else { "removes" };
        let message = format!("this {effect} series without {listed} only");
        let finding = cx
            .at(binary.op_span, message)
            .because(cx.place(side.span), format!("has {listed}, the other side has not"))
            .help(format!("name the labels to compare: `{} on (…)`", binary.op.as_str()));
        cx.report(found, finding);
    });
}
