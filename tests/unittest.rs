//! `watchfire test`: verdicts and words, ours and promtool's. Commands run in `tests/unittest`.
//!
//! Each file there has a snapshot of what is printed of it (`NAME.out`), and of what is printed
//! with `--compat` (`NAME.compat`). Where promtool is installed it has to agree.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod conformance;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use expect_test::{Expect, expect, expect_file};

use crate::servers::{repository, require_or_skip};

/// Files of tests in the folder.
const FILES: [&str; 9] = [
    "broken",
    "failing",
    "line-break",
    "partial",
    "passing",
    "rule-fails",
    "rules-broken",
    "series",
    "vacuous",
];

fn folder() -> PathBuf {
    repository().join("tests/unittest")
}

/// Standard output, standard error with `err: ` before each line, and the exit code.
fn transcript(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        text.extend(["err: ", line, "\n"]);
    }
    text + &format!("exit: {}\n", output.status.code().expect("no signal ends it"))
}

fn watchfire(arguments: &[&str]) -> String {
    let arguments: Vec<&str> = std::iter::once("test").chain(arguments.iter().copied()).collect();
    transcript(env!("CARGO_BIN_EXE_watchfire"), &arguments, &folder())
}

#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
#[track_caller]
fn check(arguments: &[&str], expect: Expect) {
    expect.assert_eq(&watchfire(arguments));
}

#[test]
fn every_file_has_its_output() {
    for name in FILES {
        let file = format!("{name}.test.yml");
        expect_file![folder().join(format!("{name}.out"))].assert_eq(&watchfire(&[&file]));
        let compat = watchfire(&["--compat", &file]);
        expect_file![folder().join(format!("{name}.compat"))].assert_eq(&compat);
    }
}

#[test]
fn no_file_is_forgotten() {
    let files = fs::read_dir(folder()).expect("a folder").map(|f| f.expect("a file").file_name());
    let tests = files.filter_map(|name| Some(name.to_str()?.strip_suffix(".test.yml")?.to_owned()));
    let mut tests: Vec<String> = tests.collect();
    tests.sort();
    assert_eq!(tests, FILES);
}

/// Word for word where promtool is as new as what is emulated, the verdict where it is older.
#[test]
fn promtool_agrees_on_every_file() {
    if !require_or_skip(&["promtool"]) {
        return;
    }
    let is_new = conformance::promtool_version() >= (3, 14);
    let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
    for name in FILES {
        let file = format!("{name}.test.yml");
        let theirs = transcript("promtool", &["test", "rules", &file], &folder());
        let ours = watchfire(&["--compat", &file]);
        if is_new {
            assert_eq!(ours, theirs, "{file}");
        } else if name != "passing" {
            // It knows `start_timestamp`, which older ones do not.
            assert_eq!(last(&ours), last(&theirs), "{file}:\n{theirs}");
        }
    }
}

