//! `group-by-label-missing`: grouping by a label that no alert of the route has.

use diagnostics::{Diagnostic, Proof, Severity};
use routing::{Config, Route};

use crate::{
    Check, Found, Level, Lint, World,
    identity::{Identity, Value, Verdict, unless_external},
};

pub(super) static LINT: Lint = Lint {
    name: "group-by-label-missing",
    code: "PN005",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Likely,
    summary: "A route groups by a label that none of the alerts which it may take has.",
    why: "Alerts without the label are all in one group of the empty value, so `group_by: \
          [cluster]` makes one notification of all clusters when the rules aggregate `cluster` \
          away. Only labels that no alert of the route has are told; labels that the server adds \
          (`external_labels`) count where they are known. Needs Alertmanager's configuration \
          (`--alertmanager`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(config) = world.alertmanager else { return };
    let alerts = world.identities();
    let mut told = std::collections::BTreeSet::new();
    if let Some(root) = &config.route {
        visit(world, config, root, &alerts.iter().collect::<Vec<_>>(), found, &mut told);
    }
}

fn visit(
    world: &World<'_>,
    config: &Config,
    route: &Route,
    alerts: &[&Identity],
    found: &mut Found,
    told: &mut std::collections::BTreeSet<diagnostics::Span>,
) {
    let taken: Vec<&Identity> = alerts
        .iter()
        .copied()
        .filter(|alert| alert.passes(&route.matchers) != Verdict::Never)
        .collect();
    if taken.is_empty() {
        return;
    }
    for label in route.group_by.iter().flatten().filter(|label| label.as_str() != "...") {
        let lacks = |alert: &&Identity| *alert.label(label.as_str()) == Value::Missing;
        if !taken.iter().all(lacks) || !told.insert(label.span()) {
            continue;
        }
        let message = format!("no alert that this route takes has the label `{label}`");
        let finding = Diagnostic::new(Severity::Info, "", label.span(), message)
            .label("puts them all in one group");
        let finding = unless_external(world, finding);
        found.add(&config.source, finding.help("keep the label in the rules, or drop it here"));
    }
    for child in &route.routes {
        visit(world, config, child, &taken, found, told);
    }
}
