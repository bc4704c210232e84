//! How fast expressions become syntax trees.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use promql::{ParseOptions, parse};
use testkit::platform;

/// Expressions as real rules have them.
const CORPUS: &[&str] = &[
    "up == 0",
    "histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5",
    "sum by (service) (rate(http_requests_total{status=~\"5..\"}[5m])) / sum by (service) (rate(http_requests_total[5m])) > 0.01",
    "(max by (instance) (redis_memory_used_bytes) / on (instance) group_left (job) redis_memory_max_bytes) * 100 > 80",
    "predict_linear(node_filesystem_avail_bytes{fstype!~\"tmpfs|ramfs\"}[6h], 4 * 3600) < 0 and on (instance) up == 1",
    "absent(orders_created_total{job=\"orders\"}) or sum(rate(orders_created_total[5m])) * 60 < 10",
    "max_over_time(sum by (pod) (container_memory_working_set_bytes{container!=\"\"})[30m:1m] offset 1d @ end())",
];

fn parsing(c: &mut Criterion) {
    let options = ParseOptions::default();
    let bytes: usize = CORPUS.iter().map(|text| text.len()).sum();
    for text in CORPUS {
        let parsed = parse(text, &options);
        assert!(parsed.errors.is_empty(), "{text}: {:?}", parsed.errors);
        assert!(platform::expr(text).to_string().len() > 2);
    }
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("rules", |b| {
        b.iter(|| CORPUS.iter().filter(|text| parse(text, &options).expr.is_some()).count());
    });
    group.finish();
}

criterion_group!(benches, parsing);
criterion_main!(benches);
