//! Rules over samples that come by themselves: warm-up, gaps, silence, what is refused.
#![expect(clippy::unwrap_used, reason = "a malformed scenario fails its test")]
#![expect(clippy::needless_raw_string_hashes, reason = "as expect-test writes them")]

use std::{collections::BTreeMap, fmt::Write};

use expect_test::{Expect, expect};
use model::{Labels, SampleValue, duration};
use promql::ParseOptions;
use receive::{Batch, News, Sample};
use ruler::{
    Config, RuleSet, StreamConfig, Wanted,
    fetch::{self, Limits},
    memory::Memory,
    step::{Core, Effect, Event},
};

/// A ruler whose groups have their slots at whole multiples of 15 s, a sender, and a source that
/// has what was before.
struct Scenario {
    core: Core,
    wanted: Wanted,
    source: Memory,
    handles: BTreeMap<Labels, u32>,
    out: String,
}

/// Milliseconds of `1m30s`.
fn ms(text: &str) -> i64 {
    duration::parse(text).unwrap()
}

fn labels(text: &str) -> Labels {
    let (name, rest) = text.trim_end_matches('}').split_once('{').unwrap_or((text, ""));
    let pairs = rest.split(',').filter_map(|p| p.split_once('='));
    Labels::from_pairs(pairs.map(|(n, v)| (n, v.trim_matches('"'))).chain([("__name__", name)]))
}

impl Scenario {
    fn new(rules: &str, has_source: bool) -> Self {
        Self::with_slots(rules, has_source, &[])
    }

    /// The same, with groups shifted by so many nanoseconds.
    fn with_slots(rules: &str, has_source: bool, offsets: &[i64]) -> Self {
        let stream = StreamConfig { delay_ms: 5_000, has_source, ..StreamConfig::default() };
        let external_labels = labels("{cluster=\"c\"}").without(&["__name__"]);
        let lookback_ms = 60_000;
        let config =
            Config { stream: Some(stream), external_labels, lookback_ms, ..Config::default() };
        let parsed = rules::parse("rules.yml", rules, &ParseOptions::default());
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        let mut set = RuleSet::new(parsed.groups, &config);
        let offsets = offsets.iter().copied().chain(std::iter::repeat(0));
        for (group, offset_ns) in set.groups.iter_mut().zip(offsets) {
            std::sync::Arc::get_mut(group).unwrap().slots.offset_ns = offset_ns;
        }
        Self {
            wanted: Wanted::new(&set, config.external_labels.clone()),
            core: Core::new(set, config, 0, || 0),
            source: Memory::default(),
            handles: BTreeMap::new(),
            out: String::new(),
        }
    }

    /// Sends samples at `now`, `x{a="1"} 14s=5`, and shows what is refused and noted.
    async fn send(&mut self, now: &str, samples: &[&str]) {
        let (mut news, mut batch) = (Vec::new(), Batch::default());
        for text in samples {
            let (series, sample) = text.rsplit_once(' ').unwrap();
            let (t, value) = sample.split_once('=').unwrap();
            let (t, sent) = (ms(t), labels(series));
            batch.note_time(t);
            let Some((labels, keep_ms)) = self.wanted.take(sent) else { continue };
            let next = u32::try_from(self.handles.len()).unwrap();
            let handle = *self.handles.entry(labels.clone()).or_insert_with(|| {
                news.push(News::Series { handle: next, labels, keep_ms });
                next
            });
            let value = match value {
                "stale" => model::stale_nan(),
                value => value.parse().unwrap(),
            };
            batch.samples.push(Sample { handle, t, start: 0, value: SampleValue::Float(value) });
        }
        let now_ns = ms(now) * 1_000_000;
        self.event(Event::Received { news, batch, now_ns }, now).await;
    }

    /// Sends `x{a="1"}` every 5 s from `from` to `to`, a second after each, and wakes in between.
    async fn steady(&mut self, from: &str, to: &str, value: f64) {
        for t in (ms(from)..=ms(to)).step_by(5_000) {
            let at = duration::format(t);
            self.send(&duration::format(t + 1_000), &[&format!("x{{a=\"1\"}} {at}={value}")]).await;
            self.wake(&duration::format(t + 1_000)).await;
        }
    }

    async fn wake(&mut self, now: &str) {
        self.event(Event::Woke { now_ns: ms(now) * 1_000_000 }, now).await;
    }

