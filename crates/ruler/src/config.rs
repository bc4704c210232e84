//! What the ruler is told besides the rules.

use engine::{Cut, PlanOptions, Regrouping};
use model::Labels;

use crate::stream::StreamConfig;

/// Settings that hold for all groups. Durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Between two evaluations of a group that names no interval.
    pub evaluation_interval_ms: i64,
    /// How far in the past groups evaluate that do not say.
    pub query_offset_ms: i64,
    /// How far back instant selectors look.
    pub lookback_ms: i64,
    /// At least this long passes before an unchanged alert is sent again.
    pub resend_delay_ms: i64,
    /// For how long firing alerts of a rule that fails are kept alive at their receivers.
    pub hold_ms: i64,
    /// The recent past that is fetched again at each evaluation, because samples arrive late;
    /// none for 30 seconds or two of the group's intervals, whichever is more.
    pub overlap_ms: Option<i64>,
    /// Whether the time since which alerts are active is read from `ALERTS_FOR_STATE` at start.
    pub restore: bool,
    /// How far back `restore` looks.
    pub outage_tolerance_ms: i64,
    /// Alerts with a shorter `for` are not restored, and a restored one waits at least this long.
    pub for_grace_period_ms: i64,
    /// Added to alerts as they are sent, where they lack them; templates see them too.
    pub external_labels: Labels,
    /// Where the expression browser behind an alert's link is.
    pub external_url: String,
    /// The engine's name in events.
    pub engine: String,
    /// What differs from an evaluation without flags.
    pub evaluation: Evaluation,
    /// What the source evaluates of the rules' expressions.
    pub cut: Cut,
    /// Which aggregations are computed from finer ones that the source evaluates.
    pub regrouping: Regrouping,
    /// When in their intervals groups are evaluated.
    pub slots: EvaluationSlots,
    /// How samples come by themselves; none where they are fetched.
    pub stream: Option<StreamConfig>,
}

/// When in their intervals groups are evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvaluationSlots {
    /// As Prometheus does: each group has a place of its own, by a hash of its file and name.
    #[default]
    Spread,
    /// All groups at multiples of their intervals, so that they can share what is fetched.
    Together,
}

/// How expressions are evaluated: what Prometheus has feature flags for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether metric names stay until the end of an evaluation.
    pub delayed_name_removal: bool,
    /// Whether counters are known to start at the start timestamps of their samples.
    pub start_timestamps: bool,
    /// Whether the labels `__type__` and `__unit__` tell what a metric is.
    pub type_and_unit_labels: bool,
}

impl Config {
    /// How the rules' expressions are planned. A subquery that names no step has the step of
    /// groups that name no interval.
    pub fn plan_options(&self) -> PlanOptions {
        let Evaluation { delayed_name_removal, start_timestamps, type_and_unit_labels } =
            self.evaluation;
        PlanOptions {
            cut: self.cut,
            regrouping: self.regrouping,
            default_step: self.evaluation_interval_ms,
            lookback: self.lookback_ms,
            delayed_name_removal,
            start_timestamps,
            type_and_unit_labels,
            ..PlanOptions::default()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            evaluation_interval_ms: 15_000,
            query_offset_ms: 0,
            lookback_ms: 300_000,
            resend_delay_ms: 60_000,
            hold_ms: 3_600_000,
            overlap_ms: None,
            restore: false,
            outage_tolerance_ms: 3_600_000,
            for_grace_period_ms: 600_000,
            external_labels: Labels::empty(),
            external_url: String::new(),
            engine: "watchfire".to_owned(),
            evaluation: Evaluation::default(),
            cut: Cut::default(),
            regrouping: Regrouping::default(),
            slots: EvaluationSlots::default(),
            stream: None,
        }
    }
}
