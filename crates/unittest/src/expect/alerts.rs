//! The alerts of a name that fire at a time, against those that should.

use alert::{ALERT_NAME, State};
use diagnostics::{Diagnostic, Finding};
use model::{Timestamp, duration, quote::quote};
use testfile::{AlertTest, ExpAlert, Text};

use super::pairs::{Expected, Got, Pair, Pairing, pair};
use crate::{
    parts, promtool,
    report::{Failure, Line, Mark},
    simulate::Simulation,
};

/// Compares; none if all is as it should be. `t` is when rules were evaluated last.
pub(crate) fn check(of: &Simulation<'_>, test: &AlertTest, t: Timestamp) -> Option<Failure> {
    let name = test.alertname.as_ref()?;
    let expected: Vec<Expected> =
        test.exp_alerts.iter().map(|alert| expectation(alert, &name.text)).collect();
    let mut got = firing(of, &name.text);
    got.sort();
    let pairing = pair(&expected, &got);
    if pairing.different.is_empty() && pairing.missing.is_empty() && pairing.unexpected.is_empty() {
        return None;
    }
    let promtool = promtool::alerts(of, test, &expected, &got);
    let diagnostic = Diagnostic::error("alerts", name.span(), summary(test, name, &pairing));
    let mut lines = of.where_lines();
    lines.extend(differences(&expected, &got, &pairing));
    lines.extend(why(of, &name.text, t));
    let source = std::sync::Arc::clone(&of.input.source);
    Some(Failure { finding: Finding { source, diagnostic }, lines, promtool })
}

/// What is expected of an alert, with the label that every alert has.
pub(crate) fn expectation(alert: &ExpAlert, name: &str) -> Expected {
    let with = |exact: &[Pair], subset: Option<&[Pair]>| {
        let all = exact.iter().chain(subset.into_iter().flatten()).cloned();
        all.collect::<std::collections::BTreeMap<String, String>>()
    };
    let mut labels = with(&alert.labels, alert.labels_subset.as_deref());
    labels.insert(ALERT_NAME.to_owned(), name.to_owned());
    let annotations = with(&alert.annotations, alert.annotations_subset.as_deref());
    Expected {
        labels: labels.into_iter().collect(),
        annotations: annotations.into_iter().collect(),
        more_labels: alert.labels_subset.is_some(),
        more_annotations: alert.annotations_subset.is_some(),
    }
}

fn firing(of: &Simulation<'_>, name: &str) -> Vec<Got> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let rules = of.rules.alerts(name);
    let alerts = rules.flat_map(|(group, rule, _)| &of.offline.status(group).rules[rule].alerts);
    let firing = alerts.filter(|alert| alert.state == State::Firing);
    firing
        .map(|alert| Got {
            labels: alert.labels.iter().map(owned).collect(),
            annotations: alert.annotations.to_vec(),
        })
        .collect()
}

fn summary(test: &AlertTest, name: &Text, pairing: &Pairing) -> String {
    let Pairing { different, missing, unexpected } = pairing;
    let count = |n: usize, what: &str| match n {
        0 => None,
        n => Some(format!("{n} {what}")),
    };
    let found = [
        count(missing.len(), "missing"),
        count(different.len(), "different"),
        count(unexpected.len(), "unexpected"),
    ];
    let found = found.into_iter().flatten().collect::<Vec<_>>().join(", ");
    format!("{} at {}: {found}", name.text, duration::format(test.eval_time.ms))
}

fn differences(expected: &[Expected], got: &[Got], pairing: &Pairing) -> Vec<Line> {
    let mut lines = Vec::new();
    for e in &pairing.missing {
        let alert = &expected[*e];
        lines.push(Line::new(Mark::Expected, 1, show(&alert.labels, alert.more_labels)));
        lines.extend(names(Mark::Expected, &alert.annotations));
    }
    for g in &pairing.unexpected {
        lines.push(Line::new(Mark::Got, 1, show(&got[*g].labels, false)));
        lines.extend(names(Mark::Got, &got[*g].annotations));
    }
    for (e, g) in &pairing.different {
        let (expected, got) = (&expected[*e], &got[*g]);
        let common: Vec<Pair> =
            got.labels.iter().filter(|label| expected.labels.contains(label)).cloned().collect();
        lines.push(Line::both(1, show(&common, common.len() < got.labels.len())));
        differing("label", &expected.labels, &got.labels, expected.more_labels, &mut lines);
        let (wanted, came) = (&expected.annotations, &got.annotations);
        differing("annotation", wanted, came, expected.more_annotations, &mut lines);
    }
    lines
}

/// Names whose values differ, or that only one side has.
fn differing(what: &str, expected: &[Pair], got: &[Pair], more: bool, lines: &mut Vec<Line>) {
    let mut all: Vec<&String> = expected.iter().chain(got).map(|(name, _)| name).collect();
    all.sort();
    all.dedup();
    let value = |side: &[Pair], name: &String| {
        side.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    for name in all {
        let (wanted, came) = (value(expected, name), value(got, name));
        if wanted == came || more && wanted.is_none() {
            continue;
        }
        let mut line = |mark, value: Option<String>| {
            let text = value.map(|value| format!("{what} {name}: {}", quote(&value)));
            lines.extend(text.map(|text| Line::new(mark, 2, text)));
        };
        line(Mark::Expected, wanted);
        line(Mark::Got, came);
    }
}

fn names(mark: Mark, pairs: &[Pair]) -> impl Iterator<Item = Line> {
    let line = move |(name, value): &Pair| {
        Line::new(mark, 2, format!("annotation {name}: {}", quote(value)))
    };
    pairs.iter().map(line)
}

/// A label set without the name that all have.
fn show(labels: &[Pair], more: bool) -> String {
    let shown = labels.iter().filter(|(name, _)| name != ALERT_NAME);
    let mut shown: Vec<String> =
        shown.map(|(name, value)| format!("{name}={}", quote(value))).collect();
    if more {
        shown.push("…".to_owned());
    }
    format!("{{{}}}", shown.join(", "))
}

/// What the rules of the name saw.
fn why(of: &Simulation<'_>, name: &str, t: Timestamp) -> Vec<Line> {
    let mut lines = Vec::new();
    for (group, rule, written) in of.rules.alerts(name) {
        let status = of.offline.status(group);
        let (source, span) = of.rules.place(group, rule, None);
        let at = source.lines.line_col(span.start);
        let since = status.last_evaluation.unwrap_or(t).0 - of.test.start;
        let head = format!("{}:{at} at {}:", source.name, duration::format(since));
        lines.push(Line::both(1, head));
        let waits = written.alerting().map_or(0, |alerting| alerting.for_ms);
        for alert in status.rules[rule].alerts.iter().filter(|a| a.state == State::Pending) {
            let since = duration::format(alert.active_at.0 - of.test.start);
            let labels: Vec<Pair> =
                alert.labels.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
            let (labels, waits) = (show(&labels, false), duration::format(waits));
            lines.push(Line::both(2, format!("{labels} is pending since {since}, for {waits}")));
        }
        if let Some(output) = of.offline.output(group, rule) {
            lines.extend(parts::lines(&written.expr_text, output.parts(), 2));
        }
    }
    if lines.is_empty() {
        lines.push(Line::both(1, format!("no rule makes alerts named {name}")));
    }
    lines
}
