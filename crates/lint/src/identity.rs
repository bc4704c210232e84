//! With which labels alerts reach Alertmanager, as far as that is known, and what its matchers make
//! of them.
//!
//! Only labels that the configuration asks for are looked at. Start at [`World::identities`].

use std::collections::BTreeSet;

use diagnostics::Diagnostic;
use routing::{Config, Route, RouteMatcher};

use crate::{RuleContext, RuleId, World};

/// An alert with the labels that the configuration asks for.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Which rule it is.
    pub(crate) id: RuleId,
    labels: Vec<(String, Value)>,
}

/// What is known of a label of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// It is one of these.
    OneOf(Vec<String>),
    /// The alert does not have it.
    Missing,
    /// Nothing.
    Unknown,
}

/// What a matcher, or all of a route, make of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It does not pass.
    Never,
    /// That depends on the data.
    Maybe,
    /// It passes.
    Always,
}

/// Every alert of the world, for the labels that a configuration asks for. [`World::identities`]
/// keeps them for all who ask.
pub(crate) fn identities<'w>(world: &'w World<'w>, config: &Config) -> Vec<Identity> {
    let names = asked_for(config);
    let alerts = world.rules().filter(|(_, rule)| rule.alerting().is_some());
    alerts
        .map(|(id, _)| {
            let cx = RuleContext::new(world, id);
            let labels = names.iter().map(|name| ((*name).to_owned(), value(&cx, name)));
            Identity { id, labels: labels.collect() }
        })
        .collect()
}

/// The labels that matchers, groupings and inhibitions look at.
fn asked_for(config: &Config) -> BTreeSet<&str> {
    fn of_route<'c>(route: &'c Route, names: &mut BTreeSet<&'c str>) {
        names.extend(route.matchers.iter().map(|m| &*m.matcher.name));
        names.extend(route.group_by.iter().flatten().map(yaml::Located::as_str));
        route.routes.iter().for_each(|child| of_route(child, names));
    }
    let mut names = BTreeSet::new();
    config.route.iter().for_each(|root| of_route(root, &mut names));
    for rule in &config.inhibit_rules {
        names.extend(rule.source.iter().chain(&rule.target).map(|m| &*m.matcher.name));
        names.extend(rule.equal.iter().map(yaml::Located::as_str));
    }
    names
}

fn value(cx: &RuleContext<'_>, name: &str) -> Value {
    if name == model::ALERT_NAME {
        return Value::OneOf(vec![cx.rule.name().to_owned()]);
    }
    let external = cx.world.options.external_labels.as_deref().unwrap_or_default();
    let missing = || {
        let may_come = external.iter().any(|known| known == name);
        if may_come { Value::Unknown } else { Value::Missing }
    };
    if let Some((_, template)) = cx.rule.labels.iter().find(|(known, _)| **known == *name) {
        return match (template.is_literal(), template.text.is_empty()) {
            (false, _) => Value::Unknown,
            (true, true) => missing(),
            (true, false) => Value::OneOf(vec![template.text.to_string()]),
        };
    }
    let label = cx.facts().root().label(name).label;
    match label.values.filter(|_| label.certainty == crate::facts::Certainty::Guaranteed) {
        Some(values) => Value::OneOf(values.as_slice().iter().map(ToString::to_string).collect()),
        None if label.certainty == crate::facts::Certainty::Impossible => missing(),
        None => Value::Unknown,
    }
}

/// The finding with what it hangs on: labels that a server adds.
pub(crate) fn unless_external(world: &World<'_>, finding: Diagnostic) -> Diagnostic {
    match world.options.external_labels {
        Some(_) => finding,
        None => finding.note("labels that the server adds (external_labels) are not known"),
    }
}

impl Identity {
    /// What is known of a label that the configuration asks for.
    pub(crate) fn label(&self, name: &str) -> &Value {
        let known = self.labels.iter().find(|(known, _)| known == name);
        known.map_or(&Value::Unknown, |(_, value)| value)
    }

    /// What matchers make of the alert, all together.
    pub(crate) fn passes(&self, matchers: &[RouteMatcher]) -> Verdict {
        let each = matchers.iter().map(|m| self.passes_one(m));
        each.min().unwrap_or(Verdict::Always)
    }

    fn passes_one(&self, RouteMatcher { matcher, .. }: &RouteMatcher) -> Verdict {
        let verdict = |values: &[String]| {
            let n_passing = values.iter().filter(|value| matcher.matches(value)).count();
            match n_passing {
                0 => Verdict::Never,
                n if n == values.len() => Verdict::Always,
                _ => Verdict::Maybe,
            }
        };
        match self.label(&matcher.name) {
            Value::OneOf(values) => verdict(values),
            Value::Missing => verdict(&[String::new()]),
            Value::Unknown => Verdict::Maybe,
        }
    }
}
