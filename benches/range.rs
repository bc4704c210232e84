//! A range query over many series: one hour at 15 s, as a dashboard asks for it.
//!
//! Every evaluation begins with an engine that has nothing bound, as a query does.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, Steps};
use testkit::platform;

const QUERY: &str = "sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))";

fn ranges(c: &mut Criterion) {
    let mut group = c.benchmark_group("range");
    group.sample_size(10);
    let (table, t) = platform::scraped(86_000, 66);
    let steps = Steps::range(t - 3_600_000, t, 15_000);
    let n = platform::count(&table, "http_request_duration_seconds_bucket");
    let query = || {
        let mut plan = PlanBuilder::new(PlanOptions::default());
        let root = plan.add(&platform::expr(QUERY)).expect("a plan");
        let mut engine = Engine::new(plan.finish());
        let output = engine.eval(root, steps, &platform::whole(&table, 1)).expect("a value");
        let cells = (0..output.n_rows()).flat_map(|row| (0..steps.count).map(move |s| (row, s)));
        cells.filter(|(row, step)| output.value(*row, *step).is_some()).count()
    };
    assert!(query() > steps.count, "several groups have values");
    group.throughput(Throughput::Elements((n * steps.count) as u64));
    group.bench_function(format!("sum_by_rate/{n}_series/1h_at_15s"), |b| b.iter(query));
    group.finish();
}

criterion_group!(benches, ranges);
criterion_main!(benches);
