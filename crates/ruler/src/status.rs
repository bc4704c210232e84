//! What became of groups and rules: what an API or a page shows.

use std::{sync::Arc, time::Duration};

use alert::{Alert, State};
use model::Timestamp;

use crate::{group::GroupPlan, stream::Waiting};

/// The state of all groups at one moment. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// In the order in which they were loaded.
    pub groups: Vec<Arc<GroupStatus>>,
}

/// What became of a group.
#[derive(Clone, Debug)]
pub struct GroupStatus {
    /// The group.
    pub plan: Arc<GroupPlan>,
    /// The slot that was evaluated last.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, fetching included.
    pub evaluation_time: Duration,
    /// Evaluations, the missed ones included.
    pub iterations: u64,
    /// Slots that passed because the evaluation before them took too long.
    pub missed: u64,
    /// What the source warned of.
    pub warnings: Vec<String>,
    /// One per rule.
    pub rules: Vec<RuleStatus>,
}

/// What became of a rule.
#[derive(Clone, Debug)]
pub struct RuleStatus {
    /// Whether it works.
    pub health: Health,
    /// Why it does not.
    pub last_error: Option<String>,
    /// Until when it is not evaluated because a stream does not cover its windows.
    pub waiting: Option<Waiting>,
    /// The slot that was evaluated last.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, fetching excluded.
    pub evaluation_time: Duration,
    /// How long all evaluations took together, fetching excluded.
    pub total_time: Duration,
    /// How often it was evaluated.
    pub evaluations: u64,
    /// How many of these failed.
    pub failures: u64,
    /// How many elements the last result had.
    pub n_results: usize,
    /// What the last result came with.
    pub notices: Notices,
    /// How many warnings all results so far came with.
    pub n_warnings: u64,
    /// How many infos all results so far came with.
    pub n_infos: u64,
    /// The active alerts of an alerting rule, in the order of their labels.
    pub alerts: Vec<Alert>,
}

/// What Prometheus calls annotations of a query, each with its place in the expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    /// The result is likely not what was meant.
    pub warnings: Vec<String>,
    /// Worth knowing.
    pub infos: Vec<String>,
}

/// Whether a rule works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Health {
    /// It was not evaluated yet, or can't be for now.
    #[default]
    Unknown,
    /// Its last evaluation had a result.
    Ok,
    /// Its last evaluation failed.
    Err,
}

impl GroupStatus {
    /// A group that was not evaluated yet.
    pub fn new(plan: Arc<GroupPlan>) -> Self {
        let rules = plan.rules.iter().map(|_| RuleStatus::default()).collect();
        Self {
            plan,
            last_evaluation: None,
            evaluation_time: Duration::ZERO,
            iterations: 0,
            missed: 0,
            warnings: Vec::new(),
            rules,
        }
    }
}

impl RuleStatus {
    /// The highest state of any alert; none before the first evaluation.
    pub fn state(&self) -> Option<State> {
        let highest = self.alerts.iter().map(|a| a.state).max().unwrap_or(State::Inactive);
        self.last_evaluation.map(|_| highest)
    }
}

impl Default for RuleStatus {
    fn default() -> Self {
        Self {
            health: Health::Unknown,
            last_error: None,
            waiting: None,
            last_evaluation: None,
            evaluation_time: Duration::ZERO,
            total_time: Duration::ZERO,
            evaluations: 0,
            failures: 0,
            n_results: 0,
            notices: Notices::default(),
            n_warnings: 0,
            n_infos: 0,
            alerts: Vec::new(),
        }
    }
}

impl Health {
    /// As Prometheus's API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Err => "err",
        }
    }
}
