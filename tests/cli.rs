//! The command line as a user meets it: transcripts of standard output, standard error and exit
//! code. Commands run in `tests/cli`, where their files lie.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use expect_test::{Expect, expect, expect_file};

use crate::servers::repository;

fn watchfire(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
    command.args(arguments).current_dir(folder()).stdin(Stdio::null());
    for name in
        ["WATCHFIRE_LOG", "WATCHFIRE_SOURCE", "NO_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"]
    {
        command.env_remove(name);
    }
    command
}

fn folder() -> PathBuf {
    repository().join("tests/cli")
}

/// Output, complaints and exit code of a command.
pub(crate) fn transcript(arguments: &[&str], stdin: &str) -> String {
    let mut command = watchfire(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the tests were built with the program");
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().expect("it is piped").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("it ends by itself");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        text.extend(["err: ", line, "\n"]);
    }
    let code = output.status.code().expect("no signal ends it");
    text + &format!("exit: {code}\n")
}

fn check(arguments: &[&str], expect: &Expect) {
    expect.assert_eq(&transcript(arguments, ""));
}

#[test]
fn good_rules_pass() {
    check(
        &["check", "rules/good.yml"],
        &expect![[r#"
        1 file, 2 rules: no problems
        exit: 0
    "#]],
    );
}

#[test]
fn every_error_of_every_file_is_reported_in_one_run() {
    check(
        &["check", "rules"],
        &expect![[r#"
            error[invalid-duration]: `often` is no duration
             --> rules/sub/types.yml:3:15
              |
            3 |     interval: often
              |               ^^^^^
              |
              = help: write whole numbers with units, such as `5m` or `1h30m`

            error[promql-syntax]: unclosed left parenthesis
             --> rules/sub/types.yml:6:30 in alert `Unfinished`
              |
            6 |         expr: sum(rate(x[5m])
              |                  -           ^
              |                  |
              |                  this `(` is not closed

            error[unknown-field]: a rule has no field `fro`
             --> rules/sub/types.yml:9:9
              |
            9 |         fro: 5m
              |         ^^^
              |
            help: write `for` (unsafe fix)
              |
            9 -         fro: 5m
            9 +         for: 5m

            error[unknown-field]: a rule has no field `severity`
             --> rules/unknown.yml:6:9
              |
            6 |         severity: page
              |         ^^^^^^^^
              |
            help: write it below `labels:` (unsafe fix)
              |
            6 -         severity: page
            6 +         labels:
            7 +           severity: page

            3 files, 4 rules: 4 errors in 2 files; skipped 2 files that hold other things
            exit: 1
        "#]],
    );
}

#[test]
fn findings_as_json() {
    let shown = transcript(&["check", "--format", "json", "rules/unknown.yml"], "");
    let (document, exit) = shown.rsplit_once("exit: ").unwrap();
    let finding: serde_json::Value = serde_json::from_str(document).unwrap();
    assert_eq!((&finding["file"], &finding["line"]), (&"rules/unknown.yml".into(), &6.into()));
    assert_eq!(finding["severity"], "error");
    assert_eq!(exit, "1\n");
}

#[test]
fn rules_from_standard_input() {
    let text = "groups:\n- name: a\n  rules:\n  - record: b\n    expr: up +\n";
    expect![[r#"
        error[promql-syntax]: unexpected end of input
         --> <stdin>:5:15 in record `b`
          |
        5 |     expr: up +
          |               ^

        1 file, 0 rules: 1 error in 1 file
        exit: 1
    "#]]
    .assert_eq(&transcript(&["check", "-"], text));
}

#[test]
fn a_configuration_is_checked_with_its_rule_files() {
    check(
        &["check", "prometheus.yml"],
        &expect![[r#"
            error[config]: rule_files: `rules/nothing.yml` matches no file
             --> prometheus.yml:3:30
              |
            3 | rule_files: [rules/good.yml, rules/nothing.yml]
              |                              ^^^^^^^^^^^^^^^^^

            2 files, 2 rules: 1 error in 1 file
            exit: 1
        "#]],
    );
    check(
        &["check", "misspelt.yml"],
        &expect![[r#"
            error[config]: unknown field `evaluation_intervall`
             --> misspelt.yml:2:3
              |
            2 |   evaluation_intervall: 15s
              |   ^^^^^^^^^^^^^^^^^^^^
              |
              = note: help: did you mean `evaluation_interval`?

            1 file, 0 rules: 1 error in 1 file
            exit: 1
        "#]],
    );
}

#[test]
fn what_is_not_there_is_a_mistake_of_usage() {
    check(
        &["check", "rules/good.yml", "nowhere.yml"],
        &expect![[r#"
        1 file, 2 rules: no problems
        err: error: cannot read nowhere.yml: No such file or directory (os error 2)
        exit: 2
    "#]],
    );
    check(
        &["run", "--config", "nowhere.yml"],
        &expect![[r#"
        err: error: cannot read nowhere.yml: No such file or directory (os error 2)
        exit: 2
    "#]],
    );
}

#[test]
fn run_refuses_what_it_can_not_use() {
    check(
        &["run", "--config", "misspelt.yml"],
        &expect![[r#"
            err: error: misspelt.yml can not be used
            err: error[config]: unknown field `evaluation_intervall`
            err:  --> misspelt.yml:2:3
            err:   |
            err: 2 |   evaluation_intervall: 15s
            err:   |   ^^^^^^^^^^^^^^^^^^^^
            err:   |
            err:   = note: help: did you mean `evaluation_interval`?
            exit: 2
        "#]],
    );
    check(
        &["run", "--rules", "rules/unknown.yml"],
        &expect![[r#"
            err: error[unknown-field]: a rule has no field `severity`
            err:  --> rules/unknown.yml:6:9
            err:   |
            err: 6 |         severity: page
            err:   |         ^^^^^^^^
            err:   |
            err: help: write it below `labels:` (unsafe fix)
            err:   |
            err: 6 -         severity: page
            err: 6 +         labels:
            err: 7 +           severity: page
            err: error: the rules can not be used: 1 error
            exit: 2
        "#]],
    );
    check(
        &["run", "--rules", "rules/good.yml", "--source", "nonsense"],
        &expect![[r#"
        err: error: source: url nonsense: relative URL without a base
        exit: 2
    "#]],
    );
}

#[test]
fn mistakes_in_expressions_have_places() {
    check(
        &["query", "sum by (job (up)"],
        &expect![[r#"
            err: error[syntax]: parse error: unexpected "(" in grouping opts, expected "," or ")"
            err:  --> query:1:13
            err:   |
            err: 1 | sum by (job (up)
            err:   |             ^
            exit: 2
        "#]],
    );
    check(
        &["query", "rate(up)"],
        &expect![[r#"
            err: error[type]: parse error: expected type range vector in call to function "rate", got instant vector
            err:  --> query:1:6
            err:   |
            err: 1 | rate(up)
            err:   |      ^^
            exit: 2
        "#]],
    );
    check(
        &["query", "up", "--start", "0", "--end", "9999999", "--step", "15s"],
        &expect![[r#"
        err: error: the range has 666667 steps, at most 11000 are evaluated: use a longer --step
        exit: 2
    "#]],
    );
    check(
        &["query", "up[5m]", "--start", "1700000000"],
        &expect![[r#"
            err: error[query]: invalid expression type "range vector" for range query, must be Scalar or instant Vector
            err:  --> query:1:1
            err:   |
            err: 1 | up[5m]
            err:   | ^^^^^^
            exit: 2
        "#]],
    );
    check(
        &["query", "up", "--time", "yesterday"],
        &expect![[r#"
        err: error: invalid value 'yesterday' for '--time <TIME>': expected RFC 3339, such as 2026-01-02T03:04:05Z, or seconds
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]],
    );
}

#[test]
fn constants_need_no_server() {
    check(
        &["query", "1 + 2 * 3"],
        &expect![[r#"
        7
        exit: 0
    "#]],
    );
    check(
        &["query", "vector(time())", "--start", "60", "--end", "180"],
        &expect![[r#"
        {}
          1970-01-01T00:01:00Z  60
          1970-01-01T00:02:00Z  120
          1970-01-01T00:03:00Z  180
        exit: 0
    "#]],
    );
    check(
        &["query", "'text'", "--time", "0", "--format", "json"],
        &expect![[r#"
        {
          "data": {
            "result": [
              0,
              "text"
            ],
            "resultType": "string"
          },
          "infos": [],
          "status": "success",
          "warnings": []
        }
        exit: 0
    "#]],
    );
    let explained = transcript(&["query", "1 + time()", "--time", "2", "--explain"], "");
    let lines = explained.lines().filter(|line| !line.starts_with("evaluated here in "));
    expect![[r#"
        n2  scalar +  → 3
          n0  number 1  → 1
          n1  time()  → 2
        nothing is asked of the source

        3
        exit: 0"#]]
    .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_source_that_does_not_answer_is_named() {
    // Nothing listens on port 1.
    let shown =
        transcript(&["query", "up", "--source", "http://127.0.0.1:1", "--timeout", "5s"], "");
    assert!(shown.contains("err: error: query `{__name__=\"up\"}`"), "{shown}");
    assert!(shown.contains("127.0.0.1:1") && shown.ends_with("exit: 1\n"), "{shown}");
}

#[test]
fn one_evaluation_that_fails_is_a_finding() {
    let arguments =
        ["run", "--once", "--rules", "rules/good.yml", "--source", "http://127.0.0.1:1"];
    let shown = transcript(&arguments, "");
    let event = shown.lines().find(|line| line.starts_with('{')).unwrap();
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    assert_eq!(event["type"], "watchfire.rule.error.v1");
    assert!(event["summary"].as_str().unwrap().contains("127.0.0.1:1"), "{event}");
    assert!(shown.contains("watching: 1 alert and 1 recording rule in 1 group of 1 file, once;"));
    assert!(shown.ends_with("exit: 1\n"), "{shown}");
}

#[test]
fn a_query_can_use_the_source_of_a_configuration() {
    let shown = transcript(&["query", "up", "--config", "source.yml"], "");
    assert!(shown.contains("cannot read") && shown.contains("no-such-password"), "{shown}");
}

#[test]
fn help_tells_everything() {
    for command in [
        "",
        "run",
        "stream-config",
        "check",
        "fmt",
        "test",
        "query",
        "promqltest",
        "demo",
        "bench",
        "bench peers",
        "bench curves",
        "bench range",
        "completions",
        "explain",
        "lints",
        "explain-plan",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let shown = transcript(&arguments, "");
        let name = if command.is_empty() { "watchfire" } else { command }.replace(' ', "-");
        expect_file![folder().join(format!("help/{name}.txt"))].assert_eq(&shown);
    }
}

#[test]
fn a_plan_shows_what_is_asked_and_who_shares_it() {
    expect![[r#"
        2 rules in 1 group, cut shared: 4 nodes (0 of more than one rule), 2 fragments in 2 questions a tick

        asked of the source:
          instant  sum by (job) (rate(errors_total[5m]))
            → f0, for 1 rule
          instant  {__name__="job:errors:rate5m"}
            → f1, for 1 rule

        fragments:
          f0  expression  sum by (job) (rate(errors_total[5m]))  for job:errors:rate5m
          f1  instant  {__name__="job:errors:rate5m"}  for Errors

        nodes:
          n0  select f0  for job:errors:rate5m
          n1  select f1  for Errors
          n2  number 1  for Errors
          n3  > (vector, scalar) of n1, n2  for Errors

        rules:
          n0  api: job:errors:rate5m
          n3  api: Errors
        exit: 0
    "#]].assert_eq(&transcript(&["explain-plan", "rules/good.yml"], ""));
    let json = transcript(&["explain-plan", "rules/good.yml", "--format", "json"], "");
    let json = json.strip_suffix("exit: 0\n").expect("it is fine");
    let plan: serde_json::Value = serde_json::from_str(json).expect("it is JSON");
    assert_eq!(plan["questions"].as_array().map(Vec::len), Some(2));
    let refused = ["explain-plan", "rules/good.yml", "--source", "http://127.0.0.1:1"];
    let shown = transcript(&refused, "");
    assert!(shown.contains("cannot reach the server") && shown.ends_with("exit: 1\n"), "{shown}");
}

#[test]
fn a_plan_shows_that_labels_nobody_sees_do_not_part_rules() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let rules = folder.path().join("rules.yml");
    let text = r#"groups: [{name: g, rules: [
        {record: a, expr: 'sum by (job) (max by (job, code) (x))'},
        {record: b, expr: 'sum by (job) (label_replace(max by (code, job) (x), "class", "${1}xx", "code", "(.).."))'}]}]"#;
    std::fs::write(&rules, text).expect("a rule file");
    let rules = rules.to_str().expect("a plain name");
    for cut in ["shared", "selectors"] {
        let shown = transcript(&["explain-plan", rules, "--cut", cut], "");
        let shared = shown.split("nodes:\n").nth(1).expect("nodes come last");
        let expected = match cut {
            "shared" => "  n0  select f0  for a, b\n\nrules:\n  n0  g: a\n  n0  g: b\nexit: 0\n",
            _ => {
                "  n0  select f0  for a, b\n  n1  max by (code, job) of n0  for a, b\n  \
                 n2  sum by (job) of n1  for a, b\n\nrules:\n  n2  g: a\n  n2  g: b\nexit: 0\n"
            }
        };
        assert_eq!(shared, expected, "{shown}");
    }
}

#[test]
fn a_plan_shows_which_questions_another_one_answers() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let rules = folder.path().join("rules.yml");
    let text = r#"groups: [{name: g, rules: [
        {record: a, expr: 'sum by (job) (rate(x_total{code=~"5.."}[5m]))'},
        {record: b, expr: 'sum by (job) (rate(x_total[5m]))'},
        {record: c, expr: 'min(x)'}]}]"#;
    std::fs::write(&rules, text).expect("a rule file");
    let shown = transcript(&["explain-plan", rules.to_str().expect("a plain name")], "");
    let asked = shown.split("\n\n").nth(1).expect("what is asked comes second");
    expect![[r#"
        asked of the source:
          instant  sum by (code, job) (rate(x_total[5m]))
            instead of  sum by (job) (rate(x_total[5m]))
            instead of  sum by (job) (rate(x_total{code=~"5.."}[5m]))
            → f1 f0, for 2 rules
          instant  min(x)
            → f2, for 1 rule"#]]
    .assert_eq(asked);
}

#[test]
fn the_version_is_the_package_s() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(transcript(&["--version"], ""), format!("watchfire {version}\nexit: 0\n"));
}

#[test]
fn completions_for_shells() {
    for (shell, piece) in [
        ("bash", "complete -F _watchfire"),
        ("zsh", "#compdef watchfire"),
        ("fish", "complete -c watchfire"),
    ] {
        let shown = transcript(&["completions", shell], "");
        assert!(shown.contains(piece) && shown.ends_with("exit: 0\n"), "{shell}");
    }
}

#[test]
fn colours_only_where_wanted() {
    let escape = '\u{1b}';
    let arguments = ["check", "rules/unknown.yml"];
    assert!(!transcript(&arguments, "").contains(escape));
    assert!(transcript(&[&arguments[..], &["--color", "always"]].concat(), "").contains(escape));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = watchfire(&["check", "rules"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "the exit code is still the check's");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
