//! A tick equals the evaluation of each rule from scratch, bit for bit, whether the samples lie in
//! one table or were fetched fragment by fragment: while series come, go, turn stale and return,
//! for rules of all kinds over one plan; and for random rules, with samples that come late or start
//! again, floats and histograms, and names that go early or late.

use engine::{Base, Data, Engine, Plan, PlanBuilder, PlanOptions, RootId, query::QueryOptions};
use model::{Labels, stale_nan};
use promql::{Expr, ParseOptions, parse_expr};
use proptest::prelude::*;
use store::Table;
use testkit::fuzz::{
    self, Dice,
    ticks::{fetch, from_scratch, ticked},
};

const RULES: &[&str] = &[
    "x",
    "x > 3",
    "x offset 30s",
    "sum by (job) (rate(x[1m]))",
    "sum by (job) (rate(x[1m])) / sum by (job) (rate(y[1m])) > 0.5",
    "avg without (pod) (x)",
    "max_over_time(x[45s]) - min_over_time(x[45s])",
    "x * on (pod) group_left (zone) info",
    "x and on (pod) y > 1",
    "x or y",
    "x unless on (pod) y",
    "absent(x{pod=\"a\"})",
    "absent_over_time(y{pod=\"b\"}[30s])",
    "topk by (job) (1, x)",
    "quantile(0.5, x)",
    "count_values(\"v\", y)",
    "max_over_time(sum(x)[1m:15s])",
    "timestamp(x)",
    "histogram_quantile(0.9, sum by (le) (rate(h_bucket[1m])))",
    "label_replace(x, \"short\", \"$1\", \"pod\", \"(.).*\")",
    "changes(y[1m]) + resets(x[1m])",
    "stddev by (job) (y) > bool 1",
    "sum(x) + scalar(sum(y))",
    "x == on (pod) y",
    "deriv(x[1m])",
    "sum(count_over_time({__name__=~\"x|y\"}[1m])) by (__name__)",
    "rate(x[30s] anchored)",
    "increase(x[30s] smoothed offset 10s)",
    "resets(x[20s] anchored)",
    "y smoothed",
    "sum_over_time((x smoothed)[1m:20s])",
    "x - on (pod) fill_left(1) fill_right(2) y",
    "sort_desc(x) > 3",
    "topk(2, x) * on (pod) group_left (zone) fill_right(1) info",
    "info(x)",
    "sum by (zone) (info(x, {zone=~\".+\"}))",
    "info(y offset 15s, {__name__=~\".+_info\"})",
];

/// Name, pod, job, zone or le of every series that may exist.
const SERIES: &[&str] = &[
    "__name__=x,pod=a,job=1",
    "__name__=x,pod=b,job=1",
    "__name__=x,pod=c,job=2",
    "__name__=y,pod=a,job=1",
    "__name__=y,pod=b,job=2",
    "__name__=info,pod=a,zone=n",
    "__name__=info,pod=c,zone=s",
    "__name__=target_info,job=1,zone=n",
    "__name__=target_info,job=1,zone=s",
    "__name__=build_info,job=2,version=1",
    "__name__=h_bucket,le=0.1",
    "__name__=h_bucket,le=1",
    "__name__=h_bucket,le=+Inf",
];

const SLOT: i64 = 15_000;

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

fn expr(text: &str) -> Expr {
    parse_expr(text, &ParseOptions::all()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn plan() -> (Plan, Vec<(&'static str, Expr, RootId)>) {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let mut add = |rule: &&'static str| {
        let root = builder.add(&expr(rule)).expect("a plan");
        (*rule, expr(rule), root)
    };
    let rules = RULES.iter().map(&mut add).collect();
    (builder.finish(), rules)
}

/// What a series does in a slot.
#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    Sample(f64),
    Stale,
}

fn history() -> impl Strategy<Value = Vec<Vec<Does>>> {
    let does = prop_oneof![
        2 => Just(Does::Nothing),
        6 => (0..20_i32).prop_map(|v| Does::Sample(f64::from(v) / 3.0)),
        1 => Just(Does::Stale),
        1 => Just(Does::Sample(f64::NAN)),
    ];
    prop::collection::vec(prop::collection::vec(does, SERIES.len()), 1..14)
}

fn advance(table: &mut Table, slot: &[Does], t: i64) {
    for (series, does) in SERIES.iter().zip(slot) {
        let value = match does {
            Does::Nothing => continue,
            Does::Sample(value) => *value,
            Does::Stale => stale_nan(),
        };
        let id = table.series_id(&labels(series));
        table.append(id, t, value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tick_equals_evaluation_from_scratch(history in history()) {
        let (plan, rules) = plan();
        let roots: Vec<RootId> = rules.iter().map(|(_, _, root)| *root).collect();
        let options = QueryOptions::default();
        let [mut shared, mut fetched] = [Engine::new(plan.clone()), Engine::new(plan.clone())];
        let (mut table, mut fragments) = (Table::new(), vec![Table::new(); plan.fragments().len()]);
        for (slot, does) in (1_i64..).zip(&history) {
            let t = slot * SLOT;
            advance(&mut table, does, t - 1_000);
            table.truncate(t - 120_000);
            let revision = slot.unsigned_abs();
            fetch(&plan, &roots, t, &table, &mut fragments).expect("a value");
            let whole = Data { base: Base::Whole(&table), overlay: None, lookback: 300_000, revision };
            let cut = Data { base: Base::Fragments(&fragments), ..whole };
            for (rule, expr, root) in &rules {
                let expected = from_scratch(expr, rule, t, &table, &options);
                let got = ticked(&mut shared, *root, t, &whole, rule);
                prop_assert_eq!(&got, &expected, "{} at {}", rule, t);
                let got = ticked(&mut fetched, *root, t, &cut, rule);
                prop_assert_eq!(&got, &expected, "{} at {}, fetched", rule, t);
            }
        }
    }
}

#[test]
fn a_tick_of_random_rules_equals_evaluation_from_scratch() {
    let compared: usize = (0..300).map(|seed| fuzz::ticks(&mut Dice::Seed(seed))).sum();
    assert!(compared > 5_000, "only {compared} results with values were compared");
}

/// Samples that were forgotten before a subquery began; names that sample times come without.
#[test]
fn what_was_found() {
    for seed in [173_454, 182_026, 30_586, 75_256, 192_926] {
        fuzz::ticks(&mut Dice::Seed(seed));
    }
}
