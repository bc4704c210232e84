//! The expressions of real files: everything under a key `expr` in YAML, and what Prometheus's
//! test scripts evaluate.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

/// Every expression once, in alphabetical order.
pub(crate) fn expressions(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(folder, &mut found);
    found
}

fn visit(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the folder can be read") {
            visit(&entry.expect("the folder can be read").path(), found);
        }
        return;
    }
    let Ok(text) = fs::read_to_string(path) else { return };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("test") => found.extend(text.lines().filter_map(evaluated).map(str::to_owned)),
        Some("yaml" | "yml") => {
            let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap_or_default();
            for document in &documents {
                collect(document, found);
            }
        }
        _ => {}
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("expr", Value::String(text)) => drop(found.insert(text.clone())),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// The expression of an `eval` line.
fn evaluated(line: &str) -> Option<&str> {
    let (command, rest) = line.trim().split_once(' ')?;
    if !command.starts_with("eval") {
        return None;
    }
    let skip = match rest.split_whitespace().next()? {
        "instant" => 3,
        "range" => 7,
        _ => return None,
    };
    let mut rest = rest;
    for _ in 0..skip {
        rest = rest.split_once(' ')?.1.trim_start();
    }
    Some(rest)
}
