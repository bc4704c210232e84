//! The event log that `watchfire run` writes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Where the log of a test is.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("events.jsonl")
}

/// The events so far.
pub(crate) struct Log(pub(crate) Vec<Value>);

impl Log {
    /// Reads what is written; a line under way does not count yet.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(path(folder)).unwrap_or_default();
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        Self(whole.map(|line| serde_json::from_str(line).expect("a line is JSON")).collect())
    }

    /// The events of an alert or a rule with this status: `pending`, `firing`, `resolved`,
    /// `cancelled`, `error`, `recovered`.
    pub(crate) fn of<'a>(&'a self, name: &str, status: &str) -> Vec<&'a Value> {
        self.0.iter().filter(|event| event["name"] == name && event["status"] == status).collect()
    }

    /// The only such event.
    pub(crate) fn only(&self, name: &str, status: &str) -> Result<Value, String> {
        match self.of(name, status)[..] {
            [event] => Ok(event.clone()),
            _ => Err(format!("not one {status} {name} in {}", self.summary())),
        }
    }

    /// The statuses of an alert's events, in order.
    pub(crate) fn statuses(&self, name: &str) -> Vec<&str> {
        let of_name = self.0.iter().filter(|event| event["name"] == name);
        of_name.map(|event| event["status"].as_str().unwrap_or_default()).collect()
    }

    fn summary(&self) -> String {
        let line =
            |event: &Value| format!("{} {} {}", event["time"], event["status"], event["name"]);
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A time in a field of an event or of an API, in milliseconds.
pub(crate) fn ms(time: &Value) -> i64 {
    let text = time.as_str().unwrap_or_else(|| panic!("not a time: {time}"));
    let parsed: jiff::Timestamp = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
    // Down, also before the epoch.
    i64::try_from(parsed.as_nanosecond().div_euclid(1_000_000)).expect("a time of these centuries")
}
