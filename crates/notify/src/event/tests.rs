//! What a reader of the event log gets.

use expect_test::{Expect, expect};

use super::*;

fn check(event: AlertEvent, expect: &Expect) {
    let line = String::from_utf8(Event::alert(event).to_line()).unwrap();
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "one line: {line}");
    expect.assert_eq(&line.replace(",\"", ",\n\""));
}

pub(crate) fn firing() -> AlertEvent {
    AlertEvent {
        source: EventSource { engine: "watchfire".into() },
        transition: Transition::Firing,
        previous: Status::Pending,
        seq: 2,
        rule: RuleInfo {
            name: "HighLatency".into(),
            group: "rides".into(),
            file: "rules/rides.yml".into(),
            expr: "latency > 2".into(),
            for_s: 300.0,
            version: "d1".into(),
        },
        labels: Labels::from_pairs([
            ("alertname", "HighLatency"),
            ("service", "rides"),
            ("severity", "critical"),
        ]),
        annotations: vec![("summary".into(), "rides is \"slow\"\nagain".into())],
        value: Some(2.31),
        threshold: Some(Threshold { op: ">".into(), rhs: Some(2.0), lhs_expr: "latency".into() }),
        active_at: Timestamp(1_700_000_000_000),
        fired_at: Some(Timestamp(1_700_000_300_000)),
        resolved_at: None,
        reason: Reason::ConditionTrue,
        eval: EvalInfo {
            ts: Timestamp(1_700_000_300_000),
            lag_s: 0.2,
            took_s: 0.03,
            series_fetched: Some(12),
            trace_id: None,
        },
        replay: false,
        restored: false,
    }
}

