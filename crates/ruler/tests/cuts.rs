//! What is recorded, alerted and told does not depend on where expressions are cut.
//!
//! Rules by chance, and copies of them for values of a label, are evaluated slot by slot over
//! samples that come as time passes: once per cut, by rulers that share nothing. What rules produce
//! is compared to the bit, and so are alerts, events and thresholds, and which rules fail.
#![expect(clippy::unwrap_used, reason = "a malformed rule fails its test")]

use std::{fmt::Write, time::Duration};

use engine::Cut;
use model::{Labels, SampleValue};
use notify::EvalInfo;
use promql::ParseOptions;
use promqltest::head::Sample;
use ruler::{
    Config, Delivery, EvaluationSlots, RuleSet,
    fetch::{self, Limits},
    memory::Memory,
    step::{Core, Effect, Event},
};
use testkit::{
    fuzz::{Dice, engine::load},
    generate,
};

const SLOT: i64 = 15_000;

/// A ruler of one cut over a source of its own.
struct Ruler {
    core: Core,
    source: Memory,
    told: String,
    n_asked: usize,
}

impl Ruler {
    fn new(cut: Cut, rules: &str) -> Self {
        let config = Config { cut, slots: EvaluationSlots::Together, ..Config::default() };
        let parsed = rules::parse("rules.yml", rules, &ParseOptions::all());
        assert!(parsed.errors.is_empty(), "{rules}\n{:?}", parsed.errors);
        let set = RuleSet::new(parsed.groups, &config);
        let core = Core::new(set, config, 0, || 0);
        Self { core, source: Memory::default(), told: String::new(), n_asked: 0 }
    }

    async fn tick(&mut self, t: i64) {
        let mut events = vec![Event::Woke { now_ns: t * 1_000_000 }];
        while let Some(event) = events.pop() {
            for effect in self.core.step(event) {
                let now_ns = t * 1_000_000;
                match effect {
                    Effect::Fetch { requests } => {
                        let fetched = fetch::perform(&self.source, requests, Limits::DEFAULT).await;
                        events.push(Event::Fetched { fetched, now_ns });
                    }
                    Effect::Ask { group, questions } => {
                        let timeout = Duration::from_secs(1);
                        let answers = fetch::ask_all(&self.source, questions, timeout).await;
                        events.push(Event::Answered { group, answers, now_ns });
                    }
                    Effect::Deliver(delivery) => tell(&mut self.told, &delivery),
                    Effect::Fill { .. } | Effect::Written(_) | Effect::Note(_) => {
                        panic!("nothing comes by itself")
                    }
                }
            }
        }
        self.n_asked += self.source.asked().len();
    }

    /// What there is after a tick: series, health, alerts, and what was told since the last time.
    fn state(&mut self, t: i64) -> String {
        let mut lines: Vec<String> = Vec::new();
        for (id, labels) in self.core.produced().series() {
            match self.core.produced().latest_value(id, t, SLOT).map(|newest| newest.value.into()) {
                Some(SampleValue::Float(v)) if v.is_nan() => lines.push(format!("{labels} NaN")),
                Some(SampleValue::Float(v)) => {
                    lines.push(format!("{labels} {v} {:x}", v.to_bits()));
                }
                Some(SampleValue::Histogram(h)) => lines.push(format!("{labels} {h:?}")),
                None => {}
            }
        }
        lines.sort();
        let mut told: Vec<String> =
            std::mem::take(&mut self.told).lines().map(str::to_owned).collect();
        told.sort();
        lines.extend(told);
        for group in &self.core.snapshot().groups {
            for (rule, status) in group.plan.rules.iter().zip(&group.rules) {
                let (name, health) = (rule.name(), status.health);
                lines.push(format!("{name} {health:?} {} {:?}", status.n_results, status.alerts));
            }
        }
        lines.join("\n")
    }
}

/// Events without what belongs to the run: how long it took, and what was fetched for it.
fn tell(told: &mut String, delivery: &Delivery) {
    let eval = |eval: &EvalInfo| EvalInfo { took_s: 0.0, series_fetched: None, ..eval.clone() };
    for event in &delivery.events {
        if let Some(alert) = event.as_alert() {
            let alert = notify::AlertEvent { eval: eval(&alert.eval), ..alert.clone() };
            writeln!(told, "{alert:?}").unwrap();
        }
        if let Some(rule) = event.as_rule() {
            // Errors name what was asked.
            let is_error = matches!(rule.health, notify::RuleHealth::Error { .. });
            writeln!(told, "{} fails: {is_error}", rule.rule.name).unwrap();
        }
    }
    for alert in &delivery.alerts {
        writeln!(told, "{alert:?}").unwrap();
    }
}

