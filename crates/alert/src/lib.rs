//! The alert state machine: what a rule's result, its former alerts and the time make of its alerts.
//!
//! It evaluates nothing, expands no templates, sends nothing and keeps no clock; one total
//! function, [`RuleAlerts::step`], turns observations into state and [`Transition`]s, and
//! [`RuleAlerts::due`] says which alerts are to be sent now.
//! Start at [`step`](RuleAlerts::step); `tests/alert/*.timeline` show it at work.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod send;
mod series;
mod state;
mod step;
mod transition;

pub use send::Sendable;
pub use series::{ALERT_NAME, ALERT_STATE, ALERTS, ALERTS_FOR_STATE};
pub use state::{Alert, Annotations, Observation, RuleAlerts, State};
pub use step::{Absence, AlertParams, RESOLVED_RETENTION_MS, StepError};
pub use transition::{ResolveReason, Transition, TransitionKind};
