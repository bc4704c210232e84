//! `alert-without-test`: an alert that no unit test asks for.

use std::collections::HashSet;

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, World};

pub(super) static LINT: Lint = Lint {
    name: "alert-without-test",
    code: "PK001",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "No unit test names the alert.",
    why: "Nobody has ever seen the alert fire on purpose: a mistyped metric, a lost label or a \
          wrong `for` shows first when it should have fired. The lint speaks only where unit tests \
          are part of the run (`--tests`), and counts an alert as tested wherever any of them \
          names it under `alertname` and loads its file.",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(files) = world.tests else { return };
    let mut tested: HashSet<(usize, &str)> = HashSet::new();
    for file in files {
        let alerts = file.tests.tests.iter().flat_map(|test| &test.alerts);
        let names: Vec<&str> =
            alerts.filter_map(|alert| alert.alertname.as_ref()).map(|name| &*name.text).collect();
        for index in &file.rule_files {
            tested.extend(names.iter().map(|name| (*index, *name)));
        }
    }
    for (id, rule) in world.rules() {
        if rule.alerting().is_none() || tested.contains(&(id.file, rule.name())) {
            continue;
        }
        let cx = RuleContext::new(world, id);
        let message = format!("no unit test names the alert `{}`", rule.name());
        let finding = cx
            .at_place(rule.name.span(), message)
            .help("write a test in which it fires, and one in which it does not");
        cx.report(found, finding);
    }
}
