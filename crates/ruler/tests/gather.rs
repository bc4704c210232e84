//! What is fetched bit by bit equals what a source has.
use engine::{
    Base, Data, Engine, PlanBuilder, PlanOptions, Steps,
    query::{self, QueryOptions, Value},
};
use model::Labels;
use promql::ParseOptions;
use ruler::{
    fetch::Limits,
    gather::{Tables, gather},
    memory::Memory,
};

/// Expressions that read the same series in all ways at once.
const EXPRESSIONS: [&str; 9] = [
    "x",
    "sum(rate(x[2m]))",
    "increase(x[5m])",
    "max_over_time(x[4m:1m])",
    "sum_over_time(x[2m:20s] offset 1m)",
    "x offset 3m",
    "timestamp(x)",
    "avg_over_time(x[1m] @ 300)",
    "x @ 300 + x",
];

/// Samples every 15 s, some of them 20 s late, some series with gaps.
fn fill(source: &Memory, now: i64) {
    source.fill(|table| {
        *table = store::Table::new();
        for i in 0..5_i64 {
            let name = i.to_string();
            let id = table.series_id(&Labels::from_pairs([("__name__", "x"), ("i", &name)]));
            for k in 0..now / 15_000 {
                let t = k * 15_000 + i * 700;
                let is_late = (k + i) % 3 == 0;
                let is_gap = i == 3 && (20..60).contains(&k);
                if !is_gap && t + if is_late { 20_000 } else { 0 } <= now {
                    table.append(id, t, (k * (i + 1) % 17) as f64);
                }
            }
        }
    });
}

#[tokio::test]
async fn topping_up_equals_fetching_afresh() {
    let source = Memory::default();
    let mut plan = PlanBuilder::new(PlanOptions::default());
    let parse = |text| promql::parse_expr(text, &ParseOptions::default()).unwrap();
    let exprs: Vec<_> = EXPRESSIONS.iter().map(|text| parse(*text)).collect();
    let roots: Vec<_> = exprs.iter().map(|expr| plan.add(expr).unwrap()).collect();
    let mut engine = Engine::new(plan.finish());
    let mut tables = Tables::new(engine.plan());
    for tick in 20..120_i64 {
        // Two users in turn, as two groups with other slots are.
        let t = tick * 15_000 + (tick % 2) * 4_000;
        fill(&source, t);
        let steps = Steps::instant(t);
        let needs = engine.plan().needs(&roots, steps);
        tables.want(usize::from(tick % 2 == 0), &needs);
        let (failures, _) = gather(&source, &mut tables, &needs, t - 30_000, Limits::DEFAULT).await;
        assert!(failures.is_empty(), "{failures:?}");
        let revision = u64::try_from(tick).unwrap();
        for ((root, expr), text) in roots.iter().zip(&exprs).zip(EXPRESSIONS) {
            let base = Base::Fragments(tables.tables());
            let data = Data { base, overlay: None, lookback: 300_000, revision };
            let output = engine.eval(*root, steps, &data).unwrap();
            let mut got: Vec<(Labels, u64)> = (0..output.n_rows())
                .filter_map(|r| Some((output.labels(r).clone(), output.value(r, 0)?.to_bits())))
                .collect();
            got.sort();
            let mut wanted = Vec::new();
            source.fill(|table| {
                let options = QueryOptions::default();
                let result = query::instant(expr, t, table, &options).unwrap();
                let Value::Vector(samples) = result.value else { panic!("{text} is a vector") };
                wanted.extend(
                    samples
                        .into_iter()
                        .map(|s| (s.labels, s.value.float().expect("a float").to_bits())),
                );
            });
            wanted.sort();
            assert_eq!(got, wanted, "{text} at {t}");
        }
        tables.prune(&needs);
    }
    let held: usize = tables.tables().iter().map(store::Table::n_samples).sum();
    assert!(held < 1500, "{held} samples are kept, though windows reach 5 minutes back");
}
