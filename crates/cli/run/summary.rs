//! What a person wants to know when a run begins and when it ends.

use engine::Cut;
use model::duration;
use notify::{Drained, Stats};
use ruler::{EvaluationSlots, RuleSet, Snapshot, group::Action, status::Health};

use crate::{config::Config, output::count};

/// One line: what is evaluated, from where, and where it goes.
pub(super) fn started(once: bool, config: &Config, rules: &RuleSet, source: &str) -> String {
    let all = || rules.groups.iter().flat_map(|group| &group.rules);
    let alerts = all().filter(|rule| matches!(rule.action, Action::Alert(_))).count();
    let records = all().count() - alerts;
    let mut intervals: Vec<_> = rules.groups.iter().map(|group| group.interval_ms).collect();
    intervals.sort_unstable();
    intervals.dedup();
    let alertmanagers: Vec<_> = config.alertmanagers.iter().map(|a| a.base.clone()).collect();
    let intervals: Vec<_> = intervals.into_iter().map(duration::format).collect();
    let from = match &config.ruler.stream {
        Some(_) => format!("remote write to http://{}/api/v1/write", config.stream_address()),
        None => format!("{source} (cut {})", cut(config.ruler.cut)),
    };
    let when = if once { "once".to_owned() } else { periodically(&intervals, config) };
    format!(
        "watching: {} and {} in {} of {}, {when}; \
         samples from {from}; alerts to {}; events to {}",
        count(alerts, "alert"),
        count(records, "recording rule"),
        count(rules.groups.len(), "group"),
        count(config.rule_files.len(), "file"),
        or_nowhere(&alertmanagers),
        or_nowhere(&event_sinks(config)),
    )
}

fn cut(cut: Cut) -> &'static str {
    match cut {
        Cut::Selectors => "selectors",
        Cut::Shared => "shared",
        Cut::Whole => "whole",
    }
}

fn periodically(intervals: &[String], config: &Config) -> String {
    let slots = match config.ruler.slots {
        EvaluationSlots::Spread => "each at its own slots",
        EvaluationSlots::Together => "all at common slots",
    };
    format!("every {}, {slots}", intervals.join(", "))
}

/// Tells what was delivered; whether all of it was.
pub(super) fn ended(drained: Drained, stats: &Stats) -> bool {
    for target in &stats.alertmanagers {
        let (sent, errors) = (target.sent, target.errors);
        let (dropped, quarantined) = (target.dropped, target.quarantined);
        let alertmanager = &target.name;
        tracing::info!(%alertmanager, sent, errors, dropped, quarantined, "alerts delivered");
    }
    for sink in &stats.sinks {
        let (written, dropped) = (sink.written, sink.dropped);
        tracing::info!(sink = sink.name, written, errors = sink.errors, dropped, "events written");
    }
    let complete = drained == Drained::default();
    if !complete {
        let Drained { undelivered_alerts: alerts, undelivered_events: events } = drained;
        tracing::warn!(alerts, events, "some were not delivered and are given up");
    }
    complete
}

/// How many rules failed at their last evaluation.
pub(super) fn failed_rules(snapshot: &Snapshot) -> usize {
    let rules = snapshot.groups.iter().flat_map(|group| &group.rules);
    rules.filter(|rule| rule.health == Health::Err).count()
}

fn event_sinks(config: &Config) -> Vec<String> {
    let stdout = config.events.stdout.then(|| "stdout".to_owned());
    let file = config.events.file.as_ref().map(|file| file.display().to_string());
    stdout.into_iter().chain(file).collect()
}

fn or_nowhere(names: &[String]) -> String {
    if names.is_empty() { "nowhere".to_owned() } else { names.join(", ") }
}
