//! One evaluation of an alerting rule, as a function of state, observations and time.
//!
//! As `AlertingRule.Eval` in prometheus rules/alerting.go, with deterministic order and with the
//! transitions told.

use std::{fmt, iter::Peekable, vec};

use model::Timestamp;

use crate::{
    state::{Alert, Observation, RuleAlerts, State},
    transition::{ResolveReason, Transition, TransitionKind},
};

/// How long an alert that ended is kept and announced.
pub const RESOLVED_RETENTION_MS: i64 = 15 * 60 * 1000;

/// What a rule says about its alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertParams {
    /// How long the condition must hold before the alert fires.
    pub for_ms: i64,
    /// How long the alert keeps firing after the condition was last met.
    pub keep_firing_for_ms: i64,
    /// The most active alerts that the rule may have; 0 for any number.
    pub limit: usize,
}

/// What is known of an alert's series when the result no longer has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Absence {
    /// Nothing: the rule's expression is no comparison that could be looked into.
    Unknown,
    /// The compared side still has the series, with this value.
    ConditionFalse(f64),
    /// The compared side has no such series.
    SeriesAbsent,
}

/// Why an evaluation's result cannot be used. Display is Prometheus's wording.
#[derive(Clone, Debug)]
pub enum StepError {
    /// Two elements became the same alert. The state is as before.
    DuplicateLabels,
    /// More active alerts than allowed. All alerts of the rule are dropped.
    LimitExceeded {
        /// The rule's limit.
        limit: usize,
        /// How many there were.
        count: usize,
        /// The ends of the alerts that were active before.
        dropped: Vec<Transition>,
    },
}

impl RuleAlerts {
    /// Takes the alerts through one evaluation at `t` and tells what changed, in the order of the
    /// alerts' labels.
    ///
    /// `absence` is asked about alerts that end here. An evaluation that failed is no step: the
    /// state stays.
    pub fn step(
        &mut self,
        params: &AlertParams,
        mut observations: Vec<Observation>,
        absence: &dyn Fn(&Alert) -> Absence,
        t: Timestamp,
    ) -> Result<Vec<Transition>, StepError> {
        observations.sort_by(|a, b| a.labels.cmp(&b.labels));
        if observations.windows(2).any(|pair| pair[0].labels == pair[1].labels) {
            return Err(StepError::DuplicateLabels);
        }
        let before = if params.limit > 0 { self.alerts.clone() } else { Vec::new() };
        let mut transitions = Vec::new();
        let known = std::mem::take(&mut self.alerts);
        for (alert, seen) in pair_up(known, observations) {
            let step = One { params, absence, t, transitions: &mut transitions };
            self.alerts.extend(step.take(alert, seen));
        }
        let count = self.active().count();
        if params.limit > 0 && count > params.limit {
            self.alerts.clear();
            let dropped = before.into_iter().filter_map(|a| dropped(a, t)).collect();
            return Err(StepError::LimitExceeded { limit: params.limit, count, dropped });
        }
        Ok(transitions)
    }
}

/// The step of one alert.
struct One<'a> {
    params: &'a AlertParams,
    absence: &'a dyn Fn(&Alert) -> Absence,
    t: Timestamp,
    transitions: &'a mut Vec<Transition>,
}

