//! Functions over windows: series bound once, evaluated again and again.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, Steps};
use testkit::platform;

fn windows(c: &mut Criterion) {
    let mut group = c.benchmark_group("window");
    group.sample_size(20);
    let (table, t) = platform::scraped(10_000, 61);
    let n = platform::count(&table, "http_request_duration_seconds_bucket");
    for function in
        ["rate", "increase", "avg_over_time", "max_over_time", "quantile_over_time", "deriv"]
    {
        for range in ["5m", "1h"] {
            let first = if function == "quantile_over_time" { "0.9, " } else { "" };
            let text = format!("{function}({first}http_request_duration_seconds_bucket[{range}])");
            let mut plan = PlanBuilder::new(PlanOptions::default());
            let root = plan.add(&platform::expr(&text)).expect("a plan");
            let mut engine = Engine::new(plan.finish());
            let mut revision = 0;
            let mut evaluated = || {
                revision += 1;
                let data = platform::whole(&table, revision);
                let output = engine.eval(root, Steps::instant(t), &data).expect("a value");
                (0..output.n_rows()).filter(|row| output.value(*row, 0).is_some()).count()
            };
            assert_eq!(evaluated(), n, "{text}");
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(format!("{function}/10k_series/{range}"), |b| {
                b.iter(&mut evaluated);
            });
        }
    }
    group.finish();
}

criterion_group!(benches, windows);
criterion_main!(benches);
