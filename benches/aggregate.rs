//! Aggregations over instant vectors that are there already.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, Steps};
use testkit::platform;

fn aggregations(c: &mut Criterion) {
    let mut group = c.benchmark_group("aggregate");
    group.sample_size(20);
    let (table, t) = platform::scraped(100_000, 1);
    let n = platform::count(&table, "http_request_duration_seconds_bucket");
    for op in ["sum", "avg", "max", "count", "stddev", "topk", "quantile"] {
        let param = match op {
            "topk" => "3, ",
            "quantile" => "0.9, ",
            _ => "",
        };
        let text = format!("{op} by (service) ({param}http_request_duration_seconds_bucket)");
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
        let expected = simulator::SERVICES.len() * if op == "topk" { 3 } else { 1 };
        assert_eq!(evaluated(), expected, "{text}");
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("{op}/100k_series"), |b| b.iter(&mut evaluated));
    }
    group.finish();
}

criterion_group!(benches, aggregations);
criterion_main!(benches);
