//! Delivery: events as JSON lines, alerts to Alertmanagers.
//!
//! A [`NotifierHandle`] never blocks its caller: each sink and each Alertmanager has a queue and a
//! worker of its own, so that a slow or dead target delays only itself. Queues live in memory;
//! surviving a restart is the journal's business, and deciding what fires is `alert`'s.
//! Start at [`Notifier`], then [`Event`] and [`alertmanager`].

mod notifier;

mod event;
mod update;

pub mod alertmanager;
pub mod jsonl;

pub use event::{
    AlertEvent, EvalInfo, Event, EventSource, Reason, RuleEvent, RuleHealth, RuleInfo, Status,
    Threshold, Transition,
};
pub use notifier::{Drained, Notifier, NotifierHandle, Stats};
pub use update::{AlertUpdate, generator_url};

use std::{path::PathBuf, sync::Arc};

use model::Timestamp;

/// What can be wrong with a delivery target before anything is delivered.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The event file can not be written.
    #[error("cannot open the event file {path}", path = path.display())]
    EventFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A worker could not be started.
    #[error("cannot start the writer of {sink}")]
    Worker {
        /// The sink.
        sink: String,
        /// Why.
        source: std::io::Error,
    },
    /// An Alertmanager's address is not one.
    #[error("`{text}` is not the address of an Alertmanager: {reason}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Tells the time; handed in, so that tests and the demonstration run on their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(|| Timestamp(jiff::Timestamp::now().as_millisecond()))
}

/// RFC 3339 in UTC, always with three decimals, so that texts sort as times do.
pub(crate) fn rfc3339(t: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(t.0).map_or_else(|_| t.rfc3339(), |t| format!("{t:.3}"))
}
