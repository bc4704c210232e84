//! An event as one line of JSON.
//!
//! The envelope is `CloudEvents` 1.0. Its first attributes are extensions that repeat what a
//! person wants to see in a terminal: time, status, name, severity, summary.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::{AlertEvent, Body, EvalInfo, Event, RuleEvent, RuleHealth, RuleInfo};
use crate::rfc3339;

/// The longest line, in bytes, with its line end: one write that no other writer can split.
pub(super) const MAX_LINE: usize = 1 << 20;

/// Texts are cut to these lengths in turn until the line fits; nothing is left of them at last.
const CUTS: [usize; 6] = [usize::MAX, 64 << 10, 4 << 10, 512, 32, 0];

pub(super) fn render(event: &Event) -> Vec<u8> {
    let lines = CUTS.map(|limit| move || render_cut(event, Cut { limit }));
    let mut line = Vec::new();
    for render in lines {
        line = render();
        if line.len() <= MAX_LINE {
            break;
        }
    }
    line
}

fn render_cut(event: &Event, cut: Cut) -> Vec<u8> {
    let mut line = match &event.body {
        Body::Alert(alert) => serde_json::to_vec(&alert_envelope(event, alert, cut)),
        Body::Rule(rule) => serde_json::to_vec(&rule_envelope(event, rule, cut)),
    }
    .expect("an event has string keys");
    line.push(b'\n');
    line
}

/// How long a text may be.
#[derive(Clone, Copy)]
struct Cut {
    limit: usize,
}

#[derive(Serialize)]
struct Envelope<'a, D> {
    time: String,
    status: &'a str,
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    severity: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: Cow<'a, str>,
    specversion: &'a str,
    id: String,
    source: Cow<'a, str>,
    r#type: String,
    subject: String,
    datacontenttype: &'a str,
    data: D,
}

#[derive(Serialize)]
struct AlertData<'a> {
    status: &'a str,
    previous: &'a str,
    episode: String,
    seq: u32,
    rule: RuleData<'a>,
    labels: Pairs<'a>,
    annotations: Pairs<'a>,
    fingerprint: String,
    /// Null for NaN and the infinities, which JSON lacks.
    value: Option<f64>,
    value_str: Option<String>,
    threshold: Option<ThresholdData<'a>>,
    active_at: String,
    fired_at: Option<String>,
    resolved_at: Option<String>,
    duration_s: Option<f64>,
    reason: &'a str,
    eval: EvalData<'a>,
    replay: bool,
    restored: bool,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
}

#[derive(Serialize)]
struct RuleHealthData<'a> {
    status: &'a str,
    rule: RuleData<'a>,
    error: Option<Cow<'a, str>>,
    query: Option<Cow<'a, str>>,
    since: String,
    duration_s: f64,
    eval: EvalData<'a>,
    #[serde(skip_serializing_if = "is_false")]
    truncated: bool,
}

#[derive(Serialize)]
struct RuleData<'a> {
    uid: String,
    name: Cow<'a, str>,
    group: Cow<'a, str>,
    file: Cow<'a, str>,
    expr: Cow<'a, str>,
    for_s: f64,
    version: &'a str,
}

#[derive(Serialize)]
struct ThresholdData<'a> {
    op: &'a str,
    rhs: Option<f64>,
    lhs_expr: Cow<'a, str>,
}

#[derive(Serialize)]
struct EvalData<'a> {
    ts: String,
    lag_s: f64,
    took_s: f64,
    series_fetched: Option<u64>,
    trace_id: Option<&'a str>,
}

/// Names and values as an object, in their order.
struct Pairs<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn alert_envelope<'a>(
    event: &Event,
    alert: &'a AlertEvent,
    cut: Cut,
) -> Envelope<'a, AlertData<'a>> {
    let summary = alert.annotations.iter().find(|(name, _)| name == "summary");
    Envelope {
        time: rfc3339(alert.eval.ts),
        status: alert.transition.name(),
        name: cut.text(&alert.rule.name),
        severity: cut.text(alert.labels.value("severity")),
        summary: cut.text(summary.map_or("", |(_, text)| text)),
        specversion: "1.0",
        id: event.id.to_string(),
        source: cut.owned(&alert.source.uri(&alert.rule)),
        r#type: event.kind(),
        subject: alert.fingerprint().to_string(),
        datacontenttype: "application/json",
        data: alert_data(alert, cut),
    }
}

