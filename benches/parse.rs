//! How fast expressions become checked syntax trees.
//!
//! `rules` are the shipped rules, `queries` one-liners as people write them, and `real` the rule
//! files of the folder that `CONFORMANCE_DIR` names. Patterns of matchers are found well formed on
//! the way; `matched` also matches each of them once, which makes the machines of those that need
//! one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use promql::{ExprKind, ParseOptions, parse, visit};

fn parsing(c: &mut Criterion) {
    let rules = rule_expressions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"));
    let lines = include_str!("../crates/promql/tests/data/corpus.promql").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let queries: Vec<String> = lines.map(str::to_owned).collect();
    check(c, "rules", &rules, false);
    check(c, "queries", &queries, false);
    match std::env::var_os("CONFORMANCE_DIR") {
        Some(folder) => {
            let real = rule_expressions(&Path::new(&folder).join("rules"));
            check(c, "real", &real, false);
            check(c, "real/matched", &real, true);
        }
        None => eprintln!("parse/real skipped: CONFORMANCE_DIR names no folder"),
    }
}

fn check(c: &mut Criterion, name: &str, texts: &[String], matched: bool) {
    let options = ParseOptions::default();
    assert!(texts.len() > 20, "only {} expressions", texts.len());
    for text in texts {
        assert!(parse(text, &options).errors.is_empty(), "{text}");
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(name, |b| {
        b.iter(|| texts.iter().filter(|text| parses(text, options, matched)).count());
    });
    group.finish();
}

fn parses(text: &str, options: ParseOptions, matched: bool) -> bool {
    let parsed = parse(text, &options);
    if let (Some(expr), true) = (&parsed.expr, matched) {
        visit::walk(expr, &mut |expr| {
            let selector = match &expr.kind {
                ExprKind::Selector(selector) => selector,
                ExprKind::Matrix(matrix) => &matrix.selector,
                _ => return,
            };
            for matcher in &selector.matchers {
                std::hint::black_box(matcher.matches("some value"));
            }
        });
    }
    parsed.expr.is_some()
}

/// The expressions of all rule files in a folder, as written.
fn rule_expressions(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    list(folder, &mut files);
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("the file can be read");
        let parsed = rules::parse("bench", &text, &ParseOptions::default());
        let rules = parsed.groups.into_iter().flat_map(|group| group.rules);
        texts.extend(rules.map(|rule| rule.expr_text.to_string()));
    }
    texts
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        // Unit tests of rules are called NAME.test.yml.
        let tests = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(".test"));
        if path.is_dir() {
            list(&path, files);
        } else if matches!(extension, Some("yaml" | "yml")) && !tests {
            files.push(path);
        }
    }
}

criterion_group!(benches, parsing);
criterion_main!(benches);
