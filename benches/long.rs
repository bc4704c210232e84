//! Windows of hours and days beside windows of minutes: a pack of burn rates, and each function that
//! is to cost the same whatever its window.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, RootId, Steps};
use store::Table;
use testkit::platform;

/// Three days and a little, in minutes.
const HISTORY: i64 = 3 * 24 * 60 + 15;

/// The windows of burn-rate alerts, and as many that are short.
const LONG: [&str; 7] = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"];
const SHORT: [&str; 7] = ["5m", "6m", "7m", "8m", "9m", "10m", "11m"];

/// The share of requests that failed, by service, over each window.
fn burn_rates(windows: &[&str]) -> Vec<String> {
    let share = |w: &&str| {
        format!(
            "sum by (service) (rate(http_requests_total{{status=~\"5..\"}}[{w}])) \
             / sum by (service) (rate(http_requests_total[{w}]))"
        )
    };
    windows.iter().map(share).collect()
}

fn evaluated<'a>(
    texts: &[String],
    (table, t): (&'a Table, i64),
) -> impl FnMut() -> usize + use<'a> {
    let mut plan = PlanBuilder::new(PlanOptions::default());
    let add = |text: &String| plan.add(&platform::expr(text)).expect("a plan");
    let roots: Vec<RootId> = texts.iter().map(add).collect();
    let mut engine = Engine::new(plan.finish());
    let mut revision = 0;
    move || {
        revision += 1;
        let mut present = 0;
        for root in &roots {
            let data = platform::whole(table, revision);
            let output = engine.eval(*root, Steps::instant(t), &data).expect("a value");
            present += (0..output.n_rows()).filter(|row| output.value(*row, 0).is_some()).count();
        }
        present
    }
}

fn long(c: &mut Criterion) {
    let mut group = c.benchmark_group("long");
    group.sample_size(20);
    let (table, t) = platform::scraped(1_000, HISTORY);
    for (name, windows) in [("5m_to_3d", LONG), ("5m_to_11m", SHORT)] {
        let mut tick = evaluated(&burn_rates(&windows), (&table, t));
        assert!(tick() > 0, "there are requests");
        group.bench_function(format!("burn_rates/{name}"), |b| b.iter(&mut tick));
    }
    let metric = "container_memory_working_set_bytes";
    for function in
        ["rate", "increase", "delta", "min_over_time", "max_over_time", "changes", "resets"]
    {
        for range in ["5m", "1h", "3d"] {
            let mut tick = evaluated(&[format!("{function}({metric}[{range}])")], (&table, t));
            let n = tick();
            assert_eq!(n, platform::count(&table, metric), "{function}");
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(format!("{function}/{range}"), |b| b.iter(&mut tick));
        }
    }
    group.finish();
}

criterion_group!(benches, long);
criterion_main!(benches);
