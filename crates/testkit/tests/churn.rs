//! Series that come and go by chance, one by one and all at once: an engine that follows them has
//! the same rows in the same order, with the same bits, as one that is bound from nothing.
//!
//! In debug builds the engine compares what every node knows of its rows, too.

use engine::{Base, Data, Engine, Plan, PlanBuilder, PlanOptions, RootId, Steps};
use model::{Labels, METRIC_NAME, stale_nan};
use promql::{ParseOptions, parse_expr};
use store::Table;
use testkit::fuzz::Dice;

const SLOT: i64 = 15_000;
/// How long samples are kept.
const KEPT: i64 = 60_000;
const PODS: usize = 40;

/// The first ones are recorded under their names, where later ones read them.
const RECORDED: &[(&str, &str)] = &[
    ("job:x:sum", "sum by (job) (x)"),
    ("pod:x:rate", "sum by (pod) (rate(x[30s]))"),
    // Hides some of the series from outside.
    ("y", "max by (pod, job) (x > 12)"),
];

const RULES: &[&str] = &[
    "x",
    "rate(x[30s])",
    "max_over_time(x[45s])",
    "last_over_time({__name__=~\"x|y|z\"}[30s])",
    "rate({__name__=~\"[xyz]\"}[1m])",
    "rate({job=~\".+\"}[30s])",
    "increase({__name__=~\"z|h_bucket\",pod=~\"1.*\"}[30s])",
    "-{__name__=~\"x|y\",pod!=\"3\"}",
    "{__name__=~\"x|y\"} > 10",
    "x * 2 > 10",
    "abs(x - 10)",
    "sum by (job) (rate(x[30s]))",
    "sum without (pod) (rate(x[30s]))",
    "sum by (pod) (rate({__name__=~\"x|y\"}[30s]))",
    "sum by (__name__) ({__name__=~\".+\"})",
    "avg by (zone) (x * on (pod) group_left (zone) info)",
    "x / on (pod) y",
    "x / ignoring (job) y",
    "x > on (pod, job) y",
    "info * on (pod) group_right (zone) x",
    "x and on (pod) y",
    "x or y",
    "x or on (job) y",
    "{pod=~\"1.*\"} or {pod=~\".*2\"}",
    "rate(x[30s]) or rate(y[30s])",
    "rate(x[30s]) unless on (pod) info",
    "sum by (job) (x or rate(y[30s]))",
    "topk by (job) (2, x)",
    "limitk(3, x)",
    "quantile by (job) (0.5, x)",
    "count_values(\"v\", y)",
    "histogram_quantile(0.9, rate(h_bucket[30s]))",
    "histogram_quantile(0.9, sum by (job, le) (rate(h_bucket[30s])))",
    "histogram_quantile(0.5, {__name__=~\"h_bucket|k_bucket\"})",
    "label_replace(x, \"pod\", \"$1\", \"pod\", \"(.).*\")",
    "sum by (short) (label_replace(x, \"short\", \"$1\", \"pod\", \"(.).*\"))",
    "label_join(x, \"all\", \"-\", \"job\", \"pod\")",
    "max_over_time(sum by (job) (x)[45s:15s])",
    "max_over_time({__name__=~\"x|y\"}[45s:15s])",
    "timestamp(x)",
    "timestamp({__name__=~\"x|y\",pod=~\"2.*\"})",
    "sort(x)",
    "sort_by_label(x, \"pod\")",
    "absent(x{pod=\"1\"})",
    "absent_over_time(y{pod=\"2\"}[30s])",
    "info(x)",
    "job:x:sum > 100",
    "pod:x:rate * on (pod) group_left (zone) info",
    "{__name__=~\"job:.*|z\"}",
    "sum(y) by (job) / sum(x) by (job)",
    "y",
    "timestamp(y)",
    "ALERTS",
    // What others compute of more series.
    "max_over_time(x{pod=~\"1.*\"}[45s])",
    "rate(x{job=\"1\"}[30s])",
    "sum by (job) (rate(h_bucket{le=\"1\"}[30s]))",
    "rate(h_bucket{le!=\"1\",job=\"0\"}[30s]) > 0",
];

/// A table with what is alive, and what rules produced.
struct World {
    table: Table,
    overlay: Table,
    alive: Vec<bool>,
    n_jobs: usize,
}

