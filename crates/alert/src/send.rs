//! Which alerts are to be sent now, and with which times.

use model::Timestamp;

use crate::{
    state::{Alert, RuleAlerts, State},
    step::RESOLVED_RETENTION_MS,
};

/// How many sending periods a receiver believes in an alert without hearing of it again.
const VALID_PERIODS: i64 = 4;

/// An alert as it is to be sent.
#[derive(Clone, Debug)]
pub struct Sendable {
    /// The alert.
    pub alert: Alert,
    /// When it began to fire.
    pub starts_at: Timestamp,
    /// When it ended, or until when it is to be believed in.
    pub ends_at: Timestamp,
}

impl RuleAlerts {
    /// The firing and resolved alerts that are to be sent at `t`, which marks them as sent.
    ///
    /// A transition is sent at once; afterwards an alert is sent again at the first evaluation
    /// that lies *more than* `resend_delay_ms` after the last sending. Resolved alerts end after
    /// 15 minutes. Calling this without a step before it, as while the source fails, keeps firing
    /// alerts alive at their receivers.
    pub fn due(&mut self, t: Timestamp, interval_ms: i64, resend_delay_ms: i64) -> Vec<Sendable> {
        let valid_until = Timestamp(t.0 + VALID_PERIODS * interval_ms.max(resend_delay_ms));
        let due = self.alerts.iter_mut().filter(|a| a.needs_sending(t, resend_delay_ms));
        due.map(|alert| {
            alert.last_sent_at = Some(t);
            alert.valid_until = Some(valid_until);
            Sendable {
                starts_at: alert.fired_at.unwrap_or(alert.active_at),
                ends_at: alert.resolved_at.unwrap_or(valid_until),
                alert: alert.clone(),
            }
        })
        .collect()
    }
}

impl Alert {
    // As Alert.needsSending in prometheus rules/alerting.go.
    fn needs_sending(&self, t: Timestamp, resend_delay_ms: i64) -> bool {
        let forgotten = self.resolved_at.is_some_and(|r| t.0 - r.0 > RESOLVED_RETENTION_MS);
        if self.state == State::Pending || forgotten {
            return false;
        }
        match (self.last_sent_at, self.resolved_at) {
            (None, _) => true,
            (Some(sent), Some(resolved)) if resolved > sent => true,
            (Some(sent), _) => sent.0 + resend_delay_ms < t.0,
        }
    }
}
