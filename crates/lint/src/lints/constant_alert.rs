//! `constant-alert`: an alert on numbers that are written, not measured.

use diagnostics::{Proof, Severity};

use crate::{
    Check, Found, Level, Lint, RuleContext,
    facts::{Presence, Reason, Values},
};

pub(super) static LINT: Lint = Lint {
    name: "constant-alert",
    code: "PV008",
    level: Level::Preview,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "An alert compares numbers that are written, so it always fires or never does.",
    why: "`vector(1) == 1` always fires: right for a watchdog, and a mistake or a test left behind \
          elsewhere. Names that say so, such as `Watchdog`, `DeadMansSwitch`, `AlwaysFiring`, \
          `NeverFiring`, `Heartbeat` and `Test`, are left alone.",
    example: "
- alert: DatabaseDown
  expr: vector(1) == 1
",
    instead: "
- alert: Watchdog
  expr: vector(1)
",
    fix: "",
    check: Check::Rule(check),
};

/// What names of alerts that are meant so contain.
const MEANT: &[&str] =
    &["watchdog", "dead", "always", "never", "heartbeat", "test", "dummy", "canary", "alive"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let root = cx.facts().root();
    let name = cx.rule.name().to_lowercase();
    let is_alert = cx.rule.alerting().is_some();
    if !is_alert || root.cost.selectors > 0 || MEANT.iter().any(|word| name.contains(word)) {
        return;
    }
    let message = match root.presence {
        Presence::Always if is_written(&root.values) => "this always fires: it measures nothing",
        Presence::Never => "this never fires: it measures nothing",
        _ => return,
    };
    cx.report(found, cx.at(cx.expr().span, message));
}

fn is_written(values: &Values) -> bool {
    let why = values.lower.why.map(|why| why.reason);
    values.is_constant().is_some()
        && matches!(why, None | Some(Reason::Number | Reason::Comparison))
}
