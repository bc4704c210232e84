//! Rules over a source in memory, slot by slot: what is told and what is asked.
#![expect(clippy::unwrap_used, reason = "a malformed scenario fails its test")]
#![expect(clippy::needless_raw_string_hashes, reason = "as expect-test writes them")]

use std::{fmt::Write, time::Duration};

use expect_test::{Expect, expect};
use model::{Labels, SampleValue, duration};
use notify::Event as Told;
use promql::ParseOptions;
use ruler::{
    Config, Delivery, RuleSet,
    fetch::{self, Limits},
    memory::Memory,
    step::{Core, Effect, Event},
};

const S: i64 = 1_000_000_000;

/// A ruler whose groups have their slots at whole multiples of their interval.
struct Scenario {
    core: Core,
    source: Memory,
    series: Vec<(Labels, Vec<Option<SampleValue>>)>,
    out: String,
}

impl Scenario {
    fn new(rules: &str, config: Config) -> Self {
        Self {
            core: core(rules, config),
            source: Memory::default(),
            series: vec![],
            out: String::new(),
        }
    }

    /// `x{a="1"} 1 2 _ 4`: values at 15 s, 30 s …, where `_` is none; the fields of a histogram
    /// `{{count:1,sum:2}}` have commas between them.
    fn series(mut self, text: &str) -> Self {
        let (labels, values) = text.split_once("} ").unwrap();
        let (name, rest) = labels.split_once('{').unwrap();
        let pairs = rest.split(',').filter_map(|p| p.split_once('='));
        let pairs = pairs.map(|(n, v)| (n, v.trim_matches('"')));
        let labels = Labels::from_pairs(pairs.chain([("__name__", name)]));
        let values = values.split_whitespace().map(value);
        self.series.push((labels, values.collect()));
        self
    }

    /// Evaluates every slot of 15 s from `from` to `to`.
    async fn run(&mut self, from: &str, to: &str) {
        let (mut t, to) = (duration::parse(from).unwrap(), duration::parse(to).unwrap());
        while t <= to {
            let i = usize::try_from(t / 15_000).unwrap() - 1;
            self.source.fill(|table| {
                for (labels, values) in &self.series {
                    let id = table.series_id(labels);
                    match values.get(i).cloned().flatten() {
                        Some(value) => drop(table.append_value(id, t, 0, value)),
                        None => drop(table.append(id, t, model::stale_nan())),
                    }
                }
            });
            self.event(Event::Woke { now_ns: t * 1_000_000 }, t).await;
            t += 15_000;
        }
    }

    async fn event(&mut self, event: Event, t: i64) {
        let mut events = vec![event];
        let now_ns = t * 1_000_000;
        while let Some(event) = events.pop() {
            for effect in self.core.step(event) {
                match effect {
                    Effect::Fetch { requests } => {
                        let fetched = fetch::perform(&self.source, requests, Limits::DEFAULT).await;
                        // So that the order of questions does not depend on the machine.
                        let fetched = fetched.into_iter();
                        let fetched =
                            fetched.map(|f| fetch::Fetched { took: Duration::ZERO, ..f }).collect();
                        events.push(Event::Fetched { fetched, now_ns });
                    }
                    Effect::Ask { group, questions } => {
                        let timeout = Limits::DEFAULT.timeout;
                        let answers = fetch::ask_all(&self.source, questions, timeout).await;
                        events.push(Event::Answered { group, answers, now_ns });
                    }
                    Effect::Deliver(delivery) => tell(&mut self.out, t, &delivery),
                    Effect::Fill { .. } | Effect::Written(_) | Effect::Note(_) => {
                        panic!("nothing comes by itself")
                    }
                }
            }
        }
    }

    /// What was asked since the last time.
    fn asked(&mut self) {
        for asked in self.source.asked() {
            writeln!(self.out, "? {asked}").unwrap();
        }
    }

    fn health(&mut self) {
        for group in &self.core.snapshot().groups {
            for (rule, status) in group.plan.rules.iter().zip(&group.rules) {
                let error = status.last_error.as_deref().unwrap_or("");
                let health = status.health.name();
                writeln!(self.out, "{} is {health} {error}", rule.name()).unwrap();
                let (warnings, infos) = (status.n_warnings, status.n_infos);
                if warnings + infos > 0 {
                    writeln!(self.out, "  {warnings} warnings, {infos} infos in all").unwrap();
                }
                for notice in status.notices.warnings.iter().chain(&status.notices.infos) {
                    writeln!(self.out, "  {notice}").unwrap();
                }
            }
        }
    }

    fn produced(&mut self, t: &str) {
        let (t, table) = (duration::parse(t).unwrap(), self.core.produced());
        let mut lines: Vec<String> = table
            .series()
            .filter_map(|(id, l)| {
                Some(match table.latest_value(id, t, 300_000)?.value.into() {
                    SampleValue::Float(value) => format!("{l} {value}"),
                    SampleValue::Histogram(value) => format!("{l} {value}"),
                })
            })
            .collect();
        lines.sort();
        for line in lines {
            writeln!(self.out, "{line}").unwrap();
        }
    }

