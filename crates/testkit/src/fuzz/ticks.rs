//! Ticks of one engine over a rule set against each rule evaluated from scratch, to the bit.
//!
//! Samples come as time passes, series come and go; the tick's table forgets what no window needs.
//! Where no histograms and start timestamps are about, which no source tells whole, the rules are
//! also evaluated over what is fetched fragment by fragment.

use engine::{
    Base, Data, Engine, EvalError, FragmentKind, NeedTimes, Output, Piece, Plan, PlanBuilder,
    PlanOptions, RootId, Sharing, Steps,
    query::{self, QueryOptions, Value, VectorSample},
};
use model::{Labels, METRIC_NAME, MatchOp, Matcher, SampleValue, SeriesColumns};
use promql::{Expr, ExprKind, FunctionId, ParseOptions, parse_expr, visit::walk};
use promqltest::head::Sample;
use store::Table;

use super::{
    Dice,
    engine::{load, without_chance},
};
use crate::generate::{Flags, Rules, rules};

const SLOT: i64 = 15_000;
const LOOKBACK: i64 = 300_000;

/// Generates samples and rules and ticks through them; how many results with values were compared.
///
/// # Panics
/// Where a tick differs from evaluation from scratch.
pub fn ticks(dice: &mut Dice<'_>) -> usize {
    let all = rules(dice);
    let mut set = RuleSet::new(&all);
    let head = load(&all.script);
    let newest_first = |mut samples: Vec<Sample>| {
        samples.reverse();
        samples
    };
    let series = head.series().map(|(labels, samples)| (labels.clone(), newest_first(samples)));
    let mut series: Vec<(Labels, Vec<Sample>)> = series.collect();
    let (mut full, mut live, mut n_compared) = (Table::new(), Table::new(), 0);
    for slot in 1..=all.n_slots {
        let t = i64::try_from(slot).expect("a few") * SLOT;
        arrive(&mut series, t, [&mut full, &mut live]);
        if let Some(reach) = set.reach {
            live.truncate(t - reach - LOOKBACK);
        }
        n_compared += set.tick(t, &full, &live, &all);
    }
    n_compared
}

/// Appends what was scraped up to a time; samples wait with the oldest last.
fn arrive(series: &mut [(Labels, Vec<Sample>)], t: i64, mut tables: [&mut Table; 2]) {
    for (labels, waiting) in series.iter_mut() {
        while let Some(sample) = waiting.pop_if(|sample| sample.t <= t) {
            for table in &mut tables {
                let id = table.series_id(labels);
                table.append_value(id, sample.t, sample.start, sample.value.clone());
            }
        }
    }
}

/// Rules with an engine over one table and another over fragments.
struct RuleSet {
    rules: Vec<(String, Expr, RootId)>,
    plan: Plan,
    whole: Engine,
    /// None where a source would not show everything.
    fetched: Option<(Engine, Vec<Table>)>,
    /// How far back windows reach; none where `@` may ask for any time.
    reach: Option<i64>,
    options: QueryOptions,
}

impl RuleSet {
    fn new(all: &Rules) -> Self {
        let Flags { delayed_name_removal, start_timestamps, type_and_unit_labels, histograms } =
            all.flags;
        let mut builder = PlanBuilder::new(PlanOptions {
            delayed_name_removal,
            start_timestamps,
            type_and_unit_labels,
            ..PlanOptions::default()
        });
        let parsed = all.queries.iter().filter_map(|text| {
            let expr = parse_expr(text, &ParseOptions::all()).ok()?;
            let root = builder.add(&expr).ok()?;
            Some((text.clone(), expr, root))
        });
        let rules: Vec<_> = parsed.collect();
        let plan = builder.finish();
        let n_fragments = plan.fragments().len();
        let shows_all = !histograms && !start_timestamps;
        let fetched = || (Engine::new(plan.clone()), vec![Table::new(); n_fragments]);
        let mut whole = Engine::new(plan.clone());
        // The other engine does all work in one piece.
        whole.share(Sharing::new(3, 0, last_first));
        Self {
            rules,
            whole,
            fetched: shows_all.then(fetched),
            reach: all.queries.iter().all(|q| !q.contains('@')).then(|| plan.reach()),
            plan,
            options: QueryOptions {
                delayed_name_removal,
                start_timestamps,
                type_and_unit_labels,
                ..QueryOptions::default()
            },
        }
    }

    /// How many rules had values.
    fn tick(&mut self, t: i64, full: &Table, live: &Table, all: &Rules) -> usize {
        let revision = t.unsigned_abs();
        let data = Data { base: Base::Whole(live), overlay: None, lookback: LOOKBACK, revision };
        let roots: Vec<RootId> = self.rules.iter().map(|(_, _, root)| *root).collect();
        let fetched = self
            .fetched
            .as_mut()
            .map_or(Ok(()), |(_, tables)| fetch(&self.plan, &roots, t, full, tables));
        let mut n_compared = 0;
        for (text, expr, root) in &self.rules {
            let expected = from_scratch(expr, text, t, full, &self.options);
            let got = ticked(&mut self.whole, *root, t, &data, text);
            let told = || format!("{}\n{text}\nat {t}ms {:?}", all.script, all.flags);
            assert_eq!(got, expected, "{}", told());
            n_compared += usize::from(got.is_ok_and(|lines| !lines.is_empty()));
            let tells_all = fetched.is_ok() && tells_all(expr, &all.script, &self.options);
            if let (Some((engine, tables)), true) = (&mut self.fetched, tells_all) {
                let data = Data { base: Base::Fragments(tables), ..data };
                assert_eq!(ticked(engine, *root, t, &data, text), expected, "fetched: {}", told());
            }
        }
        n_compared
    }
}