impl One<'_> {
    /// The alert after the step, or none where it is forgotten.
    fn take(self, alert: Option<Alert>, seen: Option<Observation>) -> Option<Alert> {
        match (alert, seen) {
            (Some(alert), Some(seen)) if alert.is_active() => Some(self.still_seen(alert, seen)),
            (_, Some(seen)) => Some(self.begin(seen)),
            (Some(alert), None) => self.missing(alert),
            (None, None) => None,
        }
    }

    fn begin(self, seen: Observation) -> Alert {
        let mut alert = Alert::new(seen, self.t);
        self.settle(&mut alert, State::Inactive);
        alert
    }

    fn still_seen(self, mut alert: Alert, seen: Observation) -> Alert {
        alert.value = seen.value;
        alert.annotations = seen.annotations;
        alert.series = seen.series;
        alert.keep_firing_since = None;
        let previous = alert.state;
        self.settle(&mut alert, previous);
        alert
    }

    fn missing(self, mut alert: Alert) -> Option<Alert> {
        match alert.state {
            State::Inactive => {
                let kept =
                    alert.resolved_at.is_none_or(|r| self.t.0 - r.0 <= RESOLVED_RETENTION_MS);
                kept.then_some(alert)
            }
            State::Pending => {
                self.ended(&mut alert, TransitionKind::Cancelled);
                None
            }
            State::Firing => {
                let was_held = alert.keep_firing_since.is_some();
                if self.is_held(&mut alert) {
                    self.settle(&mut alert, State::Firing);
                } else {
                    let kind = self.resolved(&alert, was_held);
                    self.ended(&mut alert, kind);
                }
                Some(alert)
            }
        }
    }

    fn is_held(&self, alert: &mut Alert) -> bool {
        if self.params.keep_firing_for_ms <= 0 {
            return false;
        }
        let since = *alert.keep_firing_since.get_or_insert(self.t);
        self.t.0 - since.0 < self.params.keep_firing_for_ms
    }

    fn resolved(&self, alert: &Alert, was_held: bool) -> TransitionKind {
        let (reason, value) = match (self.absence)(alert) {
            Absence::ConditionFalse(value) => (ResolveReason::ConditionFalse, Some(value)),
            Absence::Unknown => (ResolveReason::ConditionFalse, None),
            Absence::SeriesAbsent => (ResolveReason::SeriesAbsent, None),
        };
        let reason = if was_held { ResolveReason::KeepFiringElapsed } else { reason };
        TransitionKind::Resolved { reason, value }
    }

    fn ended(self, alert: &mut Alert, kind: TransitionKind) {
        let previous = alert.state;
        alert.state = State::Inactive;
        alert.resolved_at = Some(self.t);
        alert.n_transitions += 1;
        self.transitions.push(Transition { kind, previous, alert: alert.clone() });
    }

    /// Decides between pending and firing. A firing alert younger than `for` is one whose rule
    /// was changed; it waits again.
    fn settle(self, alert: &mut Alert, previous: State) {
        let is_old_enough = self.t.0 - alert.active_at.0 >= self.params.for_ms;
        let kind = match (alert.state, is_old_enough) {
            (State::Firing, false) => {
                alert.state = State::Pending;
                alert.fired_at = None;
                alert.last_sent_at = None;
                alert.keep_firing_since = None;
                TransitionKind::Pending
            }
            (State::Pending, true) => {
                alert.state = State::Firing;
                alert.fired_at = Some(self.t);
                TransitionKind::Firing
            }
            _ if previous == State::Inactive => TransitionKind::Pending,
            _ => return,
        };
        alert.n_transitions += 1;
        self.transitions.push(Transition { kind, previous, alert: alert.clone() });
    }
}

fn dropped(mut alert: Alert, t: Timestamp) -> Option<Transition> {
    let kind = match alert.state {
        State::Inactive => return None,
        State::Pending => TransitionKind::Cancelled,
        State::Firing => {
            TransitionKind::Resolved { reason: ResolveReason::LimitExceeded, value: None }
        }
    };
    let previous = alert.state;
    alert.state = State::Inactive;
    alert.resolved_at = Some(t);
    alert.n_transitions += 1;
    Some(Transition { kind, previous, alert })
}

/// Merges alerts and observations, both sorted by labels.
fn pair_up(
    alerts: Vec<Alert>,
    observations: Vec<Observation>,
) -> impl Iterator<Item = (Option<Alert>, Option<Observation>)> {
    let mut alerts: Peekable<vec::IntoIter<Alert>> = alerts.into_iter().peekable();
    let mut observations = observations.into_iter().peekable();
    std::iter::from_fn(move || {
        let order = match (alerts.peek(), observations.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(o)) => a.labels.cmp(&o.labels),
        };
        let alert = if order.is_le() { alerts.next() } else { None };
        let seen = if order.is_ge() { observations.next() } else { None };
        Some((alert, seen))
    })
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateLabels => f.write_str(
                "vector contains metrics with the same labelset after applying alert labels",
            ),
            Self::LimitExceeded { limit, count, .. } => {
                write!(f, "exceeded limit of {limit} with {count} alerts")
            }
        }
    }
}

impl std::error::Error for StepError {}