#[test]
fn a_firing_alert() {
    check(
        firing(),
        &expect![[r#"
            {"time":"2023-11-14T22:18:20.000Z",
            "status":"firing",
            "name":"HighLatency",
            "severity":"critical",
            "summary":"rides is \"slow\"\nagain",
            "specversion":"1.0",
            "id":"86e4be9e-fae5-5af2-9521-9ab1f3e26289",
            "source":"//watchfire/rules/rides.yml#rides",
            "type":"watchfire.alert.firing.v1",
            "subject":"a263ff3677e7d3e6",
            "datacontenttype":"application/json",
            "data":{"status":"firing",
            "previous":"pending",
            "episode":"a263ff3677e7d3e6-1700000000000",
            "seq":2,
            "rule":{"uid":"bfcd822331bc5773",
            "name":"HighLatency",
            "group":"rides",
            "file":"rules/rides.yml",
            "expr":"latency > 2",
            "for_s":300.0,
            "version":"d1"},
            "labels":{"alertname":"HighLatency",
            "service":"rides",
            "severity":"critical"},
            "annotations":{"summary":"rides is \"slow\"\nagain"},
            "fingerprint":"a263ff3677e7d3e6",
            "value":2.31,
            "value_str":"2.31",
            "threshold":{"op":">",
            "rhs":2.0,
            "lhs_expr":"latency"},
            "active_at":"2023-11-14T22:13:20.000Z",
            "fired_at":"2023-11-14T22:18:20.000Z",
            "resolved_at":null,
            "duration_s":null,
            "reason":"condition_true",
            "eval":{"ts":"2023-11-14T22:18:20.000Z",
            "lag_s":0.2,
            "took_s":0.03,
            "series_fetched":12,
            "trace_id":null},
            "replay":false,
            "restored":false}}
        "#]],
    );
}

#[test]
fn a_resolve_tells_why_and_at_which_value() {
    let mut event = firing();
    event.transition = Transition::Resolved;
    event.previous = Status::Firing;
    event.value = Some(f64::NAN);
    event.threshold = None;
    event.resolved_at = Some(Timestamp(1_700_000_360_500));
    event.reason = Reason::SeriesAbsent;
    event.eval.ts = Timestamp(1_700_000_360_500);
    check(
        event,
        &expect![[r#"
            {"time":"2023-11-14T22:19:20.500Z",
            "status":"resolved",
            "name":"HighLatency",
            "severity":"critical",
            "summary":"rides is \"slow\"\nagain",
            "specversion":"1.0",
            "id":"38373cd8-6ad3-5621-b912-4d828ad18ffb",
            "source":"//watchfire/rules/rides.yml#rides",
            "type":"watchfire.alert.resolved.v1",
            "subject":"a263ff3677e7d3e6",
            "datacontenttype":"application/json",
            "data":{"status":"resolved",
            "previous":"firing",
            "episode":"a263ff3677e7d3e6-1700000000000",
            "seq":2,
            "rule":{"uid":"bfcd822331bc5773",
            "name":"HighLatency",
            "group":"rides",
            "file":"rules/rides.yml",
            "expr":"latency > 2",
            "for_s":300.0,
            "version":"d1"},
            "labels":{"alertname":"HighLatency",
            "service":"rides",
            "severity":"critical"},
            "annotations":{"summary":"rides is \"slow\"\nagain"},
            "fingerprint":"a263ff3677e7d3e6",
            "value":null,
            "value_str":"NaN",
            "threshold":null,
            "active_at":"2023-11-14T22:13:20.000Z",
            "fired_at":"2023-11-14T22:18:20.000Z",
            "resolved_at":"2023-11-14T22:19:20.500Z",
            "duration_s":60.5,
            "reason":"series_absent",
            "eval":{"ts":"2023-11-14T22:19:20.500Z",
            "lag_s":0.2,
            "took_s":0.03,
            "series_fetched":12,
            "trace_id":null},
            "replay":false,
            "restored":false}}
        "#]],
    );
}

#[test]
fn a_rule_that_fails() {
    let AlertEvent { source, rule, eval, .. } = firing();
    let health = RuleHealth::Error { message: "status 500".into(), query: "latency".into() };
    let event = Event::rule(RuleEvent { source, rule, health, since: eval.ts, eval });
    let line = String::from_utf8(event.to_line()).unwrap();
    expect![[r#"
        {"time":"2023-11-14T22:18:20.000Z",
        "status":"error",
        "name":"HighLatency",
        "summary":"status 500",
        "specversion":"1.0",
        "id":"de3a3234-926a-5593-ab55-c5491a705781",
        "source":"//watchfire/rules/rides.yml#rides",
        "type":"watchfire.rule.error.v1",
        "subject":"bfcd822331bc5773",
        "datacontenttype":"application/json",
        "data":{"status":"error",
        "rule":{"uid":"bfcd822331bc5773",
        "name":"HighLatency",
        "group":"rides",
        "file":"rules/rides.yml",
        "expr":"latency > 2",
        "for_s":300.0,
        "version":"d1"},
        "error":"status 500",
        "query":"latency",
        "since":"2023-11-14T22:18:20.000Z",
        "duration_s":0.0,
        "eval":{"ts":"2023-11-14T22:18:20.000Z",
        "lag_s":0.2,
        "took_s":0.03,
        "series_fetched":12,
        "trace_id":null}}}
    "#]]
    .assert_eq(&line.replace(",\"", ",\n\""));
}

#[test]
fn the_same_transition_has_the_same_id_and_others_have_others() {
    let id = |change: &dyn Fn(&mut AlertEvent)| {
        let mut event = firing();
        change(&mut event);
        Event::alert(event).id()
    };
    let first = id(&|_| {});
    assert_eq!(first, id(&|event| event.seq = 9), "what is told of it does not matter");
    let others: [&dyn Fn(&mut AlertEvent); 5] = [
        &|event| event.transition = Transition::Resolved,
        &|event| event.active_at.0 += 1,
        &|event| event.eval.ts.0 += 1,
        &|event| event.labels = Labels::empty(),
        &|event| event.rule.group.push('x'),
    ];
    for change in others {
        assert_ne!(first, id(change));
    }
}

#[test]
fn a_line_is_never_longer_than_a_megabyte() {
    let mut event = firing();
    event.annotations = vec![("summary".into(), "ä".repeat(MAX_LINE))];
    let line = Event::alert(event.clone()).to_line();
    let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert!(line.len() <= MAX_LINE);
    assert_eq!(value["data"]["truncated"], true);
    assert_eq!(value["data"]["labels"]["service"], "rides");

    event.annotations = (0..200_000).map(|i| (format!("annotation{i}"), "x".repeat(9))).collect();
    assert!(Event::alert(event).to_line().len() <= MAX_LINE);
}
