//! What one plan is for many rules: shared nodes, what earlier rules produced, thresholds. That a
//! tick equals evaluation from scratch is shown in `testkit/tests/ticks.rs`.

use engine::{Base, Data, Engine, PlanBuilder, PlanOptions, RootId, Steps};
use model::{Labels, SeriesColumns, stale_nan};
use promql::{ParseOptions, parse_expr};
use store::Table;

const SLOT: i64 = 15_000;

fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

fn expr(text: &str) -> promql::Expr {
    parse_expr(text, &ParseOptions::all()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Rows by labels, values as bits; the order of rows is not part of a rule's result.
fn canonical(mut rows: Vec<(Labels, f64)>) -> Vec<(String, u64)> {
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows.into_iter().map(|(labels, v)| (labels.to_string(), v.to_bits())).collect()
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

fn one_series(labels: &Labels, ts: &[i64], values: &[f64]) -> SeriesColumns {
    let mut columns = SeriesColumns::default();
    columns.timestamps.extend_from_slice(ts);
    columns.values.extend_from_slice(values);
    columns.end_series(labels.clone());
    columns
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
fn what_a_wider_selector_was_computed_for_is_not_computed_again() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let wide = builder.add(&expr("increase(x_total[1m])")).unwrap();
    let narrow = builder.add(&expr("increase(x_total{job=\"a\"}[1m]) + 1")).unwrap();
    let mut engine = Engine::new(builder.finish());
    let mut table = Table::new();
    let append = |table: &mut Table, t: i64| {
        for (job, factor) in [("a", 1.0), ("b", 2.0), ("c", 3.0)] {
            let id = table.series_id(&labels(&format!("__name__=x_total,job={job}")));
            table.append(id, t, factor * t as f64);
        }
    };
    (1..=4).for_each(|slot| append(&mut table, slot * SLOT));
    let mut ticked = |root, table: &Table, revision| {
        let base = Base::Whole(table);
        let data = Data { base, overlay: None, lookback: 300_000, revision };
        ticked(&mut engine, root, 4 * SLOT, &data).unwrap()
    };
    let alone = ticked(narrow, &table, 1);
    assert_eq!(ticked(wide, &table, 2).len(), 3);
    assert_eq!(ticked(narrow, &table, 2), alone);
    // Other data under the number of the same data shows whose value it is.
    let mut other = Table::new();
    (2..=3).for_each(|slot| append(&mut other, slot * SLOT));
    ticked(wide, &table, 3);
    assert_eq!(ticked(narrow, &other, 3), alone);
    assert_ne!(ticked(narrow, &other, 4), alone, "nobody has computed more");
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
fn a_series_of_the_overlay_hides_sample_times_from_outside_too() {
    let mut builder = PlanBuilder::new(PlanOptions::default());
    let root = builder.add(&expr("timestamp(r)")).unwrap();
    let mut engine = Engine::new(builder.finish());
    let (mut outside, mut overlay) = (Table::new(), Table::new());
    outside.append_columns(&one_series(&labels("__name__=r,a=1"), &[SLOT - 9_000], &[1.0]));
    overlay.append_columns(&one_series(&labels("__name__=r,a=1"), &[SLOT - 5_000], &[7.0]));
    let base = Base::Whole(&outside);
    let data = Data { base, overlay: Some(&overlay), lookback: 300_000, revision: 1 };
    let rows = ticked(&mut engine, root, SLOT, &data).unwrap();
    assert_eq!(rows, [("{a=\"1\"}".to_owned(), 10.0_f64.to_bits())]);
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

/// Where the steps of a subquery stand depends on the time of the tick.
#[test]
fn a_plan_reaches_back_to_wherever_a_subquery_may_begin() {
    let reach = |text: &str| {
        let mut builder = PlanBuilder::new(PlanOptions::default());
        builder.add(&expr(text)).unwrap();
        builder.finish().reach()
    };
    assert_eq!(reach("x"), 0);
    assert_eq!(reach("rate(x[1m] offset 30s)"), 90_000);
    assert_eq!(reach("max_over_time(x[1m:1m])"), 60_000);
    assert_eq!(reach("max_over_time(rate(x[1m])[2m:] offset 1m)"), 240_000);
    assert_eq!(reach("max_over_time(rate(x[1m] @ 0)[2m:])"), 0);
    assert_eq!(reach("max_over_time(rate(x[1m] @ end())[2m:])"), 60_000);
    assert_eq!(reach("rate(x[1m] smoothed) + x offset -5m"), 360_000);
}

#[test]
fn a_plan_tells_whether_stretches_are_asked_for() {
    let reads = |text: &str| {
        let mut builder = PlanBuilder::new(PlanOptions::default());
        builder.add(&expr("sum(rate(x[1h])) > count_over_time(y[1d])")).unwrap();
        builder.add(&expr(text)).unwrap();
        builder.finish().reads_stretches()
    };
    for text in
        ["max_over_time(x[1h])", "sum(min_over_time(x[1h]))", "changes(x[1d]) + resets(x[1d])"]
    {
        assert!(reads(text), "{text}");
    }
    for text in ["x", "increase(x[1d])", "avg_over_time(x[1h])", "max(x)"] {
        assert!(!reads(text), "{text}");
    }
}