    fn check(&self, expect: &Expect) {
        expect.assert_eq(&self.out);
    }
}

fn value(text: &str) -> Option<SampleValue> {
    if text.starts_with("{{") {
        let text = text.replace(',', " ");
        return Some(model::histogram::notation::parse(&text).unwrap().histogram.into());
    }
    text.parse::<f64>().ok().map(SampleValue::from)
}

fn core(rules: &str, config: Config) -> Core {
    let parsed = rules::parse("rules.yml", rules, &ParseOptions::default());
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let mut set = RuleSet::new(parsed.groups, &config);
    for group in &mut set.groups {
        std::sync::Arc::get_mut(group).unwrap().slots.offset_ns = 0;
    }
    Core::new(set, config, 0, || 0)
}

fn tell(out: &mut String, t: i64, delivery: &Delivery) {
    let time = duration::format(t);
    for event in &delivery.events {
        let text = match (event.as_alert(), event.as_rule()) {
            (Some(a), _) => {
                let value = a.value.map_or("-".to_owned(), |v| v.to_string());
                let (what, why) = (a.transition.name(), a.reason.name());
                let annotations: Vec<_> = a.annotations.iter().map(|(_, v)| v.as_str()).collect();
                format!("{what} {} {value} {why} {}", a.labels, annotations.join("; "))
            }
            (_, Some(r)) => match &r.health {
                notify::RuleHealth::Error { message, .. } => {
                    format!("error {} {message}", r.rule.name)
                }
                notify::RuleHealth::Recovered => format!("recovered {}", r.rule.name),
            },
            (None, None) => Told::kind(event),
        };
        writeln!(out, "{time} {}", text.trim_end()).unwrap();
    }
    for a in &delivery.alerts {
        let (from, to) = (duration::format(a.starts_at.0), duration::format(a.ends_at.0));
        writeln!(out, "{time} > {} {from}..{to}", a.labels.value("alertname")).unwrap();
    }
}

const ALERT: &str = "
groups:
- name: g
  rules:
  - alert: High
    expr: x > 5
    for: 30s
    labels: {severity: page}
    annotations: {summary: '{{ $labels.a }} at {{ $value }}'}
";

