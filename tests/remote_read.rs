//! Windows by remote read, against real servers: the same samples as instant queries give, bit for
//! bit, whatever the server's external labels are; and servers without it are asked as before.

use std::{collections::BTreeMap, time::Duration};

use model::{FloatHistogram, Labels, SampleValue, histogram::notation, stale_nan};
use promql::{ExprKind, ParseOptions, parse_expr};
use source::{Answer, Client, RemoteRead, SourceConfig};

use crate::{
    remote_write::{self, Counts, Series},
    servers::{Prometheus, VictoriaMetrics, eventually, http, require_or_skip},
};

const START: i64 = 1_700_000_000_000;
const INTERVAL: i64 = 15_000;
const SAMPLES: i64 = 400;
const FLAGS: &[&str] =
    &["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"];

/// By labels, what each time has: the bits of a float, or a histogram as text.
type Seen = BTreeMap<String, Vec<(i64, String)>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_are_those_of_instant_queries_bit_for_bit() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let prometheus = Prometheus::start_with(folder.path(), "global: {}\n", FLAGS).await;
    let series = series(START);
    remote_write::send(&prometheus.url, &series).await;
    let selectors = [
        "counter",
        "gauge",
        r#"{job="api"}"#,
        r#"{job!="api",__name__=~"g.*|counter"}"#,
        r#"gauge{text=~".+"}"#,
        r#"gauge{text!~"a.*"}"#,
        r#"counter{none=""}"#,
        "nothing",
    ];
    let end = START + SAMPLES * INTERVAL;
    let windows = windows(START, end);
    let n = compare(&prometheus.url, &selectors, &windows).await;
    assert!(n > 8000, "{n} samples");
    let asked = read_requests(&prometheus.url).await;
    assert_eq!(asked, selectors.len() * windows.len(), "all of them came by remote read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn native_histograms_are_those_of_instant_queries() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    for counts in [Counts::Floats, Counts::Integers] {
        let folder = tempfile::tempdir().expect("a folder");
        let prometheus = Prometheus::start_with(folder.path(), "global: {}\n", FLAGS).await;
        let all = [series(START), histograms(START)].concat();
        remote_write::send_counted(&prometheus.url, &all, counts).await;
        let end = START + SAMPLES * INTERVAL;
        let selectors = ["h", r#"{job="api"}"#, r#"{__name__=~"h|mixed"}"#];
        let windows = windows(START, end);
        let n = compare(&prometheus.url, &selectors, &windows).await;
        assert!(n > 4000, "{n} samples");
        let asked = read_requests(&prometheus.url).await;
        assert_eq!(asked, selectors.len() * windows.len(), "all of them came by remote read");
        // Prometheus 2.42 breaks off where it cuts chunks of gauges, and is asked as PromQL.
        assert!(compare(&prometheus.url, &["swing"], &windows).await > 500);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn external_labels_change_nothing() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let with = |labels: &str| format!("global: {{external_labels: {{{labels}}}}}\n");
    let text = with("cluster: eu.1, replica: a");
    let prometheus = Prometheus::start_with(folder.path(), &text, FLAGS).await;
    let pairs: [&[(&str, &str)]; 7] = [
        &[("__name__", "m"), ("a", "0")],
        &[("__name__", "m"), ("a", "1"), ("cluster", "eu.1")],
        &[("__name__", "m"), ("a", "2"), ("cluster", "eu-1")],
        &[("__name__", "m"), ("a", "3"), ("replica", "b")],
        &[("__name__", "m"), ("a", "4"), ("zone", "x")],
        &[("__name__", "sure"), ("a", "0")],
        &[("__name__", "sure"), ("cluster", "us"), ("replica", "b")],
    ];
    let samples: Vec<(i64, SampleValue)> =
        (0..20).map(|i| (START + i * INTERVAL, (i as f64).into())).collect();
    let series: Vec<Series> =
        pairs.iter().map(|p| (Labels::from_pairs(p.iter().copied()), samples.clone())).collect();
    remote_write::send(&prometheus.url, &series).await;
    let selectors = [
        "m",
        "sure",
        r#"{a="0"}"#,
        r#"m{cluster="eu.1"}"#,
        r#"m{cluster!="eu.1"}"#,
        r#"m{cluster=""}"#,
        r#"{replica="b"}"#,
        r#"{replica=~"a|b"}"#,
    ];
    let windows = [(START - 1, START + 20 * INTERVAL)];
    // One client all the time, while the labels come and go.
    let client = client(&prometheus.url, RemoteRead::Auto);
    // With the last ones nobody can tell of `sure{a="0"}` whether it has a zone.
    let configurations =
        [("cluster: eu.1, replica: a", 1), ("zone: x", 1), ("", 1), ("a: '0', zone: y", 0)];
    for (labels, n_read) in configurations {
        prometheus.reload(&with(labels)).await;
        for _ in 0..3 {
            compare_with(&client, &prometheus.url, &selectors, &windows).await;
        }
        let before = read_requests(&prometheus.url).await;
        compare_with(&client, &prometheus.url, &["sure"], &windows).await;
        let after = read_requests(&prometheus.url).await;
        assert_eq!(after, before + n_read, "with {labels} it is remote read that answers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn victoria_metrics_is_asked_as_promql() {
    if !require_or_skip(&["victoria-metrics"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let victoria = VictoriaMetrics::start(folder.path()).await;
    // It keeps nothing that is older than a month.
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis();
    let end = i64::try_from(since).expect("before 2262") - 120_000;
    let start = end - 20 * INTERVAL;
    let samples = (1..=20).map(|i| (start + i * INTERVAL, (i as f64).into())).collect();
    let series = [(Labels::from_pairs([("__name__", "m"), ("a", "0")]), samples)];
    remote_write::send(&victoria.url, &series).await;
    for mode in [RemoteRead::Auto, RemoteRead::Always] {
        let client = client(&victoria.url, mode);
        let seen = eventually("samples", Duration::from_secs(30), async || {
            let seen = seen(&window(&client, "m", (start, end)).await, start);
            if seen.is_empty() { Err("none yet") } else { Ok(seen) }
        })
        .await;
        let values: Vec<i64> = seen.values().flatten().map(|(t, _)| *t).collect();
        assert_eq!(values, (1..=20).map(|i| start + i * INTERVAL).collect::<Vec<_>>());
        assert_eq!(client.traffic().failures, 1, "one refusal, and no more questions of this kind");
    }
}

fn client(url: &str, remote_read: RemoteRead) -> Client {
    Client::new(SourceConfig { remote_read, ..SourceConfig::new(url) }).expect("a client")
}

/// Compares windows by remote read with instant queries; gives how many samples there were.
async fn compare(url: &str, selectors: &[&str], windows: &[(i64, i64)]) -> usize {
    compare_with(&client(url, RemoteRead::Auto), url, selectors, windows).await
}

async fn compare_with(
    client_read: &Client,
    url: &str,
    selectors: &[&str],
    windows: &[(i64, i64)],
) -> usize {
    let asking = client(url, RemoteRead::Never);
    let mut n = 0;
    for selector in selectors {
        for &(lo, hi) in windows {
            // Before 3.0 a window of a query has its left edge, too.
            let read = seen(&window(client_read, selector, (lo, hi)).await, lo);
            let asked = seen(&window(&asking, selector, (lo, hi)).await, lo);
            let mut all = read.keys().chain(asked.keys());
            if let Some(labels) = all.find(|labels| read.get(*labels) != asked.get(*labels)) {
                let (read, asked) = (read.get(labels), asked.get(labels));
                panic!("{selector} in ({lo}, {hi}]: {labels}\nread: {read:?}\nasked: {asked:?}");
            }
            n += read.values().map(Vec::len).sum::<usize>();
        }
    }
    n
}

async fn window(client: &Client, selector: &str, (lo, hi): (i64, i64)) -> Answer {
    let expr = parse_expr(selector, &ParseOptions::default()).expect("it parses");
    let ExprKind::Selector(parsed) = expr.kind else { panic!("{selector} is no selector") };
    let query = format!("{selector}[{}]", model::duration::format(hi - lo));
    let answer = client.query_window(&query, &parsed.matchers, (lo, hi)).await;
    answer.unwrap_or_else(|e| panic!("{e}"))
}

/// The samples after `lo`.
fn seen(answer: &Answer, lo: i64) -> Seen {
    let mut seen = Seen::new();
    for (i, (labels, ts, values)) in answer.data.iter().enumerate() {
        let floats = ts.iter().zip(values).map(|(t, v)| (*t, format!("{:016x}", v.to_bits())));
        let histograms = answer.data.histograms_of(i).iter().map(|(t, h)| (*t, shown(h)));
        let samples = floats.chain(histograms).filter(|(t, _)| *t > lo).collect::<Vec<_>>();
        if !samples.is_empty() {
            let before = seen.insert(labels.to_string(), samples);
            assert!(before.is_none(), "{labels} came twice");
        }
    }
    seen
}

/// Without hint and empty buckets, which JSON does not show.
fn shown(h: &FloatHistogram) -> String {
    let h = h.clone().compact();
    format!("schema {} {h} {:?}", h.schema(), h.totals().zero_count)
}

/// How often Prometheus answered remote read.
async fn read_requests(url: &str) -> usize {
    let page = http().get(format!("{url}/metrics")).send().await.expect("an answer");
    let page = page.text().await.expect("a text");
    let line = page.lines().find(|line| {
        line.starts_with("prometheus_http_requests_total{code=\"200\",handler=\"/api/v1/read\"}")
    });
    let count = line.and_then(|line| line.rsplit(' ').next());
    count.map_or(0, |count| count.parse().expect("a number"))
}

/// Windows that begin and end at samples, just beside them, between them, and outside of them all.
fn windows(start: i64, end: i64) -> Vec<(i64, i64)> {
    let mut windows = vec![(start - 60_000, end + 60_000), (start - 60_000, start - 1)];
    for at in [start, start + 119 * INTERVAL, start + 200 * INTERVAL, end - INTERVAL] {
        for shift in [-1, 0, 1, 7000] {
            let hi = at + shift;
            windows.extend([(hi - 1, hi), (hi - INTERVAL, hi), (hi - 300_000, hi)]);
        }
    }
    windows
}

/// Floats of all kinds: counters with resets, values of any bits, ends, gaps, odd times.
fn series(start: i64) -> Vec<Series> {
    let labels = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
    let at = |i: i64| start + i * INTERVAL;
    let mut series = Vec::new();
    for (pod, reset) in [("a", 401), ("b", 170)] {
        let counter = (0..SAMPLES).map(|i| (at(i), (((i % reset) * 3) as f64).into())).collect();
        let pairs = [("__name__", "counter"), ("job", "api"), ("pod", pod)];
        series.push((labels(&pairs), counter));
    }
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, f64::MAX, stale_nan()];
    let any = (0..SAMPLES).map(|i| {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let value = match usize::try_from(i % 11) {
            Ok(nth) if nth < odd.len() => odd[nth],
            _ => f64::from_bits(bits),
        };
        (at(i) + i * 7 % 400, value.into())
    });
    series.push((
        labels(&[("__name__", "gauge"), ("job", "db"), ("text", "a\"\\\n→")]),
        any.collect(),
    ));
    let ended = (0..SAMPLES).filter(|i| !(100..150).contains(i) && *i < 380).map(|i| {
        let value = if i == 99 || i == 379 { stale_nan() } else { 0.1 * i as f64 };
        (at(i), value.into())
    });
    series.push((labels(&[("__name__", "gauge"), ("job", "api")]), ended.collect()));
    let late = (200..SAMPLES).map(|i| (at(i) + i % 3, 1.0.into())).collect();
    series.push((labels(&[("__name__", "gauge"), ("job", "late"), ("text", "b")]), late));
    let only_ends = vec![(at(5), stale_nan().into())];
    series.push((labels(&[("__name__", "gauge"), ("job", "gone")]), only_ends));
    series
}

/// A counter of histograms with a reset and new buckets, and a series that has both kinds.
fn histograms(start: i64) -> Vec<Series> {
    let parse = |text: &str| notation::parse(text).expect("a histogram").histogram;
    let step = parse("{{schema:2 count:6 sum:9 z_bucket:1 z_bucket_w:0.001 buckets:[1 2 0 0 2]}}");
    let wider =
        parse("{{schema:2 count:3 sum:40 z_bucket:1 z_bucket_w:0.001 buckets:[0 0 0 1 0 0 0 1]}}");
    let mut now = step.clone();
    let mut counter: Vec<(i64, SampleValue)> = Vec::new();
    for i in 0..SAMPLES {
        match i {
            150 => now = step.clone(),
            250.. => drop(now.add(&wider).expect("the same schema")),
            _ => drop(now.add(&step).expect("the same buckets")),
        }
        counter.push((start + i * INTERVAL, now.clone().into()));
    }
    let mixed = (0..SAMPLES).map(|i| {
        let value = if (i / 50) % 2 == 0 { (i as f64).into() } else { step.clone().into() };
        (start + i * INTERVAL, value)
    });
    let swing = (0..SAMPLES).map(|i| {
        let (a, b) = (i % 5, (i * 3) % 7 + 1);
        let text = format!(
            "{{{{schema:1 count:{} sum:{} buckets:[{a} 0 {b}] counter_reset_hint:gauge}}}}",
            a + b,
            b - a
        );
        (start + i * INTERVAL, parse(&text).into())
    });
    vec![
        (Labels::from_pairs([("__name__", "swing"), ("job", "db")]), swing.collect()),
        (Labels::from_pairs([("__name__", "h"), ("job", "api")]), counter),
        (Labels::from_pairs([("__name__", "mixed"), ("job", "api")]), mixed.collect()),
    ]
}