#[test]
fn folders_and_globs_are_searched_for_tests() {
    check(
        &["passing.test.yml", "p*.test.yml", "passing.test.yml", "--run", "^errors"],
        expect![[r#"
            2 files, 1 test: all passed
            exit: 0
        "#]],
    );
    check(
        &["passing.test.yml", "--run", "no such test"],
        expect![[r#"
        1 file, 0 tests: nothing to run
        err: error: no test is selected
        exit: 2
    "#]],
    );
    check(
        &["absent.yml", "none-*.yml"],
        expect![[r#"
        2 files, 0 tests: 2 files cannot be run
        err: error: no file matches none-*.yml
        err: error: cannot read absent.yml: no such file or directory
        exit: 2
    "#]],
    );
    check(
        &["passing.test.yml", "--run", "("],
        expect![[r#"
        err: error: invalid value '(' for '--run <REGEX>': error parsing regexp: missing closing ): `(`
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]],
    );
}

#[test]
fn coverage_tells_what_was_not_exercised() {
    check(
        &["passing.test.yml", "--coverage"],
        expect![[r#"
        rules.yml: 7 of 9 covered (78%)
             5:15  job:requests:rate5m  recorded
             8:11  job:errors:ratio     recorded
            15:15  HighErrorRatio       fired; tested both ways
            23:15  TargetDown           fired; only tested not to fire
                                        `or` at 23:15: the left side never had a sample
            27:15  NoTraffic            never fired, only pending; never tested
        coverage: 7 of 9 (77.8%)
        1 file, 2 tests: all passed
        exit: 0
    "#]],
    );
    check(
        &["passing.test.yml", "--coverage-min", "90"],
        expect![[r#"
        1 file, 2 tests: all passed
        err: error: coverage is 77.8%, at least 90% is asked for
        exit: 1
    "#]],
    );
    check(
        &["passing.test.yml", "partial.test.yml", "--coverage", "--compat"],
        expect![[r#"
          SUCCESS



        rules.yml: 7 of 9 covered (78%)
             5:15  job:requests:rate5m  recorded
             8:11  job:errors:ratio     recorded
            15:15  HighErrorRatio       fired; tested both ways
            23:15  TargetDown           fired; only tested not to fire
                                        `or` at 23:15: the left side never had a sample
            27:15  NoTraffic            never fired, only pending; never tested
        coverage: 7 of 9 (77.8%)
        err:   FAILED:
        err: yaml: unmarshal errors:
        err:   line 12: field exp_labels_subset not found in type main.alert
        err:   line 13: field exp_labels_subset not found in type main.alert
        err:   line 17: field exp_labels_subset not found in type main.alert
        err:   line 18: field exp_annotations_subset not found in type main.alert
        err:   line 19: field exp_labels_subset not found in type main.alert
        err:   line 21: field use_group_intervals not found in type main.testGroup
        exit: 1
    "#]],
    );
}

#[test]
fn shipped_rules_pass_and_are_covered() {
    let rules = repository().join("rules");
    let rules = rules.to_str().expect("a plain path");
    let text = watchfire(&[rules, "--coverage-min", "100"]);
    assert!(text.ends_with("6 files, 75 tests: all passed\nexit: 0\n"), "{text}");
}

#[test]
fn junit_is_valid_and_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.xml");
    let path = path.to_str().expect("a plain path");
    watchfire(&["failing.test.yml", "broken.test.yml", "passing.test.yml", "--junit", path]);
    let xml = fs::read_to_string(path).expect("a report");
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "));
    let attributes = |element: &str| -> Vec<BTreeMap<String, String>> {
        let start = format!("<{element} ");
        let starts = xml.match_indices(&start).map(|(at, _)| &xml[at..]);
        starts.map(|text| attributes(&text[..text.find('>').unwrap_or(0)])).collect()
    };
    let suites = attributes("testsuite");
    let shown: Vec<String> = suites
        .iter()
        .map(|s| format!("{} {} {} {}", s["name"], s["tests"], s["failures"], s["errors"]))
        .collect();
    assert_eq!(
        shown,
        ["failing.test.yml 1 1 0", "broken.test.yml 1 0 1", "passing.test.yml 2 0 0"]
    );
    let all = &attributes("testsuites")[0];
    assert_eq!((&*all["tests"], &*all["failures"], &*all["errors"]), ("4", "1", "1"));
    assert_eq!(attributes("testcase").len(), 4);
    for problem in attributes("failure").iter().chain(&attributes("error")) {
        assert!(!problem["message"].is_empty() && !problem["type"].is_empty());
    }
    for element in ["testsuites", "testsuite", "testcase", "failure", "error"] {
        let closed = xml.matches(&format!("</{element}>")).count();
        let empty = attributes(element).len() - closed;
        assert!(empty == 0 || element == "testcase", "{element} is not closed");
    }
}

fn attributes(start: &str) -> BTreeMap<String, String> {
    let pairs = start.split("=\"").collect::<Vec<_>>();
    let name = |text: &str| text.rsplit([' ', '"']).next().unwrap_or_default().to_owned();
    let value = |text: &str| text.split('"').next().unwrap_or_default().to_owned();
    pairs.windows(2).map(|pair| (name(pair[0]), value(pair[1]))).collect()
}
