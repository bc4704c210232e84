//! Hits per lint over real rule files, from the folder that `CONFORMANCE_DIR` names, as a snapshot:
//! `tests/lint/corpus.txt`. A change of it is a change of what users see; read the hits.
//!
//! Each repository is checked as a whole, all lints on. `LINT=NAME` prints the hits of one lint,
//! `LINT=all` those of all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use diagnostics::{Finding, render};
use lint::{LINTS, Options, Selection, World};
use promql::ParseOptions;
use rules::RuleFile;

/// What a lint found.
#[derive(Default)]
struct Hits {
    findings: usize,
    files: BTreeSet<String>,
    /// Findings by repository.
    repositories: BTreeMap<String, usize>,
}

#[test]
#[expect(clippy::print_stdout, reason = "the hits are what the reader wants")]
fn hits_over_real_rules() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: set CONFORMANCE_DIR to a folder with rules/, crd/ and unittest/ in it");
        return;
    };
    let shown = std::env::var("LINT").unwrap_or_default();
    let (mut hits, mut n_files, mut n_rules) = (BTreeMap::<&str, Hits>::new(), 0, 0);
    for kind in ["rules", "crd", "unittest"] {
        for repository in folders(&Path::new(&folder).join(kind)) {
            let files = read(&repository);
            n_files += files.len();
            n_rules += files.iter().map(RuleFile::n_rules).sum::<usize>();
            let name = repository.strip_prefix(&folder).expect("it lies there").display();
            for finding in findings(&files) {
                let hits = hits.entry(finding.diagnostic.code).or_default();
                hits.findings += 1;
                hits.files.insert(finding.source.name.clone());
                *hits.repositories.entry(name.to_string()).or_default() += 1;
                if shown == "all" || shown == finding.diagnostic.code {
                    println!("{}", render::text::one(&finding, render::text::TextStyle::default()));
                }
            }
        }
    }
    let mut table = format!("{n_files} files with {n_rules} rules\n");
    for lint in LINTS {
        let none = Hits::default();
        let Hits { findings, files, repositories } = hits.get(lint.name).unwrap_or(&none);
        let (code, level) = (lint.code, lint.level.name());
        let _ = writeln!(
            table,
            "\n{} {code} ({level}): {findings} in {} files",
            lint.name,
            files.len()
        );
        for (repository, n) in repositories {
            let _ = writeln!(table, "  {n:5} {repository}");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lint/corpus.txt");
    expect_test::expect_file![path].assert_eq(&table);
}

/// What all lints find in the files of a repository.
fn findings(files: &[RuleFile]) -> Vec<Finding> {
    let mut selection = Selection::default();
    selection.select("all").expect("a word");
    let options = Options::default();
    let mut found = lint::check(&World::new(files, &options), &selection);
    found.extend(files.iter().flat_map(lint::check_reading));
    found
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).expect("a folder of repositories").flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

/// The files with rules under a folder.
fn read(folder: &Path) -> Vec<RuleFile> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(path).expect("a readable file")).into_owned();
        let name = path.strip_prefix(folder).expect("it lies there").display().to_string();
        rules::parse(&name, &text, &ParseOptions::all())
    };
    paths.iter().map(read).filter(|file| file.n_rules() > 0).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            found.push(path);
        }
    }
}
