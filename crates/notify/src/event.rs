//! Events: every transition of an alert and every change of a rule's health, as `CloudEvents`.
//!
//! The caller fills [`AlertEvent`] or [`RuleEvent`]; an [`Event`] adds the identity and prints
//! itself as one JSON line (`event/line.rs`). The schema grows by addition only: readers ignore
//! fields they do not know.

mod line;

use model::{Fingerprint, Labels, Timestamp};
use uuid::Uuid;

#[cfg(test)]
use line::MAX_LINE;

/// One event, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    id: Uuid,
    body: Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Alert(Box<AlertEvent>),
    Rule(Box<RuleEvent>),
}

/// Who evaluates what. Two engines that share rules and a name give the same event the same id,
/// so a consumer can drop one of them: leave the host out of `engine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSource {
    /// The engine's name, such as `watchfire`.
    pub engine: String,
}

/// The rule behind an event.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleInfo {
    /// The alert's or record's name.
    pub name: String,
    /// The group's name.
    pub group: String,
    /// The rule file.
    pub file: String,
    /// The expression.
    pub expr: String,
    /// How long a condition must hold, in seconds.
    pub for_s: f64,
    /// A digest of the loaded rules.
    pub version: String,
}

/// The evaluation that made an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalInfo {
    /// The time evaluated for.
    pub ts: Timestamp,
    /// How long after its slot the evaluation began, in seconds.
    pub lag_s: f64,
    /// How long it took, in seconds.
    pub took_s: f64,
    /// How many series the source answered with.
    pub series_fetched: Option<u64>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
}

/// What an alert did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// The condition holds, `for` has not passed.
    Pending,
    /// It fires.
    Firing,
    /// It fired and is over.
    Resolved,
    /// It was pending and never fired.
    Cancelled,
}

/// The state of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The condition does not hold.
    Inactive,
    /// It holds, but not yet for long enough.
    Pending,
    /// It fires.
    Firing,
}

/// Why a transition happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The expression returned the alert.
    ConditionTrue,
    /// The series are there, the condition is false.
    ConditionFalse,
    /// The series behind the alert are gone.
    SeriesAbsent,
    /// `keep_firing_for` ran out.
    KeepFiringElapsed,
    /// The rule exceeded its limit, which drops all its alerts.
    LimitExceeded,
    /// The rule was removed.
    RuleRemoved,
    /// The rule was changed.
    RuleChanged,
    /// It ended while the engine was down.
    StateExpiredOnRestart,
    /// Somebody ended it.
    Manual,
}

/// The comparison at the top of an alert's expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The operator.
    pub op: String,
    /// The right side, where it is one number.
    pub rhs: Option<f64>,
    /// The left side as text.
    pub lhs_expr: String,
}

/// A transition of one alert.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertEvent {
    /// Who evaluated.
    pub source: EventSource,
    /// What happened.
    pub transition: Transition,
    /// The state before.
    pub previous: Status,
    /// Counts the events of one episode from 1.
    pub seq: u32,
    /// The rule.
    pub rule: RuleInfo,
    /// The alert's labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Vec<(String, String)>,
    /// The expression's value; for a resolve, the left side's value at that time where known.
    pub value: Option<f64>,
    /// What the value is compared with.
    pub threshold: Option<Threshold>,
    /// When the condition first held: the start of the episode.
    pub active_at: Timestamp,
    /// When it fired.
    pub fired_at: Option<Timestamp>,
    /// When it resolved.
    pub resolved_at: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// The evaluation.
    pub eval: EvalInfo,
    /// Whether this comes from a replay of history.
    pub replay: bool,
    /// Whether the state was restored after a restart.
    pub restored: bool,
}

/// How a rule's evaluation changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleHealth {
    /// It fails now; its alerts are kept as they were.
    Error {
        /// What went wrong.
        message: String,
        /// The query that failed.
        query: String,
    },
    /// It works again.
    Recovered,
}

