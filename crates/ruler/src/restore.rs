//! Since when alerts are active, read back after a restart.
//!
//! `ALERTS_FOR_STATE` on the source, written there by whoever ran the same rules before, tells it.
//! A series that ended with a stale marker belongs to an alert that ended, and does not count; a
//! source's raw samples do not show the marker, so a second question asks what was still valid.

use std::collections::BTreeSet;

use alert::{ALERT_NAME, ALERTS_FOR_STATE, Alert};
use model::{Timestamp, duration, quote::quote};

use crate::{
    config::Config,
    group::{Action, AlertRule, GroupPlan},
    tick::{Answers, Found, GroupState, Question},
};

/// What still has to be asked, given what is answered. The first round asks for the newest sample
/// of each alert, the second whether it was still valid before the outage.
pub(crate) fn questions(
    plan: &GroupPlan,
    state: &GroupState,
    config: &Config,
    now: Timestamp,
    answers: &Answers,
) -> Vec<Question> {
    let mut questions = BTreeSet::new();
    for (rule, alerts) in restorable(plan, state, config) {
        let newest = newest_question(rule, config, now);
        if let Some(Ok(found)) = answers.get(&newest) {
            let matching = found.iter().filter(|f| alerts.iter().any(|a| is_of(f, a)));
            questions.extend(matching.map(|f| valid_question(rule, config, now, f)));
        } else if !answers.contains_key(&newest) {
            questions.insert(newest);
        }
    }
    questions.into_iter().filter(|q| !answers.contains_key(q)).collect()
}

/// Moves the beginnings of active alerts to where they were. Where a question failed, it is all
/// asked again later.
pub(crate) fn apply(
    plan: &GroupPlan,
    state: &mut GroupState,
    config: &Config,
    now: Timestamp,
    answers: &Answers,
) {
    let mut moves = Vec::new();
    for (rule, alerts) in restorable(plan, state, config) {
        let Some(Ok(found)) = answers.get(&newest_question(rule, config, now)) else { continue };
        for alert in alerts {
            let Some(newest) = found.iter().find(|f| is_of(f, alert)) else { continue };
            let valid = answers.get(&valid_question(rule, config, now, newest));
            if valid.is_some_and(|v| v.as_ref().is_ok_and(|v| v.iter().any(|f| is_of(f, alert)))) {
                let since = active_at(newest, rule.params.for_ms, config, now);
                moves.push((alert.labels.clone(), since));
            }
        }
    }
    for rule in &mut state.rules {
        for (labels, since) in &moves {
            rule.alerts.set_active_at(labels, *since);
        }
    }
    state.restored = answers.values().all(Result::is_ok);
}

/// The rules whose `for` is worth it, with their active alerts.
fn restorable<'a>(
    plan: &'a GroupPlan,
    state: &'a GroupState,
    config: &'a Config,
) -> impl Iterator<Item = (&'a AlertRule, Vec<&'a Alert>)> {
    plan.rules.iter().zip(&state.rules).filter_map(|(rule, state)| {
        let Action::Alert(rule) = &rule.action else { return None };
        let alerts: Vec<&Alert> = state.alerts.active().collect();
        let is_long = rule.params.for_ms >= config.for_grace_period_ms;
        (is_long && !alerts.is_empty()).then_some((&**rule, alerts))
    })
}

// As Group.RestoreForState in prometheus rules/group.go.
fn active_at(newest: &Found, for_ms: i64, config: &Config, now: Timestamp) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit; `as` saturates")]
    let since = (newest.value.float().unwrap_or(0.0) * 1000.0) as i64;
    let remaining = for_ms - (newest.t_ms - since);
    Timestamp(if remaining <= 0 {
        since
    } else if remaining < config.for_grace_period_ms {
        now.0 + config.for_grace_period_ms - for_ms
    } else {
        since + (now.0 - newest.t_ms)
    })
}

fn newest_question(rule: &AlertRule, config: &Config, now: Timestamp) -> Question {
    let range = duration::format(config.outage_tolerance_ms);
    Question { query: format!("{}[{range}]", selector(rule)), t_ms: now.0 }
}

/// Asked at the last moment at which the sample is valid unless a marker follows it.
fn valid_question(rule: &AlertRule, config: &Config, now: Timestamp, newest: &Found) -> Question {
    let t_ms = now.0.min(newest.t_ms + config.lookback_ms - 1);
    Question { query: selector(rule), t_ms }
}

fn selector(rule: &AlertRule) -> String {
    let mut matchers = vec![format!("{ALERT_NAME}={}", quote(&rule.name))];
    let fixed = rule.labels.iter().filter(|(_, value)| !value.text.contains("{{"));
    matchers.extend(fixed.map(|(name, value)| {
        let is_plain = model::labels::is_legacy_label_name(name);
        let name = if is_plain { name.to_string() } else { quote(name) };
        format!("{name}={}", quote(&value.text))
    }));
    format!("{ALERTS_FOR_STATE}{{{}}}", matchers.join(","))
}

fn is_of(found: &Found, alert: &Alert) -> bool {
    found.labels == *alert.for_state_labels()
}
