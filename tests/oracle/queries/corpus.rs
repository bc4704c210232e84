//! What the rule files below the folder that `CONFORMANCE_DIR` names ask for.
//!
//! Their series are not ours: each expression is also asked with the names of our series and
//! labels in the place of its own, so that it has something to compute. Start at [`all`].

use std::{
    collections::BTreeMap,
    fs,
    hash::Hasher as _,
    path::{Path, PathBuf},
};

use model::Matcher;
use promql::{Expr, ExprKind, ParseOptions, ast::Selector};
use xxhash_rust::xxh64::Xxh64;

use super::pick;
use crate::oracle::{known::everywhere, summary::note};

/// Counters of ours, for names that end like a counter's.
const COUNTERS: [&str; 4] =
    ["http_requests_total", "work_seconds_total", "errors_total", "http_requests_total"];

/// Gauges of ours, for the other names.
const GAUGES: [&str; 6] =
    ["memory_used_bytes", "memory_limit_bytes", "temperature", "queue_depth", "up", "pod_cpu"];

/// Labels of ours.
const LABELS: [&str; 6] = ["service", "instance", "code", "pod", "service", "instance"];

/// The expressions, each once, in a fixed order. None without the folder, which is then said.
pub(super) fn all() -> Vec<Expr> {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        note("without real rule files: set CONFORMANCE_DIR to a folder with rules/ in it");
        return Vec::new();
    };
    let mut paths = Vec::new();
    files(&Path::new(&folder).join("rules"), &mut paths);
    let mut found = BTreeMap::new();
    for path in &paths {
        let text = fs::read_to_string(path).expect("a readable rule file");
        let file = rules::parse(&path.display().to_string(), &text, &ParseOptions::default());
        let rules = file.groups.into_iter().flat_map(|group| group.rules);
        found.extend(rules.map(|rule| (rule.query(), rule.expr)));
    }
    assert!(!found.is_empty(), "no rules in {}", folder.display());
    note(&format!("{} expressions of {} rule files", found.len(), paths.len()));
    found.into_values().collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            found.push(path);
        }
    }
}

/// The same expression about our series.
pub(super) fn renamed(expr: &Expr) -> String {
    let mut expr = expr.clone();
    everywhere(&mut expr, &mut |node| {
        match &mut node.kind {
            ExprKind::Selector(selector) => rename(selector),
            ExprKind::Matrix(matrix) => rename(&mut matrix.selector),
            ExprKind::Aggregate(aggregate) => {
                if let Some(grouping) = &mut aggregate.grouping {
                    relabel(&mut grouping.labels);
                }
            }
            ExprKind::Binary(binary) => {
                if let Some(matching) = &mut binary.matching {
                    relabel(&mut matching.labels);
                    relabel(&mut matching.include);
                    // A label is either matched on or included.
                    matching.include.retain(|label| !matching.labels.contains(label));
                }
            }
            _ => return false,
        }
        true
    });
    expr.to_string()
}

fn rename(selector: &mut Selector) {
    let named = selector.matchers.iter().find(|matcher| &*matcher.name == "__name__");
    let name = selector.name.clone().or_else(|| named.map(|m| m.value.to_string()));
    let name = name.unwrap_or_default();
    let seed = number(&name);
    let ours = if name.ends_with("_bucket") {
        "latency_seconds_bucket"
    } else if ["_total", "_count", "_sum"].iter().any(|end| name.ends_with(end)) {
        pick(&COUNTERS, seed, 1)
    } else {
        pick(&GAUGES, seed, 1)
    };
    let limited = selector.matchers.iter().any(|matcher| &*matcher.name != "__name__");
    selector.matchers = vec![Matcher::equal("__name__", ours)];
    if limited && seed.is_multiple_of(3) {
        selector.matchers.push(Matcher::equal("service", "cart"));
    }
    selector.name = Some(ours.to_owned());
}

fn relabel(labels: &mut Vec<String>) {
    for label in labels.iter_mut().filter(|label| *label != "le") {
        pick(&LABELS, number(label), 2).clone_into(label);
    }
    labels.sort();
    labels.dedup();
}

/// A number that a text always has.
fn number(text: &str) -> u64 {
    let mut hash = Xxh64::new(0);
    hash.write(text.as_bytes());
    hash.finish()
}