/// A change of a rule's health.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleEvent {
    /// Who evaluated.
    pub source: EventSource,
    /// The rule.
    pub rule: RuleInfo,
    /// What happened.
    pub health: RuleHealth,
    /// When the first failure of this episode was.
    pub since: Timestamp,
    /// The evaluation.
    pub eval: EvalInfo,
}

impl Event {
    /// A transition of an alert.
    pub fn alert(event: AlertEvent) -> Self {
        let id = identity(
            &event.source.uri(&event.rule),
            &event.fingerprint().to_string(),
            event.active_at,
            event.transition.name(),
            event.eval.ts,
        );
        Self { id, body: Body::Alert(Box::new(event)) }
    }

    /// A change of a rule's health.
    pub fn rule(event: RuleEvent) -> Self {
        let id = identity(
            &event.source.uri(&event.rule),
            &event.rule.uid(),
            event.since,
            event.health.name(),
            event.eval.ts,
        );
        Self { id, body: Body::Rule(Box::new(event)) }
    }

    /// The same transition has the same id, also after a crash and from a twin.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The type, such as `watchfire.alert.firing.v1`.
    pub fn kind(&self) -> String {
        match &self.body {
            Body::Alert(event) => format!("watchfire.alert.{}.v1", event.transition.name()),
            Body::Rule(event) => format!("watchfire.rule.{}.v1", event.health.name()),
        }
    }

    /// The alert behind the event, where it is about one.
    pub fn as_alert(&self) -> Option<&AlertEvent> {
        match &self.body {
            Body::Alert(event) => Some(event),
            Body::Rule(_) => None,
        }
    }

    /// The rule event, where it is one.
    pub fn as_rule(&self) -> Option<&RuleEvent> {
        match &self.body {
            Body::Alert(_) => None,
            Body::Rule(event) => Some(event),
        }
    }

    /// The event as one line of JSON, with its line end, of at most one MiB: texts are
    /// cut where it would be longer.
    pub fn to_line(&self) -> Vec<u8> {
        line::render(self)
    }
}

impl AlertEvent {
    /// Alertmanager's fingerprint of the labels.
    pub fn fingerprint(&self) -> Fingerprint {
        self.labels.fingerprint()
    }
}

impl EventSource {
    fn uri(&self, rule: &RuleInfo) -> String {
        format!("//{}/{}#{}", self.engine, rule.file.trim_start_matches('/'), rule.group)
    }
}

impl RuleInfo {
    /// A short stable name of the rule: changes with its file, group, name or expression.
    pub fn uid(&self) -> String {
        let parts = [&*self.file, &*self.group, &*self.name, &*self.expr];
        Uuid::new_v5(&NAMESPACE, parts.join("\0").as_bytes()).simple().to_string()[..16].to_owned()
    }
}

impl Transition {
    /// The word used in event types and ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved => "resolved",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Status {
    /// The word used in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

impl Reason {
    /// The word used in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConditionTrue => "condition_true",
            Self::ConditionFalse => "condition_false",
            Self::SeriesAbsent => "series_absent",
            Self::KeepFiringElapsed => "keep_firing_elapsed",
            Self::LimitExceeded => "limit_exceeded",
            Self::RuleRemoved => "rule_removed",
            Self::RuleChanged => "rule_changed",
            Self::StateExpiredOnRestart => "state_expired_on_restart",
            Self::Manual => "manual",
        }
    }
}

impl RuleHealth {
    /// The word used in event types and ids.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::Recovered => "recovered",
        }
    }
}

/// The namespace of our ids: a random UUID, never to change.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_9a53_41de_4b7a_9c1e_52b8_7d30_e4f6);

fn identity(source: &str, subject: &str, start: Timestamp, what: &str, eval: Timestamp) -> Uuid {
    let text = format!("{source}\0{subject}\0{}\0{what}\0{}", start.0, eval.0);
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}

#[cfg(test)]
mod tests;
