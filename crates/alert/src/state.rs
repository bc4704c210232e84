//! One rule's alerts: what is known of each.
//!
//! How they change is in `step`; what is shown of them as series is in `series`.

use std::{fmt, sync::Arc};

use model::{Labels, Timestamp};

use crate::series::SeriesLabels;

/// Expanded annotations in the order of their names.
pub type Annotations = Arc<[(String, String)]>;

/// One element of a rule's result, as the rule's templates made an alert of it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The labels of the alert, `alertname` included: its identity.
    pub labels: Labels,
    /// The labels of the result element that it came from.
    pub series: Labels,
    /// Expanded annotations.
    pub annotations: Annotations,
    /// The element's value.
    pub value: f64,
}

/// Where an alert is in its life. The order is Prometheus's: a rule's state is the highest of its
/// alerts' states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Over; kept for a while so that its end is announced more than once.
    Inactive,
    /// Seen, but not yet for as long as `for` demands.
    Pending,
    /// Announced.
    Firing,
}

/// An alert.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its identity, `alertname` included.
    pub labels: Labels,
    /// The labels of the result element that it last came from.
    pub series: Labels,
    /// As of the last evaluation that saw it.
    pub annotations: Annotations,
    /// As of the last evaluation that saw it.
    pub value: f64,
    /// Where it is in its life.
    pub state: State,
    /// How many transitions it has gone through since it became active.
    pub n_transitions: u32,
    /// The evaluation that first saw it.
    pub active_at: Timestamp,
    /// The evaluation at which it began to fire.
    pub fired_at: Option<Timestamp>,
    /// The evaluation at which it ended.
    pub resolved_at: Option<Timestamp>,
    /// The first evaluation that missed it while `keep_firing_for` holds it.
    pub keep_firing_since: Option<Timestamp>,
    /// When it was last handed over to be sent.
    pub last_sent_at: Option<Timestamp>,
    /// Until when the receiver may believe in it without hearing again.
    pub valid_until: Option<Timestamp>,
    pub(crate) names: Arc<SeriesLabels>,
}

/// The alerts of one rule, in the order of their labels.
#[derive(Clone, Debug, Default)]
pub struct RuleAlerts {
    /// Sorted by labels, which are unique.
    pub(crate) alerts: Vec<Alert>,
}

impl Alert {
    /// An alert that is seen for the first time.
    pub fn new(seen: Observation, t: Timestamp) -> Self {
        let names = Arc::new(SeriesLabels::of(&seen.labels));
        let Observation { labels, series, annotations, value } = seen;
        Self {
            labels,
            series,
            annotations,
            value,
            state: State::Pending,
            n_transitions: 0,
            active_at: t,
            fired_at: None,
            resolved_at: None,
            keep_firing_since: None,
            last_sent_at: None,
            valid_until: None,
            names,
        }
    }

    /// Whether it is pending or firing.
    pub fn is_active(&self) -> bool {
        self.state != State::Inactive
    }
}

impl RuleAlerts {
    /// All alerts, those that ended lately included, in the order of their labels.
    pub fn iter(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter()
    }

    /// The pending and firing alerts.
    pub fn active(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.iter().filter(|a| a.is_active())
    }

    /// The highest state of any alert; inactive where there is none.
    pub fn state(&self) -> State {
        self.alerts.iter().map(|a| a.state).max().unwrap_or(State::Inactive)
    }

    /// The alert with these labels.
    pub fn get(&self, labels: &Labels) -> Option<&Alert> {
        self.alerts.binary_search_by(|a| a.labels.cmp(labels)).ok().map(|i| &self.alerts[i])
    }

    /// Moves the beginning of an active alert, as restoring does from `ALERTS_FOR_STATE`.
    /// The next step draws the consequences.
    pub fn set_active_at(&mut self, labels: &Labels, active_at: Timestamp) {
        if let Ok(i) = self.alerts.binary_search_by(|a| a.labels.cmp(labels)) {
            self.alerts[i].active_at = active_at;
        }
    }
}

impl State {
    /// As Prometheus writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
