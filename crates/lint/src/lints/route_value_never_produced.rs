//! `route-value-never-produced`: a matcher on a value that no alert has.

use std::collections::BTreeSet;

use diagnostics::{Diagnostic, Proof, Severity};
use model::{MatchOp, Matcher, Regex};

use crate::{
    Check, Found, Level, Lint, RuleContext, World,
    identity::{Identity, Value},
    near::nearest,
    routes,
};

pub(super) static LINT: Lint = Lint {
    name: "route-value-never-produced",
    code: "PN004",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A route asks for a value of a label that no alert has, perhaps misspelt on one side.",
    why: "Routes by `severity` or `team` work only while rules and routes spell the values alike. \
          Where all values of a label are known in the rules, a route that asks for another one \
          takes nothing; and a value in a rule that is nearly one of the routes' was probably \
          meant to be it. Needs Alertmanager's configuration (`--alertmanager`); the rules of the \
          run are taken for all rules there are.",
    example: "",
    instead: "",
    fix: "",
    check: Check::World(check),
};

/// So much alike must words be to be taken for each other.
const LIKE: f64 = 0.7;

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let Some(config) = world.alertmanager else { return };
    let alerts = world.identities();
    let mut told = BTreeSet::new();
    for wanted in routes::matchers(config) {
        let name = &*wanted.matcher.name;
        let Some(produced) = values(alerts, name) else { continue };
        for value in asked(&wanted.matcher) {
            if produced.contains(value) || !told.insert((wanted.span, value.to_owned())) {
                continue;
            }
            let message = format!("no alert of these rules has {name}=\"{value}\"");
            let mut finding = Diagnostic::new(Severity::Warning, "", wanted.span, message);
            finding = match nearest(value, produced.iter().copied(), LIKE) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help(format!("the rules have: {}", list(&produced))),
            };
            found.add(&config.source, finding);
        }
    }
    misspelt(world, config, alerts, found);
}

/// Values of rules that are nearly one that routes ask for.
fn misspelt<'w>(
    world: &'w World<'w>,
    config: &routing::Config,
    alerts: &[Identity],
    found: &mut Found,
) {
    let matchers: Vec<_> = routes::matchers(config).collect();
    for alert in alerts {
        let cx = RuleContext::new(world, alert.id);
        for pair in &cx.rule.own_labels {
            let (name, value) = (pair.name.as_str(), pair.value.as_str());
            let of_label = || matchers.iter().filter(|m| *m.matcher.name == *name);
            let is_known = of_label().any(|m| m.matcher.matches(value));
            if value.is_empty() || is_known || !pair.template.is_literal() {
                continue;
            }
            let wanted: Vec<&str> = of_label().flat_map(|m| asked(&m.matcher)).collect();
            let Some(near) = nearest(value, wanted.into_iter(), LIKE) else { continue };
            let message = format!("no route knows {name}=\"{value}\"");
            let mut finding =
                cx.at_place(pair.value.span(), message).help(format!("did you mean `{near}`?"));
            if let Some(route) = of_label().find(|m| asked(&m.matcher).any(|v| v == near)) {
                finding = finding.because_of(&config.source, route.span, "asks for the other");
            }
            cx.report(found, finding);
        }
    }
}

/// All values of a label, if they are known for every alert.
fn values<'a>(alerts: &'a [Identity], name: &str) -> Option<BTreeSet<&'a str>> {
    let mut all = BTreeSet::new();
    for alert in alerts {
        match alert.label(name) {
            Value::OneOf(values) => all.extend(values.iter().map(String::as_str)),
            Value::Missing => {}
            Value::Unknown => return None,
        }
    }
    // Of a label that no alert has another lint tells.
    Some(all).filter(|all| !all.is_empty())
}

/// The values that a matcher asks for by name.
fn asked(matcher: &Matcher) -> impl Iterator<Item = &str> {
    let literals = match matcher.op {
        MatchOp::Equal => vec![&*matcher.value],
        MatchOp::Regex => matcher.regex().and_then(Regex::literals).unwrap_or_default(),
        MatchOp::NotEqual | MatchOp::NotRegex => Vec::new(),
    };
    literals.into_iter().filter(|value| !value.is_empty())
}

fn list(values: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = values.iter().take(8).map(|value| format!("`{value}`")).collect();
    let more = if values.len() > 8 { ", …" } else { "" };
    shown.join(", ") + more
}
