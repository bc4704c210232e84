//! Every function of range vectors: 10,000 series × 240 samples of floats, 1,000 × 240 of native
//! histograms with 20 buckets. The throughput is samples a second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use engine::{Engine, PlanBuilder, PlanOptions, Steps};
use model::{FloatHistogram, Labels, SampleValue, histogram::notation};
use promql::{Expr, ParseOptions, ValueType, functions::FUNCTIONS, parse_expr};
use store::Table;
use testkit::platform;

const SAMPLES: i64 = 240;
const INTERVAL: i64 = 15_000;

/// What a function is called with.
struct Case {
    name: String,
    text: String,
}

/// Each function of range vectors, called with numbers that it takes.
fn cases(metric: &str) -> Vec<Case> {
    let of_ranges = FUNCTIONS.iter().filter(|f| f.args.contains(&ValueType::RangeVector));
    let plain = of_ranges.map(|function| {
        let arg = |kind: &ValueType| match kind {
            ValueType::RangeVector => format!("{metric}[1h]"),
            _ => "0.5".to_owned(),
        };
        let args: Vec<String> = function.args.iter().map(arg).collect();
        let text = format!("{}({})", function.name, args.join(", "));
        Case { name: function.name.to_owned(), text }
    });
    let extended = ["anchored", "smoothed"].map(|edge| {
        let text = format!("rate({metric}[55m] {edge})");
        Case { name: format!("rate_{edge}"), text }
    });
    plain.chain(extended).collect()
}

fn expr(text: &str) -> Expr {
    parse_expr(text, &ParseOptions::all()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Series that count up by uneven steps and start again now and then, scraped one after the other.
fn floats(n_series: usize) -> Table {
    let mut values = vec![0.0; n_series];
    filled(n_series, "requests_total", |series, i| {
        let step = (series * 7 + i * 13) % 11;
        values[series] = if (series + i) % 97 == 0 { 0.0 } else { values[series] + step as f64 };
        values[series].into()
    })
}

/// The same as histograms, all with the same buckets.
fn histograms(n_series: usize) -> Table {
    let ones = ["1"; 20].join(" ");
    let text = format!("{{{{schema:3 count:20 sum:100 buckets:[{ones}]}}}}");
    let step = notation::parse(&text).expect("a histogram").histogram;
    let mut values: Vec<FloatHistogram> = vec![step.clone(); n_series];
    filled(n_series, "latency_seconds", |series, i| {
        if (series + i) % 97 == 0 {
            values[series] = step.clone();
        } else {
            values[series].add(&step).expect("the same buckets");
        }
        values[series].clone().into()
    })
}

fn filled(
    n_series: usize,
    metric: &str,
    mut value: impl FnMut(usize, usize) -> SampleValue,
) -> Table {
    let mut table = Table::new();
    for i in 0..SAMPLES {
        for series in 0..n_series {
            let pod = format!("pod-{series}");
            let labels = Labels::from_pairs([("__name__", metric), ("pod", pod.as_str())]);
            let id = table.series_id(&labels);
            let sample = value(series, usize::try_from(i).expect("not negative"));
            table.append_value(id, (i + 1) * INTERVAL, 0, sample);
        }
    }
    table
}

fn measure(c: &mut Criterion, group: &str, metric: &str, table: &Table, cases: Vec<Case>) {
    let samples = table.n_samples() as u64;
    let mut group = c.benchmark_group(group);
    group.sample_size(10).throughput(Throughput::Elements(samples));
    for Case { name, text } in cases {
        let mut plan = PlanBuilder::new(PlanOptions::default());
        let root = plan.add(&expr(&text)).expect("a plan");
        let mut engine = Engine::new(plan.finish());
        let mut revision = 0;
        let mut evaluated = || {
            revision += 1;
            let data = platform::whole(table, revision);
            let t = SAMPLES * INTERVAL;
            let output = engine.eval(root, Steps::instant(t), &data).expect("a value");
            (0..output.n_rows()).filter(|row| output.sample(*row, 0).is_some()).count()
        };
        let n = evaluated();
        if n == 0 {
            // Absence has no values here, and some functions pass over histograms.
            assert!(text.starts_with("absent") || metric != "requests_total", "{text}: no values");
            continue;
        }
        group.bench_function(name, |b| b.iter(&mut evaluated));
    }
    group.finish();
}

fn functions(c: &mut Criterion) {
    let (metric, table) = ("requests_total", floats(10_000));
    measure(c, "floats", metric, &table, cases(metric));
    let (metric, table) = ("latency_seconds", histograms(1_000));
    measure(c, "histograms", metric, &table, cases(metric));
}

criterion_group!(benches, functions);
criterion_main!(benches);
