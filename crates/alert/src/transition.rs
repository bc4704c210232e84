//! What happened to an alert at a step.

use crate::state::{Alert, State};

/// A change of an alert's state, with the alert as it is afterwards.
#[derive(Clone, Debug)]
pub struct Transition {
    /// What happened.
    pub kind: TransitionKind,
    /// The state before; inactive for an alert that is seen for the first time, or anew.
    pub previous: State,
    /// The alert after it.
    pub alert: Alert,
}

/// The kinds of transitions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TransitionKind {
    /// The condition is met, but not yet for as long as `for` demands.
    Pending,
    /// The alert began to fire.
    Firing,
    /// A firing alert ended.
    Resolved {
        /// Why.
        reason: ResolveReason,
        /// The value that no longer met the condition, where it is known.
        value: Option<f64>,
    },
    /// A pending alert ended without having fired.
    Cancelled,
}

/// Why a firing alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolveReason {
    /// The series is there and no longer meets the condition.
    ConditionFalse,
    /// The series is gone.
    SeriesAbsent,
    /// `keep_firing_for` held the alert and is over.
    KeepFiringElapsed,
    /// The rule exceeded its limit, which drops all its alerts.
    LimitExceeded,
}

impl TransitionKind {
    /// The kind in one word, as events name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
            Self::Resolved { .. } => "resolved",
            Self::Cancelled => "cancelled",
        }
    }
}

impl ResolveReason {
    /// As events name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConditionFalse => "condition_false",
            Self::SeriesAbsent => "series_absent",
            Self::KeepFiringElapsed => "keep_firing_elapsed",
            Self::LimitExceeded => "limit_exceeded",
        }
    }
}
