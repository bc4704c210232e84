//! What is shown of a report.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::expect;

use super::*;
use crate::{
    Machine,
    report::{Intake, LeftOut, Peak},
};

pub(crate) fn report() -> Report {
    let tick = |source: f64, ruler: Option<f64>, evaluation: f64| Tick {
        source_cpu_s: Some(source),
        ruler_cpu_s: ruler,
        harness_cpu_s: 0.05,
        elsewhere_cpu_s: Some(4.0),
        evaluation_s: Some(evaluation),
        bind_s: ruler.map(|_| 0.002),
        iterations: Some(6.0),
        missed: Some(0.0),
        failures: ruler.map(|_| 1.0),
        queries: Some(12.0),
        query_bytes: Some(1_234_567.0),
        waiting: ruler.map(|_| 0.0),
        scrapes: Some(100),
    };
    let outcome = |subject: &str, ticks: Vec<Tick>, peak: Peak, error: Option<&str>| Outcome {
        subject: subject.to_owned(),
        series: 100_096,
        native_series: 0,
        ticks,
        peak,
        error: error.map(str::to_owned),
    };
    let alone = vec![tick(2.8, None, 2.2), tick(3.1, None, 2.4), tick(2.9, None, 2.3)];
    let beside = vec![tick(0.8, Some(0.25), 0.004), tick(0.9, Some(0.35), 0.006)];
    let peak = Peak { source: Some(1_500_000_000), ruler: None };
    Report {
        version: "0.1.0".to_owned(),
        machine: Machine { cores: 2, processor: "Some CPU".to_owned(), memory: 24 << 30 },
        settings: Settings {
            series: 100_000,
            rules: 21,
            interval_ms: 15_000,
            warmup: 4,
            ticks: 3,
            churn: true,
            native_histograms: 0.0,
            intake: Intake::Scrape,
            evaluation_threads: None,
        },
        results: vec![
            outcome("prometheus", alone, peak, None),
            outcome("watchfire:shared", beside, Peak { ruler: Some(90_000_000), ..peak }, None),
            outcome("watchfire:stream", Vec::new(), Peak::default(), Some("watchfire ended")),
        ],
        left_out: vec![LeftOut { subject: "vmalert".to_owned(), missing: "vmalert".to_owned() }],
    }
}

#[test]
fn as_text() {
    expect![[r#"
        21 rules over 100096 series every 15s: 3 ticks after 4 to warm up; a tenth of the pods is replaced meanwhile

        subject           CPU s a tick  least-most  Prometheus  ruler  evaluation ms  missed  failed  queries  MB fetched  Prometheus MB  ruler MB
        prometheus                2.90   2.80-3.10        2.90      -         2300.0       0       -       12        1.23           1500         -
        watchfire:shared          1.15   1.05-1.25        0.85   0.30            5.0       0       2       12        1.23           1500        90
        watchfire:stream             -           -           -      -              -       -       -        -           -              -         -

        2 cores, Some CPU, 24 GiB; Watchfire 0.1.0; one subject after another, so that figures are not mixed
        medians over the ticks; missed and failed are sums; CPU is that of whole processes and includes taking the samples; memory is the most ever
        evaluation: time spent on rules; in Watchfire without fetching, in Prometheus with reading its storage, in vmalert with waiting for answers
        a Prometheus scrapes its samples from 100 targets, and gets half an hour before by remote write
        binding to series that came or went, mostly before the evaluation with the cut stream, otherwise in it: watchfire:shared 2.0 ms
        watchfire:stream could not be measured: watchfire ended
        vmalert was left out: vmalert is not installed
        besides, a tick took at most 0.05 s of CPU to feed (median), and other processes 4.00 s of 30 s: the machine was busy, and figures are too high
    "#]].assert_eq(&render(&report(), Layout::Text));
}

#[test]
fn native_histograms_are_told_of() {
    let mut report = report();
    report.settings.native_histograms = 0.5;
    report.results[0].native_series = 2_232;
    let shown = render(&report, Layout::Text);
    let head = "21 rules and 6 over native histograms over 100096 series (2232 of native histograms) every 15s: ";
    assert!(shown.starts_with(head), "{shown}");
}

#[test]
fn as_markdown() {
    expect![[r#"
        21 rules over 100096 series every 15s: 3 ticks after 4 to warm up; a tenth of the pods is replaced meanwhile

        | subject          | CPU s a tick | least-most | Prometheus | ruler | evaluation ms | missed | failed | queries | MB fetched | Prometheus MB | ruler MB |
        | ---------------- | -----------: | ---------: | ---------: | ----: | ------------: | -----: | -----: | ------: | ---------: | ------------: | -------: |
        | prometheus       |         2.90 |  2.80-3.10 |       2.90 |     - |        2300.0 |      0 |      - |      12 |       1.23 |          1500 |        - |
        | watchfire:shared |         1.15 |  1.05-1.25 |       0.85 |  0.30 |           5.0 |      0 |      2 |      12 |       1.23 |          1500 |       90 |
        | watchfire:stream |            - |          - |          - |     - |             - |      - |      - |       - |          - |             - |        - |

        - 2 cores, Some CPU, 24 GiB; Watchfire 0.1.0; one subject after another, so that figures are not mixed
        - medians over the ticks; missed and failed are sums; CPU is that of whole processes and includes taking the samples; memory is the most ever
        - evaluation: time spent on rules; in Watchfire without fetching, in Prometheus with reading its storage, in vmalert with waiting for answers
        - a Prometheus scrapes its samples from 100 targets, and gets half an hour before by remote write
        - binding to series that came or went, mostly before the evaluation with the cut stream, otherwise in it: watchfire:shared 2.0 ms
        - watchfire:stream could not be measured: watchfire ended
        - vmalert was left out: vmalert is not installed
        - besides, a tick took at most 0.05 s of CPU to feed (median), and other processes 4.00 s of 30 s: the machine was busy, and figures are too high
    "#]].assert_eq(&render(&report(), Layout::Markdown));
}

#[test]
fn as_json() {
    let value: serde_json::Value = serde_json::from_str(&report().json()).unwrap();
    assert_eq!(value["settings"]["interval_ms"], 15_000);
    assert_eq!(value["results"][1]["ticks"][0]["ruler_cpu_s"], 0.25);
    assert_eq!(value["results"][0]["ticks"][0]["ruler_cpu_s"], serde_json::Value::Null);
    assert_eq!(value["left_out"][0]["missing"], "vmalert");
    assert!(!report().is_complete());
}
