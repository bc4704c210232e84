//! Real test files of public repositories: the same verdict as promtool, live, on each file and
//! on each test of it.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use super::{repository, transcript};
use crate::servers::require_or_skip;

/// Files on which promtools before 3.0 have another verdict, and why.
const BEFORE_3: &[(&str, &str)] = &[
    ("crashloopbackoff_test.yaml", "windows were closed on the left: one sample more"),
    ("kyverno_test.yaml", "windows were closed on the left: one sample more"),
    ("node_alerts_test.yaml", "windows were closed on the left: one sample more"),
    ("caching_availability_recording_rules_test.yaml", "another last digit of a rate"),
];

/// Verdicts of a file: its exit code, and of each test whether it failed.
type Verdict = (Option<i32>, BTreeMap<String, bool>);

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what the reader wants")]
fn real_test_files_have_promtools_verdicts() {
    let Some(folder) = std::env::var_os("CONFORMANCE_DIR") else {
        println!("skipped: set CONFORMANCE_DIR to a folder with unittest/ in it");
        return;
    };
    if !require_or_skip(&["promtool"]) {
        return;
    }
    let folder = Path::new(&folder).join("unittest");
    let version = promtool_version();
    // promtool writes JUnit since 3.0.
    let has_junit = version >= (3, 0);
    let mut files = Vec::new();
    walk(&folder, &mut files);
    files.sort();
    let (mut n_tests, mut different) = (0, Vec::new());
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ours = verdict(env!("CARGO_BIN_EXE_watchfire"), &["test", "--compat"], file, true);
        let plain = verdict(env!("CARGO_BIN_EXE_watchfire"), &["test"], file, false);
        let theirs = verdict("promtool", &["test"], file, has_junit);
        assert_eq!(ours.0, plain.0, "{name}: another verdict without --compat");
        n_tests += ours.1.len();
        if ours.0 != theirs.0 || has_junit && ours.1 != theirs.1 {
            different.push(name.to_owned());
        }
    }
    let known: Vec<&str> = match version.0 {
        0..3 => BEFORE_3.iter().map(|(name, _)| *name).collect(),
        _ => Vec::new(),
    };
    let unknown: Vec<&String> = different.iter().filter(|d| !known.contains(&d.as_str())).collect();
    println!(
        "{} files with {n_tests} tests beside promtool {}.{}: {} differ, {} of them for a known \
         reason",
        files.len(),
        version.0,
        version.1,
        different.len(),
        different.len() - unknown.len()
    );
    assert!(unknown.is_empty(), "another verdict than promtool's: {unknown:?}");
    assert_eq!(different.len(), known.len(), "promtool agrees now on a known difference");
    assert!(files.len() >= 80, "only {} files", files.len());
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            walk(&path, files);
        } else if fs::read_to_string(&path)
            .is_ok_and(|t| t.lines().any(|l| l.starts_with("tests:")))
        {
            files.push(path);
        }
    }
}

fn verdict(program: &str, command: &[&str], file: &Path, junit: bool) -> Verdict {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("report.xml");
    let mut run = Command::new(program);
    run.args(command);
    if junit {
        run.arg("--junit").arg(&report);
    }
    if program == "promtool" {
        run.arg("rules");
    }
    let output = run.arg(file).current_dir(repository()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    let xml = fs::read_to_string(&report).unwrap_or_default();
    let cases = xml.split("<testcase name=\"").skip(1);
    let case = |text: &str| {
        let name = text.split('"').next().unwrap_or_default().to_owned();
        (name, text.contains("<failure>") || text.contains("<error>"))
    };
    let mut tests = BTreeMap::new();
    for (i, (name, failed)) in cases.map(case).enumerate() {
        tests.insert(format!("{i} {name}"), failed);
    }
    (output.status.code(), tests)
}

/// Major and minor.
pub(super) fn promtool_version() -> (u32, u32) {
    let text = transcript("promtool", &["--version"], repository());
    let version = text.split("version ").nth(1).unwrap_or_default();
    let mut numbers = version.split(['.', '+', '-', ' ']).map(|n| n.parse().unwrap_or(0));
    // What is built from a checkout names no version; it is as new as can be.
    match (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) {
        (0, _) => (u32::MAX, 0),
        version => version,
    }
}
