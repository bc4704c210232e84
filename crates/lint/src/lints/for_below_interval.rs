//! `for-below-interval`: a `for` that is shorter than the time between two evaluations.

use diagnostics::{Diagnostic, Proof, Severity};
use model::duration;

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "for-below-interval",
    code: "PA002",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "An alert's `for` is shorter than its group's interval, and so is rounded up to it.",
    why: "An alert becomes pending in one evaluation and can fire in the next one at the \
          earliest, which is an interval later. A shorter `for` therefore waits a whole \
          interval: what the file says is not what happens. The interval is the group's own; \
          where it has none, the configured one, and without either the lint keeps silent.",
    example: "
groups:
- name: slow
  interval: 5m
  rules:
  - alert: DiskFull
    expr: disk_free_bytes < 1e9
    for: 1m
",
    instead: "
groups:
- name: slow
  interval: 1m
  rules:
  - alert: DiskFull
    expr: disk_free_bytes < 1e9
    for: 1m
",
    fix: "Writes the interval as `for`, which is what happens already. It is unsafe, for a shorter \
          interval may be what was meant.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let Some((for_ms, written)) = &cx.rule.for_ else { return };
    let Some(interval) = cx.group.interval.or(cx.world.options.evaluation_interval) else { return };
    if cx.rule.alerting().is_none() || *for_ms <= 0 || *for_ms >= interval {
        return;
    }
    let every = duration::format(interval);
    let message = format!("a `for` of {written} waits {every}: the group is evaluated so often");
    let finding = cx.at_place(written.span(), message);
    let finding = group_interval(cx, finding);
    let fix = written.replace(diagnostics::Span::new(0, written.len()), &every);
    let finding = finding.help(format!("write `for: {every}`, or evaluate the group more often"));
    cx.report(found, finding.unsafe_fix(fix));
}

/// The finding with the place of the group's interval, where there is one.
fn group_interval(cx: &RuleContext<'_>, finding: Diagnostic) -> Diagnostic {
    match cx.group.field("interval").filter(|_| cx.group.interval.is_some()) {
        Some(interval) => finding.because(interval.value, "between two evaluations"),
        None => finding,
    }
}
