//! What is recorded, alerted and told does not depend on where expressions are cut.
//!
//! Rules by chance, and copies of them for values of a label, are evaluated slot by slot over
//! samples that come as time passes: once per cut, by rulers that share nothing. What rules produce
//! is compared to the bit, and so are alerts, events and thresholds, and which rules fail. Only where
//! sums are computed from finer ones may the last digits of values be others.
#![expect(clippy::unwrap_used, reason = "a malformed rule fails its test")]

use std::{fmt::Write, time::Duration};

use engine::{Cut, Regrouping};
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

const SUMS: (Cut, Regrouping) = (Cut::Shared, Regrouping::Sums);

/// All are compared with the first.
const CUTS: [(Cut, Regrouping); 4] = [
    (Cut::Selectors, Regrouping::Exact),
    (Cut::Shared, Regrouping::Exact),
    SUMS,
    (Cut::Whole, Regrouping::Exact),
];

/// A ruler of one cut over a source of its own.
struct Ruler {
    core: Core,
    source: Memory,
    told: String,
    n_asked: usize,
}

impl Ruler {
    fn new((cut, regrouping): (Cut, Regrouping), rules: &str) -> Self {
        let slots = EvaluationSlots::Together;
        let config = Config { cut, regrouping, slots, ..Config::default() };
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
                // Debug output tells floats apart to the bit.
                Some(SampleValue::Float(v)) => lines.push(format!("{labels} {v:?}")),
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

/// Some can be computed from others.
const AGGREGATIONS: [&str; 6] =
    ["sum by (job)", "sum by (instance, job)", "max", "max by (job)", "count", "count by (job)"];

/// Rules of two groups: by chance, copies of them for values of a label, and some that read what
/// others record. What a group reads of another one depends on which of them has its answers first,
/// so a third group reads what both had told a slot before.
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
        exprs.iter().flat_map(|q| AGGREGATIONS.map(|a| format!("{a} ({q})"))).collect();
    exprs.extend(aggregated);
    // A label that nobody sees.
    exprs.extend(queries.iter().map(|query| {
        let finer = format!("max by (instance, job) ({query})");
        let renamed = format!(r#"label_replace({finer}, "i", "$1", "instance", "^(.*)$")"#);
        format!("max by (job) ({renamed} * 2)")
    }));
    let mut text = "groups:\n- name: a\n  rules:\n".to_owned();
    for (i, expr) in exprs.iter().enumerate() {
        if i == exprs.len() / 2 {
            text.push_str("- name: b\n  rules:\n");
        }
        let group = if i < exprs.len() / 2 { 'a' } else { 'b' };
        let quoted = expr.replace('\'', "''");
        match i % 3 {
            0 => writeln!(text, "  - {{record: 'r:{group}:{i}', expr: '{quoted}'}}").unwrap(),
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
        "  - {record: 's:b', expr: 'sum by (job) ({__name__=~\"r:b:.*\"})'}\n\
         - name: c\n  query_offset: 15s\n  rules:\n  \
         - {record: 's:0', expr: 'sum by (job) ({__name__=~\"r:.*\"})'}\n  \
         - {record: 's:1', expr: 'count by (alertname) (ALERTS)'}\n  \
         - {record: 's:2', expr: 'max_over_time(s:1[1m])'}\n",
    );
    text
}

/// Ticks through generated rules with all cuts; how many lines of state were compared.
async fn cuts_agree(seed: u64, n_asked: &mut [usize; 4]) -> usize {
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
    let mut all_cuts = CUTS.map(|cut| Ruler::new(cut, &rules));
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
        for (state, cut) in states.iter().zip(CUTS).skip(1) {
            let about = || format!("seed {seed} {cut:?} at {t}ms\n{rules}");
            let is_same = if cut == SUMS { is_alike } else { |a: &str, b: &str| a == b };
            assert_same(&states[0], state, is_same, about);
        }
        n_compared += states[0].lines().count();
    }
    for (n, ruler) in n_asked.iter_mut().zip(&all_cuts) {
        *n += ruler.n_asked;
    }
    n_compared
}

fn assert_same(
    expected: &str,
    got: &str,
    is_same: impl Fn(&str, &str) -> bool,
    about: impl Fn() -> String,
) {
    let (expected, got): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), got.lines().collect());
    let is_same_line = |(a, b): (&&str, &&str)| is_same(a, b);
    if expected.len() != got.len() || !expected.iter().zip(&got).all(is_same_line) {
        let beyond = |these: &[&str], others: &[&str]| -> Vec<String> {
            let is_new = |line: &&&str| !others.iter().any(|other| is_same(line, other));
            these.iter().filter(is_new).map(ToString::to_string).collect()
        };
        let (missing, extra) = (beyond(&expected, &got), beyond(&got, &expected));
        panic!("{}\nselectors: {missing:#?}\ngot: {extra:#?}", about());
    }
}

/// Equal texts, but that fractions in them may differ in their last digits.
fn is_alike(a: &str, b: &str) -> bool {
    let (a, b) = (fractions(a), fractions(b));
    let is_close = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-12 * y.abs();
    a.0 == b.0 && a.1.len() == b.1.len() && a.1.iter().zip(&b.1).all(is_close)
}

/// A text without its numbers that have a fraction or an exponent, and these numbers.
fn fractions(text: &str) -> (String, Vec<f64>) {
    let (mut rest, mut numbers) = (String::new(), Vec::new());
    let is_inside = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    for word in text.split_inclusive(|c| !is_inside(c)) {
        let (inside, end) = word.split_at(word.trim_end_matches(|c| !is_inside(c)).len());
        let is_fraction =
            inside.contains(['.', 'e']) && inside.contains(|c: char| c.is_ascii_digit());
        match inside.parse::<f64>() {
            Ok(number) if is_fraction => {
                numbers.push(number);
                rest.push('#');
            }
            _ => rest.push_str(inside),
        }
        rest.push_str(end);
    }
    (rest, numbers)
}

#[test]
fn only_fractions_may_differ() {
    assert!(is_alike(r#"{a="1"} 0.30000000000000004 at 15"#, r#"{a="1"} 0.3 at 15"#));
    assert!(is_alike("v: 1e-7, w: Some(-2.5)", "v: 0.0000001, w: Some(-2.5)"));
    assert!(!is_alike("v: 0.3001", "v: 0.3"));
    assert!(!is_alike("v: 0.0", "v: 0.5"));
    assert!(!is_alike("at 15001", "at 15000"), "times are whole");
    assert!(!is_alike(r#"{a="x"} 0.5"#, r#"{a="y"} 0.5"#));
    assert!(!is_alike("0.5 firing", "0.5 pending"));
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
    let (mut n_asked, mut n_compared) = ([0; 4], 0);
    for seed in 0..20 {
        n_compared += cuts_agree(seed, &mut n_asked).await;
    }
    assert!(n_compared > 5_000, "only {n_compared} lines were compared");
    let [selectors, shared, sums, whole] = n_asked;
    assert!(whole > 0 && selectors > 0, "{n_asked:?}");
    assert!(0 < sums && sums < shared, "sums are computed from others: {n_asked:?}");
}