/// The series of a pod.
fn series_of(pod: usize, n_jobs: usize) -> Vec<Labels> {
    let (job, zone) = ((pod % n_jobs).to_string(), ["n", "s", "w"][pod % 3]);
    let pod_label = pod.to_string();
    let plain =
        |name: &str| Labels::from_pairs([(METRIC_NAME, name), ("pod", &pod_label), ("job", &job)]);
    let bucket = |name: &str, le: &str| plain(name).to_builder().set("le", le).build();
    let mut all = vec![plain("x"), plain("y")];
    all.extend(["0.1", "1", "+Inf"].map(|le| bucket("h_bucket", le)));
    all.push(Labels::from_pairs([(METRIC_NAME, "info"), ("pod", &pod_label), ("zone", zone)]));
    match pod % 5 {
        0 => all.push(Labels::from_pairs([(METRIC_NAME, "z"), ("Pod", &pod_label)])),
        1 => all.push(bucket("k_bucket", "not a number")),
        2 => all.push(plain("x").to_builder().set("__type__", "counter").build()),
        3 => all.push(Labels::from_pairs([("pod", &pod_label), ("job", &job)])),
        _ => all.push(plain("target_info").to_builder().set("instance", &pod_label).build()),
    }
    all
}

impl World {
    /// Lets pods come and go.
    fn churn(&mut self, dice: &mut Dice<'_>, t: i64) {
        let mut wanted = self.alive.clone();
        match dice.below(8) {
            0 | 1 => {}
            2 => wanted[dice.below(PODS)] = true,
            3 => wanted[dice.below(PODS)] = false,
            4 => {
                for _ in 0..4 {
                    wanted[dice.below(PODS)] = false;
                    wanted[dice.below(PODS)] = true;
                }
            }
            5 => wanted.rotate_left(PODS / 2),
            6 => wanted.iter_mut().for_each(|alive| *alive = !*alive),
            _ => (0..dice.below(PODS)).for_each(|pod| wanted[pod] = dice.one_in(2)),
        }
        for (pod, wanted) in wanted.iter().enumerate() {
            if self.alive[pod] && !wanted && dice.one_in(2) {
                self.append(dice, pod, t, true);
            }
        }
        self.alive = wanted;
    }

    fn scrape(&mut self, dice: &mut Dice<'_>, t: i64) {
        for pod in (0..PODS).filter(|pod| self.alive[*pod]).collect::<Vec<_>>() {
            self.append(dice, pod, t, false);
        }
    }

    fn append(&mut self, dice: &mut Dice<'_>, pod: usize, t: i64, stale: bool) {
        for labels in series_of(pod, self.n_jobs) {
            let id = self.table.series_id(&labels);
            let value = dice.below(200) as f64 / 7.0;
            self.table.append(id, t, if stale { stale_nan() } else { value });
        }
    }

    fn data(&self, slot: i64) -> Data<'_> {
        Data {
            base: Base::Whole(&self.table),
            overlay: Some(&self.overlay),
            lookback: 20_000,
            revision: slot.unsigned_abs(),
        }
    }

    /// Puts what a rule gave where later rules find it.
    fn record(&mut self, name: &str, t: i64, rows: &[(Labels, f64)]) {
        for (labels, value) in rows {
            let labels = labels.to_builder().set(METRIC_NAME, name).build();
            let id = self.overlay.series_id(&labels);
            self.overlay.append(id, t, *value);
        }
    }
}

fn plan(options: PlanOptions) -> (Plan, Vec<(&'static str, RootId)>) {
    let mut builder = PlanBuilder::new(options);
    let texts = RECORDED.iter().map(|(_, text)| *text).chain(RULES.iter().copied());
    let add = |text: &'static str| {
        let expr = parse_expr(text, &ParseOptions::all()).unwrap_or_else(|e| panic!("{text}: {e}"));
        (text, builder.add(&expr).expect("a plan"))
    };
    let roots = texts.map(add).collect();
    (builder.finish(), roots)
}

/// Rows that have values, in their order.
type Rows = Result<Vec<(Labels, f64)>, String>;

fn rows(engine: &mut Engine, root: RootId, t: i64, data: &Data<'_>) -> Rows {
    let output = engine.eval(root, Steps::instant(t), data).map_err(|e| e.message)?;
    let row = |row| Some((output.result_labels(row).into_owned(), output.value(row, 0)?));
    Ok(output.rows_in_order().filter_map(row).collect())
}

fn order(a: &(Labels, f64), b: &(Labels, f64)) -> std::cmp::Ordering {
    a.0.cmp(&b.0)
}

