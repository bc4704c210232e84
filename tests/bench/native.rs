//! Native histograms from the harness: everybody takes them, and the rules over them have the
//! values that a real Prometheus gives.
//!
//! Samples are sent some seconds before their time, so that whoever evaluates a slot has all that
//! belongs to it, and the Prometheus can be asked afterwards for the same slot.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use harness::Deck;
use serde_json::Value;

use super::{bench, read};
use crate::{
    e2e::events::{Log, ms},
    servers::{Prometheus, Watchfire, eventually, free_address, http, require_or_skip},
};

const SERIES: usize = 700;
const INTERVAL_MS: i64 = 1_000;
const WINDOW: &str = "20s";
/// How long before their time samples are sent.
const AHEAD_MS: i64 = 6_000;
const SOON: Duration = Duration::from_mins(1);
/// Not all versions add up in the same order.
const TOLERANCE: f64 = 1e-11;

#[test]
fn everybody_is_fed_and_evaluates_native_histograms() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let subjects = "prometheus,vmalert,watchfire:shared,watchfire:whole,watchfire:stream";
    let arguments = ["peers", "--series", "700", "--rules", "21", "--interval", "1s", "--churn"];
    let more = ["--native-histograms", "0.5", "--warmup", "1", "--ticks", "3"];
    let files = ["--json", "bench.json", "--subjects", subjects];
    let (code, shown) = bench(folder.path(), &[&arguments[..], &more, &files].concat());
    assert_eq!(code, Some(0), "{shown}");
    let head = "21 rules and 6 over native histograms over ";
    assert!(shown.starts_with(head), "{shown}");
    let report: Value = serde_json::from_str(&read(folder.path(), "bench.json")).expect("JSON");
    assert_eq!(report["settings"]["native_histograms"], 0.5);
    for outcome in report["results"].as_array().expect("results") {
        let subject = &outcome["subject"];
        let native = outcome["native_series"].as_u64().expect("a number");
        assert!((8..15).contains(&native), "{native} of half the pods for {subject}");
        let sum = |figure: &str| -> f64 {
            let ticks = outcome["ticks"].as_array().expect("ticks");
            ticks.iter().filter_map(|tick| tick[figure].as_f64()).sum()
        };
        assert!(sum("iterations") >= 14.0, "{subject} evaluates seven groups: {shown}");
        assert!(sum("failures") == 0.0, "no rule of {subject} fails: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_over_native_histograms_have_the_values_of_a_prometheus() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--web.enable-remote-write-receiver", "--enable-feature=native-histograms"];
    let prometheus = Prometheus::start_with(folder.path(), "global: {}\n", &flags).await;
    let exprs = exprs();
    let streamed = Sidecar::start(folder.path(), "stream", "cut: stream", &exprs);
    // From a whole second on, at which no target is scraped.
    let from_ms = (now_ms() / 1_000 - 60) * 1_000;
    let mut deck = Deck::with_native_histograms(SERIES, 1.0, INTERVAL_MS, from_ms);
    let takers = [format!("{}/api/v1/write", prometheus.url), streamed.write_url()];
    // A stream is complete from the newest sample of its first request on.
    send(&takers, deck.deal(from_ms + INTERVAL_MS)).await;
    send(&takers, deck.deal(now_ms() + AHEAD_MS)).await;
    assert_eq!(deck.n_native(), 17, "one endpoint of each of 17 pods");
    let source = format!("url: {}, cut: shared", prometheus.url);
    let asking = Sidecar::start(folder.path(), "shared", &source, &exprs);
    let feeding = tokio::spawn(async move {
        loop {
            send(&takers, deck.deal(now_ms() + AHEAD_MS)).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    for sidecar in [streamed, asking] {
        let found = sidecar.values(exprs.len()).await;
        assert_eq!(found.len(), exprs.len() * 17, "each rule for each service: {found:?}");
        for ((rule, service, t), value) in found {
            let expr = &exprs[rule];
            let theirs = number(&one(&prometheus, expr, &service, t).await);
            let expected = if expr.starts_with("histogram_quantile(0.99") {
                let all = one(&prometheus, RATES, &service, t).await;
                let bucket = Bucket::at(&all["histogram"][1], 0.99);
                assert_close(bucket.linear(), theirs, "how a Prometheus 2 interpolates");
                bucket.exponential()
            } else {
                theirs
            };
            assert_close(value, expected, &format!("{} of {service} at {t}: {expr}", sidecar.cut));
        }
    }
    feeding.abort();
}

/// What the rules are about, for [`WINDOW`].
const RATES: &str = "sum by (service) (rate(http_request_duration_native_seconds[20s]))";

/// The expressions of the harness's rules over native histograms, without comparisons.
fn exprs() -> Vec<String> {
    let text = harness::with_native_histograms("groups:\n".to_owned(), INTERVAL_MS);
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let over_samples = lines.filter(|expr| expr.contains("rate("));
    let bare = |expr: &str| expr.split(" > ").next().expect("something").to_owned();
    let exprs: Vec<String> = over_samples.map(bare).collect();
    for function in
        ["histogram_quantile(", "histogram_count(", "histogram_sum(", "histogram_fraction("]
    {
        assert!(exprs.iter().any(|expr| expr.contains(function)), "{function}");
    }
    assert!(exprs.iter().all(|expr| expr.contains(RATES) && expr.contains(WINDOW)), "{exprs:?}");
    exprs
}

/// A `watchfire run` with an alert for each expression, which fires at once and tells its value.
struct Sidecar {
    cut: &'static str,
    folder: PathBuf,
    address: String,
    _process: Watchfire,
}

impl Sidecar {
    fn start(folder: &Path, cut: &'static str, source: &str, exprs: &[String]) -> Self {
        let folder = folder.join(cut);
        fs::create_dir(&folder).expect("a folder in a temporary one");
        let rules = folder.join("rules.yml");
        fs::write(&rules, alerts(exprs)).expect("a rule file");
        let (address, events) = (free_address(), folder.join("events.jsonl"));
        let config = format!(
            "global: {{evaluation_interval: 1s}}\n\
             evaluation_slots: together\n\
             rule_files: [{}]\n\
             source: {{{source}}}\n\
             events: {{file: {}}}\n\
             stream: {{listen_address: '{address}', delay: 500ms}}\n",
            rules.display(),
            events.display()
        );
        let process = Watchfire::run(&folder, &config);
        Self { cut, folder, address, _process: process }
    }

    fn write_url(&self) -> String {
        format!("http://{}/api/v1/write", self.address)
    }

    /// Rule, service and time of each first value.
    async fn values(&self, n_exprs: usize) -> BTreeMap<(usize, String, i64), f64> {
        let rules: BTreeSet<String> = (0..n_exprs).map(|i| format!("Rule{i}")).collect();
        let firing = |log: Log| -> Vec<Value> {
            let fires = |event: &Value| {
                event["status"] == "firing"
                    && event["name"].as_str().is_some_and(|n| rules.contains(n))
            };
            log.0.into_iter().filter(fires).collect()
        };
        let events = eventually("an alert per service and rule", SOON, async || {
            let events = firing(Log::read(&self.folder));
            if events.len() < 17 * n_exprs { Err(events.len()) } else { Ok(events) }
        })
        .await;
        let value = |event: Value| {
            let rule = event["name"].as_str().expect("a name").trim_start_matches("Rule");
            let service = event["data"]["labels"]["service"].as_str().expect("a service");
            let place = (rule.parse().expect("a number"), service.to_owned(), ms(&event["time"]));
            (place, event["data"]["value"].as_f64().expect("a value"))
        };
        events.into_iter().map(value).collect()
    }
}

fn alerts(exprs: &[String]) -> String {
    let alert = |(i, expr)| format!("      - alert: Rule{i}\n        expr: {expr} >= 0\n");
    let alerts: String = exprs.iter().enumerate().map(alert).collect();
    format!("groups:\n  - name: native\n    rules:\n{alerts}")
}

/// Sends all bodies to all takers.
async fn send(urls: &[String], bodies: Vec<Vec<u8>>) {
    for body in &bodies {
        for url in urls {
            send_one(url, body).await;
        }
    }
}

async fn send_one(url: &str, body: &[u8]) {
    let answer = eventually("somebody who listens", SOON, async || {
        let request = http()
            .post(url)
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0");
        request.body(body.to_owned()).send().await
    })
    .await;
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
}

/// The only sample of a service.
async fn one(prometheus: &Prometheus, expr: &str, service: &str, t: i64) -> Value {
    let all = prometheus.query_at(expr, t).await.expect("Prometheus answers");
    let of_service = all.iter().filter(|sample| sample["metric"]["service"] == service);
    match of_service.collect::<Vec<_>>()[..] {
        [sample] => sample.clone(),
        _ => panic!("not one sample of {service} for {expr}: {all:?}"),
    }
}

fn number(sample: &Value) -> f64 {
    text_number(&sample["value"][1])
}

fn text_number(value: &Value) -> f64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no number: {value}"));
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

#[track_caller]
fn assert_close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= TOLERANCE * a.abs().max(b.abs()), "{what}: {a} and {b}");
}

/// The bucket in which a quantile lies, and where in it.
struct Bucket {
    lower: f64,
    upper: f64,
    share: f64,
}

impl Bucket {
    /// Of a histogram as the API shows it.
    fn at(histogram: &Value, q: f64) -> Self {
        let mut rank = q * text_number(&histogram["count"]);
        for bucket in histogram["buckets"].as_array().expect("buckets") {
            let [lower, upper, count] = [1, 2, 3].map(|i| text_number(&bucket[i]));
            if rank <= count {
                return Self { lower, upper, share: rank / count };
            }
            rank -= count;
        }
        panic!("the rank is above all buckets: {histogram}");
    }

    /// As Prometheus before 3.0 does.
    fn linear(&self) -> f64 {
        self.lower + (self.upper - self.lower) * self.share
    }

    /// As Prometheus does since.
    fn exponential(&self) -> f64 {
        let (lower, upper) = (self.lower.log2(), self.upper.log2());
        (lower + (upper - lower) * self.share).exp2()
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("a time of these centuries")
}