    async fn event(&mut self, event: Event, now: &str) {
        let mut events = vec![event];
        let now_ns = ms(now) * 1_000_000;
        while let Some(event) = events.pop() {
            for effect in self.core.step(event) {
                match effect {
                    Effect::Fetch { .. } => panic!("nothing is fetched at a slot"),
                    Effect::Ask { .. } => panic!("no rule here asks"),
                    Effect::Fill { requests } => {
                        let fetched = fetch::perform(&self.source, requests, Limits::DEFAULT).await;
                        for asked in self.source.asked() {
                            writeln!(self.out, "{now} ? {asked}").unwrap();
                        }
                        events.push(Event::Filled { fetched, now_ns });
                    }
                    Effect::Note(note) => writeln!(self.out, "{now} # {}", note.text).unwrap(),
                    Effect::Written(outcome) => {
                        for refused in outcome.refused {
                            writeln!(self.out, "{now} ! {refused}").unwrap();
                        }
                    }
                    Effect::Deliver(delivery) => {
                        for event in &delivery.events {
                            let text = match (event.as_alert(), event.as_rule()) {
                                (Some(a), _) => format!("{} {}", a.transition.name(), a.labels),
                                (_, Some(r)) => match &r.health {
                                    notify::RuleHealth::Error { message, .. } => {
                                        format!("error {} {message}", r.rule.name)
                                    }
                                    notify::RuleHealth::Recovered => {
                                        format!("recovered {}", r.rule.name)
                                    }
                                },
                                (None, None) => event.kind(),
                            };
                            writeln!(self.out, "{now} {text}").unwrap();
                        }
                        for a in &delivery.alerts {
                            let ends = duration::format(a.ends_at.0);
                            let name = a.labels.value("alertname");
                            writeln!(self.out, "{now} > {name} until {ends}").unwrap();
                        }
                    }
                }
            }
        }
    }

    fn health(&mut self) {
        let snapshot = self.core.snapshot();
        for (rule, status) in
            snapshot.groups.iter().flat_map(|group| group.plan.rules.iter().zip(&group.rules))
        {
            let health = status.health.name();
            write!(self.out, "{} is {health}", rule.name()).unwrap();
            if let Some(waiting) = &status.waiting {
                let show = |t: model::Timestamp| duration::format(t.0);
                let (since, until) = (waiting.since.map(show), waiting.until.map(show));
                write!(self.out, " since {since:?} until {until:?}").unwrap();
            }
            writeln!(self.out).unwrap();
        }
    }

    fn check(&self, expect: &Expect) {
        expect.assert_eq(&self.out);
    }
}

const ALERT: &str = "
groups:
- name: g
  rules:
  - alert: High
    expr: x > 5
";

