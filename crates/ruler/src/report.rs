//! Transitions and alerts in the words of `notify`.

use alert::{ResolveReason, Sendable, State, Transition, TransitionKind};
use model::Labels;
use notify::{
    AlertEvent, AlertUpdate, EvalInfo, Event, EventSource, Reason, RuleEvent, RuleHealth, Status,
    Threshold,
};

use crate::{config::Config, group::RulePlan};

/// What an evaluation has to tell the world.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// For event logs, in order.
    pub events: Vec<Event>,
    /// For Alertmanagers.
    pub alerts: Vec<AlertUpdate>,
}

impl Delivery {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.alerts.is_empty()
    }
}

/// The event of a transition. `threshold` is the comparison that decides about the alert.
pub(crate) fn transition(
    rule: &RulePlan,
    transition: Transition,
    threshold: Option<Threshold>,
    eval: &EvalInfo,
    config: &Config,
) -> Event {
    let Transition { kind, previous, alert } = transition;
    let (what, reason, value) = match kind {
        TransitionKind::Pending => {
            (notify::Transition::Pending, Reason::ConditionTrue, Some(alert.value))
        }
        TransitionKind::Firing => {
            (notify::Transition::Firing, Reason::ConditionTrue, Some(alert.value))
        }
        TransitionKind::Cancelled => (notify::Transition::Cancelled, Reason::ConditionFalse, None),
        TransitionKind::Resolved { reason, value } => {
            (notify::Transition::Resolved, why(reason), value)
        }
    };
    Event::alert(AlertEvent {
        source: source(config),
        transition: what,
        previous: status(previous),
        seq: alert.n_transitions,
        rule: rule.info.clone(),
        labels: alert.labels,
        annotations: alert.annotations.to_vec(),
        value,
        threshold,
        active_at: alert.active_at,
        fired_at: alert.fired_at,
        resolved_at: alert.resolved_at,
        reason,
        eval: eval.clone(),
        replay: false,
        restored: false,
    })
}

/// The event of a rule that began to fail, or works again.
pub(crate) fn health(
    rule: &RulePlan,
    health: RuleHealth,
    since: model::Timestamp,
    eval: &EvalInfo,
    config: &Config,
) -> Event {
    let (source, rule) = (source(config), rule.info.clone());
    Event::rule(RuleEvent { source, rule, health, since, eval: eval.clone() })
}

/// An alert as Alertmanagers are to see it.
pub(crate) fn update(generator_url: &str, due: &Sendable, config: &Config) -> AlertUpdate {
    let labels = with_external(&due.alert.labels, &config.external_labels);
    AlertUpdate {
        fingerprint: labels.fingerprint(),
        labels,
        annotations: due.alert.annotations.to_vec(),
        starts_at: due.starts_at,
        ends_at: due.ends_at,
        generator_url: generator_url.to_owned(),
        resolved: due.alert.state == State::Inactive,
    }
}

/// Labels that the alert has itself win.
fn with_external(labels: &Labels, external: &Labels) -> Labels {
    if external.is_empty() {
        return labels.clone();
    }
    let mut builder = external.to_builder();
    for (name, value) in labels.iter() {
        builder.set(name, value);
    }
    builder.build()
}

fn source(config: &Config) -> EventSource {
    EventSource { engine: config.engine.clone() }
}

fn why(reason: ResolveReason) -> Reason {
    match reason {
        ResolveReason::ConditionFalse => Reason::ConditionFalse,
        ResolveReason::SeriesAbsent => Reason::SeriesAbsent,
        ResolveReason::KeepFiringElapsed => Reason::KeepFiringElapsed,
        ResolveReason::LimitExceeded => Reason::LimitExceeded,
    }
}

fn status(state: State) -> Status {
    match state {
        State::Inactive => Status::Inactive,
        State::Pending => Status::Pending,
        State::Firing => Status::Firing,
    }
}