/// Rules of two groups: by chance, copies of them for values of a label, and some that read what
/// others record.
fn rule_file(queries: &[String]) -> String {
    let mut exprs: Vec<String> = queries.to_vec();
    for query in queries {
        for (all, one) in [("instance=~\"0|1\"", "instance"), ("{job=\"x\"}", "job")] {
            if query.contains(all) {
                let braces = all.starts_with('{');
                for value in ["0", "1", "x", "y"] {
                    let matcher = format!("{one}=\"{value}\"");
                    let matcher = if braces { format!("{{{matcher}}}") } else { matcher };
                    exprs.push(query.replace(all, &matcher));
                }
            }
        }
    }
    let aggregated: Vec<String> =
        exprs.iter().flat_map(|q| [format!("sum by (job) ({q})"), format!("max({q})")]).collect();
    exprs.extend(aggregated);
    let mut text = "groups:\n- name: a\n  rules:\n".to_owned();
    for (i, expr) in exprs.iter().enumerate() {
        if i == exprs.len() / 2 {
            text.push_str("- name: b\n  rules:\n");
        }
        let quoted = expr.replace('\'', "''");
        match i % 3 {
            0 => writeln!(text, "  - {{record: 'r:{i}', expr: '{quoted}'}}").unwrap(),
            1 => writeln!(
                text,
                "  - {{alert: A{i}, expr: '({quoted}) > 0.5', for: 15s, \
                 annotations: {{v: '{{{{ $value }}}}'}}}}"
            )
            .unwrap(),
            _ => writeln!(text, "  - {{alert: A{i}, expr: '{quoted}', keep_firing_for: 15s}}")
                .unwrap(),
        }
    }
    text.push_str(
        "  - {record: 's:0', expr: 'sum by (job) ({__name__=~\"r:.*\"})'}\n  \
         - {record: 's:1', expr: 'count by (alertname) (ALERTS)'}\n  \
         - {record: 's:2', expr: 'max_over_time(s:1[1m])'}\n",
    );
    text
}

/// Ticks through generated rules with all cuts; how many lines of state were compared.
async fn cuts_agree(seed: u64, n_asked: &mut [usize; 3]) -> usize {
    let all = generate::rules(&mut Dice::Seed(seed));
    let vectors: Vec<String> = all
        .queries
        .iter()
        .filter(|text| {
            promql::parse_expr(text, &ParseOptions::all())
                .is_ok_and(|expr| expr.value_type() == promql::ValueType::InstantVector)
        })
        .cloned()
        .collect();
    let rules = rule_file(&vectors);
    let mut all_cuts = [Cut::Selectors, Cut::Shared, Cut::Whole].map(|cut| Ruler::new(cut, &rules));
    let head = load(&all.script);
    let mut series: Vec<(Labels, Vec<Sample>)> = head
        .series()
        .map(|(labels, mut samples)| {
            samples.reverse();
            (labels.clone(), samples)
        })
        .collect();
    let mut n_compared = 0;
    for slot in 1..=all.n_slots {
        let t = i64::try_from(slot).unwrap() * SLOT;
        arrive(&mut series, t, &all_cuts);
        let mut states = Vec::new();
        for ruler in &mut all_cuts {
            ruler.tick(t).await;
            states.push(ruler.state(t));
        }
        for (state, cut) in states[1..].iter().zip(["shared", "whole"]) {
            assert_same(&states[0], state, || format!("seed {seed} {cut} at {t}ms\n{rules}"));
        }
        n_compared += states[0].lines().count();
    }
    for (n, ruler) in n_asked.iter_mut().zip(&all_cuts) {
        *n += ruler.n_asked;
    }
    n_compared
}

fn assert_same(expected: &str, got: &str, about: impl Fn() -> String) {
    if expected != got {
        let missing = expected.lines().filter(|line| !got.lines().any(|l| l == *line));
        let extra = got.lines().filter(|line| !expected.lines().any(|l| l == *line));
        let missing: Vec<&str> = missing.collect();
        let extra: Vec<&str> = extra.collect();
        panic!("{}\nselectors: {missing:#?}\ngot: {extra:#?}", about());
    }
}

/// Gives all sources what was scraped up to a time.
fn arrive(series: &mut [(Labels, Vec<Sample>)], t: i64, rulers: &[Ruler]) {
    for (labels, waiting) in series {
        while let Some(sample) = waiting.pop_if(|sample| sample.t <= t) {
            for ruler in rulers {
                ruler.source.fill(|table| {
                    let id = table.series_id(labels);
                    table.append_value(id, sample.t, sample.start, sample.value.clone());
                });
            }
        }
    }
}

#[tokio::test]
async fn all_cuts_give_the_same() {
    let (mut n_asked, mut n_compared) = ([0; 3], 0);
    for seed in 0..20 {
        n_compared += cuts_agree(seed, &mut n_asked).await;
    }
    assert!(n_compared > 5_000, "only {n_compared} lines were compared");
    let [selectors, shared, whole] = n_asked;
    assert!(shared > 0 && whole > 0 && selectors > 0, "{n_asked:?}");
}
