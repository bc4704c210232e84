//! The loop: simulated time, sources that hang or panic, stopping.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use model::Labels;
use promql::ParseOptions;
use ruler::{
    Clock, Config, RuleSet, Ruler, Simulated, Wall,
    fetch::{Limits, Source},
    memory::{Memory, MemoryError},
};
use source::Answer;

const START: i64 = 1_700_000_000_000_000_000;
const S: i64 = 1_000_000_000;

fn rules(text: &str, config: &Config) -> RuleSet {
    let parsed = rules::parse("rules.yml", text, &ParseOptions::default());
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    RuleSet::new(parsed.groups, config)
}

/// A source that hangs on selectors of `hang` and panics on selectors of `panic`.
struct Moody(Memory);

impl Source for Moody {
    type Error = MemoryError;

    async fn query(&self, expr: &str, t_ms: i64) -> Result<Answer, MemoryError> {
        assert!(!expr.contains("panic"), "asked for panic");
        if expr.contains("hang") {
            std::future::pending::<()>().await;
        }
        self.0.query(expr, t_ms).await
    }

    async fn query_range(
        &self,
        expr: &str,
        start: i64,
        end: i64,
        step: i64,
    ) -> Result<Answer, MemoryError> {
        self.0.query_range(expr, start, end, step).await
    }
}

fn source_with(samples: impl Iterator<Item = (i64, f64)>) -> Memory {
    let source = Memory::default();
    source.fill(|table| {
        let id = table.series_id(&Labels::from_pairs([("__name__", "x"), ("a", "1")]));
        for (t, value) in samples {
            table.append(id, t, value);
        }
    });
    source
}

#[tokio::test]
async fn simulated_time_runs_through_an_incident_and_ends() {
    let config = Config::default();
    let set = rules("groups: [{name: g, rules: [{alert: A, expr: 'x > 5', for: 1m}]}]", &config);
    // Half an hour, of which minutes 5 to 10 are bad.
    let samples = (0..120)
        .map(|i| (START / 1_000_000 + i * 15_000, if (20..40).contains(&i) { 9.0 } else { 1.0 }));
    let (told, sink) = collector();
    let clock = Simulated::new(START, f64::INFINITY);
    let source = Arc::new(source_with(samples));
    let ruler = Ruler::new(set, config, source, clock.clone(), sink).until(START + 1800 * S);
    let snapshots = ruler.snapshots();
    ruler.run(std::future::pending()).await;
    assert_eq!(*told.lock().unwrap(), ["pending", "firing", "resolved"]);
    let group = &snapshots.borrow().groups[0];
    assert_eq!((group.iterations, group.missed), (120, 0));
    assert!(clock.now_ns() <= START + 1800 * S);
}

#[tokio::test]
async fn a_hanging_or_panicking_source_holds_up_no_other_group() {
    let config = Config { evaluation_interval_ms: 20, ..Config::default() };
    let set = rules(
        "groups:
- {name: hangs, rules: [{record: a, expr: 'hang'}]}
- {name: panics, rules: [{record: b, expr: 'panic'}, {record: c, expr: 'vector(1)'}]}
- {name: works, rules: [{record: d, expr: 'x'}]}",
        &config,
    );
    let (_, sink) = collector();
    let source = Arc::new(Moody(Memory::default()));
    let limits = Limits { timeout: Duration::from_mins(10), ..Limits::DEFAULT };
    let ruler = Ruler::new(set, config, source, Wall, sink).with_limits(limits);
    let ruler = ruler.with_drain(Duration::from_millis(10));
    let mut snapshots = ruler.snapshots();
    let others_went_on = async move {
        let went_on = |s: &ruler::Snapshot| {
            s.groups[1].rules[0].last_evaluation.is_some() && s.groups[2].iterations >= 5
        };
        let snapshot = snapshots.wait_for(went_on).await.unwrap().clone();
        assert_eq!(snapshot.groups[0].rules[0].health.name(), "unknown", "it still waits");
        let [broken, fine] = &snapshot.groups[1].rules[..] else { panic!("two rules") };
        assert!(broken.last_error.as_ref().unwrap().contains("query `{__name__=\"panic\"}`"));
        assert_eq!(fine.health.name(), "ok");
    };
    // Ends although one group never does: what hangs is given up.
    ruler.run(others_went_on).await;
}

#[tokio::test]
async fn a_source_that_answers_too_late_is_an_error_of_the_rule() {
    let config = Config { evaluation_interval_ms: 20, ..Config::default() };
    let set = rules("groups: [{name: g, rules: [{record: a, expr: 'hang'}]}]", &config);
    let (told, sink) = collector();
    let source = Arc::new(Moody(Memory::default()));
    let limits = Limits { timeout: Duration::from_millis(5), ..Limits::DEFAULT };
    let ruler = Ruler::new(set, config, source, Wall, sink).with_limits(limits);
    let mut snapshots = ruler.snapshots();
    let failed = async move {
        let is_err = |s: &ruler::Snapshot| s.groups[0].rules[0].last_error.is_some();
        let snapshot = snapshots.wait_for(is_err).await.unwrap().clone();
        let error = snapshot.groups[0].rules[0].last_error.clone().unwrap();
        assert_eq!(error, "query `{__name__=\"hang\"}`: no answer within 5ms");
    };
    ruler.run(failed).await;
    assert_eq!(told.lock().unwrap()[0], "error");
}

/// Collects the kinds of events.
fn collector() -> (Arc<Mutex<Vec<String>>>, impl FnMut(ruler::Delivery) + Send + 'static) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    (told, move |delivery: ruler::Delivery| {
        let kinds = delivery.events.iter().map(notify::Event::kind);
        let words = kinds.map(|kind| kind.split('.').nth(2).unwrap().to_owned());
        sink.lock().unwrap().extend(words);
    })
}
