//! `same-condition-twice`: two alerts of different names over one condition.

use std::collections::HashMap;

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, RuleId, World};

pub(super) static LINT: Lint = Lint {
    name: "same-condition-twice",
    code: "PA010",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Likely,
    summary: "Two alerts of different names have the same expression, `for` and labels.",
    why: "Both alerts fire and resolve together, and reach the same people as two incidents. \
          Mostly one of them was renamed and the old one left behind, or one was copied and its \
          expression never changed.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  for: 5m
- alert: DiskAlmostFull
  expr: disk_free_bytes < 1e9
  for: 5m
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  for: 5m
- alert: DiskAlmostFull
  expr: disk_free_bytes < 5e9
  for: 5m
",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let mut seen: HashMap<_, RuleId> = HashMap::new();
    for (id, rule) in world.rules() {
        let Some(alerting) = rule.alerting() else { continue };
        let labels = rule.labels.iter().map(|(name, value)| (&**name, &*value.text));
        let key = (id.file, rule.query(), alerting.for_ms, labels.collect::<Vec<_>>());
        let first = *seen.entry(key).or_insert(id);
        if world.rule(first).name() != rule.name() {
            report(world, found, first, id);
        }
    }
}

fn report<'w>(world: &'w World<'w>, found: &mut Found, first: RuleId, again: RuleId) {
    let (first, again) = (RuleContext::new(world, first), RuleContext::new(world, again));
    let message = format!("this alert fires whenever `{}` does", first.rule.name());
    let finding = again
        .at_place(again.rule.name.span(), message)
        .because(first.rule.name.span(), "has the same expression, `for` and labels");
    again.report(found, finding);
}
