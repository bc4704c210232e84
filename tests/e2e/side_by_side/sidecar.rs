//! One `watchfire run` of several, each with a cut, a folder and an event log of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    e2e::{
        SOON, Stage,
        events::{Log, ms},
    },
    servers::{Watchfire, eventually},
};

/// A sidecar that runs.
pub(super) struct Sidecar {
    cut: &'static str,
    pub(super) folder: PathBuf,
    watchfire: Watchfire,
}

impl Sidecar {
    /// One that asks Prometheus, at the slots of Prometheus.
    pub(super) fn asking(stage: &Stage, cut: &'static str, rule_files: &[&Path]) -> Self {
        let change =
            |config: String| config.replace("source:\n", &format!("source:\n  cut: {cut}\n"));
        Self::start(stage, cut, rule_files, change)
    }

    /// One whose configuration, but for its slots, is what `change` makes of that of all.
    pub(super) fn start(
        stage: &Stage,
        cut: &'static str,
        rule_files: &[&Path],
        change: impl Fn(String) -> String,
    ) -> Self {
        let folder = stage.folder.path().join(cut);
        fs::create_dir(&folder).expect("a folder in a temporary one");
        let config = change(stage.config_in(&folder, rule_files)) + "evaluation_slots: spread\n";
        let watchfire = Watchfire::run(&folder, &config);
        Self { cut, folder, watchfire }
    }

    /// Waits for the canary; the slot at which it sang.
    pub(super) async fn sings(&self) -> i64 {
        let sings = eventually("the first evaluation", SOON, async || {
            Log::read(&self.folder).only("Canary", "firing")
        })
        .await;
        ms(&sings["time"])
    }

    /// Ends it; its cut and everything that it told.
    pub(super) fn stop(&mut self) -> (&'static str, Log) {
        assert_eq!(self.watchfire.terminate(), Some(0), "{}", self.watchfire.log());
        (self.cut, Log::read(&self.folder))
    }
}

/// Both logs tell of the same transitions of the same alerts, with the same values.
pub(super) fn same_events(a: (&str, &Log), b: &(&str, Log), from_ms: i64) {
    let (ours, theirs) = (told(a.1, from_ms), told(&b.1, from_ms));
    let line = |event: &Value| format!("{} {} {}", event["time"], event["status"], event["name"]);
    let lines = |events: &[Value]| events.iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines(&ours), lines(&theirs), "cuts {} and {}", a.0, b.0);
    assert!(ours.len() > 20, "only {} events", ours.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!(is_alike(ours, theirs), "cuts {} and {}:\n{ours:#}\n{theirs:#}", a.0, b.0);
    }
}

/// The events but for the canary's, in the order of time and alert, without what is a run's own.
fn told(log: &Log, from_ms: i64) -> Vec<Value> {
    let counts = |event: &&Value| event["name"] != "Canary" && ms(&event["time"]) >= from_ms;
    let mut events: Vec<Value> = log.0.iter().filter(counts).cloned().collect();
    for event in &mut events {
        let data = event["data"].as_object_mut().expect("an event has data");
        data.remove("eval").expect("it tells how it was evaluated");
        // Its last digits may differ, which only numbers are compared without.
        let text = data.remove("value_str").expect("a value has a text");
        let read: Option<f64> = text.as_str().and_then(|text| text.parse().ok());
        assert_eq!(read, data["value"].as_f64(), "the text of a value says another one");
    }
    events.sort_by_key(|event| (ms(&event["time"]), event["id"].to_string()));
    events
}

/// Equal, numbers but for the last digits: the source adds in another order than this engine.
fn is_alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap_or(f64::NAN), y.as_f64().unwrap_or(f64::NAN));
            (x - y).abs() <= 1e-9 * y.abs()
        }
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| is_alike(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, x)| y.get(k).is_some_and(|y| is_alike(x, y)))
        }
        _ => a == b,
    }
}
