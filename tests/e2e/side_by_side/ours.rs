//! What Watchfire says: the ruler in this process, and the event log of the sidecar.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use engine::Cut;
use promql::ParseOptions;
use ruler::{Config, RuleSet, Ruler, Snapshot, Wall, status::GroupStatus};
use serde_json::Value;
use source::{Client, SourceConfig};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{Alerts, GroupId, INTERVAL_MS, Seen, Slotwise, States};
use crate::e2e::events::{Log, ms};

/// A ruler on the machine's clock, and everything that it found.
pub(super) struct Watch {
    found: Arc<Mutex<Found>>,
    stop: Option<oneshot::Sender<()>>,
    tasks: [JoinHandle<()>; 2],
}

#[derive(Default)]
struct Found {
    alerts: Slotwise,
    missed: u64,
}

impl Watch {
    /// At the slots of Prometheus, whatever the cut is.
    pub(super) fn start(cut: Cut, rule_files: &[&Path], prometheus: &str) -> Self {
        let config = Config { cut, evaluation_interval_ms: INTERVAL_MS, ..Config::default() };
        let groups = rule_files.iter().flat_map(|path| {
            let text = fs::read_to_string(path).expect("a rule file");
            let file = path.to_str().expect("a temporary folder has a plain name");
            let parsed = rules::parse(file, &text, &ParseOptions::default());
            assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
            parsed.groups
        });
        let plan = RuleSet::new(groups.collect(), &config);
        let reading = SourceConfig { url: prometheus.into(), ..SourceConfig::default() };
        let source = Arc::new(Client::new(reading).expect("a client"));
        let ruler = Ruler::new(plan, config, source, Wall, |_| {});
        let found = Arc::new(Mutex::new(Found::default()));
        let mut snapshots = ruler.snapshots();
        let (stop, stopped) = oneshot::channel();
        let run = tokio::spawn(ruler.run(async move {
            let _ = stopped.await;
        }));
        let taken = Arc::clone(&found);
        let watch = tokio::spawn(async move {
            while snapshots.changed().await.is_ok() {
                let snapshot = snapshots.borrow_and_update().clone();
                taken.lock().unwrap_or_else(PoisonError::into_inner).take(&snapshot);
            }
        });
        Self { found, stop: Some(stop), tasks: [run, watch] }
    }

    /// How many slots of a group were evaluated.
    pub(super) fn slots_of(&self, group: &GroupId) -> usize {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.alerts.keys().filter(|(id, _)| id == group).count()
    }

    /// Everything that was found, and how many slots were missed.
    pub(super) fn stop(mut self) -> (Slotwise, u64) {
        drop(self.stop.take());
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut found.alerts), found.missed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Found {
    fn take(&mut self, snapshot: &Snapshot) {
        self.missed = snapshot.groups.iter().map(|group| group.missed).sum();
        for group in &snapshot.groups {
            if let Some(slot) = group.last_evaluation {
                let id = (group.plan.file.clone(), group.plan.name.clone());
                self.alerts.insert((id, slot.0), active(group));
            }
        }
    }
}

fn active(group: &GroupStatus) -> Alerts {
    let alerts = group.rules.iter().flat_map(|rule| {
        assert_eq!(rule.last_error, None);
        &rule.alerts
    });
    let seen = alerts.filter(|alert| alert.is_active()).map(|alert| {
        let labels = alert.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let seen = Seen {
            state: alert.state.name().to_owned(),
            active_at_ms: alert.active_at.0,
            value: alert.value,
            annotations: alert.annotations.iter().cloned().collect(),
        };
        (labels.collect(), seen)
    });
    seen.collect()
}

/// The active alerts of a group right after a slot, as the event log tells it.
pub(super) fn replayed(log: &Log, group: &GroupId, slot: i64) -> States {
    let mut active = States::new();
    for event in log.0.iter().filter(|event| ms(&event["time"]) <= slot) {
        let data = &event["data"];
        if data["rule"]["file"] != *group.0 || data["rule"]["group"] != *group.1 {
            continue;
        }
        match event["status"].as_str() {
            Some(state @ ("pending" | "firing")) => {
                let since = ms(&data["active_at"]).div_euclid(1_000);
                active.insert(strings(&data["labels"]), (state.to_owned(), since));
            }
            Some("resolved" | "cancelled") => drop(active.remove(&strings(&data["labels"]))),
            other => panic!("{other:?} in an undisturbed run: {event}"),
        }
    }
    active
}

/// A JSON object of strings.
pub(super) fn strings(object: &Value) -> BTreeMap<String, String> {
    let pairs = object.as_object().into_iter().flatten();
    pairs.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
}
