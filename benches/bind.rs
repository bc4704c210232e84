//! What it costs when series came or went: everything is bound again.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, Steps};
use testkit::platform;

const RATE: &str = "sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))";
const JOIN: &str = "container_memory_working_set_bytes / on (namespace, pod, container) kube_pod_container_resource_limits{resource=\"memory\"}";

fn binding(c: &mut Criterion) {
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

criterion_group!(benches, binding);
criterion_main!(benches);
