//! Runs `tests/alert/*.timeline` of the repository: observations over time, expected states.
//!
//! A file's lines:
//!
//! ```text
//! # a comment
//! rule for=1m keep_firing_for=0 limit=0 interval=30s resend=1m   the rule, and a new start
//! 30s  a=1 5 | a=2 7        what an evaluation at 30 s sees: labels and value, `|` between
//! 60s  -                    an evaluation with an empty result
//! 90s  - a=1 below 3        … of which the compared side still has a=1, with the value 3
//! 90s  - a=1 gone           … or has it no more
//! 90s  fails                an evaluation that fails; alerts due are sent all the same
//! ```
//!
//! Under an evaluation stand, indented, what is expected of it: `+` a transition, `=` an alert
//! kept, `>` an alert sent, `!` an error. `UPDATE_EXPECT=1` writes them.

#![expect(clippy::unwrap_used, reason = "a malformed timeline fails its test")]

use std::{fmt::Write, fs, path::Path};

use alert::{
    Absence, Alert, AlertParams, Observation, RuleAlerts, StepError, Transition, TransitionKind,
};
use model::{Labels, Timestamp, duration};

#[test]
fn timelines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/alert");
    let files = fs::read_dir(&folder).expect("tests/alert is there");
    let mut paths: Vec<_> = files.map(|f| f.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "timeline"));
    paths.sort();
    assert!(paths.len() > 5, "only {} timelines in {}", paths.len(), folder.display());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let actual = run(&text);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, actual).unwrap();
        } else {
            let line = text.lines().zip(actual.lines()).position(|(a, b)| a != b);
            let line = line.unwrap_or_else(|| text.lines().count().min(actual.lines().count()));
            assert!(text == actual, "{}:{}: got\n{actual}", path.display(), line + 1);
        }
    }
}

struct Bench {
    params: AlertParams,
    interval: i64,
    resend: i64,
    alerts: RuleAlerts,
}

/// The input lines of a timeline with what they lead to.
fn run(text: &str) -> String {
    let mut bench = Bench {
        params: AlertParams::default(),
        interval: 15_000,
        resend: 60_000,
        alerts: RuleAlerts::default(),
    };
    let mut out = String::new();
    for line in text.lines().filter(|l| !l.starts_with(' ')) {
        writeln!(out, "{line}").unwrap();
        if let Some(rule) = line.strip_prefix("rule ") {
            bench.configure(rule);
        } else if !line.is_empty() && !line.starts_with('#') {
            bench.evaluate(line, &mut out);
        }
    }
    out
}

impl Bench {
    fn configure(&mut self, rule: &str) {
        for word in rule.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap();
            match name {
                "for" => self.params.for_ms = ms(value),
                "keep_firing_for" => self.params.keep_firing_for_ms = ms(value),
                "limit" => self.params.limit = value.parse().unwrap(),
                "interval" => self.interval = ms(value),
                "resend" => self.resend = ms(value),
                "keep" => {}
                other => panic!("unknown setting {other}"),
            }
        }
        if !rule.contains("keep=state") {
            self.alerts = RuleAlerts::default();
        }
    }

    fn evaluate(&mut self, line: &str, out: &mut String) {
        let (time, rest) = line.split_once(' ').unwrap();
        let (t, rest) = (Timestamp(ms(time)), rest.trim());
        if rest != "fails" {
            self.step(t, rest, out);
        }
        for alert in self.alerts.iter() {
            writeln!(out, "  = {}", describe(alert)).unwrap();
        }
        for sent in self.alerts.due(t, self.interval, self.resend) {
            let (from, to) = (at(sent.starts_at), at(sent.ends_at));
            writeln!(out, "  > {} {from}..{to}", sent.alert.labels).unwrap();
        }
        for (labels, value) in self.alerts.series() {
            assert!(labels.metric_name() != "ALERTS" || value.to_bits() == 1f64.to_bits());
        }
    }

    fn step(&mut self, t: Timestamp, rest: &str, out: &mut String) {
        let (seen, absent) = match rest.strip_prefix('-') {
            Some(absent) => ("", absent.trim()),
            None => (rest, ""),
        };
        let seen = seen.split('|').map(str::trim).filter(|s| !s.is_empty()).map(observation);
        let absence = |alert: &Alert| absence(absent, alert);
        let step = self.alerts.step(&self.params, seen.collect(), &absence, t);
        if let Err(e) = &step {
            writeln!(out, "  ! {e}").unwrap();
        }
        let transitions = match step {
            Ok(transitions) => transitions,
            Err(StepError::LimitExceeded { dropped, .. }) => dropped,
            Err(StepError::DuplicateLabels) => Vec::new(),
        };
        for transition in transitions {
            writeln!(out, "  + {}", describe_transition(&transition)).unwrap();
        }
    }
}

fn describe_transition(t: &Transition) -> String {
    let text = format!("{} -> {} {}", t.previous, t.kind.name(), t.alert.labels);
    match t.kind {
        TransitionKind::Resolved { reason, value: Some(v) } => {
            format!("{text} {} {v}", reason.name())
        }
        TransitionKind::Resolved { reason, .. } => format!("{text} {}", reason.name()),
        _ => text,
    }
}

fn describe(alert: &Alert) -> String {
    let mut text = format!(
        "{} {} value={} active={}",
        alert.state,
        alert.labels,
        alert.value,
        at(alert.active_at)
    );
    for (name, time) in [
        ("fired", alert.fired_at),
        ("held_since", alert.keep_firing_since),
        ("resolved", alert.resolved_at),
    ] {
        if let Some(time) = time {
            write!(text, " {name}={}", at(time)).unwrap();
        }
    }
    text
}

fn observation(text: &str) -> Observation {
    let (labels, value) = text.rsplit_once(' ').unwrap();
    let series = labels_of(labels);
    Observation {
        labels: series.clone(),
        series,
        annotations: [].into(),
        value: value.parse().unwrap(),
    }
}

fn absence(text: &str, alert: &Alert) -> Absence {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(labels), Some("below"), Some(v)) if labels_of(labels) == alert.series => {
            Absence::ConditionFalse(v.parse().unwrap())
        }
        (Some(labels), Some("gone"), None) if labels_of(labels) == alert.series => {
            Absence::SeriesAbsent
        }
        _ => Absence::Unknown,
    }
}

fn labels_of(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

fn ms(text: &str) -> i64 {
    duration::parse(text).unwrap()
}

fn at(t: Timestamp) -> String {
    duration::format(t.0)
}
