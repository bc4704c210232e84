//! `duplicate-rule`: promtool's check of duplicate rules.

use std::collections::HashMap;

use diagnostics::{Proof, Severity};

use crate::{Check, FileContext, Found, Level, Lint, RuleContext, RuleId};

pub(super) static LINT: Lint = Lint {
    name: "duplicate-rule",
    code: "PG006",
    level: Level::Policy,
    severity: Severity::Warning,
    proof: Proof::Style,
    summary: "Two rules of a file have the same name and labels.",
    why: "The question that `promtool check rules --lint=duplicate-rules` asks: same name, be it \
          of an alert or of a record, and same labels, those of the group included. The \
          expressions are not looked at. Often the rules are parts of one whole that do not \
          overlap, which is why this is off by default; `duplicate-alert` looks closer.",
    example: "
- record: job:requests:rate5m
  expr: sum by (job) (rate(requests_total[5m]))
- record: job:requests:rate5m
  expr: sum by (job) (rate(calls_total[5m]))
",
    instead: "
- record: job:requests:rate5m
  expr: sum by (job) (rate(requests_total[5m]))
- record: job:calls:rate5m
  expr: sum by (job) (rate(calls_total[5m]))
",
    fix: "",
    check: Check::File(check),
};

/// The name and the labels of a rule.
type Identity<'r> = (&'r str, Vec<(&'r str, &'r str)>);

fn check(cx: &FileContext<'_>, found: &mut Found) {
    let mut seen: HashMap<Identity<'_>, RuleId> = HashMap::new();
    for (group, g) in cx.file.groups.iter().enumerate() {
        for (rule, r) in g.rules.iter().enumerate() {
            let labels = r.labels.iter().map(|(name, value)| (&**name, &*value.text));
            let id = RuleId { file: cx.index, group, rule };
            let first = *seen.entry((r.name(), labels.collect())).or_insert(id);
            if first != id {
                report(cx, found, first, id);
            }
        }
    }
}

fn report(cx: &FileContext<'_>, found: &mut Found, first: RuleId, again: RuleId) {
    let (first, again) = (RuleContext::new(cx.world, first), RuleContext::new(cx.world, again));
    let message = format!("`{}` is defined again with the same labels", again.rule.name());
    let finding = again
        .at_place(again.rule.name.span(), message)
        .because(first.rule.name.span(), "defined here first")
        .help("give the rules different names or labels");
    again.report(found, finding);
}