fn last_first(a: Piece<'_>, b: Piece<'_>) {
    b();
    a();
}

/// Whether what a source answers tells all that an expression may see. Sample times come without
/// names. With delayed name removal these matter: a name is known where a selector asks for one,
/// the labels for type and unit never are.
fn tells_all(expr: &Expr, script: &str, options: &QueryOptions) -> bool {
    let (mut asks, mut names_all) = (false, true);
    walk(expr, &mut |expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        let arg = call.args.first().map(|arg| &arg.unparen().kind);
        if let (FunctionId::Timestamp, Some(ExprKind::Selector(selector))) = (call.function, arg) {
            let is_name = |m: &Matcher| *m.name == *METRIC_NAME && m.op == MatchOp::Equal;
            asks = true;
            names_all &= selector.matchers.iter().any(is_name);
        }
    });
    !asks || !options.delayed_name_removal || names_all && !script.contains("__type__")
}

/// A result as lines: label set and all bits of the value, sorted; then what was noted.
pub type Lines = Result<Vec<String>, String>;

/// What a rule's expression gives at a time over all samples.
pub fn from_scratch(
    expr: &Expr,
    text: &str,
    t: i64,
    table: &Table,
    options: &QueryOptions,
) -> Lines {
    let result = query::instant(expr, t, table, options).map_err(|e| without_chance(&e.message))?;
    let mut lines: Vec<String> = match result.value {
        Value::Vector(samples) => {
            samples.iter().map(|VectorSample { labels, value }| line(labels, value)).collect()
        }
        Value::Scalar(value) => vec![line(&Labels::empty(), &value.into())],
        other => panic!("{text} is no rule: {other:?}"),
    };
    lines.sort();
    lines.extend(result.notices.iter().map(|notice| notice.render(text)));
    Ok(lines)
}

/// What a rule gives in a tick.
pub fn ticked(engine: &mut Engine, root: RootId, t: i64, data: &Data<'_>, text: &str) -> Lines {
    let output =
        engine.eval(root, Steps::instant(t), data).map_err(|e| without_chance(&e.message))?;
    let mut lines = rows(&output)?;
    lines.sort();
    lines.extend(output.notices().iter().map(|notice| notice.render(text)));
    Ok(lines)
}

fn rows(output: &Output<'_>) -> Lines {
    let present = (0..output.n_rows()).filter_map(|row| Some((row, output.sample(row, 0)?)));
    let rows: Vec<_> =
        present.map(|(row, value)| (output.result_labels(row).into_owned(), value)).collect();
    let mut labels: Vec<&Labels> = rows.iter().map(|(labels, _)| labels).collect();
    labels.sort();
    if labels.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("vector cannot contain metrics with the same labelset".to_owned());
    }
    Ok(rows.iter().map(|(labels, value)| line(labels, value)).collect())
}

fn line(labels: &Labels, value: &SampleValue) -> String {
    match value {
        SampleValue::Float(value) if value.is_nan() => format!("{labels} NaN"),
        SampleValue::Float(value) => format!("{labels} {value} {:x}", value.to_bits()),
        SampleValue::Histogram(value) => format!("{labels} {value:?}"),
    }
}

/// Puts what a source answers into each fragment's table. It may refuse the sample times of series
/// that differ in their names only, since `timestamp()` has no names.
///
/// # Panics
/// Where the table has histograms.
pub fn fetch(
    plan: &Plan,
    roots: &[RootId],
    t: i64,
    table: &Table,
    tables: &mut [Table],
) -> Result<(), EvalError> {
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
                let expr = parse_expr(&fragment.query, &ParseOptions::default());
                let expr = expr.expect("a fragment is PromQL");
                for at in steps.iter() {
                    let result = query::instant(&expr, at, table, &QueryOptions::default());
                    let Value::Vector(samples) = result?.value else {
                        panic!("{} is no vector", fragment.query)
                    };
                    let mut answer = SeriesColumns::default();
                    for VectorSample { labels, value } in samples {
                        let value = value.float().expect("there are floats only");
                        push(&mut answer, &labels, &[at], &[value]);
                    }
                    into.replace(at - 1, at, &answer);
                }
            }
        }
    }
    Ok(())
}

fn push(columns: &mut SeriesColumns, labels: &Labels, ts: &[i64], values: &[f64]) {
    columns.timestamps.extend_from_slice(ts);
    columns.values.extend_from_slice(values);
    columns.end_series(labels.clone());
}
