//! `closed-label-sets-differ`: aggregations by different labels are matched by all of them.

use diagnostics::{Proof, Severity};
use promql::ast::{Binary, Cardinality};

use crate::{Check, Found, Level, Lint, RuleContext, joins};

pub(super) static LINT: Lint = Lint {
    name: "closed-label-sets-differ",
    code: "PQ003",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Likely,
    summary: "Aggregations by different labels are matched by labels that one of them has not.",
    why: "`sum by (job, code) (x) / sum by (job) (y)` matches series with equal labels. The right \
          side has no `code`, so that only those of the left side match whose `code` is empty: \
          mostly none. It is a finding only where both sides name all labels that they have.",
    example: "
- record: job_code:errors:ratio
  expr: sum by (job, code) (rate(errors_total[5m])) / sum by (job) (rate(requests_total[5m]))
",
    instead: "
- record: job_code:errors:ratio
  expr: sum by (job, code) (rate(errors_total[5m])) / ignoring (code) group_left sum by (job) (rate(requests_total[5m]))
",
    fix: "Ignores the labels of which one side has none, and lets that side match several series. \
          It is unsafe: there are results then.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    joins::each(cx, &mut |join| {
        let (binary, matching) = (join.binary, join.matching);
        if binary.op.is_set() || matching.on {
            return;
        }
        let sides = (joins::grouped(join.lhs), joins::grouped(join.rhs));
        let (Some(lhs), Some(rhs)) = sides else { return };
        let keep = |names: Vec<_>| -> Vec<&str> {
            let by = |name: &&str| joins::matches_by(matching, name);
            names.into_iter().filter(by).collect()
        };
        let (left, right) = (keep(joins::only_here(lhs, rhs)), keep(joins::only_here(rhs, lhs)));
        // What is guaranteed on one side cannot match at all, which is another finding.
        let certain = left.iter().any(|name| lhs.get(name).is_guaranteed())
            || right.iter().any(|name| rhs.get(name).is_guaranteed());
        if certain || left.is_empty() && right.is_empty() {
            return;
        }
        let (names, has, has_not) = if left.is_empty() {
            (&right, &binary.rhs, &binary.lhs)
        } else {
            (&left, &binary.lhs, &binary.rhs)
        };
        let listed = joins::listed(names);
        let message = format!("only series without {listed} match");
        let finding = cx
            .at(binary.op_span, message)
            .because(cx.place(has.span), format!("has {listed}"))
            .because(cx.place(has_not.span), format!("has no {listed}"));
        let is_plain = matching.labels.is_empty() && matching.cardinality == Cardinality::OneToOne;
        let one_sided = left.is_empty() != right.is_empty();
        if !(is_plain && one_sided) {
            cx.report(found, finding.help("name the labels to match by with `on (…)`"));
            return;
        }
        let operator = operator(cx, binary, names, right.is_empty());
        let finding = finding
            .help(format!("write `{operator}`"))
            .unsafe_fix(cx.replace(binary.op_span, &operator));
        cx.report(found, finding);
    });
}

/// The operator with what makes it match.
fn operator(cx: &RuleContext<'_>, binary: &Binary, names: &[&str], many_left: bool) -> String {
    let group = if many_left { "group_left" } else { "group_right" };
    let op = cx.text(binary.op_span);
    let op = if binary.bool_modifier { format!("{op} bool") } else { op.to_owned() };
    format!("{op} ignoring ({}) {group}", names.join(", "))
}
