//! What is shipped for CI: well-formed, and with flags that there are.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{cli::transcript, servers::repository};

const FILES: [&str; 4] = [
    ".pre-commit-hooks.yaml",
    "deploy/ci/github/action.yml",
    "deploy/ci/github/workflow.yml",
    "deploy/ci/gitlab.yml",
];

fn read(file: &str) -> Value {
    let text = fs::read_to_string(repository().join(file)).expect("it is shipped");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// All texts of a document.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Lines that run the program: its command and the flags.
fn commands() -> Vec<(String, Vec<String>)> {
    let documents = FILES.iter().map(|file| read(file));
    let lines = documents.flat_map(|document| texts(&document)).collect::<Vec<_>>().join("\n");
    let lines = lines.lines().filter_map(|line| line.trim().strip_prefix("watchfire "));
    let command = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        let command = words.next().expect("a command");
        (command, words.filter(|word| word.starts_with("--") && word != "--").collect())
    };
    lines.map(command).collect()
}

#[test]
fn flags_are_those_of_the_program() {
    let mut help: BTreeMap<String, String> = BTreeMap::new();
    let commands = commands();
    assert!(commands.len() >= 5, "{commands:?}");
    for (command, flags) in commands {
        let help =
            help.entry(command.clone()).or_insert_with(|| transcript(&[&command, "--help"], ""));
        for flag in flags {
            let is_there = help.lines().any(|line| {
                let mut words = line.trim_start().split([' ', ',', '=']);
                words.any(|word| word == flag)
            });
            assert!(is_there, "{command} has no {flag}");
        }
    }
}

#[test]
fn hooks_have_what_pre_commit_asks_for() {
    let hooks = read(".pre-commit-hooks.yaml");
    for hook in hooks.as_array().expect("a list") {
        for field in ["id", "name", "entry", "language"] {
            assert!(hook[field].is_string(), "{hook}: {field}");
        }
    }
}

#[test]
fn the_action_has_what_github_asks_for() {
    let action = read("deploy/ci/github/action.yml");
    assert!(action["name"].is_string() && action["description"].is_string());
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert!(step["uses"].is_string() || step["run"].is_string() && step["shell"].is_string());
        // An expression in a script would run what an input says.
        let script = step["run"].as_str().unwrap_or("");
        assert!(!script.contains("inputs."), "{script}");
    }
    let used = read("deploy/ci/github/workflow.yml");
    let with = texts(&used["jobs"]["check"]["steps"]);
    assert!(with.iter().any(|text| text.contains("deploy/ci/github@")));
}
