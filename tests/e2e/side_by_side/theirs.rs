//! What Prometheus says: its rules API, polled within every slot, and the series that it records.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ruler::slots::Slots;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::{Alerts, GroupId, INTERVAL_MS, Seen, Slotwise, States, ours::strings, slots};
use crate::{
    e2e::events::ms,
    servers::{Prometheus, http},
};

/// An evaluation is over so long after its slot.
const SETTLED_MS: i64 = 200;

/// Polls Prometheus's rules until it is dropped.
pub(super) struct Watch {
    found: Arc<Mutex<Slotwise>>,
    task: JoinHandle<()>,
}

impl Watch {
    pub(super) fn start(prometheus: &str, groups: &[GroupId]) -> Self {
        let found = Arc::new(Mutex::new(Slotwise::new()));
        let (url, groups) = (format!("{prometheus}/api/v1/rules?type=alert"), groups.to_vec());
        let taken = Arc::clone(&found);
        let task = tokio::spawn(async move {
            let client = http();
            loop {
                let before = now_ms();
                let answer = client.get(&url).send().await.expect("Prometheus answers");
                let answer: Value = answer.json().await.expect("Prometheus answers in JSON");
                let after = now_ms();
                let seen = groups.iter().filter_map(|id| seen(&answer, id, before, after));
                taken.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        Self { found, task }
    }

    pub(super) fn stop(self) -> Slotwise {
        std::mem::take(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A group's alerts and their slot, if the answer was made between two evaluations.
fn seen(answer: &Value, id: &GroupId, before: i64, after: i64) -> Option<((GroupId, i64), Alerts)> {
    let slot = slots(&id.0, &id.1).at_or_before(before * 1_000_000).div_euclid(1_000_000);
    if before < slot + SETTLED_MS || after >= slot + INTERVAL_MS {
        return None;
    }
    let groups = answer["data"]["groups"].as_array()?;
    let group = groups.iter().find(|group| group["file"] == *id.0 && group["name"] == *id.1)?;
    let rules = group["rules"].as_array()?;
    // The time of an evaluation is when it began, which is just after the slot.
    if rules.iter().any(|rule| ms(&rule["lastEvaluation"]) < slot) {
        return None;
    }
    let alerts = rules.iter().flat_map(|rule| rule["alerts"].as_array().into_iter().flatten());
    Some(((id.clone(), slot), alerts.map(alert).collect()))
}

fn alert(alert: &Value) -> (BTreeMap<String, String>, Seen) {
    let value = alert["value"].as_str().expect("a value is a string");
    let seen = Seen {
        state: alert["state"].as_str().expect("a state is a string").to_owned(),
        active_at_ms: ms(&alert["activeAt"]),
        value: value.parse().expect("a value is a number"),
        annotations: strings(&alert["annotations"]),
    };
    (strings(&alert["labels"]), seen)
}

/// `ALERTS` and `ALERTS_FOR_STATE` as they were recorded, by time.
pub(super) struct History(BTreeMap<i64, States>);

/// Reads what Prometheus recorded in the last minutes.
pub(super) async fn history(prometheus: &Prometheus) -> History {
    let read = async |expr: &str| prometheus.query(expr).await.expect("Prometheus answers");
    let (states, starts) = (read("ALERTS[10m]").await, read("ALERTS_FOR_STATE[10m]").await);
    let mut since = BTreeMap::new();
    for series in &starts {
        since.extend(samples(series).map(|(t, value)| ((t, identity(series)), value)));
    }
    let mut recorded = BTreeMap::<i64, States>::new();
    for series in &states {
        let state = series["metric"]["alertstate"].as_str().expect("ALERTS has a state");
        for (t, _) in samples(series) {
            let start = since[&(t, identity(series))];
            recorded.entry(t).or_default().insert(identity(series), (state.to_owned(), start));
        }
    }
    History(recorded)
}

impl History {
    /// The slots of a group from the first recorded alert to the last.
    pub(super) fn slots(&self, slots: Slots) -> impl Iterator<Item = i64> {
        let ends = self.0.keys().next().zip(self.0.keys().next_back());
        let (first, last) = ends.expect("there were alerts");
        let (start, last) = (slots.at_or_before(first * 1_000_000), *last);
        let after = (1..).map(move |n| (start + n * slots.interval_ns).div_euclid(1_000_000));
        after.take_while(move |slot| *slot <= last)
    }

    /// The active alerts that were recorded at a slot.
    pub(super) fn at(&self, slot: i64) -> States {
        self.0.get(&slot).cloned().unwrap_or_default()
    }
}

/// The alert's own labels.
fn identity(series: &Value) -> BTreeMap<String, String> {
    let mut labels = strings(&series["metric"]);
    labels.remove("__name__");
    labels.remove("alertstate");
    labels
}

fn samples(series: &Value) -> impl Iterator<Item = (i64, i64)> {
    let values = series["values"].as_array().into_iter().flatten();
    values.map(|pair| {
        let value: f64 =
            pair[1].as_str().and_then(|v| v.parse().ok()).expect("a sample is a number");
        (seconds_to_ms(&pair[0]), whole(value))
    })
}

/// A time of the query API.
pub(super) fn seconds_to_ms(time: &Value) -> i64 {
    whole(time.as_f64().expect("a time is a number") * 1_000.0)
}

#[expect(clippy::cast_possible_truncation, reason = "times of these centuries")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// Whether both took up every slot and no scrape was late, as a comparison needs.
pub(super) async fn on_time(
    prometheus: &Prometheus,
    missed_by_us: u64,
    clearance_ms: i64,
) -> Result<(), String> {
    let answer = http().get(format!("{}/metrics", prometheus.url)).send().await;
    let metrics = answer.expect("Prometheus answers").text().await.expect("its metrics are text");
    let missed =
        metrics.lines().filter(|l| l.starts_with("prometheus_rule_group_iterations_missed_total{"));
    let missed: Vec<&str> = missed.filter(|line| !line.ends_with(" 0")).collect();
    if missed_by_us > 0 || !missed.is_empty() {
        return Err(format!("we missed {missed_by_us} slots, Prometheus {missed:?}"));
    }
    let slowest = prometheus.query("max_over_time(scrape_duration_seconds[10m])").await?;
    let slowest = slowest.first().and_then(|series| series["value"][1].as_str()?.parse().ok());
    let slowest: f64 = slowest.ok_or("nothing was scraped")?;
    let limit = clearance_ms as f64 / 2e3;
    (slowest < limit).then_some(()).ok_or_else(|| format!("a scrape took {slowest} s"))
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