fn bits(rows: &Rows) -> Result<Vec<(&Labels, u64)>, &String> {
    rows.as_ref().map(|rows| rows.iter().map(|(l, value)| (l, value.to_bits())).collect())
}

/// Ticks through a history of one seed; how often nodes followed, and how often they did not.
fn follow(seed: u64, options: PlanOptions) -> (u64, u64) {
    let mut dice = Dice::Seed(seed);
    let (plan, roots) = plan(options);
    let [mut engine, mut fresh] = [Engine::new(plan.clone()), Engine::new(plan)];
    let alive = (0..PODS).map(|_| dice.one_in(2)).collect();
    let (table, overlay) = (Table::new(), Table::new());
    let mut world = World { table, overlay, alive, n_jobs: 1 + dice.below(4) };
    let mut full_later = 0;
    for slot in 1..=24_i64 {
        let t = slot * SLOT;
        world.churn(&mut dice, t - 1_000);
        world.scrape(&mut dice, t - 500);
        world.table.truncate(t - KEPT);
        world.overlay.truncate(t - KEPT);
        let before = engine.binds().full;
        engine.hold(false);
        let mut is_held = false;
        if dice.one_in(2) {
            let all: Vec<RootId> = roots.iter().map(|(_, root)| *root).collect();
            engine.bind(&all, Steps::instant(t), &world.data(slot));
            if dice.one_in(2) {
                // What comes now is later than what is evaluated.
                (0..3).for_each(|_| {
                    let pod = dice.below(PODS);
                    world.append(&mut dice, pod, t + 500, false);
                });
                is_held = true;
                engine.hold(true);
            }
        }
        for (i, (text, root)) in roots.iter().enumerate() {
            // Some rules are evaluated every other time.
            if i % 7 == 6 && slot % 2 == 0 {
                continue;
            }
            let data = world.data(slot);
            let mut got = rows(&mut engine, *root, t, &data);
            fresh.reset();
            let mut expected = rows(&mut fresh, *root, t, &data);
            if is_held {
                // Series without values have a say in the order of groups.
                [&mut got, &mut expected]
                    .into_iter()
                    .flatten()
                    .for_each(|rows| rows.sort_by(order));
            }
            assert_eq!(bits(&got), bits(&expected), "seed {seed}, slot {slot}: {text}");
            if let (Some((name, _)), Ok(rows)) = (RECORDED.get(i), &got) {
                world.record(name, t, rows);
            }
        }
        full_later += if slot > 1 { engine.binds().full - before } else { 0 };
    }
    (engine.binds().by_difference, full_later)
}

#[test]
fn an_engine_that_follows_equals_one_that_starts_over() {
    let (mut followed, mut started_over) = (0, 0);
    for seed in 0..6 {
        let (by_difference, full) = follow(seed, PlanOptions::default());
        followed += by_difference;
        started_over += full;
    }
    assert!(followed > 2 * started_over, "{followed} followed, {started_over} started over");
}

#[test]
fn the_same_where_names_stay_until_the_end() {
    let options = PlanOptions { delayed_name_removal: true, ..PlanOptions::default() };
    (100..104).for_each(|seed| assert!(follow(seed, options).0 > 0));
}

/// What is gone from the tables and was evaluated since is held by nobody.
#[test]
fn series_that_are_gone_leave_nothing_behind() {
    let (plan, roots) = plan(PlanOptions::default());
    let mut engine = Engine::new(plan);
    let mut table = Table::new();
    let held: Vec<Vec<Labels>> = (0..PODS).map(|pod| series_of(pod, 3)).collect();
    for slot in 1..=12_i64 {
        let t = slot * SLOT;
        for pod in (0..PODS).filter(|pod| (slot < 4) == (pod % 2 == 0)) {
            for labels in &held[pod] {
                let id = table.series_id(labels);
                table.append(id, t, slot as f64);
            }
        }
        table.truncate(t - KEPT);
        for (_, root) in &roots {
            let revision = slot.unsigned_abs();
            let base = Base::Whole(&table);
            let data = Data { base, overlay: None, lookback: 20_000, revision };
            drop(engine.eval(*root, Steps::instant(t), &data));
        }
    }
    for (pod, series) in held.iter().enumerate() {
        for labels in series {
            assert_eq!(labels.holders() == 1, pod % 2 == 0, "{labels} of pod {pod}");
        }
    }
}