#[tokio::test]
async fn an_alert_waits_fires_and_ends() {
    let mut s = Scenario::new(ALERT, Config::default())
        .series(r#"x{a="1"} 1 6 7 8 9 3 3 3 3 3"#)
        .series(r#"x{a="2"} 9 9 9 _ _ _ _ _ _ _"#)
        .series(r#"x{a="3"} 9 1 1 1 1 1 1 1 1 1"#);
    s.run("15s", "2m30s").await;
    s.check(&expect![[r#"
        15s pending {a="2", alertname="High", severity="page"} 9 condition_true 2 at 9
        15s pending {a="3", alertname="High", severity="page"} 9 condition_true 3 at 9
        30s pending {a="1", alertname="High", severity="page"} 6 condition_true 1 at 6
        30s cancelled {a="3", alertname="High", severity="page"} - condition_false 3 at 9
        45s firing {a="2", alertname="High", severity="page"} 9 condition_true 2 at 9
        45s > High 45s..4m45s
        1m firing {a="1", alertname="High", severity="page"} 8 condition_true 1 at 8
        1m resolved {a="2", alertname="High", severity="page"} - series_absent 2 at 9
        1m > High 1m..5m
        1m > High 45s..1m
        1m30s resolved {a="1", alertname="High", severity="page"} 3 condition_false 1 at 9
        1m30s > High 1m..1m30s
        2m15s > High 45s..1m
    "#]]);
}

#[tokio::test]
async fn histograms_are_recorded_and_read() {
    let rules = "
groups:
- name: g
  rules:
  - record: all
    expr: sum(h)
  - record: count
    expr: histogram_count(all)
  - record: top
    expr: max(all)
  - alert: Any
    expr: all
    annotations: {summary: 'all are {{ $value }}'}
";
    let mut s = Scenario::new(rules, Config::default())
        .series(r#"h{a="1"} {{count:1,sum:2,buckets:[1]}} {{count:2,sum:3,buckets:[2]}}"#)
        .series(r#"h{a="2"} {{count:3,sum:4,buckets:[1,2]}} {{count:3,sum:4,buckets:[1,2]}}"#);
    s.run("15s", "30s").await;
    s.produced("30s");
    s.health();
    s.check(&expect![[r#"
        15s firing {alertname="Any"} 0 condition_true all are {count:4, sum:6, (0.5,1]:2, (1,2]:2}
        15s > Any 15s..4m15s
        {__name__="ALERTS", alertname="Any", alertstate="firing"} 1
        {__name__="ALERTS_FOR_STATE", alertname="Any"} 15
        {__name__="all"} {count:5, sum:7, (0.5,1]:3, (1,2]:2}
        {__name__="count"} 5
        all is ok 
        count is ok 
        top is ok 
          0 warnings, 2 infos in all
          PromQL info: ignored histogram in max aggregation (1:5)
        Any is ok 
    "#]]);
}

#[tokio::test]
async fn rules_see_what_earlier_rules_produced() {
    let rules = "
groups:
- name: g
  rules:
  - record: job:x:sum
    expr: sum by (job) (x)
    labels: {kind: total}
  - alert: Sum
    expr: job:x:sum{kind=\"total\"} > 3
  - record: firing
    expr: count(ALERTS{alertname=\"Sum\", alertstate=\"firing\"})
  - record: earlier
    expr: sum_over_time(job:x:sum[1m])
";
    let mut s = Scenario::new(rules, Config::default())
        .series(r#"x{job="a",i="1"} 1 2 3 3 _ _"#)
        .series(r#"x{job="a",i="2"} 1 2 3 1 _ _"#);
    for (from, to) in [("15s", "45s"), ("1m", "1m"), ("1m15s", "1m15s")] {
        s.run(from, to).await;
        s.produced(to);
    }
    s.check(&expect![[r#"
        30s firing {alertname="Sum", job="a", kind="total"} 4 condition_true
        30s > Sum 30s..4m30s
        {__name__="ALERTS", alertname="Sum", alertstate="firing", job="a", kind="total"} 1
        {__name__="ALERTS_FOR_STATE", alertname="Sum", job="a", kind="total"} 30
        {__name__="earlier", job="a", kind="total"} 12
        {__name__="firing"} 1
        {__name__="job:x:sum", job="a", kind="total"} 6
        {__name__="ALERTS", alertname="Sum", alertstate="firing", job="a", kind="total"} 1
        {__name__="ALERTS_FOR_STATE", alertname="Sum", job="a", kind="total"} 30
        {__name__="earlier", job="a", kind="total"} 16
        {__name__="firing"} 1
        {__name__="job:x:sum", job="a", kind="total"} 4
        1m15s resolved {alertname="Sum", job="a", kind="total"} - series_absent
        1m15s > Sum 30s..1m15s
        {__name__="earlier", job="a", kind="total"} 14
    "#]]);
}

#[tokio::test]
async fn a_failing_rule_stops_nothing_and_is_told_once() {
    let rules = "
groups:
- name: g
  rules:
  - record: good
    expr: x
  - record: twice
    expr: label_replace(x, \"a\", \"same\", \"\", \"\")
  - alert: Limited
    expr: x > 0
  - record: better
    expr: good + 1
- name: limited
  limit: 1
  rules:
  - alert: Many
    expr: x > 0
";
    let mut s = Scenario::new(rules, Config::default())
        .series(r#"x{a="1"} 1 1 1"#)
        .series(r#"x{a="2"} _ 1 _"#);
    s.run("15s", "45s").await;
    s.health();
    s.check(&expect![[r#"
        15s firing {a="1", alertname="Limited"} 1 condition_true
        15s > Limited 15s..4m15s
        15s firing {a="1", alertname="Many"} 1 condition_true
        15s > Many 15s..4m15s
        30s error twice vector cannot contain metrics with the same labelset
        30s firing {a="2", alertname="Limited"} 1 condition_true
        30s > Limited 30s..4m30s
        30s resolved {a="1", alertname="Many"} - limit_exceeded
        30s error Many exceeded limit of 1 with 2 alerts
        45s recovered twice
        45s resolved {a="2", alertname="Limited"} - series_absent
        45s > Limited 30s..45s
        45s firing {a="1", alertname="Many"} 1 condition_true
        45s recovered Many
        45s > Many 45s..4m45s
        good is ok 
        twice is ok 
        Limited is ok 
        better is ok 
        Many is ok 
    "#]]);
}

#[tokio::test]
async fn a_failing_source_resolves_nothing() {
    let config = Config { hold_ms: 180_000, ..Config::default() };
    let mut s = Scenario::new(ALERT, config).series(&format!(r#"x{{a="1"}} {}"#, "9 ".repeat(30)));
    s.run("15s", "45s").await;
    s.source.fail(Some("connection refused"));
    s.run("1m", "1m").await;
    s.health();
    s.run("1m15s", "6m").await;
    s.source.fail(None);
    s.run("6m15s", "6m15s").await;
    s.health();
    s.check(&expect![[r#"
        15s pending {a="1", alertname="High", severity="page"} 9 condition_true 1 at 9
        45s firing {a="1", alertname="High", severity="page"} 9 condition_true 1 at 9
        45s > High 45s..4m45s
        1m error High query `{__name__="x"}`: connection refused
        High is err query `{__name__="x"}`: connection refused
        2m > High 45s..6m
        3m15s > High 45s..7m15s
        6m15s recovered High
        6m15s > High 45s..10m15s
        High is ok 
    "#]]);
}

#[tokio::test]
async fn windows_are_topped_up_and_shared() {
    let rules = "
groups:
- name: g
  rules:
  - record: a
    expr: rate(x_total[2m])
  - record: b
    expr: increase(x_total[5m]) + x_total
  - record: c
    expr: max_over_time(y[3m:1m])
";
    let mut s = Scenario::new(rules, Config { overlap_ms: Some(30_000), ..Config::default() })
        .series("x_total{} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26")
        .series("y{} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26");
    s.run("15s", "15s").await;
    s.asked();
    s.run("30s", "6m").await;
    s.source.asked();
    s.run("6m15s", "6m15s").await;
    s.asked();
    s.produced("6m15s");
    s.check(&expect![[r#"
        ? {__name__="x_total"} @ 15
        ? {__name__="y"} @ -120..0
        ? {__name__="x_total"}[5m] @ 15
        ? {__name__="y"} @ 360
        ? {__name__="x_total"} @ 375
        ? {__name__="x_total"}[45s] @ 375
        {__name__="a"} 0.06666666666666667
        {__name__="b"} 45
        {__name__="c"} 24
    "#]]);
}

#[tokio::test]
async fn templates_query_the_source() {
    let rules = "
groups:
- name: g
  rules:
  - alert: Slow
    expr: x > 5
    annotations:
      summary: '{{ with query (printf \"y{a=%q}\" $labels.a) }}y is {{ . | first | value }}{{ end }}'
";
    let mut s = Scenario::new(rules, Config::default())
        .series(r#"x{a="1"} 9"#)
        .series(r#"y{a="1"} 42"#)
        .series(r#"y{a="2"} 43"#);
    s.run("15s", "15s").await;
    s.asked();
    s.check(&expect![[r#"
        15s firing {a="1", alertname="Slow"} 9 condition_true y is 42
        15s > Slow 15s..4m15s
        ? {__name__="x"} @ 15
        ? y{a="1"} @ 15
    "#]]);
}

#[tokio::test]
async fn for_state_is_restored() {
    let rules = "
groups:
- name: g
  rules:
  - alert: Long
    expr: x > 5
    for: 20m
    labels: {severity: page}
";
    let mut s = Scenario::new(rules, Config { restore: true, ..Config::default() })
        .series(r#"x{a="1"} 9 9 9 9 9 9 9 9 9 9"#)
        .series(r#"x{a="2"} 9 9 9 9 9 9 9 9 9 9"#)
        .series(r#"ALERTS_FOR_STATE{alertname="Long",severity="page",a="1"} -600 -600 -600 -600"#)
        .series(r#"ALERTS_FOR_STATE{alertname="Long",severity="page",a="2"} -600 _ _ _"#);
    s.source.fail_on(Some("ALERTS"));
    s.run("15s", "30s").await;
    s.source.fail_on(None);
    s.run("45s", "1m").await;
    s.asked();
    for alert in &s.core.snapshot().groups[0].rules[0].alerts {
        writeln!(s.out, "{} since {}", alert.labels, duration::format(alert.active_at.0)).unwrap();
    }
    s.check(&expect![[r#"
        15s pending {a="1", alertname="Long", severity="page"} 9 condition_true
        15s pending {a="2", alertname="Long", severity="page"} 9 condition_true
        ? {__name__="x"} @ 15
        ? {__name__="x"} @ 30
        ? ALERTS_FOR_STATE{alertname="Long",severity="page"}[1h] @ 30
        ? {__name__="x"} @ 45
        ? ALERTS_FOR_STATE{alertname="Long",severity="page"}[1h] @ 45
        ? ALERTS_FOR_STATE{alertname="Long",severity="page"} @ 45
        ? {__name__="x"} @ 60
        {a="1", alertname="Long", severity="page"} since -9m15s
        {a="2", alertname="Long", severity="page"} since 15s
    "#]]);
}

/// What is to be fetched, as far as anything is.
fn requests(effects: Vec<Effect>) -> Vec<fetch::Request> {
    let requests = effects.into_iter().filter_map(|effect| match effect {
        Effect::Fetch { requests } => Some(requests),
        _ => None,
    });
    requests.flatten().collect()
}

fn queries(requests: &[fetch::Request]) -> Vec<&str> {
    requests.iter().map(|request| &*request.query).collect()
}

async fn answered(source: &Memory, request: &fetch::Request, now_ns: i64) -> Event {
    let fetched = fetch::one(source, request.clone(), Limits::DEFAULT.timeout).await;
    Event::Fetched { fetched: vec![fetched], now_ns }
}

#[tokio::test]
async fn groups_do_not_wait_for_each_other_and_count_what_they_miss() {
    let rules = "
groups:
- {name: slow, rules: [{record: a, expr: x}]}
- {name: quick, rules: [{record: b, expr: y}]}
";
    let (mut core, source) = (core(rules, Config::default()), Memory::default());
    let (x, y) = ("{__name__=\"x\"}", "{__name__=\"y\"}");
    assert_eq!(core.wake_at(), Some(15 * S));
    let first = requests(core.step(Event::Woke { now_ns: 15 * S }));
    assert_eq!(queries(&first), [x, y]);
    assert_eq!(core.wake_at(), None);
    core.step(answered(&source, &first[1], 16 * S).await);
    assert_eq!(core.wake_at(), Some(30 * S), "the quick group goes on");
    let second = requests(core.step(Event::Woke { now_ns: 30 * S }));
    assert_eq!(queries(&second), [y]);
    core.step(answered(&source, &second[0], 31 * S).await);
    core.step(answered(&source, &first[0], 50 * S).await);
    let third = requests(core.step(Event::Woke { now_ns: 50 * S }));
    assert_eq!(queries(&third), [x, y]);
    let snapshot = core.snapshot();
    assert_eq!((snapshot.groups[0].missed, snapshot.groups[1].missed), (1, 0));
    assert_eq!((snapshot.groups[0].iterations, snapshot.groups[1].iterations), (3, 3));
    core.step(Event::Stop);
    assert!(requests(core.step(Event::Woke { now_ns: 90 * S })).is_empty(), "stopping");
    assert!(core.is_busy());
}

#[tokio::test]
async fn what_groups_need_at_one_time_is_asked_once_and_each_goes_on_with_its_own() {
    let rules = "
groups:
- {name: one, rules: [{record: a, expr: x}]}
- {name: both, rules: [{record: b, expr: x + z}]}
";
    let (mut core, source) = (core(rules, Config::default()), Memory::default());
    let asked = requests(core.step(Event::Woke { now_ns: 15 * S }));
    assert_eq!(queries(&asked), ["{__name__=\"x\"}", "{__name__=\"z\"}"]);
    core.step(answered(&source, &asked[0], 16 * S).await);
    let evaluated = |core: &Core| {
        let groups = core.snapshot().groups;
        groups.iter().map(|group| group.last_evaluation.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(evaluated(&core), [true, false]);
    core.step(answered(&source, &asked[1], 17 * S).await);
    assert_eq!(evaluated(&core), [true, true]);
}

#[tokio::test]
async fn a_failing_rule_ends_no_series() {
    let rules = "
groups:
- name: g
  rules:
  - record: y
    expr: x
";
    let mut s = Scenario::new(rules, Config::default()).series(r#"x{a="1"} 1 1 _ _"#);
    s.run("15s", "30s").await;
    s.source.fail(Some("gone"));
    s.run("45s", "45s").await;
    s.produced("45s");
    s.source.fail(None);
    s.run("1m", "1m").await;
    s.produced("1m");
    s.check(&expect![[r#"
        45s error y query `{__name__="x"}`: gone
        {__name__="y", a="1"} 1
        1m recovered y
    "#]]);
}

#[tokio::test]
async fn an_offset_shifts_data_and_not_alerts() {
    let rules = "
groups:
- name: g
  query_offset: 30s
  rules:
  - record: y
    expr: x
  - alert: High
    expr: y > 5
    for: 15s
    keep_firing_for: 15s
";
    let mut s = Scenario::new(rules, Config::default()).series(r#"x{a="1"} 1 9 9 1 1 1 1"#);
    s.run("15s", "1m45s").await;
    s.asked();
    s.produced("1m15s");
    s.check(&expect![[r#"
        1m pending {a="1", alertname="High"} 9 condition_true
        1m15s firing {a="1", alertname="High"} 9 condition_true
        1m15s > High 1m15s..5m15s
        1m45s resolved {a="1", alertname="High"} 1 keep_firing_elapsed
        1m45s > High 1m15s..1m45s
        ? {__name__="x"} @ -15
        ? {__name__="y"} @ -15
        ? {__name__="x"} @ 0
        ? {__name__="y"} @ 0
        ? {__name__="x"} @ 15
        ? {__name__="y"} @ 15
        ? {__name__="x"} @ 30
        ? {__name__="y"} @ 30
        ? {__name__="x"} @ 45
        ? {__name__="y"} @ 45
        ? {__name__="x"} @ 60
        ? {__name__="y"} @ 60
        ? {__name__="x"} @ 75
        ? {__name__="y"} @ 75
        {__name__="y", a="1"} 1
    "#]]);
}

#[tokio::test]
async fn a_recording_rule_has_a_limit() {
    let rules = "
groups:
- name: g
  limit: 1
  rules:
  - record: y
    expr: x
  - record: z
    expr: '\"text\"'
";
    let mut s =
        Scenario::new(rules, Config::default()).series(r#"x{a="1"} 1"#).series(r#"x{a="2"} 1"#);
    s.run("15s", "15s").await;
    s.produced("15s");
    s.health();
    s.check(&expect![[r#"
        15s error y exceeded limit of 1 with 2 series
        15s error z rule result is not a vector or scalar
        y is err exceeded limit of 1 with 2 series
        z is err rule result is not a vector or scalar
    "#]]);
}

#[tokio::test]
async fn only_rules_that_need_an_answer_fail_without_it() {
    let rules = "
groups:
- name: g
  rules:
  - record: a
    expr: rate(x[1m])
  - record: b
    expr: y
  - record: c
    expr: b + x
";
    let mut s =
        Scenario::new(rules, Config::default()).series(r#"x{a="1"} 1"#).series(r#"y{a="1"} 1"#);
    s.source.fail_on(Some("\"x\"}["));
    s.run("15s", "15s").await;
    s.health();
    s.check(&expect![[r#"
        15s error a query `{__name__="x"}[1m]`: this fails
        a is err query `{__name__="x"}[1m]`: this fails
        b is ok 
        c is ok 
    "#]]);
}

/// Copies of two rules for some services, in a group each.
fn copies(n: usize) -> String {
    let group = |i: usize| {
        format!(
            "- name: g{i}
  rules:
  - record: errors
    expr: sum by (code) (rate(x_total{{service=\"s{i}\",code=~\"5..\"}}[1m]))
    labels: {{service: s{i}}}
  - alert: Down
    expr: up{{service=\"s{i}\"}} == 0
"
        )
    };
    format!("groups:\n{}", (0..n).map(group).collect::<String>())
}

fn shared() -> Config {
    let slots = ruler::EvaluationSlots::Together;
    Config { cut: engine::Cut::Shared, slots, ..Config::default() }
}

#[tokio::test]
async fn copies_of_rules_are_asked_for_at_once() {
    let mut s = Scenario::new(&copies(3), shared())
        .series(r#"x_total{service="s0",code="500"} 0 15 30 45"#)
        .series(r#"x_total{service="s1",code="500"} 0 30 60 90"#)
        .series(r#"x_total{service="s1",code="200"} 0 30 60 90"#)
        .series(r#"up{service="s1"} 1 1 1 0"#)
        .series(r#"up{service="s2"} 1 1 1 0"#);
    s.run("15s", "1m").await;
    s.asked();
    s.produced("1m");
    s.check(&expect![[r#"
        1m firing {alertname="Down", service="s1"} 0 condition_true
        1m > Down 1m..5m
        1m firing {alertname="Down", service="s2"} 0 condition_true
        1m > Down 1m..5m
        ? sum by (code, service) (rate(x_total{code=~"5..",service=~"s0|s1|s2"}[1m])) @ 15
        ? up{service=~"s0|s1|s2"} @ 15
        ? sum by (code, service) (rate(x_total{code=~"5..",service=~"s0|s1|s2"}[1m])) @ 30
        ? up{service=~"s0|s1|s2"} @ 30
        ? sum by (code, service) (rate(x_total{code=~"5..",service=~"s0|s1|s2"}[1m])) @ 45
        ? up{service=~"s0|s1|s2"} @ 45
        ? sum by (code, service) (rate(x_total{code=~"5..",service=~"s0|s1|s2"}[1m])) @ 60
        ? up{service=~"s0|s1|s2"} @ 60
        {__name__="ALERTS", alertname="Down", alertstate="firing", service="s1"} 1
        {__name__="ALERTS", alertname="Down", alertstate="firing", service="s2"} 1
        {__name__="ALERTS_FOR_STATE", alertname="Down", service="s1"} 60
        {__name__="ALERTS_FOR_STATE", alertname="Down", service="s2"} 60
        {__name__="errors", code="500", service="s0"} 0.75
        {__name__="errors", code="500", service="s1"} 1.5
    "#]]);
}

#[tokio::test]
async fn a_thousand_copies_are_hardly_more_questions() {
    let mut s = Scenario::new(&copies(500), shared());
    s.run("15s", "15s").await;
    let asked = s.source.asked();
    assert_eq!(asked.len(), 4, "two for each of two rules: {asked:?}");
}

#[tokio::test]
async fn what_is_too_much_at_once_is_asked_one_by_one() {
    let mut s = Scenario::new(&copies(2), shared())
        .series(r#"x_total{service="s0",code="500"} 0 15 30 45"#)
        .series(r#"x_total{service="s1",code="500"} 0 30 60 90"#);
    s.source.fail_on(Some("s0|s1"));
    s.run("15s", "30s").await;
    s.asked();
    s.produced("30s");
    s.source.fail_on(Some("\"s1\""));
    s.run("45s", "45s").await;
    s.check(&expect![[r#"
        ? sum by (code, service) (rate(x_total{code=~"5..",service=~"s0|s1"}[1m])) @ 15
        ? up{service=~"s0|s1"} @ 15
        ? sum by (code) (rate(x_total{code=~"5..",service="s0"}[1m])) @ 15
        ? sum by (code) (rate(x_total{code=~"5..",service="s1"}[1m])) @ 15
        ? {__name__="up",service="s0"} @ 15
        ? {__name__="up",service="s1"} @ 15
        ? sum by (code) (rate(x_total{code=~"5..",service="s0"}[1m])) @ 30
        ? {__name__="up",service="s0"} @ 30
        ? sum by (code) (rate(x_total{code=~"5..",service="s1"}[1m])) @ 30
        ? {__name__="up",service="s1"} @ 30
        {__name__="errors", code="500", service="s0"} 0.25
        {__name__="errors", code="500", service="s1"} 0.5
        45s error errors query `sum by (code) (rate(x_total{code=~"5..",service="s1"}[1m]))`: this fails
        45s error Down query `{__name__="up",service="s1"}`: this fails
    "#]]);
}

#[tokio::test]
async fn after_a_while_all_is_asked_at_once_again() {
    let mut s = Scenario::new(&copies(2), shared());
    s.source.fail_on(Some("s0|s1"));
    s.run("15s", "15s").await;
    s.source.fail_on(None);
    s.run("30s", "10m15s").await;
    let asked = s.source.asked();
    let last: Vec<_> = asked.iter().filter(|asked| asked.ends_with("@ 615")).collect();
    assert_eq!(last.len(), 2, "{last:?}");
    assert!(last.iter().all(|asked| asked.contains("s0|s1")), "{last:?}");
}

#[tokio::test]
async fn a_wide_selector_serves_narrow_ones() {
    let rules = "
groups:
- name: g
  rules:
  - {record: all, expr: up}
  - {record: some, expr: 'up{job=\"a\",env!=\"x\"}'}
  - {record: one, expr: 'up{job=\"b\"}'}
  - {record: other, expr: 'down{job=\"b\"}'}
  - {record: others, expr: 'down{job=\"c\"}'}
";
    let mut s = Scenario::new(rules, shared())
        .series(r#"up{job="a",env="x"} 1"#)
        .series(r#"up{job="a",env="y"} 2"#)
        .series(r#"up{job="b"} 3"#)
        .series(r#"down{job="b"} 4"#);
    s.run("15s", "15s").await;
    s.asked();
    s.produced("15s");
    s.check(&expect![[r#"
        ? {__name__="up"} @ 15
        ? down{job=~"b|c"} @ 15
        {__name__="all", env="x", job="a"} 1
        {__name__="all", env="y", job="a"} 2
        {__name__="all", job="b"} 3
        {__name__="one", job="b"} 3
        {__name__="other", job="b"} 4
        {__name__="some", env="y", job="a"} 2
    "#]]);
}

#[tokio::test]
async fn what_the_source_notes_belongs_to_the_rules_that_asked() {
    let rules = "
groups:
- name: g
  rules:
  - {record: odd, expr: 'sum(rate(x[1m])) * 2'}
  - {record: fine, expr: 'sum(rate(x_total[1m]))'}
";
    let mut s =
        Scenario::new(rules, shared()).series(r#"x{a="1"} 1 2"#).series(r#"x_total{a="1"} 1 2"#);
    s.run("15s", "30s").await;
    s.health();
    s.check(&expect![[r#"
        odd is ok 
          0 warnings, 1 infos in all
          PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (1:10)
        fine is ok 
    "#]]);
}

/// Aggregations of the same series, of which the finest answer holds all.
const FINER_AND_COARSER: &str = "
groups:
- name: g
  rules:
  - {record: all, expr: 'sum(rate(x_total[1m]))'}
  - {record: job, expr: 'sum by (job) (rate(x_total[1m]))'}
  - {record: errors, expr: 'sum by (job) (rate(x_total{code=~\"5..\"}[1m]))'}
  - {record: highest, expr: 'max(rate(x_total[1m]))'}
  - {record: high, expr: 'max by (job) (rate(x_total{code=~\"5..\"}[1m]))'}
";

fn finer_and_coarser(config: Config) -> Scenario {
    Scenario::new(FINER_AND_COARSER, config)
        .series(r#"x_total{job="a",code="200"} 0 15 30 45"#)
        .series(r#"x_total{job="a",code="500"} 0 30 60 90"#)
        .series(r#"x_total{job="b",code="503"} 0 60 120 180"#)
}

#[tokio::test]
async fn the_finest_aggregation_serves_coarser_ones() {
    let mut s = finer_and_coarser(shared());
    s.run("15s", "30s").await;
    s.asked();
    s.produced("30s");
    s.check(&expect![[r#"
        ? sum by (code, job) (rate(x_total[1m])) @ 15
        ? max by (code, job) (rate(x_total[1m])) @ 15
        ? sum by (code, job) (rate(x_total[1m])) @ 30
        ? max by (code, job) (rate(x_total[1m])) @ 30
        {__name__="all"} 1.75
        {__name__="errors", job="a"} 0.5
        {__name__="errors", job="b"} 1
        {__name__="high", job="a"} 0.5
        {__name__="high", job="b"} 1
        {__name__="highest"} 1
        {__name__="job", job="a"} 0.75
        {__name__="job", job="b"} 1
    "#]]);
}

#[tokio::test]
async fn with_exact_regrouping_sums_are_the_source_s_own() {
    let regrouping = engine::Regrouping::Exact;
    let mut s = finer_and_coarser(Config { regrouping, ..shared() });
    s.run("30s", "30s").await;
    s.asked();
    s.check(&expect![[r#"
        ? max by (code, job) (rate(x_total[1m])) @ 30
        ? sum(rate(x_total[1m])) @ 30
        ? sum by (job) (rate(x_total[1m])) @ 30
        ? sum by (job) (rate(x_total{code=~"5.."}[1m])) @ 30
    "#]]);
}

#[tokio::test]
async fn aggregations_that_are_refused_together_are_asked_apart() {
    let mut s = finer_and_coarser(shared());
    s.source.fail_on(Some("code, job"));
    s.run("15s", "30s").await;
    s.asked();
    s.produced("30s");
    s.health();
    s.source.fail_on(None);
    s.run("45s", "10m").await;
    let n = |asked: &[String], t: &str| asked.iter().filter(|a| a.ends_with(t)).count();
    let asked = s.source.asked();
    assert_eq!(n(&asked, "@ 600"), 5, "{asked:?}");
    s.run("10m15s", "10m15s").await;
    let asked = s.source.asked();
    assert_eq!(n(&asked, "@ 615"), 2, "together again: {asked:?}");
    s.check(&expect![[r#"
        ? sum by (code, job) (rate(x_total[1m])) @ 15
        ? max by (code, job) (rate(x_total[1m])) @ 15
        ? sum by (job) (rate(x_total[1m])) @ 15
        ? sum by (job) (rate(x_total{code=~"5.."}[1m])) @ 15
        ? sum(rate(x_total[1m])) @ 15
        ? max by (job) (rate(x_total{code=~"5.."}[1m])) @ 15
        ? max(rate(x_total[1m])) @ 15
        ? sum(rate(x_total[1m])) @ 30
        ? sum by (job) (rate(x_total[1m])) @ 30
        ? sum by (job) (rate(x_total{code=~"5.."}[1m])) @ 30
        ? max(rate(x_total[1m])) @ 30
        ? max by (job) (rate(x_total{code=~"5.."}[1m])) @ 30
        {__name__="all"} 1.75
        {__name__="errors", job="a"} 0.5
        {__name__="errors", job="b"} 1
        {__name__="high", job="a"} 0.5
        {__name__="high", job="b"} 1
        {__name__="highest"} 1
        {__name__="job", job="a"} 0.75
        {__name__="job", job="b"} 1
        all is ok 
        job is ok 
        errors is ok 
        highest is ok 
        high is ok 
    "#]]);
}

#[tokio::test]
async fn what_can_not_be_told_of_finer_groups_is_asked_apart() {
    let rules = "
groups:
- name: g
  rules:
  - {record: all, expr: 'sum(x)'}
  - {record: one, expr: 'sum(x{job=\"a\"})'}
";
    // Signs, where rounding would show; histograms; and both in one group, of which there is no sum.
    let histogram = "{{count:1,sum:2}}";
    for (a, b, c, what) in [
        ("1", "-3", "-3", "signs"),
        (histogram, histogram, histogram, "histograms"),
        ("1", "1", histogram, "a mixture"),
    ] {
        let mut s = Scenario::new(rules, shared())
            .series(&format!(r#"x{{job="a",i="0"}} {a}"#))
            .series(&format!(r#"x{{job="b",i="0"}} {b}"#))
            .series(&format!(r#"x{{job="b",i="1"}} {c}"#));
        s.run("15s", "15s").await;
        let asked = s.source.asked();
        let expected = ["sum by (job) (x) @ 15", "sum(x{job=\"a\"}) @ 15", "sum(x) @ 15"];
        assert_eq!(asked.len(), 3, "{what}: {asked:?}");
        assert!(expected.iter().all(|e| asked.iter().any(|a| a == e)), "{what}: {asked:?}");
    }
}

#[tokio::test]
async fn too_many_rows_that_nobody_asked_for_are_not_asked_for_again() {
    let rules = |one: &str| {
        format!(
            "
groups:
- name: g
  rules:
  - {{record: all, expr: count(x)}}
  - {{record: one, expr: '{one}'}}
"
        )
    };
    let mut series = Vec::new();
    for i in 0..10_001 {
        series.push(format!(r#"x{{pod="p{i}"}} 1 1"#));
    }
    for (one, n_asked) in [("count(x{pod=\"p7\"})", [3, 2]), ("count by (pod) (x) > 1", [1, 1])] {
        let s = Scenario::new(&rules(one), shared());
        let mut s = series.iter().fold(s, |s, series| s.series(series));
        for (slot, n) in ["15s", "30s"].into_iter().zip(n_asked) {
            s.run(slot, slot).await;
            let asked = s.source.asked();
            assert_eq!(asked.len(), n, "{one} at {slot}: {asked:?}");
            s.produced(slot);
        }
        if n_asked == [1, 1] {
            s.check(&expect![[r#"
                {__name__="all"} 10001
                {__name__="all"} 10001
            "#]]);
        }
    }
}
