//! A tick of the shipped rules: all of them once, on data that is there; and of copies of them, one
//! for each service.
//!
//! Every evaluation stands at the next slot, with the samples that a real tick would have just
//! received.

use std::{collections::BTreeSet, fs, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Data, Engine, Output, PlanBuilder, PlanOptions, RootId, Steps};
use model::{METRIC_NAME, MatchOp, Matcher};
use promql::{
    Expr, ParseOptions,
    ast::{ExprKind, Selector},
    visit::for_each_child_mut,
};
use rules::{Rule, RuleKind};
use store::Table;
use testkit::platform;

/// As much as a store keeps where some rule reads half an hour, which the shipped ones do not.
const HISTORY_MINUTES: i64 = 32;

/// Every shipped rule.
fn shipped() -> Vec<Rule> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut shipped = Vec::new();
    for name in ["performance", "database", "cache", "infrastructure", "business", "sla"] {
        let path = folder.join(format!("{name}.yml"));
        let text = fs::read_to_string(&path).expect("a shipped rule file");
        let file = rules::parse(name, &text, &ParseOptions::default());
        assert!(file.errors.is_empty(), "{name}: {:?}", file.errors);
        shipped.extend(file.groups.into_iter().flat_map(|g| g.rules));
    }
    shipped
}

/// Puts what a recording rule produced where later rules find it.
fn record(rule: &Rule, output: &Output<'_>, t: i64, overlay: &mut Table) {
    let RuleKind::Recording { record } = &rule.kind else { return };
    for row in 0..output.n_rows() {
        if let Some(value) = output.value(row, 0) {
            let labels = output.labels(row).to_builder().set(METRIC_NAME, record).build();
            let id = overlay.series_id(&labels);
            overlay.append(id, t, value);
        }
    }
}

/// The rules once for each service: all their selectors ask for it.
fn copies(rules: &[Rule], table: &Table) -> Vec<Rule> {
    let services = table.series().map(|(_, labels)| labels.value("service").to_owned());
    let services: BTreeSet<String> = services.filter(|service| !service.is_empty()).collect();
    let copy = |rule: &Rule, service: &str| {
        let mut rule = rule.clone();
        ask_for(service, &mut rule.expr);
        rule
    };
    services.iter().flat_map(|service| rules.iter().map(move |rule| copy(rule, service))).collect()
}

fn ask_for(service: &str, expr: &mut Expr) {
    let add = |selector: &mut Selector| {
        let matcher = Matcher::new("service", MatchOp::Equal, service).expect("no pattern");
        selector.matchers.push(matcher);
    };
    match &mut expr.kind {
        ExprKind::Selector(selector) => add(selector),
        ExprKind::Matrix(matrix) => add(&mut matrix.selector),
        _ => for_each_child_mut(expr, |child| ask_for(service, child)),
    }
}

fn ticks(c: &mut Criterion) {
    let rules = shipped();
    for (n, size) in [(10_000, "10k"), (100_000, "100k"), (1_000_000, "1m")] {
        let (table, t) =
            platform::scraped_into(Table::new().without_stretches(), n, HISTORY_MINUTES);
        measure(c, &format!("shipped_rules/{size}_series"), &rules, (&table, t));
        if n == 100_000 {
            let copies = copies(&rules, &table);
            let id = format!("{}_rules/{size}_series", copies.len());
            measure(c, &id, &copies, (&table, t));
        }
    }
}

fn measure(c: &mut Criterion, id: &str, rules: &[Rule], (table, t): (&Table, i64)) {
    let mut plan = PlanBuilder::new(PlanOptions::default());
    let roots: Vec<RootId> = rules.iter().map(|r| plan.add(&r.expr).expect("a plan")).collect();
    let mut engine = Engine::new(plan.finish());
    let mut overlay = Table::new();
    let mut revision = 0;
    let mut tick = || {
        revision += 1;
        let mut present = 0;
        for (rule, root) in rules.iter().zip(&roots) {
            let data = Data { overlay: Some(&overlay), ..platform::whole(table, revision) };
            let output = engine.eval(*root, Steps::instant(t), &data).expect("a value");
            present += (0..output.n_rows()).filter(|r| output.value(*r, 0).is_some()).count();
            // Later ticks stand at the same time: the samples are there already.
            if revision == 1 {
                record(rule, &output, t, &mut overlay);
            }
        }
        present
    };
    assert!(tick() > 0, "recorded series have values");
    let mut group = c.benchmark_group("tick");
    group.sample_size(20).throughput(Throughput::Elements(table.n_series() as u64));
    group.bench_function(id, |b| b.iter(&mut tick));
    group.finish();
    let per_series = table.bytes() / table.n_series();
    eprintln!("{id}: samples and clocks take {per_series} bytes a series");
}

criterion_group!(benches, ticks);
criterion_main!(benches);
