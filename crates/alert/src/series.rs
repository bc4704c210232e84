//! `ALERTS` and `ALERTS_FOR_STATE`: active alerts as series.

use model::{Labels, METRIC_NAME};

use crate::state::{Alert, RuleAlerts, State};

/// The metric whose series are the active alerts, each with the value 1.
pub const ALERTS: &str = "ALERTS";
/// The metric whose values say since when an alert is active, in seconds.
pub const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
/// The label that holds the rule's name.
pub const ALERT_NAME: &str = "alertname";
/// The label of [`ALERTS`] that holds `pending` or `firing`.
pub const ALERT_STATE: &str = "alertstate";

/// The label sets of an alert's series, made once.
#[derive(Debug)]
pub(crate) struct SeriesLabels {
    pending: Labels,
    firing: Labels,
    for_state: Labels,
}

impl SeriesLabels {
    pub(crate) fn of(alert: &Labels) -> Self {
        let mut builder = alert.to_builder();
        let for_state = builder.set(METRIC_NAME, ALERTS_FOR_STATE).build();
        let builder = builder.set(METRIC_NAME, ALERTS);
        let mut in_state = |state: State| builder.set(ALERT_STATE, state.name()).build();
        Self { pending: in_state(State::Pending), firing: in_state(State::Firing), for_state }
    }
}

impl Alert {
    /// The labels of its `ALERTS` series in its present state, if it is active.
    pub fn alerts_labels(&self) -> Option<&Labels> {
        match self.state {
            State::Inactive => None,
            State::Pending => Some(&self.names.pending),
            State::Firing => Some(&self.names.firing),
        }
    }

    /// The labels of its `ALERTS_FOR_STATE` series.
    pub fn for_state_labels(&self) -> &Labels {
        &self.names.for_state
    }
}

impl RuleAlerts {
    /// Labels and value of each series that the active alerts stand for at this evaluation:
    /// `ALERTS` and `ALERTS_FOR_STATE` in turn, whole seconds in the latter.
    pub fn series(&self) -> impl Iterator<Item = (&Labels, f64)> {
        self.active().flat_map(|alert| {
            let since = alert.active_at.0.div_euclid(1000) as f64;
            let state = alert.alerts_labels().map(|labels| (labels, 1.0));
            state.into_iter().chain([(alert.for_state_labels(), since)])
        })
    }
}
