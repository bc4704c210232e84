//! `cross-group-dependency`: a rule that reads what another group records.

use diagnostics::{Proof, Severity};
use model::duration;

use crate::{Check, Found, Level, Lint, RuleContext, RuleId};

pub(super) static LINT: Lint = Lint {
    name: "cross-group-dependency",
    code: "PR002",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "A rule reads what another group records.",
    why: "Groups are evaluated independently, each at its own time within the interval. What \
          another group records is up to one of its intervals old, and the values that one \
          expression combines are from different times. Often that does not matter; where it \
          does, the rules belong into one group.",
    example: "
groups:
- name: records
  rules:
  - record: job:errors:rate5m
    expr: sum by (job) (rate(errors_total[5m]))
- name: alerts
  rules:
  - alert: ErrorsHigh
    expr: job:errors:rate5m > 10
",
    instead: "
groups:
- name: errors
  rules:
  - record: job:errors:rate5m
    expr: sum by (job) (rate(errors_total[5m]))
  - alert: ErrorsHigh
    expr: job:errors:rate5m > 10
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let mut seen = Vec::new();
    cx.each_selector(|selector, span| {
        let producers = cx.world.producers(selector, cx.id.file);
        let Some(first) = producers.first() else { return };
        let here = |id: &RuleId| (id.file, id.group) == (cx.id.file, cx.id.group);
        if producers.iter().any(here) || seen.contains(first) {
            return;
        }
        seen.push(*first);
        let other = RuleContext::new(cx.world, *first);
        let age = other.group.interval.map_or("an interval".to_owned(), duration::format);
        let message = format!("`{}` is up to {age} old", other.rule.name());
        let cause = format!("recorded by the group `{}`", other.group.name);
        let finding =
            cx.at(span, message).because_of(&other.file.source, other.rule.name.span(), cause);
        cx.report(found, finding);
    });
}
