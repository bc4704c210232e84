//! The demo as a user starts it: it needs nothing, every category fires and resolves, it ends.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use serde_json::Value;

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.arg("demo").args(arguments).stdin(Stdio::null()).env_remove("WATCHFIRE_LOG");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the demo is for, on the shipped rules: one run, since it takes its time.
#[test]
fn alerts_of_every_category_fire_and_resolve() {
    let output = demo(&["--speed", "max", "--format", "json"]).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let summary = &lines.last().expect("there is a summary")["data"];
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing to complain about");
    assert!(output.status.success(), "{summary:#}");

    let categories: Vec<&str> = summary["categories"]
        .as_array()
        .unwrap()
        .iter()
        .inspect(|c| assert!(c["firing"] == 0 && c["fired"] == c["resolved"], "{c}"))
        .map(|c| c["category"].as_str().unwrap())
        .collect();
    let all = ["performance", "database", "cache", "infrastructure", "business", "sla"];
    assert_eq!(categories, all);
    assert_eq!(summary["alerts_resolved"].as_array().unwrap().len(), 22, "{summary:#}");
    assert_eq!((&summary["missed"], &summary["evaluations"]), (&0.into(), &13_920.into()));

    let (begun, ended) = episodes(&lines);
    assert!(begun > 20 && begun == ended, "{begun} began to fire, {ended} ended");
    let times: Vec<&str> = lines.iter().filter_map(|line| line["time"].as_str()).collect();
    assert!(times.is_sorted(), "lines come in the order of time");
}

/// How many alerts began to fire, and how many of them resolved, in turn.
fn episodes(lines: &[Value]) -> (usize, usize) {
    let (mut firing, mut begun, mut ended) = (BTreeMap::new(), 0, 0);
    for line in lines {
        let labels = line["data"]["labels"].to_string();
        match line["type"].as_str() {
            Some("watchfire.alert.firing.v1") => {
                assert_eq!(firing.insert(labels, line), None, "it did not fire before: {line}");
                begun += 1;
            }
            Some("watchfire.alert.resolved.v1") => {
                assert!(firing.remove(&labels).is_some(), "it fired before: {line}");
                ended += 1;
            }
            _ => {}
        }
    }
    (begun, ended)
}

#[test]
fn a_demo_that_is_too_short_says_so() {
    let output = demo(&["--speed", "max", "--duration", "3m"]).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    assert!(stdout.starts_with("Tripo04OS, simulated: 17 services, "), "{stdout}");
    assert!(stdout.contains("\n17:01:00  · rides: a release asks maps"), "{stdout}");
    assert!(stdout.contains("\n0 of 22 alerts fired, 0 resolved\n"), "{stdout}");
    assert!(stdout.ends_with("not every category fired and resolved, or a rule failed\n"));
    assert!(!stdout.contains('\u{1b}'), "no colours where there is no terminal");
}

#[cfg(unix)]
#[test]
fn an_interrupted_demo_ends_with_its_summary() {
    let mut child = demo(&[]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    // The incident after a minute: by then the ruler runs.
    while !text.contains("17:01:00") {
        assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    stdout.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{text}");
    assert!(text.contains("\ninfrastructure         5 "), "{text}");
}
