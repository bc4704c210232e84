//! `inhibition-without-effect`: an inhibition that never inhibits, or more than it says.

use diagnostics::{Diagnostic, Proof, Severity};
use routing::{Config, InhibitRule, RouteMatcher};

use crate::{
    Check, Found, Level, Lint, World,
    identity::{Identity, Value, Verdict, unless_external},
};

pub(super) static LINT: Lint = Lint {
    name: "inhibition-without-effect",
    code: "PN006",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "An inhibition has no alerts on one side, or compares a label that they do not have.",
    why: "An inhibition needs an alert that is its source and one that is its target, and both \
          must agree in the labels of `equal`. A label that one side never has and the other \
          always has keeps them from ever agreeing; one that neither has agrees always, because \
          missing counts as equal, and the inhibition reaches further than it reads. Needs \
          Alertmanager's configuration (`--alertmanager`); the rules of the run are taken for all \
          rules there are.",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(config) = world.alertmanager else { return };
    let alerts = world.identities();
    if alerts.is_empty() {
        return;
    }
    for rule in &config.inhibit_rules {
        judge(world, config, rule, alerts, found);
    }
}

fn judge(
    world: &World<'_>,
    config: &Config,
    rule: &InhibitRule,
    alerts: &[Identity],
    found: &mut Found,
) {
    let of = |matchers: &[RouteMatcher]| -> Vec<&Identity> {
        alerts.iter().filter(|alert| alert.passes(matchers) != Verdict::Never).collect()
    };
    let (sources, targets) = (of(&rule.source), of(&rule.target));
    for (side, matchers, what) in
        [(&sources, &rule.source, "inhibits"), (&targets, &rule.target, "is inhibited")]
    {
        if side.is_empty() {
            let span = matchers.first().map_or(rule.span, |first| first.span);
            let message = format!("no alert of these rules {what} here");
            let finding = Diagnostic::new(Severity::Warning, "", span, message);
            found.add(&config.source, finding.help("mend the matchers, or remove the inhibition"));
            return;
        }
    }
    for label in &rule.equal {
        let lacks = |side: &[&Identity]| {
            side.iter().all(|alert| *alert.label(label.as_str()) == Value::Missing)
        };
        let has = |side: &[&Identity]| {
            side.iter().all(|alert| matches!(alert.label(label.as_str()), Value::OneOf(_)))
        };
        let message = match (lacks(&sources), lacks(&targets)) {
            (true, true) => format!("neither side has the label `{label}`, which counts as equal"),
            (true, false) if has(&targets) => {
                format!("only the target has the label `{label}`: the two never agree")
            }
            (false, true) if has(&sources) => {
                format!("only the source has the label `{label}`: the two never agree")
            }
            _ => continue,
        };
        let finding = Diagnostic::new(Severity::Warning, "", label.span(), message);
        let finding = unless_external(world, finding);
        found.add(&config.source, finding.help("compare a label that both have"));
    }
}
