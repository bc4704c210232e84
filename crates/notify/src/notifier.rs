//! The handle that the ruler holds.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time;

use crate::{
    AlertUpdate, Clock, Event, NotifyError,
    alertmanager::{Alertmanager, Target, TargetStats},
    jsonl::{Lines, Sink, SinkStats},
    system_clock,
};

/// What is to be delivered to.
pub struct Notifier {
    targets: Vec<Target>,
    sinks: Vec<Sink>,
    clock: Clock,
}

/// Delivers; cheap to clone. Workers end with the last clone.
#[derive(Clone)]
pub struct NotifierHandle {
    inner: Arc<Inner>,
}

struct Inner {
    alertmanagers: Vec<Alertmanager>,
    sinks: Vec<Lines>,
}

/// What was left when draining ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Alerts that some Alertmanager was not told, those it refused included.
    pub undelivered_alerts: usize,
    /// Events that some sink did not write.
    pub undelivered_events: usize,
}

/// Counts of everything that is delivered to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// One per Alertmanager, in the order of the configuration.
    pub alertmanagers: Vec<TargetStats>,
    /// One per sink.
    pub sinks: Vec<SinkStats>,
}

impl Notifier {
    /// Delivers to these, on the machine's clock.
    pub fn new(targets: Vec<Target>, sinks: Vec<Sink>) -> Self {
        Self { targets, sinks, clock: system_clock() }
    }

    /// Tells the time by another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Starts the workers; to be called inside a Tokio runtime.
    pub fn spawn(self) -> Result<NotifierHandle, NotifyError> {
        let sinks = self.sinks.into_iter().map(Lines::spawn).collect::<Result<_, _>>()?;
        let clock = self.clock;
        let spawn = |target| Alertmanager::spawn(target, Arc::clone(&clock));
        let alertmanagers = self.targets.into_iter().map(spawn).collect();
        Ok(NotifierHandle { inner: Arc::new(Inner { alertmanagers, sinks }) })
    }
}

impl NotifierHandle {
    /// Queues states of alerts for every Alertmanager; never waits.
    pub fn send_alerts(&self, updates: Vec<AlertUpdate>) {
        let updates: Vec<_> = updates.into_iter().map(Arc::new).collect();
        for alertmanager in &self.inner.alertmanagers {
            alertmanager.push(&updates);
        }
    }

    /// Queues an event for every sink; never waits.
    pub fn emit(&self, event: &Event) {
        if self.inner.sinks.is_empty() {
            return;
        }
        let line: Arc<[u8]> = event.to_line().into();
        for sink in &self.inner.sinks {
            sink.push(Arc::clone(&line));
        }
    }

    /// Waits until everything is delivered that can be, or until the time is over. More may be
    /// sent afterwards.
    pub async fn drain(&self, timeout: Duration) -> Drained {
        let alertmanagers = join_all(self.inner.alertmanagers.iter().map(Alertmanager::drained));
        let sinks = join_all(self.inner.sinks.iter().map(Lines::drained));
        // What is left when the time is over is counted below.
        let _ = time::timeout(timeout, async { tokio::join!(alertmanagers, sinks) }).await;
        let stats = self.stats();
        Drained {
            undelivered_alerts: stats.alertmanagers.iter().map(|target| target.pending).sum(),
            undelivered_events: stats.sinks.iter().map(|sink| sink.pending).sum(),
        }
    }

    /// Counts so far.
    pub fn stats(&self) -> Stats {
        Stats {
            alertmanagers: self.inner.alertmanagers.iter().map(Alertmanager::stats).collect(),
            sinks: self.inner.sinks.iter().map(Lines::stats).collect(),
        }
    }
}
