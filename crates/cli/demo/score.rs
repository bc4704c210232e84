//! What happened in a demo, counted by category.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use model::Labels;
use notify::{Event, Transition};
use ruler::{Snapshot, status::Health};
use rules::{Group, RuleKind};
use server::Traffic;

/// The label that names an alert's category.
const CATEGORY: &str = "category";

/// Counts of a demo.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// In the order of the rule files.
    pub(super) categories: Vec<Category>,
    /// Alerting rules that fired, and of them those that resolved, by name.
    pub(super) fired: BTreeSet<String>,
    pub(super) resolved: BTreeSet<String>,
    /// All alerting rules by name.
    pub(super) alerts: BTreeSet<String>,
    /// Rules that failed at any time, with the reason.
    pub(super) failed: BTreeMap<String, String>,
    /// Since when each firing alert fires.
    firing: BTreeMap<Labels, i64>,
    pub(super) totals: Totals,
}

/// Counts of a category.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: String,
    /// How many alerting rules it has.
    pub(super) alerts: usize,
    /// Transitions to firing, and from firing to resolved.
    pub(super) fired: usize,
    pub(super) resolved: usize,
    pub(super) firing: usize,
    /// The longest that an alert fired, in milliseconds.
    pub(super) longest_ms: i64,
}

/// What it took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) rules: usize,
    pub(super) evaluations: u64,
    pub(super) missed: u64,
    pub(super) traffic: Traffic,
    pub(super) simulated_ms: i64,
    pub(super) wall: Duration,
}

impl Score {
    /// Nothing has happened yet.
    pub(super) fn new(groups: &[Group]) -> Self {
        let mut score = Self::default();
        for rule in groups.iter().flat_map(|group| &group.rules) {
            score.totals.rules += 1;
            if let RuleKind::Alerting(alerting) = &rule.kind {
                let label = rule.labels.iter().find(|(name, _)| &**name == CATEGORY);
                let name = label.map_or("other", |(_, template)| &template.text);
                score.category(name).alerts += 1;
                score.alerts.insert(alerting.alert.clone());
            }
        }
        score
    }

    /// Counts an event.
    pub(super) fn count(&mut self, event: &Event) {
        if let Some(event) = event.as_rule() {
            if let notify::RuleHealth::Error { message, .. } = &event.health {
                self.failed.entry(event.rule.name.clone()).or_insert_with(|| message.clone());
            }
            return;
        }
        let Some(event) = event.as_alert() else { return };
        let name = event.labels.get(CATEGORY).unwrap_or("other").to_owned();
        let t = event.eval.ts.0;
        match event.transition {
            Transition::Firing => {
                self.fired.insert(event.rule.name.clone());
                self.firing.insert(event.labels.clone(), t);
                let category = self.category(&name);
                category.fired += 1;
                category.firing += 1;
            }
            Transition::Resolved => {
                self.resolved.insert(event.rule.name.clone());
                let since = self.firing.remove(&event.labels).unwrap_or(t);
                let category = self.category(&name);
                category.resolved += 1;
                category.firing = category.firing.saturating_sub(1);
                category.longest_ms = category.longest_ms.max(t - since);
            }
            Transition::Pending | Transition::Cancelled => {}
        }
    }

    /// Adds what is known at the end.
    pub(super) fn finish(
        &mut self,
        snapshot: &Snapshot,
        traffic: Traffic,
        simulated_ms: i64,
        wall: Duration,
    ) {
        for group in &snapshot.groups {
            self.totals.evaluations += (group.iterations - group.missed) * group.rules.len() as u64;
            self.totals.missed += group.missed;
            let failing = group.plan.rules.iter().zip(&group.rules);
            for (rule, status) in failing.filter(|(_, status)| status.health == Health::Err) {
                let why = status.last_error.clone().unwrap_or_default();
                self.failed.entry(rule.name().to_owned()).or_insert(why);
            }
        }
        self.totals.traffic = traffic;
        self.totals.simulated_ms = simulated_ms;
        self.totals.wall = wall;
        let now_ms = snapshot.groups.iter().filter_map(|g| g.last_evaluation).max();
        for (labels, since) in std::mem::take(&mut self.firing) {
            let lasted = now_ms.map_or(0, |now| now.0 - since);
            let category = self.category(labels.get(CATEGORY).unwrap_or("other"));
            category.longest_ms = category.longest_ms.max(lasted);
        }
    }

    /// How many alerts fire now.
    pub(super) fn n_firing(&self) -> usize {
        self.firing.len()
    }

    /// Whether alerts of every category fired and resolved, and no rule failed.
    pub(super) fn passed(&self) -> bool {
        let complete = |category: &Category| category.fired > 0 && category.resolved > 0;
        self.failed.is_empty() && self.categories.iter().all(complete)
    }

    fn category(&mut self, name: &str) -> &mut Category {
        let at = self.categories.iter().position(|category| category.name == name);
        let at = at.unwrap_or_else(|| {
            let name = name.to_owned();
            let (alerts, fired, resolved, firing, longest_ms) = (0, 0, 0, 0, 0);
            self.categories.push(Category { name, alerts, fired, resolved, firing, longest_ms });
            self.categories.len() - 1
        });
        &mut self.categories[at]
    }
}
