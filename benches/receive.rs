//! The samples of one tick by remote write: from bytes to series, and into the ruler's table.
//!
//! All in one thread: decompressing, scanning, recognising, queueing; `stream` appends too, and
//! evaluates the shipped rules. Requests hold 2,000 samples each, as Prometheus sends them.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use harness::wire::{Encoded, Request};
use model::Labels;
use promql::ParseOptions;
use receive::{Encoding, Inbox, Limits, Message, Outcome, Receiver};
use ruler::{
    Config, RuleSet, StreamConfig, Wanted,
    config::EvaluationSlots,
    step::{Core, Effect, Event},
};
use testkit::platform;
use tokio::runtime::{Builder, Runtime};

const PER_REQUEST: usize = 2_000;
const INTERVAL_MS: i64 = 15_000;
const START_MS: i64 = 1_700_000_010_000;

fn labels(n: usize) -> Vec<Labels> {
    let (table, _) = platform::scraped(n, 1);
    table.series().map(|(_, labels)| labels.clone()).collect()
}

/// One sample of each series.
fn requests(series: &[Encoded], t: i64) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    let mut request = Request::default();
    for (i, encoded) in series.iter().enumerate() {
        let value = (t + i64::try_from(i).expect("few")) as f64;
        request.push(encoded, [(t, value)].into_iter());
        if (i + 1) % PER_REQUEST == 0 {
            bodies.push(request.take());
        }
    }
    bodies.push(request.take());
    bodies
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Lets somebody take all batches.
fn serve(
    runtime: &Runtime,
    mut inbox: Inbox,
    mut take: impl FnMut(Vec<receive::News>, receive::Batch) -> Outcome + Send + 'static,
) {
    runtime.spawn(async move {
        while let Some(taken) = inbox.next().await {
            let (news, batch, reply) = taken.split();
            reply(take(news, batch));
        }
    });
}

fn send(runtime: &Runtime, receiver: &Receiver, bodies: &[Vec<u8>]) -> u64 {
    runtime.block_on(async {
        let mut written = 0;
        for body in bodies {
            let result = receiver.receive(Message::V1, Encoding::Snappy, body).await;
            written += result.expect("it is taken").samples;
        }
        written
    })
}

fn count(batch: &receive::Batch) -> Outcome {
    let mut outcome = Outcome::default();
    batch.samples.iter().for_each(|sample| outcome.wrote(&sample.value));
    outcome
}

fn receiving(c: &mut Criterion) {
    let runtime = runtime();
    let series: Vec<Encoded> = labels(100_000).iter().map(Encoded::new).collect();
    let n = series.len() as u64;
    let bodies = requests(&series, START_MS);
    let channel = |wanted: bool| {
        let take = move |labels| wanted.then_some((labels, 300_000));
        let (receiver, inbox) = receive::channel(Limits::default(), take);
        serve(&runtime, inbox, |_, batch| count(&batch));
        receiver
    };
    let mut group = c.benchmark_group("receive");
    group.sample_size(10).throughput(Throughput::Elements(n));
    for (name, wanted) in [("known", true), ("unwanted", false)] {
        let receiver = channel(wanted);
        assert_eq!(send(&runtime, &receiver, &bodies), n);
        let stats = receiver.stats();
        assert_eq!(stats.series_wanted + stats.series_unwanted, n, "each is another series");
        group.bench_function(format!("{name}/100k_series"), |b| {
            b.iter(|| send(&runtime, &receiver, &bodies));
        });
    }
    group.bench_function("new/100k_series", |b| {
        b.iter_with_setup(|| channel(true), |receiver| send(&runtime, &receiver, &bodies));
    });
    group.finish();
}

fn shipped(config: &Config) -> RuleSet {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut groups = Vec::new();
    for name in ["performance", "database", "cache", "infrastructure", "business", "sla"] {
        let text = fs::read_to_string(folder.join(format!("{name}.yml"))).expect("a rule file");
        let file = rules::parse(name, &text, &ParseOptions::default());
        assert!(file.errors.is_empty(), "{name}: {:?}", file.errors);
        groups.extend(file.groups);
    }
    RuleSet::new(groups, config)
}

fn streaming(c: &mut Criterion) {
    let stream = StreamConfig { delay_ms: 0, ..StreamConfig::default() };
    let config =
        Config { stream: Some(stream), slots: EvaluationSlots::Together, ..Config::default() };
    let rules = shipped(&config);
    let wanted = Wanted::new(&rules, Labels::empty());
    let core = Core::new(rules, config, START_MS * 1_000_000, || 0);
    let core = Arc::new(Mutex::new(core));
    let runtime = runtime();
    let series: Vec<Encoded> = labels(100_000).iter().map(Encoded::new).collect();
    let (receiver, inbox) = receive::channel(Limits::default(), move |l| wanted.take(l));
    let taker = Arc::clone(&core);
    serve(&runtime, inbox, move |news, batch| {
        let now_ns = batch.span_ms.map_or(0, |(_, newest)| newest) * 1_000_000;
        let mut core = taker.lock().expect("one thread");
        let effects = core.step(Event::Received { news, batch, now_ns });
        let written = effects.into_iter().find_map(|effect| match effect {
            Effect::Written(outcome) => Some(outcome),
            _ => None,
        });
        written.expect("it says what became of it")
    });
    let mut t = START_MS;
    let mut tick = || {
        t += INTERVAL_MS;
        let bodies = requests(&series, t);
        let started = Instant::now();
        send(&runtime, &receiver, &bodies);
        let now_ns = t * 1_000_000;
        core.lock().expect("one thread").step(Event::Woke { now_ns });
        started.elapsed()
    };
    // Until the widest window is covered.
    for _ in 0..30 {
        tick();
    }
    let evaluated = core.lock().expect("one thread").snapshot();
    let rules = evaluated.groups.iter().flat_map(|group| &group.rules);
    assert!(rules.clone().all(|rule| rule.waiting.is_none()), "all windows are covered");
    assert!(rules.map(|rule| rule.n_results).sum::<usize>() > 0, "rules have results");
    let mut group = c.benchmark_group("receive");
    group.sample_size(10).throughput(Throughput::Elements(series.len() as u64));
    group.bench_function("stream/shipped_rules/100k_series", |b| {
        b.iter_custom(|n| (0..n).map(|_| tick()).sum::<Duration>());
    });
    group.finish();
}

criterion_group!(benches, receiving, streaming);
criterion_main!(benches);
