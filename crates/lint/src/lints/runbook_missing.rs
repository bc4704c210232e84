//! `runbook-missing`: an alert without a link to a runbook.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "runbook-missing",
    code: "PB001",
    level: Level::Policy,
    severity: Severity::Info,
    proof: Proof::Style,
    summary: "An alert has no link to a runbook.",
    why: "Whoever is woken by an alert needs to know what to do. The link is looked for in the \
          annotation `runbook_url`, or in the one that the configuration names.",
    example: "
- alert: Down
  expr: up == 0
",
    instead: "
- alert: Down
  expr: up == 0
  annotations:
    runbook_url: https://wiki.example/runbooks/Down
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let name = super::runbook_page_missing::annotation(cx);
    let link = cx.rule.annotations.iter().find(|pair| *pair.name == *name);
    if cx.rule.alerting().is_some() && link.is_none_or(|pair| pair.value.trim().is_empty()) {
        let finding = cx
            .at_place(cx.rule.name.span(), "the alert has no runbook")
            .help(format!("link to one in the annotation `{name}`"));
        cx.report(found, finding);
    }
}
