//! A tick of many rules over one plan equals the evaluation of each rule from scratch, bit for
//! bit: while series come, go, turn stale and return, and whether the samples lie in one table or
//! were fetched fragment by fragment.

use engine::{
    Base, Data, Engine, FragmentKind, NeedTimes, Plan, PlanBuilder, PlanOptions, RootId, Steps,
    query::{self, QueryOptions, Value, VectorSample},
};
use model::{Labels, SampleValue, SeriesColumns, stale_nan};
use promql::{ParseOptions, parse_expr};
use proptest::prelude::*;
use store::Table;

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

fn expr(text: &str) -> promql::Expr {
    parse_expr(text, &ParseOptions::all()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn plan() -> (Plan, Vec<RootId>) {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let roots = RULES.iter().map(|rule| builder.add(&expr(rule)).expect("a plan")).collect();
    (builder.finish(), roots)
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

/// Rows by labels, values as bits; the order of rows is not part of a rule's result.
fn canonical(mut rows: Vec<(Labels, f64)>) -> Vec<(String, u64)> {
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.into_iter().map(|(labels, v)| (labels.to_string(), v.to_bits())).collect()
}

fn from_scratch(rule: &str, t: i64, table: &Table) -> Result<Vec<(String, u64)>, String> {
    let options = QueryOptions::default();
    let result = query::instant(&expr(rule), t, table, &options).map_err(|e| e.to_string())?;
    match result.value {
        Value::Vector(samples) => {
            let float = |value: SampleValue| value.float().expect("a float");
            let pair = |VectorSample { labels, value }| (labels, float(value));
            Ok(canonical(samples.into_iter().map(pair).collect()))
        }
        other => panic!("{rule} is no vector: {other:?}"),
    }
}

fn ticked(
    engine: &mut Engine,
    root: RootId,
    t: i64,
    data: &Data<'_>,
) -> Result<Vec<(String, u64)>, String> {
    let output = engine.eval(root, Steps::instant(t), data).map_err(|e| e.to_string())?;
    let rows = (0..output.n_rows())
        .filter_map(|row| Some((output.labels(row).clone(), output.value(row, 0)?)));
    Ok(canonical(rows.collect()))
}

/// Puts what a real source would answer into each fragment's table.
fn fetch(plan: &Plan, roots: &[RootId], t: i64, table: &Table, tables: &mut [Table]) {
    for need in plan.needs(roots, Steps::instant(t)) {
        let fragment = &plan.fragments()[need.fragment.0 as usize];
        let into = &mut tables[need.fragment.0 as usize];
        match need.times {
            NeedTimes::Range { lo, hi } => {
                assert_eq!(fragment.kind, FragmentKind::Window);
                let mut answer = SeriesColumns::default();
                for id in table.select(&fragment.matchers) {
                    let (ts, values) = table.window(id, lo, hi);
                    push(&mut answer, table.labels(id), ts, values);
                }
                into.replace(lo, hi, &answer);
            }
            NeedTimes::Grid(steps) => {
                for at in steps.iter() {
                    let options = QueryOptions::default();
                    let result = query::instant(&expr(&fragment.query), at, table, &options);
                    let Value::Vector(samples) = result.expect("a value").value else {
                        panic!("no vector")
                    };
                    let mut answer = SeriesColumns::default();
                    for sample in samples {
                        let value = sample.value.float().expect("a float");
                        push(&mut answer, &sample.labels, &[at], &[value]);
                    }
                    into.replace(at - 1, at, &answer);
                }
            }
        }
    }
}

fn push(columns: &mut SeriesColumns, labels: &Labels, ts: &[i64], values: &[f64]) {
    columns.timestamps.extend_from_slice(ts);
    columns.values.extend_from_slice(values);
    columns.end_series(labels.clone());
}

fn one_series(labels: &Labels, ts: &[i64], values: &[f64]) -> SeriesColumns {
    let mut columns = SeriesColumns::default();
    push(&mut columns, labels, ts, values);
    columns
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tick_equals_evaluation_from_scratch(history in history()) {
        let (plan, roots) = plan();
        let mut shared = Engine::new(plan.clone());
        let mut fetched = Engine::new(plan.clone());
        let mut table = Table::new();
        let mut fragments = vec![Table::new(); plan.fragments().len()];
        for (slot, does) in (1_i64..).zip(&history) {
            let t = slot * SLOT;
            advance(&mut table, does, t - 1_000);
            table.truncate(t - 120_000);
            let revision = u64::try_from(slot).unwrap();
            fetch(&plan, &roots, t, &table, &mut fragments);
            let whole = Data { base: Base::Whole(&table), overlay: None, lookback: 300_000, revision };
            let cut = Data { base: Base::Fragments(&fragments), ..whole };
            for (rule, root) in RULES.iter().zip(&roots) {
                let expected = from_scratch(rule, t, &table);
                prop_assert_eq!(&ticked(&mut shared, *root, t, &whole), &expected, "{} at {}", rule, t);
                let cut = ticked(&mut fetched, *root, t, &cut);
                prop_assert_eq!(&cut, &expected, "{} at {}, fetched", rule, t);
            }
        }
    }
}

#[test]
fn equal_sub_expressions_are_one_node() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let a = builder.add(&expr("sum(rate(x{b=\"1\",a=\"2\"}[5m])) > 5")).unwrap();
    let before = builder.add(&expr("sum(rate(x{a=\"2\", b=\"1\"}[5m])) > 5")).unwrap();
    let other = builder.add(&expr("sum(rate(x{a=\"2\",b=\"1\"}[5m])) > 9")).unwrap();
    let plan = builder.finish();
    assert_ne!(a, before);
    // rate, sum, 5, > 5; then only 9 and > 9.
    assert_eq!(plan.n_nodes(), 6);
    assert_eq!(plan.fragments().len(), 1);
    assert_eq!(plan.needs(&[a, before, other], Steps::instant(0)).len(), 1);
}

#[test]
fn a_later_rule_sees_what_an_earlier_one_produced_in_the_same_tick() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let recorded = builder.add(&expr("job:x:sum * 2")).unwrap();
    let mut engine = Engine::new(builder.finish());
    let base = [Table::new()];
    let mut overlay = Table::new();
    let mut read = |overlay: &Table| {
        let base = Base::Fragments(&base);
        let data = Data { base, overlay: Some(overlay), lookback: 300_000, revision: 1 };
        ticked(&mut engine, recorded, SLOT, &data).unwrap()
    };
    assert_eq!(read(&overlay), []);
    let id = overlay.series_id(&labels("__name__=job:x:sum,job=a"));
    overlay.append(id, SLOT, 3.0);
    assert_eq!(read(&overlay), [("{job=\"a\"}".to_owned(), 6.0_f64.to_bits())]);
    overlay.append(id, SLOT + 1, stale_nan());
    assert_eq!(read(&overlay).len(), 1, "the marker is later than the tick");
}

#[test]
fn a_series_of_the_overlay_hides_the_one_from_outside() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let root = builder.add(&expr("r")).unwrap();
    let mut engine = Engine::new(builder.finish());
    let mut outside = Table::new();
    outside.append_columns(&one_series(&labels("__name__=r,a=1"), &[SLOT], &[1.0]));
    outside.append_columns(&one_series(&labels("__name__=r,a=2"), &[SLOT], &[2.0]));
    let mut overlay = Table::new();
    let id = overlay.series_id(&labels("__name__=r,a=1"));
    overlay.append(id, SLOT - 5, 7.0);
    overlay.append(id, SLOT - 1, stale_nan());
    let outside = [outside];
    let data = Data {
        base: Base::Fragments(&outside),
        overlay: Some(&overlay),
        lookback: 300_000,
        revision: 1,
    };
    let rows = ticked(&mut engine, root, SLOT, &data).unwrap();
    assert_eq!(rows, [("{__name__=\"r\", a=\"2\"}".to_owned(), 2.0_f64.to_bits())]);
}

#[test]
fn thresholds_tell_both_sides_when_the_condition_is_false_too() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let root = builder.add(&expr("sum by (job) (x) > 3 and on () vector(1)")).unwrap();
    let mut engine = Engine::new(builder.finish());
    let mut table = Table::new();
    table.append_columns(&one_series(&labels("__name__=x,job=a"), &[SLOT], &[2.5]));
    let data = Data { base: Base::Whole(&table), overlay: None, lookback: 300_000, revision: 1 };
    let output = engine.eval(root, Steps::instant(SLOT), &data).unwrap();
    assert_eq!(output.value(0, 0), None);
    let row = output.find(&labels("job=a")).unwrap();
    let threshold = output.threshold(row).unwrap();
    assert_eq!((threshold.lhs, threshold.rhs), (Some(2.5), Some(3.0)));
    assert_eq!(threshold.lhs_expr, "sum by (job) (x)");
}