fn rule_envelope<'a>(
    event: &Event,
    rule: &'a RuleEvent,
    cut: Cut,
) -> Envelope<'a, RuleHealthData<'a>> {
    let (error, query) = match &rule.health {
        RuleHealth::Error { message, query } => (Some(cut.text(message)), Some(cut.text(query))),
        RuleHealth::Recovered => (None, None),
    };
    Envelope {
        time: rfc3339(rule.eval.ts),
        status: rule.health.name(),
        name: cut.text(&rule.rule.name),
        severity: Cow::Borrowed(""),
        summary: error.clone().unwrap_or_default(),
        specversion: "1.0",
        id: event.id.to_string(),
        source: cut.owned(&rule.source.uri(&rule.rule)),
        r#type: event.kind(),
        subject: rule.rule.uid(),
        datacontenttype: "application/json",
        data: RuleHealthData {
            status: rule.health.name(),
            rule: rule_data(&rule.rule, cut),
            error,
            query,
            since: rfc3339(rule.since),
            duration_s: seconds_between(rule.since, rule.eval.ts),
            eval: eval_data(&rule.eval),
            truncated: cut.cuts(),
        },
    }
}

fn alert_data(alert: &AlertEvent, cut: Cut) -> AlertData<'_> {
    let firing = alert.fired_at.zip(alert.resolved_at);
    AlertData {
        status: alert.transition.name(),
        previous: alert.previous.name(),
        episode: format!("{}-{}", alert.fingerprint(), alert.active_at.0),
        seq: alert.seq,
        rule: rule_data(&alert.rule, cut),
        labels: cut.pairs(alert.labels.iter()),
        annotations: cut.pairs(alert.annotations.iter().map(|(n, v)| (&**n, &**v))),
        fingerprint: alert.fingerprint().to_string(),
        value: alert.value.filter(|v| v.is_finite()),
        value_str: alert.value.map(model::number::format_f),
        threshold: alert.threshold.as_ref().map(|threshold| ThresholdData {
            op: &threshold.op,
            rhs: threshold.rhs.filter(|v| v.is_finite()),
            lhs_expr: cut.text(&threshold.lhs_expr),
        }),
        active_at: rfc3339(alert.active_at),
        fired_at: alert.fired_at.map(rfc3339),
        resolved_at: alert.resolved_at.map(rfc3339),
        duration_s: firing.map(|(start, end)| seconds_between(start, end)),
        reason: alert.reason.name(),
        eval: eval_data(&alert.eval),
        replay: alert.replay,
        restored: alert.restored,
        truncated: cut.cuts(),
    }
}

fn rule_data(rule: &RuleInfo, cut: Cut) -> RuleData<'_> {
    RuleData {
        uid: rule.uid(),
        name: cut.text(&rule.name),
        group: cut.text(&rule.group),
        file: cut.text(&rule.file),
        expr: cut.text(&rule.expr),
        for_s: rule.for_s,
        version: &rule.version,
    }
}

fn eval_data(eval: &EvalInfo) -> EvalData<'_> {
    EvalData {
        ts: rfc3339(eval.ts),
        lag_s: eval.lag_s,
        took_s: eval.took_s,
        series_fetched: eval.series_fetched,
        trace_id: eval.trace_id.as_deref(),
    }
}

impl Cut {
    fn cuts(self) -> bool {
        self.limit != usize::MAX
    }

    fn text(self, text: &str) -> Cow<'_, str> {
        if text.len() <= self.limit {
            return Cow::Borrowed(text);
        }
        let kept = &text[..text.floor_char_boundary(self.limit)];
        Cow::Owned(format!("{kept}… (cut)"))
    }

    fn owned(self, text: &str) -> Cow<'static, str> {
        Cow::Owned(self.text(text).into_owned())
    }

    /// With a limit of nothing, no pairs either: their names alone may be too long.
    fn pairs<'a>(self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Pairs<'a> {
        let kept = pairs.filter(|_| self.limit > 0);
        Pairs(kept.map(|(name, value)| (name, self.text(value))).collect())
    }
}

fn seconds_between(from: model::Timestamp, to: model::Timestamp) -> f64 {
    (to.0 - from.0) as f64 / 1000.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}
