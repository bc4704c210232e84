//! A tick of the shipped rules: all of them once, on data that is there.
//!
//! Every evaluation stands at the next slot, with the samples that a real tick would have just
//! received.

mod data;

use std::{fs, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, RootId, Steps};
use promql::{Expr, ParseOptions};

/// The expressions of every shipped rule.
fn shipped() -> Vec<Expr> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut exprs = Vec::new();
    for name in ["performance", "database", "cache", "infrastructure", "business", "sla"] {
        let path = folder.join(format!("{name}.yml"));
        let text = fs::read_to_string(&path).expect("a shipped rule file");
        let file = rules::parse(name, &text, &ParseOptions::default());
        assert!(file.errors.is_empty(), "{name}: {:?}", file.errors);
        exprs.extend(file.groups.into_iter().flat_map(|g| g.rules).map(|rule| rule.expr));
    }
    exprs
}

fn ticks(c: &mut Criterion) {
    let exprs = shipped();
    let mut group = c.benchmark_group("tick");
    group.sample_size(20);
    for (n, size) in [(10_000, "10k_series"), (100_000, "100k_series")] {
        let (table, t) = data::scraped(n, 12);
        let mut plan = PlanBuilder::new(PlanOptions::default());
        let roots: Vec<RootId> = exprs.iter().map(|e| plan.add(e).expect("a plan")).collect();
        let mut engine = Engine::new(plan.finish());
        let mut revision = 0;
        let mut tick = || {
            revision += 1;
            let data = data::whole(&table, revision);
            let mut present = 0;
            for root in &roots {
                let output = engine.eval(*root, Steps::instant(t), &data).expect("a value");
                present += (0..output.n_rows()).filter(|r| output.value(*r, 0).is_some()).count();
            }
            present
        };
        assert!(tick() > 0, "recorded series have values");
        group.throughput(Throughput::Elements(table.n_series() as u64));
        group.bench_function(format!("shipped_rules/{size}"), |b| b.iter(&mut tick));
    }
    group.finish();
}

criterion_group!(benches, ticks);
criterion_main!(benches);
