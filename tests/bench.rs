//! The benchmark, small: whoever is installed is measured, and figures are sane.

mod native;

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::servers::require_or_skip;

/// Runs `watchfire bench` to its end; its exit code and what it printed.
fn bench(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_watchfire"))
        .arg("bench")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("watchfire starts");
    let text =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.code(), text.concat())
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("it was written")
}

#[test]
fn peers_are_measured_over_the_same_rules() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let subjects = "source,prometheus,vmalert,watchfire:selectors,watchfire:stream";
    let arguments = ["peers", "--series", "700", "--rules", "25", "--interval", "1s", "--churn"];
    let more = ["--warmup", "1", "--ticks", "3", "--subjects", subjects];
    let files = ["--json", "bench.json", "--svg", "bench.svg"];
    let (code, shown) = bench(folder.path(), &[&arguments[..], &more, &files].concat());
    assert_eq!(code, Some(0), "{shown}");
    let report: Value = serde_json::from_str(&read(folder.path(), "bench.json")).expect("JSON");
    let results = report["results"].as_array().expect("results");
    let left_out = report["left_out"].as_array().expect("who was left out");
    assert_eq!(results.len() + left_out.len(), 5, "{shown}");
    for outcome in results {
        let subject = outcome["subject"].as_str().expect("a name");
        let series = outcome["series"].as_u64().expect("a number");
        assert!((600..900).contains(&series), "{series} series for {subject}");
        let ticks = outcome["ticks"].as_array().expect("ticks");
        assert_eq!(ticks.len(), 3);
        let sum = |figure: &str| -> f64 { ticks.iter().filter_map(|t| t[figure].as_f64()).sum() };
        let cpu = sum("source_cpu_s") + sum("ruler_cpu_s");
        assert!(cpu > 0.0 && cpu < 30.0, "{cpu} s of CPU for {subject}");
        let side = if subject == "watchfire:stream" { "ruler" } else { "source" };
        assert!(outcome["peak"][side].as_u64().expect("bytes") > 10_000_000, "{shown}");
        let scrapes = (subject != "watchfire:stream").then(|| sum("scrapes"));
        assert!(scrapes.is_none_or(|n| (290.0..=310.0).contains(&n)), "{scrapes:?}: {shown}");
        assert!(sum("waiting") < 1.0, "every rule of {subject} is evaluated: {shown}");
        if subject != "source" {
            assert!(sum("iterations") >= 7.0, "{subject} evaluates: {shown}");
            assert!(sum("failures") == 0.0, "no rule of {subject} fails: {shown}");
            assert!(sum("evaluation_s") > 0.0, "{shown}");
        }
        let asks = !["source", "prometheus", "watchfire:stream"].contains(&subject);
        assert_eq!(sum("queries") > 0.0 && sum("query_bytes") > 0.0, asks, "{subject}: {shown}");
        assert!(shown.contains(&format!("\n{subject} ")), "{shown}");
    }
    let svg = read(folder.path(), "bench.svg");
    assert!(svg.contains(">watchfire:selectors<"), "{svg}");
}

#[test]
fn range_queries_have_the_same_values() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["range", "--series", "700", "--length", "10m", "--json", "range.json"];
    let (code, shown) = bench(folder.path(), &arguments);
    assert_eq!(code, Some(0), "{shown}");
    let report: Value = serde_json::from_str(&read(folder.path(), "range.json")).expect("JSON");
    assert_eq!(report["series_answered"], 17 * 13, "{shown}");
    assert!(report["prometheus"]["wall_s"].as_f64() > Some(0.0), "{shown}");
}

#[test]
fn usage_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (&["peers", "--subjects", "thanos"][..], "`thanos` is nobody that can be measured"),
        (&["peers", "--series", "0"], "expected a number from 1 to 10M"),
        (&["peers", "--interval", "soon"], "not a valid duration"),
        (&["curves", "--native-histograms", "2"], "expected a number from 0 to 1"),
        (&["peers", "--evaluation-threads", "0"], "invalid value '0'"),
        (
            &["peers", "--intake", "scrape", "--native-histograms", "0.5"],
            "native histograms have no text form",
        ),
    ] {
        let (code, shown) = bench(folder.path(), arguments);
        assert_eq!(code, Some(2), "{shown}");
        assert!(shown.contains(expected), "{shown}");
    }
}