#[tokio::test]
async fn a_rule_waits_until_its_window_is_covered() {
    let rules = "
groups:
- name: g
  rules:
  - record: sum
    expr: sum_over_time(x[30s])
  - alert: Sum
    expr: sum > 5
  - record: long
    expr: sum_over_time(sum[30s])
  - record: free
    expr: vector(1)
  - record: fixed
    expr: x @ 5
";
    let mut s = Scenario::new(rules, false);
    s.wake("50s").await;
    s.health();
    s.steady("1m2s", "1m37s", 1.0).await;
    s.health();
    s.steady("1m42s", "2m32s", 1.0).await;
    s.health();
    s.check(&expect![[r#"
        sum is unknown since None until None
        Sum is unknown since None until None
        long is unknown since None until None
        free is ok
        fixed is unknown since None until None
        1m3s # samples are received; rules waiting for samples that cover their windows: 3, until 1970-01-01T00:02:02Z; rules that can never be evaluated, because `@` fixes times that no stream reaches: 1
        sum is unknown since Some("1m2s") until Some("1m32s")
        Sum is unknown since Some("1m2s") until Some("1m32s")
        long is unknown since Some("1m2s") until Some("2m2s")
        free is ok
        fixed is unknown since Some("1m2s") until None
        1m53s firing {a="1", alertname="Sum"}
        1m53s > Sum until 5m45s
        sum is ok
        Sum is ok
        long is ok
        free is ok
        fixed is unknown since Some("1m2s") until None
    "#]]);
}

#[tokio::test]
async fn rules_that_wait_for_each_other_do_not_wait_for_ever() {
    let rules = "
groups:
- name: g
  rules:
  - {record: a, expr: 'x or b'}
  - {record: b, expr: 'a or c'}
  - {record: c, expr: 'b'}
  - {alert: Fixed, expr: 'x @ 5'}
  - {alert: Other, expr: 'x > 5'}
  - {alert: Any, expr: 'count(ALERTS) > 0'}
  - {alert: NotFixed, expr: 'ALERTS{alertname=~\"O.*\"}'}
";
    let mut s = Scenario::new(rules, false);
    s.send("1m1s", &[r#"x{a="1"} 1m=9"#]).await;
    s.wake("1m5s").await;
    s.health();
    s.check(&expect![[r#"
        1m1s # samples are received; rules waiting for samples that cover their windows: 6, until 1970-01-01T00:02:15Z; rules that can never be evaluated, because `@` fixes times that no stream reaches: 1
        a is unknown since Some("1m") until Some("2m")
        b is unknown since Some("1m") until Some("2m")
        c is unknown since Some("1m") until Some("2m")
        Fixed is unknown since Some("1m") until None
        Other is unknown since Some("1m") until Some("2m")
        Any is unknown since Some("1m") until Some("2m15s")
        NotFixed is unknown since Some("1m") until Some("2m")
    "#]]);
}

#[tokio::test]
async fn the_past_is_asked_of_the_source_once() {
    let mut s = Scenario::new(ALERT, true);
    s.source.fill(|table| {
        for (a, until) in [("1", 60_000), ("2", 60_000), ("ended", 30_000)] {
            let id = table.series_id(&labels(&format!("x{{a=\"{a}\"}}")));
            for t in (10_000..=until).step_by(5_000) {
                table.append(id, t, 9.0);
            }
            if until < 60_000 {
                table.append(id, until + 5_000, model::stale_nan());
            }
        }
    });
    // Two samples of the same time on both ways, and an old one that the source told already.
    s.send("1m1s", &[r#"x{a="1"} 1m=9"#]).await;
    s.send("1m2s", &[r#"x{a="2"} 55s=9"#]).await;
    s.wake("1m5s").await;
    s.health();
    s.check(&expect![[r#"
        1m1s # samples are received; what was before is asked of the source
        1m1s ? {__name__="x"}[2m20s] @ 60
        1m1s ? {__name__="x"} @ 60
        1m1s # the past before the stream is there
        1m5s firing {a="1", alertname="High"}
        1m5s firing {a="2", alertname="High"}
        1m5s > High until 5m
        1m5s > High until 5m
        High is ok
    "#]]);
}

#[tokio::test]
async fn a_failing_source_is_asked_again_and_then_no_more() {
    let mut s = Scenario::new(ALERT, true);
    s.source.fail(Some("it is down"));
    s.send("1m1s", &[r#"x{a="1"} 1m=9"#]).await;
    for now in ["1m5s", "1m6s", "1m16s", "1m36s", "2m16s", "2m56s"] {
        s.send(now, &[&format!(r#"x{{a="1"}} {now}=9"#)]).await;
        s.wake(now).await;
    }
    s.check(&expect![[r#"
        1m1s # samples are received; what was before is asked of the source
        1m1s ? {__name__="x"}[2m20s] @ 60
        1m1s ? {__name__="x"} @ 60
        1m1s # the past before the stream, asked again in 5 s: query `{__name__="x"}`: it is down; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:02:00Z
        1m6s ? {__name__="x"}[2m20s] @ 60
        1m6s ? {__name__="x"} @ 60
        1m6s # the past before the stream, asked again in 10 s: query `{__name__="x"}`: it is down; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:02:00Z
        1m16s ? {__name__="x"}[2m20s] @ 60
        1m16s ? {__name__="x"} @ 60
        1m16s # the past before the stream, asked again in 20 s: query `{__name__="x"}`: it is down; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:02:00Z
        1m36s ? {__name__="x"}[2m20s] @ 60
        1m36s ? {__name__="x"} @ 60
        1m36s # the past before the stream, asked again in 40 s: query `{__name__="x"}`: it is down; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:02:00Z
        2m16s ? {__name__="x"}[2m20s] @ 60
        2m16s ? {__name__="x"} @ 60
        2m16s firing {a="1", alertname="High"}
        2m16s > High until 6m
        2m16s # the past before the stream is given up (selectors: 1), rules wait until the stream covers it: query `{__name__="x"}`: it is down
    "#]]);
}

#[tokio::test]
async fn silence_resolves_nothing() {
    let mut s = Scenario::new(ALERT, false);
    s.steady("1s", "1m21s", 9.0).await;
    s.out.clear();
    for now in ["1m35s", "1m50s", "2m5s", "2m20s", "3m20s"] {
        s.wake(now).await;
    }
    s.health();
    // The sender was cut off and sends what it kept.
    for t in (86_000..=226_000).step_by(5_000) {
        s.send("3m47s", &[&format!(r#"x{{a="1"}} {}=9"#, duration::format(t))]).await;
    }
    s.wake("3m50s").await;
    s.health();
    s.check(&expect![[r#"
        2m5s error High no samples received since 1970-01-01T00:01:21Z
        3m20s > High until 7m15s
        High is err
        3m50s recovered High
        High is ok
    "#]]);
}

#[tokio::test]
async fn after_a_gap_rules_wait_and_hold_their_alerts() {
    let mut s = Scenario::new(ALERT, false);
    s.steady("1s", "1m21s", 9.0).await;
    s.out.clear();
    s.steady("10m1s", "10m21s", 1.0).await;
    s.health();
    s.steady("10m26s", "11m21s", 1.0).await;
    s.check(&expect![[r#"
        10m2s # samples are received again, the last ones before were of 1970-01-01T00:01:21Z: some may be lost; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:11:01Z
        10m2s > High until 13m45s
        High is unknown since Some("10m1s") until Some("11m1s")
        11m7s > High until 15m
        11m22s resolved {a="1", alertname="High"}
        11m22s > High until 11m15s
    "#]]);
}

#[tokio::test]
async fn samples_that_can_not_be_are_told_and_the_rest_is_there() {
    let mut s = Scenario::new(ALERT, false);
    s.send("1m1s", &[r#"x{a="1"} 1m=9"#, r#"x{a="1"} 1m=9"#, r#"x{a="1",cluster="c"} 1m=8"#]).await;
    s.send("1m2s", &[r#"x{a="1"} 59s=9"#, r#"x{a="2"} 59s=9"#, r#"x{a="2"} 12m=9"#]).await;
    s.send("1m3s", &[r#"x{a="2"} 1m3s=stale"#, r#"x{a="2"} 1m3s=stale"#, r#"x{a="2"} 1m3s=1"#])
        .await;
    s.send("1m4s", &[r#"y{a="2"} 1m4s=1"#]).await;
    assert_eq!(s.core.store_status().series, 2, "y is not wanted");
    s.check(&expect![[r#"
        1m1s ! duplicate sample for timestamp for series {__name__="x", a="1"} at 60000
        1m1s # samples are received; rules waiting for samples that cover their windows: 1, until 1970-01-01T00:02:00Z
        1m2s ! out of order sample for series {__name__="x", a="1"} at 59000
        1m2s ! out of bounds: timestamp is too far in the future for series {__name__="x", a="2"} at 720000
        1m3s ! duplicate sample for timestamp for series {__name__="x", a="2"} at 63000
    "#]]);
}

#[tokio::test]
async fn what_is_sent_again_is_there_already() {
    let mut s = Scenario::new(ALERT, false);
    let request = [r#"x{a="1"} 1m=9"#, r#"x{a="1"} 1m1s=stale"#, r#"x{a="1"} 1m2s=8"#];
    s.send("1m3s", &request).await;
    s.out.clear();
    s.send("1m4s", &request).await;
    s.send("1m5s", &[r#"x{a="1"} 1m=7"#, r#"x{a="1"} 59s=9"#, r#"x{a="1"} 1m2s=stale"#]).await;
    assert_eq!(s.core.store_status().samples, 2);
    s.check(&expect![[r#"
        1m5s ! out of order sample for series {__name__="x", a="1"} at 60000
        1m5s ! out of order sample for series {__name__="x", a="1"} at 59000
        1m5s ! duplicate sample for timestamp for series {__name__="x", a="1"} at 62000
    "#]]);
}

#[tokio::test]
async fn series_that_ended_are_forgotten_and_may_come_again() {
    let mut s = Scenario::new(ALERT, false);
    s.send("1s", &[r#"x{a="old"} 1s=1"#]).await;
    s.steady("6s", "5m1s", 1.0).await;
    assert_eq!(s.core.store_status().series, 1, "no window reaches back that far");
    let samples = s.core.store_status().samples;
    assert!(samples < 45, "{samples} samples are kept of 60");
    // The handle is still known.
    s.send("5m3s", &[r#"x{a="old"} 5m3s=9"#]).await;
    s.out.clear();
    s.steady("5m6s", "5m21s", 1.0).await;
    s.check(&expect![[r#"
        5m22s firing {a="old", alertname="High"}
        5m22s > High until 9m15s
    "#]]);
}

#[tokio::test]
async fn what_comes_between_binding_and_evaluation_counts_if_it_is_of_the_slot() {
    let rules = "
groups:
- name: g
  rules:
  - alert: Series
    expr: count_values('n', count(x))
";
    let mut s = Scenario::new(rules, false);
    s.steady("1s", "2m1s", 1.0).await;
    s.out.clear();
    let nodes = |s: &Scenario| s.core.store_status().binds.by_difference;
    assert_eq!(s.core.wake_at(), Some(ms("2m4s") * 1_000_000), "a second before it is due");
    let before = nodes(&s);
    s.send("2m3s", &[r#"x{a="new"} 2m=1"#]).await;
    s.wake("2m4s").await;
    assert!(nodes(&s) > before, "series that came are bound");
    let bound = nodes(&s);
    s.send("2m4s500ms", &[r#"x{a="next"} 2m4s=1"#, r#"x{a="1"} 1m56s=1"#]).await;
    s.wake("2m5s").await;
    assert_eq!(nodes(&s), bound, "a series for the next slot, and a late sample of an old one");
    s.send("2m15s", &[r#"x{a="1"} 2m14s=1"#]).await;
    s.wake("2m19s").await;
    let bound = nodes(&s);
    s.send("2m19s500ms", &[r#"x{a="late"} 2m14s=1"#]).await;
    s.wake("2m20s").await;
    assert!(nodes(&s) > bound, "a late sample of a series that was not there");
    s.check(&expect![[r#"
        2m5s resolved {alertname="Series", n="1"}
        2m5s firing {alertname="Series", n="2"}
        2m5s > Series until 2m
        2m5s > Series until 6m
        2m20s resolved {alertname="Series", n="2"}
        2m20s firing {alertname="Series", n="4"}
        2m20s > Series until 2m15s
        2m20s > Series until 6m15s
    "#]]);
}

/// Two groups at slots half a second apart, over the series of one metric and of another.
fn apart() -> Scenario {
    let rules = "
groups:
- name: first
  rules:
  - alert: First
    expr: count_values('n', count(x))
- name: second
  rules:
  - alert: Second
    expr: count_values('n', count(y))
";
    Scenario::with_slots(rules, false, &[0, 500_000_000])
}

#[tokio::test]
async fn a_group_that_is_due_already_sees_what_came_before_its_slot() {
    let mut s = apart();
    s.steady("1s", "2m1s", 1.0).await;
    s.out.clear();
    s.send("2m1s", &[r#"x{a="new"} 2m=1"#, r#"y{a="1"} 2m=1"#]).await;
    // Too late to do something ahead for the first group, and not for the second.
    s.wake("2m5s200ms").await;
    s.check(&expect![[r#"
        2m5s200ms resolved {alertname="First", n="1"}
        2m5s200ms firing {alertname="First", n="2"}
        2m5s200ms > First until 2m
        2m5s200ms > First until 6m
    "#]]);
}

#[tokio::test]
async fn late_samples_count_though_another_group_is_bound_after_them() {
    let mut s = apart();
    s.steady("1s", "2m1s", 1.0).await;
    s.out.clear();
    s.wake("2m4s").await;
    s.send("2m4s200ms", &[r#"x{a="late"} 1m59s=1"#, r#"y{a="1"} 2m=1"#]).await;
    s.wake("2m4s500ms").await;
    s.wake("2m5s").await;
    s.wake("2m5s500ms").await;
    s.check(&expect![[r#"
        2m5s resolved {alertname="First", n="1"}
        2m5s firing {alertname="First", n="2"}
        2m5s > First until 2m
        2m5s > First until 6m
        2m5s500ms firing {alertname="Second", n="1"}
        2m5s500ms > Second until 6m500ms
    "#]]);
}

#[tokio::test]
async fn expressions_that_read_later_times_see_what_comes_between() {
    let rules = "
groups:
- name: g
  rules:
  - alert: Series
    expr: count_values('n', count(x offset -5s))
";
    let mut s = Scenario::new(rules, false);
    s.steady("1s", "2m1s", 1.0).await;
    s.out.clear();
    s.wake("2m4s").await;
    s.send("2m4s500ms", &[r#"x{a="next"} 2m4s=1"#]).await;
    s.wake("2m5s").await;
    s.check(&expect![[r#"
        2m5s resolved {alertname="Series", n="1"}
        2m5s firing {alertname="Series", n="2"}
        2m5s > Series until 2m
        2m5s > Series until 6m
    "#]]);
}

#[tokio::test]
async fn templates_can_not_query_without_a_source() {
    let rules = "
groups:
- name: g
  rules:
  - alert: A
    expr: vector(1)
    annotations: {summary: '{{ query \"up\" | first | value }}'}
";
    let mut s = Scenario::new(rules, false);
    s.wake("20s").await;
    let group = &s.core.snapshot().groups[0];
    let annotations = format!("{:?}", group.rules[0].alerts[0].annotations);
    assert!(annotations.contains("templates can not query"), "{annotations}");
}
