//! What it costs when series come or go: from nothing, by one series, and by a deploy that replaces
//! a tenth of all series.
//!
//! A tick in which nothing came or went stands beside them: what is more is binding.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use engine::{Engine, Plan, PlanBuilder, PlanOptions, RootId, Steps};
use model::Labels;
use promql::ParseOptions;
use store::{SeriesId, Table};
use testkit::platform;

const RATE: &str = "sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))";
const JOIN: &str = "container_memory_working_set_bytes / on (namespace, pod, container) kube_pod_container_resource_limits{resource=\"memory\"}";

fn from_nothing(c: &mut Criterion) {
    let mut group = c.benchmark_group("bind");
    group.sample_size(10);
    for (n, size) in [(10_000, "10k_series"), (100_000, "100k_series")] {
        let (table, t) = platform::scraped(n, 1);
        for (name, text) in [("sum_by_rate", RATE), ("join", JOIN)] {
            let mut plan = PlanBuilder::new(PlanOptions::default());
            let root = plan.add(&platform::expr(text)).expect("a plan");
            let plan = plan.finish();
            let fresh = || Engine::new(plan.clone());
            let evaluated = |engine: &mut Engine| {
                let output = engine.eval(root, Steps::instant(t), &platform::whole(&table, 1));
                output.expect("a value").n_rows()
            };
            assert!(evaluated(&mut fresh()) > 0, "{text}");
            group.bench_function(format!("{name}/{size}"), |b| {
                b.iter_batched_ref(fresh, evaluated, BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

/// All shipped rules in one plan.
fn shipped() -> (Plan, Vec<RootId>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut plan = PlanBuilder::new(PlanOptions::default());
    let mut roots = Vec::new();
    for name in ["performance", "database", "cache", "infrastructure", "business", "sla"] {
        let path = folder.join(format!("{name}.yml"));
        let text = fs::read_to_string(&path).expect("a shipped rule file");
        let file = rules::parse(name, &text, &ParseOptions::default());
        let rules = file.groups.into_iter().flat_map(|g| g.rules);
        roots.extend(rules.map(|rule| plan.add(&rule.expr).expect("a plan")));
    }
    (plan.finish(), roots)
}

/// What happens to the series between two ticks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Churn {
    Nothing,
    /// One series is replaced by another.
    One,
    /// One in two hundred is, neighbours together: a deploy that takes its time.
    Few,
    /// A tenth of all series is.
    Tenth,
}

/// A table that is scraped, and how often.
struct World {
    table: Table,
    t: i64,
    round: usize,
}

impl World {
    /// Scrapes once, with some series replaced by ones of other instances; what was replaced is
    /// forgotten.
    fn advance(&mut self, churn: Churn) {
        self.t += 15_000;
        self.round += 1;
        let series: Vec<(SeriesId, Labels)> =
            self.table.series().map(|(id, labels)| (id, labels.clone())).collect();
        let buckets = |labels: &Labels| labels.metric_name().ends_with("_seconds_bucket");
        let one = series.iter().filter(|(_, labels)| buckets(labels)).nth(self.round * 97);
        let one = one.map(|(id, _)| *id);
        for (i, (id, labels)) in series.into_iter().enumerate() {
            let replaced = match churn {
                Churn::Nothing => false,
                Churn::One => Some(id) == one,
                Churn::Few => (i / 32 + self.round).is_multiple_of(200),
                Churn::Tenth => (i + self.round).is_multiple_of(10),
            };
            let id = if replaced {
                let instance = format!("10.0.0.1:{}", self.round);
                let mut other = labels.to_builder();
                other.set("instance", &instance).set("was", &i.to_string());
                self.table.series_id(&other.build())
            } else {
                id
            };
            self.table.append(id, self.t, i as f64);
        }
        self.table.truncate(self.t);
    }
}

fn ticks(c: &mut Criterion) {
    let (plan, roots) = shipped();
    let mut group = c.benchmark_group("bind/shipped_rules");
    group.sample_size(10);
    for (n, size) in [(100_000, "100k_series"), (1_000_000, "1M_series")] {
        let (table, t) = platform::scraped(n, 1);
        let mut world = World { table, t, round: 0 };
        let tick = |engine: &mut Engine, world: &World| {
            let data = platform::whole(&world.table, world.round as u64);
            let started = Instant::now();
            for root in &roots {
                engine.eval(*root, Steps::instant(world.t), &data).expect("a value");
            }
            started.elapsed()
        };
        group.bench_function(format!("from_nothing/{size}"), |b| {
            b.iter_custom(|n| {
                let fresh = |_| tick(&mut Engine::new(plan.clone()), &world);
                (0..n).map(fresh).sum::<Duration>()
            });
        });
        let mut engine = Engine::new(plan.clone());
        tick(&mut engine, &world);
        for (name, churn) in [
            ("nothing", Churn::Nothing),
            ("one_series", Churn::One),
            ("few", Churn::Few),
            ("a_tenth", Churn::Tenth),
        ] {
            let (before, mut ran) = (engine.binds(), false);
            group.bench_function(format!("{name}/{size}"), |b| {
                ran = true;
                b.iter_custom(|n| {
                    let advanced = |_| {
                        world.advance(churn);
                        tick(&mut engine, &world)
                    };
                    (0..n).map(advanced).sum::<Duration>()
                });
            });
            assert_eq!(engine.binds().full, before.full, "nodes follow what comes and goes");
            let followed = engine.binds().by_difference > before.by_difference;
            assert_eq!(followed, ran && churn != Churn::Nothing, "{name}");
        }
    }
    group.finish();
}

criterion_group!(benches, from_nothing, ticks);
criterion_main!(benches);
