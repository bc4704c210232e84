//! Our scripts, and Prometheus's own where a folder of them is named.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use engine::NOTICES;
use promql::{
    functions::FUNCTIONS,
    operators::{AGGREGATIONS, OPERATORS},
};
use testkit::scripts::run_dir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(clippy::print_stdout, reason = "the report is what the test is run for")]
fn print(text: &str) {
    println!("{text}");
}

#[test]
fn our_scripts_pass() {
    let report = run_dir(&root().join("tests/promql")).expect("the folder is in the repository");
    assert!(!report.files.is_empty());
    let failures = report.failures().join("\n");
    assert!(failures.is_empty(), "{report}\n{failures}");
}

#[test]
fn our_scripts_use_every_function_aggregation_and_operator() {
    let mut text = String::new();
    read_scripts(&root().join("tests/promql"), "eval", &mut text);
    for name in FUNCTIONS.iter().map(|f| f.name) {
        assert!(calls(&text, &format!("{name}(")), "{name}");
    }
    for name in AGGREGATIONS.iter().map(|a| a.name) {
        let used = calls(&text, &format!("{name}(")) || calls(&text, &format!("{name} by "));
        assert!(used, "{name}");
    }
    for operator in OPERATORS {
        assert!(text.contains(&format!(" {} ", operator.text)), "{}", operator.text);
    }
}

/// Scripts run without `type-and-unit-labels`; the test `notices` of `engine` has this one.
const NOT_IN_SCRIPTS: &str = "metric might not be a counter, __type__ label";

/// What a notice says stands in some script's `expect warn` or `expect info` line.
#[test]
fn our_scripts_expect_every_notice() {
    let mut text = String::new();
    read_scripts(&root().join("tests/promql"), "expect", &mut text);
    let words = NOTICES.iter().map(|notice| notice.text);
    let missing: Vec<&str> = words.filter(|words| !text.contains(words)).collect();
    let beside: Vec<&&str> = missing.iter().filter(|m| !m.starts_with(NOT_IN_SCRIPTS)).collect();
    assert!(beside.is_empty(), "no script expects: {beside:?}");
    assert_eq!(missing.len(), 1, "the exception is one no more");
}

/// Whether the text has the call, and not as the end of a longer word.
fn calls(text: &str, call: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(call).any(|(i, _)| !text[..i].ends_with(word))
}

/// The lines of all scripts that begin with a word.
fn read_scripts(folder: &Path, word: &str, text: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder is in the repository") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            read_scripts(&path, word, text);
        } else if path.extension().is_some_and(|e| e == "test") {
            let script = fs::read_to_string(&path).expect("it is text");
            let lines = script.lines().filter(|line| line.trim_start().starts_with(word));
            lines.for_each(|line| text.extend([line, "\n"]));
        }
    }
}

#[test]
fn scripts_of_prometheus_pass() {
    let Some(folder) = env::var_os("PROMQLTEST_DIR") else {
        print("skipped: PROMQLTEST_DIR is not set; it names the folder of Prometheus's test");
        print("scripts (promql/promqltest/testdata), relative to the root of this repository");
        return;
    };
    let report = run_dir(&root().join(folder)).expect("PROMQLTEST_DIR names a readable folder");
    print(&report.to_string());
    let failures = report.failures().join("\n");
    assert!(failures.is_empty(), "{failures}");
    assert!(!report.passed().is_empty(), "there are no scripts in the folder");
}
