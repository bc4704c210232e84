//! `many-to-one-without-group-left`: several series of one side have the same partner.

use diagnostics::{Proof, Severity};
use promql::ast::Cardinality;

use crate::{Check, Found, Level, Lint, RuleContext, facts::LabelSet, joins};

pub(super) static LINT: Lint = Lint {
    name: "many-to-one-without-group-left",
    code: "PQ004",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Likely,
    summary: "An operation matches several series with one without saying so.",
    why: "`sum by (job, code) (x) / on (job) sum by (job) (y)` finds as many series on the left as \
          there are codes, each for the same series on the right. Without `group_left` that is an \
          error when it is evaluated, and a rule with an error neither records nor alerts. It is \
          found where both sides name the labels that they have; as long as there is but one \
          series for each partner, there is no error.",
    example: "
- record: job_code:errors:ratio
  expr: sum by (job, code) (rate(errors_total[5m])) / on (job) sum by (job) (rate(requests_total[5m]))
",
    instead: "
- record: job_code:errors:ratio
  expr: sum by (job, code) (rate(errors_total[5m])) / on (job) group_left sum by (job) (rate(requests_total[5m]))
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    joins::each(cx, &mut |join| {
        let (binary, matching) = (join.binary, join.matching);
        let one_to_one = matching.cardinality == Cardinality::OneToOne;
        if binary.op.is_set() || !one_to_one || !matching.on && matching.labels.is_empty() {
            return;
        }
        let unmatched = |labels: Option<&LabelSet<'_>>| -> Vec<String> {
            let named = labels.into_iter().flat_map(LabelSet::named);
            let varies = named.filter(|(name, label)| {
                let fixed = label.is_impossible() || label.constant().is_some();
                !fixed && !joins::matches_by(matching, name) && !name.starts_with("__")
            });
            varies.map(|(name, _)| name.to_owned()).collect()
        };
        let left = unmatched(joins::grouped(join.lhs));
        let right = unmatched(joins::grouped(join.rhs));
        for (names, side, group) in
            [(&left, &binary.lhs, "group_left"), (&right, &binary.rhs, "group_right")]
        {
            if names.is_empty() {
                continue;
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let listed = joins::listed(&names);
            let message = "several series match the same one, which is an error";
            let finding = cx
                .at(binary.op_span, message)
                .because(cx.place(side.span), format!("has series that differ in {listed} only"))
                .help(format!("match by {listed} too, aggregate it away, or write `{group}`"));
            cx.report(found, finding);
        }
    });
}
