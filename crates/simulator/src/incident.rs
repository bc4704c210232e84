//! What goes wrong, when, and what it does to the platform.

/// Something that goes wrong for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// When, in milliseconds after the start.
    pub at_ms: i64,
    /// For how long.
    pub lasts_ms: i64,
    /// How long it takes to be as bad as it gets.
    pub ramp_ms: i64,
    /// What it does. Of several effects on the same thing the strongest counts.
    pub effects: Vec<Effect>,
    /// What a human is told when it begins.
    pub begins: String,
    /// What a human is told when it is over; empty where the end of another incident says it.
    pub ends: String,
}

/// What an incident does while it lasts. Factors and levels are reached after its ramp.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A service answers so many times slower.
    Latency {
        /// Its name.
        service: String,
        /// How many times.
        factor: f64,
    },
    /// A share of all requests waits seconds for something outside the platform.
    SlowTail {
        /// Of 1.
        share: f64,
    },
    /// A share of a service's requests fails with a 5xx.
    Errors {
        /// Its name.
        service: String,
        /// Of 1.
        share: f64,
    },
    /// Statements on a database server take so many times longer.
    Queries {
        /// `pg-primary` or `pg-replica`.
        server: String,
        /// How many times.
        factor: f64,
    },
    /// A database server is that busy.
    DatabaseCpu {
        /// `pg-primary` or `pg-replica`.
        server: String,
        /// Of 1.
        busy: f64,
    },
    /// A database server holds that many connections.
    Connections {
        /// `pg-primary` or `pg-replica`.
        server: String,
        /// How many.
        count: f64,
    },
    /// The cache answers only that share of the look-ups.
    CacheHits {
        /// Of 1.
        ratio: f64,
    },
    /// Redis uses that share of its memory.
    RedisMemory {
        /// Of 1.
        ratio: f64,
    },
    /// Pods use that share of their CPU limit.
    PodCpu {
        /// Which.
        pods: Pods,
        /// Of 1.
        ratio: f64,
    },
    /// Pods use that share of their memory limit.
    PodMemory {
        /// Which.
        pods: Pods,
        /// Of 1.
        ratio: f64,
    },
    /// Pods crash again and again; their counters begin anew.
    CrashLoop {
        /// Which.
        pods: Pods,
        /// Between two crashes.
        every_ms: i64,
    },
    /// Pods are up but not ready.
    NotReady {
        /// Which.
        pods: Pods,
    },
    /// Targets do not answer a scrape: `up` is 0, their series end.
    Unreachable {
        /// Which.
        pods: Pods,
    },
    /// Pods are gone: discovery reports no targets, and all their series end.
    Gone {
        /// Which.
        pods: Pods,
    },
    /// At its beginning the pods are replaced by new ones, one after the other.
    Rollout {
        /// The service.
        service: String,
    },
    /// Customers create so many times fewer or more orders.
    Orders {
        /// How many times.
        factor: f64,
    },
    /// That share of the orders is cancelled.
    Cancellations {
        /// Of 1.
        share: f64,
    },
    /// So many times fewer or more drivers are available.
    Drivers {
        /// How many times.
        factor: f64,
    },
}

/// Pods of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pods {
    /// The service.
    pub service: String,
    /// Which of its pods, from 0; none for all.
    pub ordinal: Option<usize>,
}

impl Pods {
    /// One pod of a service.
    pub fn one(service: &str, ordinal: usize) -> Self {
        Self { service: service.to_owned(), ordinal: Some(ordinal) }
    }

    /// All pods of a service.
    pub fn all(service: &str) -> Self {
        Self { service: service.to_owned(), ordinal: None }
    }

    pub(crate) fn contains(&self, service: &str, ordinal: usize) -> bool {
        self.service == service && self.ordinal.is_none_or(|o| o == ordinal)
    }
}

impl Incident {
    /// When it is over, in milliseconds after the start.
    pub fn end_ms(&self) -> i64 {
        self.at_ms + self.lasts_ms
    }

    /// How bad it is at a time, from 0 to 1; none while it is not.
    pub(crate) fn intensity(&self, at_ms: i64) -> Option<f64> {
        if at_ms < self.at_ms || at_ms >= self.end_ms() {
            return None;
        }
        let since = at_ms - self.at_ms;
        Some(if since >= self.ramp_ms { 1.0 } else { since as f64 / self.ramp_ms as f64 })
    }
}
