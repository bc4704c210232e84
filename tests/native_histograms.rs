//! Native histograms all the way: written into a real Prometheus, read back over its HTTP API,
//! evaluated here, and equal to what comes of the samples themselves.
//!
//! The API shows neither schemas nor hints nor empty buckets. What our reading makes up for must
//! not change any result.

use engine::{
    Base, Steps,
    query::{self, MatrixSeries, Prepared, QueryOptions, QueryResult, Value},
};
use model::{FloatHistogram, Labels, SampleValue, histogram::notation};
use promql::{Expr, ParseOptions, parse_expr};
use ruler::{
    fetch::Limits,
    gather::{self, Tables},
};
use source::{Client, SourceConfig};
use store::Table;

use crate::{
    remote_write::{self, Series},
    servers::{Prometheus, require_or_skip},
};

/// Milliseconds. Samples never stand on a window's edge, which Prometheus 2.42 closes.
const START: i64 = 1_700_000_000_100;
const INTERVAL: i64 = 15_000;
const SAMPLES: i64 = 80;

/// What may be asked of histograms. Prometheus only selects; all else happens here.
const QUERIES: &[&str] = &[
    "h",
    "h{pod=\"a\"} offset 3m",
    "rate(h[5m])",
    "increase(h[5m])",
    "irate(h[2m])",
    "delta(gauge[4m])",
    "histogram_quantile(0.9, rate(h[5m]))",
    "histogram_quantile(0.9, sum by (job) (rate(h[5m])))",
    "histogram_fraction(0.1, 3, sum(increase(h[10m])))",
    "histogram_count(h)",
    "histogram_sum(rate(h[5m]))",
    "histogram_avg(gauge)",
    "histogram_stddev(gauge)",
    "sum(h) - sum(gauge)",
    "avg(rate(h[5m])) * 60",
    "avg_over_time(gauge[5m])",
    "sum_over_time(gauge[5m])",
    "resets(h[20m])",
    "changes(h[20m])",
    "last_over_time(h[5m])",
    "max_over_time(histogram_count(h)[5m:30s])",
    "h == h",
    "h >/ 1",
    "count(h)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histograms_read_over_http_give_the_same_results() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"];
    let prometheus = Prometheus::start_with(folder.path(), "global: {}\n", &flags).await;
    let series = series();
    remote_write::send(&prometheus.url, &series).await;
    let table = table(&series);
    let config = SourceConfig::new(&prometheus.url);
    let client = Client::new(config).expect("a client");
    let end = START + (SAMPLES - 1) * INTERVAL + 50;
    let mut with_values = 0;
    for text in QUERIES {
        let expr = parse_expr(text, &ParseOptions::default()).expect("it parses");
        for steps in [Steps::instant(end), Steps::range(end - 600_000, end, 60_000)] {
            let there = fetched(&expr, steps, &client, end).await;
            let here = local(&expr, steps, &table);
            let (there, here) = (canonical(there), canonical(here));
            assert_eq!(there, here, "{text}");
            with_values += usize::from(!here.is_empty());
        }
    }
    assert_eq!(with_values, 2 * QUERIES.len(), "every query has a result");
}

/// Evaluates over what the server shows.
async fn fetched(expr: &Expr, steps: Steps, client: &Client, now: i64) -> QueryResult {
    let mut prepared = Prepared::new(expr, steps, &QueryOptions::default()).expect("a plan");
    if steps.count > 1 {
        prepared = prepared.as_range(expr).expect("a vector");
    }
    let needs = prepared.needs();
    let mut tables = Tables::new(prepared.plan().0);
    let (failures, _) = gather::gather(client, &mut tables, &needs, now, Limits::DEFAULT).await;
    assert!(failures.is_empty(), "{expr}: {failures:?}");
    prepared.evaluate(Base::Fragments(tables.tables())).expect("a value")
}

/// Evaluates over the samples themselves.
fn local(expr: &Expr, steps: Steps, table: &Table) -> QueryResult {
    let options = QueryOptions::default();
    let result = match steps.count {
        1 => query::instant(expr, steps.start, table, &options),
        _ => query::range(expr, steps, table, &options),
    };
    result.expect("a value")
}

/// Each value as a line. Histograms without their hint, which HTTP does not carry, and without
/// empty buckets.
fn canonical(result: QueryResult) -> Vec<String> {
    let mut lines: Vec<String> = match result.value {
        Value::Vector(samples) => {
            samples.into_iter().map(|s| format!("{} {}", s.labels, shown(&s.value))).collect()
        }
        Value::Matrix(all) => all.iter().flat_map(points).collect(),
        other => panic!("no series: {other:?}"),
    };
    lines.sort();
    lines
}

fn points(series: &MatrixSeries) -> Vec<String> {
    let floats = series.timestamps.iter().zip(&series.values).map(|(t, v)| (*t, (*v).into()));
    let histograms = series.histograms.iter().map(|(t, h)| (*t, h.clone().into()));
    let all: Vec<(i64, SampleValue)> = floats.chain(histograms).collect();
    all.iter().map(|(t, value)| format!("{} @{t} {}", series.labels, shown(value))).collect()
}

fn shown(value: &SampleValue) -> String {
    match value {
        SampleValue::Float(value) => format!("{value:?}"),
        SampleValue::Histogram(value) => {
            let h = FloatHistogram::clone(value).compact();
            format!("schema {} {} {:?}", h.schema(), h, h.totals().zero_count)
        }
    }
}

/// Counters of two schemas, one of them with a reset and a gap, and a gauge with buckets below
/// zero.
fn series() -> Vec<Series> {
    let grow = |text: &str, pod: &str, reset_at: i64, gap: std::ops::Range<i64>| {
        let step = histogram(text);
        let mut now = step.clone();
        let mut samples = Vec::new();
        for i in 0..SAMPLES {
            if i == reset_at {
                now = step.clone();
            } else {
                now.add(&step).expect("the same buckets");
            }
            if !gap.contains(&i) {
                samples.push((START + i * INTERVAL, now.clone().into()));
            }
        }
        let labels = [("__name__", "h"), ("job", "api"), ("pod", pod)];
        (Labels::from_pairs(labels), samples)
    };
    let swing = (0..SAMPLES).map(|i| {
        let (a, b, c) = (i % 5, (i * 3) % 7 + 1, i % 3);
        let text = format!(
            "{{{{schema:1 count:{} sum:{} z_bucket:{c} z_bucket_w:0.01 buckets:[{a} 0 {b}] \
             n_buckets:[{b} {a}] counter_reset_hint:gauge}}}}",
            2 * a + 2 * b + c,
            b - a
        );
        (START + i * INTERVAL, histogram(&text).into())
    });
    let gauge = (Labels::from_pairs([("__name__", "gauge"), ("job", "api")]), swing.collect());
    vec![
        grow(
            "{{schema:0 count:4 sum:5 z_bucket:1 z_bucket_w:0.001 buckets:[1 0 2]}}",
            "a",
            -1,
            0..0,
        ),
        grow(
            "{{schema:3 count:6 sum:9 z_bucket:1 z_bucket_w:0.001 buckets:[1 2 0 0 2]}}",
            "b",
            40,
            60..63,
        ),
        gauge,
    ]
}

fn histogram(text: &str) -> FloatHistogram {
    notation::parse(text).expect("a histogram").histogram
}

/// As Prometheus shows the samples: counters know nothing of resets.
fn table(series: &[Series]) -> Table {
    let mut table = Table::new();
    for (labels, samples) in series {
        let id = table.series_id(labels);
        for (t, value) in samples {
            table.append_value(id, *t, 0, value.clone());
        }
    }
    table
}
