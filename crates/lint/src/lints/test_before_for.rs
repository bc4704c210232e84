//! `test-before-for`: a test that expects silence before the alert could fire at all.

use diagnostics::{Diagnostic, Proof, Severity};
use model::duration;
use testfile::{AlertTest, Test};

use crate::{Check, Found, Level, Lint, RuleContext, RuleId, Tests, World};

pub(super) static LINT: Lint = Lint {
    name: "test-before-for",
    code: "PK004",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A unit test expects no alert at a time at which `for` cannot have passed yet.",
    why: "An alert with `for: 10m` cannot fire five minutes after the beginning of a test, \
          whatever its expression returns, so the expectation always holds. Where the same test \
          expects the alert to fire, or looks again once `for` has passed, the early look is \
          meant and nothing is said. Needs \
          the unit tests of the run (`--tests`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    for file in world.tests.unwrap_or_default().iter().filter(|file| !file.loads_others) {
        for test in &file.tests.tests {
            for expected in &test.alerts {
                if expected.exp_alerts.is_empty() {
                    judge(world, file, test, expected, found);
                }
            }
        }
    }
}

/// Whether the same test expects the alert to fire at all, or looks at it later, as `for` has
/// passed.
fn is_meant(test: &Test, early: &AlertTest, for_ms: i64) -> bool {
    let name = |expected: &AlertTest| expected.alertname.as_ref().map(|name| name.text.clone());
    let mut others = test.alerts.iter().filter(|other| name(other) == name(early));
    others.any(|other| !other.exp_alerts.is_empty() || other.eval_time.ms >= for_ms)
}

fn judge<'w>(
    world: &'w World<'w>,
    file: &Tests,
    test: &Test,
    expected: &AlertTest,
    found: &mut Found,
) {
    let Some(name) = &expected.alertname else { return };
    let all = world.alerts(&name.text).iter().filter(|id| file.rule_files.contains(&id.file));
    let waits = |id: &&RuleId| world.rule(**id).alerting().map_or(0, |alerting| alerting.for_ms);
    let Some(shortest) = all.min_by_key(waits) else { return };
    let for_ms = waits(&shortest);
    if expected.eval_time.ms >= for_ms || is_meant(test, expected, for_ms) {
        return;
    }
    let (at, wait) = (duration::format(expected.eval_time.ms), duration::format(for_ms));
    let message =
        format!("`{}` cannot fire before {wait}, so nothing is tested at {at}", name.text);
    let mut finding = Diagnostic::new(Severity::Warning, "", expected.eval_time.span, message)
        .help(format!("look at {wait} or later, or also expect the alert to fire later"));
    let cx = RuleContext::new(world, *shortest);
    if let Some((_, written)) = &cx.rule.for_ {
        let source = &cx.file.source;
        finding = finding.because_of(source, written.span(), "must have passed before it fires");
    }
    found.add(&file.source, finding);
}
