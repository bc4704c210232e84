//! `test-of-unknown-rule`: a unit test that names an alert or a group which is not there.

use diagnostics::{Diagnostic, Proof, Severity};
use testfile::Text;

use crate::{Check, Found, Level, Lint, Tests, World, near::nearest};

pub(super) static LINT: Lint = Lint {
    name: "test-of-unknown-rule",
    code: "PK003",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A unit test names an alert or a group that no rule file which it loads defines.",
    why: "A test that expects no alert of a name passes when there is no such alert at all, so \
          after a rename it goes on passing and tests nothing. Needs the unit tests of the run \
          (`--tests`); it is silent about test files that load rule files which could not be \
          found.",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check(world: &World<'_>, found: &mut Found) {
    for file in world.tests.unwrap_or_default().iter().filter(|file| !file.loads_others) {
        let alerts = names(world, file, |rule| rule.alerting().is_some());
        let expected = file.tests.tests.iter().flat_map(|test| &test.alerts);
        for name in expected.filter_map(|expected| expected.alertname.as_ref()) {
            report(file, found, name, "alert", &alerts);
        }
        let groups: Vec<&str> = file
            .rule_files
            .iter()
            .flat_map(|index| &world.files[*index].groups)
            .map(|group| group.name.as_str())
            .collect();
        for name in &file.tests.group_eval_order {
            report(file, found, name, "group", &groups);
        }
    }
}

/// The names of the rules that a test file loads, of one kind.
fn names<'w>(
    world: &World<'w>,
    file: &Tests,
    wanted: impl Fn(&rules::Rule) -> bool,
) -> Vec<&'w str> {
    let groups = file.rule_files.iter().flat_map(|index| &world.files[*index].groups);
    let rules = groups.flat_map(|group| &group.rules);
    rules.filter(|rule| wanted(rule)).map(rules::Rule::name).collect()
}

fn report(file: &Tests, found: &mut Found, name: &Text, what: &str, known: &[&str]) {
    let wanted = &*name.text;
    if known.contains(&wanted) {
        return;
    }
    let message = format!("no rule file that this test loads has the {what} `{wanted}`");
    let mut finding = Diagnostic::new(Severity::Warning, "", name.span(), message);
    if let Some(near) = nearest(wanted, known.iter().copied(), 0.7) {
        finding = finding.help(format!("did you mean `{near}`?"));
    }
    found.add(&file.source, finding);
}
