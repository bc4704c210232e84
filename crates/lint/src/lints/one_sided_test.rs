//! `one-sided-test`: tests in which an alert always fires, or never.

use std::collections::BTreeMap;

use diagnostics::{Diagnostic, Proof, Severity};
use testfile::Text;

use crate::{Check, Found, Level, Lint, Tests, World};

pub(super) static LINT: Lint = Lint {
    name: "one-sided-test",
    code: "PK002",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "All unit tests of an alert expect it to fire, or all expect it not to.",
    why: "An alert of which only firing was tested may fire always, and one of which only silence \
          was tested may never fire: `expr: vector(1)` and a misspelt metric pass such tests. \
          Needs the unit tests of the run (`--tests`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check(world: &World<'_>, found: &mut Found) {
    for file in world.tests.unwrap_or_default() {
        for (name, (first, fires, rests)) in by_alert(file) {
            let message = match (fires, rests) {
                (_, 0) => format!("no test of `{name}` expects that it does not fire"),
                (0, _) => format!("no test of `{name}` expects that it fires"),
                _ => continue,
            };
            let finding = Diagnostic::new(Severity::Info, "", first.span(), message);
            found.add(&file.source, finding.help("add the other case"));
        }
    }
}

/// For each alert of a file where it is named first, and how many tests expect it to fire and not
/// to fire.
fn by_alert(file: &Tests) -> BTreeMap<&str, (&Text, usize, usize)> {
    let mut alerts = BTreeMap::new();
    for expected in file.tests.tests.iter().flat_map(|test| &test.alerts) {
        let Some(name) = &expected.alertname else { continue };
        let entry = alerts.entry(&*name.text).or_insert((name, 0, 0));
        if expected.exp_alerts.is_empty() {
            entry.2 += 1;
        } else {
            entry.1 += 1;
        }
    }
    alerts
}
