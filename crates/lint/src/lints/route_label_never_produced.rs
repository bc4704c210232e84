//! `route-label-never-produced`: a matcher on a label that no alert has.

use std::collections::BTreeSet;

use diagnostics::{Diagnostic, Proof, Severity};

use crate::{
    Check, Found, Level, Lint, World,
    identity::{Identity, Value, unless_external},
    routes,
};

pub(super) static LINT: Lint = Lint {
    name: "route-label-never-produced",
    code: "PN003",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A route or an inhibition asks for a label that no alert of the run can have.",
    why: "A route on `team` takes nothing when no rule sets `team` and no expression keeps it. The \
          rules of the run are taken for all rules there are; labels that the server adds \
          (`external_labels`) have to be told, or the note at the finding says so. Needs \
          Alertmanager's configuration (`--alertmanager`).",
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
    let lacks = |alert: &Identity, name: &str| *alert.label(name) == Value::Missing;
    let mut told = BTreeSet::new();
    for wanted in routes::matchers(config) {
        let name = &*wanted.matcher.name;
        // A matcher that missing labels pass does not ask for the label.
        if wanted.matcher.matches("") || !alerts.iter().all(|alert| lacks(alert, name)) {
            continue;
        }
        if !told.insert(wanted.span) {
            continue;
        }
        let message = format!("no alert of these rules can have the label `{name}`");
        let finding = Diagnostic::new(Severity::Warning, "", wanted.span, message);
        let finding = unless_external(world, finding);
        found.add(
            &config.source,
            finding.help(format!("set `{name}` in rules, or drop the matcher")),
        );
    }
}
