//! `alert-on-default-route`: an alert that no route but the root takes.

use diagnostics::{Proof, Severity};

use crate::{Check, Found, Level, Lint, RuleContext, World, identity::Verdict};

pub(super) static LINT: Lint = Lint {
    name: "alert-on-default-route",
    code: "PN001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "No route takes the alert, so it goes to the receiver of the root.",
    why: "The root's receiver is for what was forgotten; mostly nobody is woken by it. The tree is \
          walked with all labels that the alert is known to have: those of the rule and those that \
          its expression gives it. Only alerts that certainly pass no route are told. Labels that \
          the server adds on the way (`external_labels`) count where they are known. Needs \
          Alertmanager's configuration (`--alertmanager`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(config) = world.alertmanager else { return };
    let Some(root) = config.route.as_ref().filter(|root| !root.routes.is_empty()) else { return };
    for alert in world.identities() {
        if root.routes.iter().any(|route| alert.passes(&route.matchers) != Verdict::Never) {
            continue;
        }
        let cx = RuleContext::new(world, alert.id);
        let receiver = root.receiver.as_ref().map_or("", |name| name.as_str());
        let message = format!("no route takes this alert: it goes to `{receiver}` by default");
        let mut finding = cx.at_place(cx.rule.name.span(), message);
        if let Some(name) = &root.receiver {
            finding = finding.because_of(&config.source, name.span(), "the receiver of the root");
        }
        cx.report(found, finding.help("give it the labels that a route asks for, or add a route"));
    }
}
