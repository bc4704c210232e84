//! `join-never-matches`: the two sides of an operation can have no labels in common.

use diagnostics::{Proof, Severity};
use promql::BinaryOp;

use crate::{
    Check, Found, Level, Lint, RuleContext,
    facts::{self, Label},
    joins,
};

pub(super) static LINT: Lint = Lint {
    name: "join-never-matches",
    code: "PQ002",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "No series of one side can match a series of the other.",
    why: "An operation of two vectors pairs series with equal labels. Where each series of one side \
          has a label that no series of the other has, or has with other values, nothing is ever \
          paired and the result is empty: `x{env='prod'} / y{env='dev'}`, or `x{env='prod'} / \
          sum(y)`. `or` is no such operation, and neither is `unless`, which then removes nothing.",
    example: "
- alert: TooMany
  expr: connections{pool='main'} / sum(connection_limit) > 0.9
",
    instead: "
- alert: TooMany
  expr: connections{pool='main'} / on () group_left sum(connection_limit) > 0.9
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    joins::each(cx, &mut |join| {
        if matches!(join.binary.op, BinaryOp::Or | BinaryOp::Unless) {
            return;
        }
        let Some(conflict) = facts::conflict(join.lhs, join.rhs, join.matching) else { return };
        let strict = (cx.strict().node(&join.binary.lhs), cx.strict().node(&join.binary.rhs));
        let proven = facts::conflict(strict.0, strict.1, join.matching).is_some();
        let recorded = joins::is_recorded(conflict.lhs.why) || joins::is_recorded(conflict.rhs.why);
        if recorded {
            return;
        }
        let name = conflict.label;
        let message = format!("the two sides cannot have the same `{name}`, so nothing matches");
        let mut finding = cx.at(join.binary.op_span, message);
        for (side, label) in [(&join.binary.lhs, &conflict.lhs), (&join.binary.rhs, &conflict.rhs)]
        {
            let span = label.why.map_or(side.span, |why| why.span);
            finding = finding.because(cx.place(span), joins::has(label, name));
        }
        finding.proof = (!proven).then_some(Proof::Likely);
        let finding = finding.help(help(join.matching.on, name, &conflict.lhs, &conflict.rhs));
        cx.report(found, finding);
    });
}

fn help(on: bool, name: &str, lhs: &Label<'_>, rhs: &Label<'_>) -> String {
    let differs = !lhs.is_impossible() && !rhs.is_impossible();
    match (on, differs) {
        (true, _) => format!("leave `{name}` out of `on`, or keep it on both sides"),
        (false, true) => format!("match with `ignoring ({name})`, or by the labels of `on (…)`"),
        (false, false) => {
            format!(
                "match with `ignoring ({name})` and `group_left`, or keep `{name}` on both sides"
            )
        }
    }
}
