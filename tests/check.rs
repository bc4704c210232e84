//! `watchfire check` as a user meets it: settings, fixes, baselines, reports, bad input. What lints
//! find is shown in `tests/lint`.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use expect_test::{Expect, expect};
use tempfile::TempDir;

const RULES: &str = r#"groups:
- name: g
  rules:
  - alert: Low
    expr: free{job="a"} < 0.2 > 0.1
  - alert: Odd
    expr: up{job=~"node"} == 0 # kept
"#;
/// Two lints that stay as they are, whatever is added.
const SELECT: [&str; 2] = ["--select", "chained-comparison,needless-regex"];

/// A folder of its own with files in it.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(TempDir::new().expect("a folder"));
        for (name, text) in files {
            place.write(name, text);
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("it is there")
    }

    fn run(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.arg("check").args(arguments).current_dir(self.path());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("WATCHFIRE_LOG");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the tests were built with the program");
        let mut pipe = child.stdin.take().expect("it is piped");
        let _ = std::io::Write::write_all(&mut pipe, stdin.as_bytes());
        drop(pipe);
        child.wait_with_output().expect("it ends by itself")
    }

    /// Output, complaints and exit code.
    fn transcript(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, "");
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            text.extend(["err: ", line, "\n"]);
        }
        let code = output.status.code().expect("no signal ends it");
        text + &format!("exit: {code}\n")
    }

    fn check(&self, arguments: &[&str], expect: &Expect) {
        expect.assert_eq(&self.transcript(arguments));
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn concise(more: &[&'static str]) -> Vec<&'static str> {
    [&SELECT[..], &["--format", "concise"], more].concat()
}

#[test]
fn severities_decide_the_exit_code() {
    let place = Place::new(&[("a.yml", RULES)]);
    for (arguments, code) in [
        (&[][..], 1),
        (&["--fail-on", "error"], 0),
        (&["--fail-on", "never"], 0),
        (&["--severity", "PQ=error", "--fail-on", "error"], 1),
        (&["--severity", "PQ=info"], 0),
        (&["--ignore", "PQ"], 1),
        (&["--ignore", "chained-comparison", "--fail-on", "info"], 1),
        (&["--lint", "none"], 0),
        (&["--severity", "nonsense"], 2),
    ] {
        let promtool = arguments.first() == Some(&"--lint");
        let select = if promtool { &[][..] } else { &SELECT[..] };
        let output = place.run(&[select, arguments].concat(), "");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{shown}");
    }
}

#[test]
fn unknown_lints_are_mistakes_of_usage() {
    Place::new(&[]).check(&["--select", "chained-comparisn"], &expect![[r#"
        err: error: `chained-comparisn` is no lint and no group; did you mean `chained-comparison`?; `watchfire lints` lists them
        exit: 2
    "#]]);
}

#[test]
fn the_nearest_settings_hold_and_say_where_they_come_from() {
    let place = Place::new(&[
        ("a.yml", RULES),
        ("vendor/b.yml", RULES),
        ("team/c.yml", RULES),
        ("team/skipped/d.yml", RULES),
        (
            "watchfire.toml",
            "select = [\"PQ010\", \"PQ014\"]\n[options]\nscrape-interval = \"30s\"\n\
             [per-path.\"vendor/\"]\nignore = [\"all\"]\n",
        ),
        (
            "team/watchfire.toml",
            "extend = \"../watchfire.toml\"\nexclude = [\"skipped/\"]\nignore = [\"PQ014\"]\n\
             [severity]\nPQ010 = \"error\"\n",
        ),
    ]);
    place.check(&["--format", "concise"], &expect![[r#"
        a.yml:5:31: warning[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `free{job="a"} < 0.2 and free{job="a"} > 0.1`
        a.yml:7:14: info[needless-regex]: this pattern is a plain text; help: write `job="node"`
        team/c.yml:5:31: error[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `free{job="a"} < 0.2 and free{job="a"} > 0.1`
        exit: 1
    "#]]);
    place.check(
        &["--show-settings"],
        &expect![[r#"
            a.yml
              select = PQ010, PQ014            # watchfire.toml:1
              options.scrape-interval = "30s"  # watchfire.toml:3
              lints: chained-comparison, needless-regex
            team/c.yml
              select = PQ010, PQ014            # watchfire.toml:1
              options.scrape-interval = "30s"  # watchfire.toml:3
              ignore = PQ014                   # team/watchfire.toml:3
              severity.PQ010 = error           # team/watchfire.toml:5
              lints: chained-comparison (error)
            vendor/b.yml
              select = PQ010, PQ014            # watchfire.toml:1
              options.scrape-interval = "30s"  # watchfire.toml:3
              per-path."vendor/".ignore = all  # watchfire.toml:5
              lints: 
            exit: 0
        "#]],
    );
    place.check(
        &["--show-files"],
        &expect![[r#"
        a.yml
        team/c.yml
        vendor/b.yml
        exit: 0
    "#]],
    );
    place.check(
        &["--isolated", "--show-files", "team"],
        &expect![[r#"
        team/c.yml
        team/skipped/d.yml
        exit: 0
    "#]],
    );
}

#[test]
fn the_settings_in_the_readme_are_understood() {
    let readme = fs::read_to_string(crate::servers::repository().join("README.md")).unwrap();
    let (_, block) = readme.split_once("```toml\n").expect("an example");
    let (settings, _) = block.split_once("```").expect("it ends");
    let place = Place::new(&[
        ("watchfire.toml", ""),
        ("team/watchfire.toml", settings),
        ("team/a.yml", RULES),
        ("team/prometheus.yml", "global:\n  scrape_interval: 20s\n"),
        ("team/docs/runbooks/a.md", ""),
    ]);
    let shown = place.transcript(&["team", "--show-settings"]);
    assert!(shown.contains("options.scrape-interval = \"30s\""), "{shown}");
    assert!(shown.ends_with("exit: 0\n"), "{shown}");
}

#[test]
fn scrape_intervals_longer_than_queries_look_back() {
    let config = "global:\n  scrape_interval: 20s\nscrape_configs:\n- job_name: slow\n  \
                  scrape_interval: 10m\n";
    let place = Place::new(&[("prometheus.yml", config)]);
    place.check(&["prometheus.yml", "--format", "concise"], &expect![[r#"
        prometheus.yml:5:3: warning[too-long-scrape-interval]: `slow` is scraped every 10m, and queries look back 5m; help: scrape it more often: its series are gone between two scrapes
        exit: 1
    "#]]);
    for (kind, code) in [("none", 0), ("all", 1), ("too-long-scrape-interval", 1)] {
        let output = place.run(&["prometheus.yml", "--lint", kind, "--lint-fatal"], "");
        assert_eq!(output.status.code(), Some(code), "{kind}");
    }
}

#[test]
fn mistakes_in_settings_have_places() {
    let place = Place::new(&[
        ("a.yml", RULES),
        (
            "watchfire.toml",
            "selekt = []\nignore = [\"PQ10\"]\nfail-on = 3\n[options]\nscrape-interval = \"often\"\n\
             [per-path.\"a[\"]\nignore = []\n",
        ),
    ]);
    place.check(
        &[],
        &expect![[r#"
        err: error: watchfire.toml can not be used
        err: error[settings]: there is no setting `selekt`
        err:  --> watchfire.toml:1:1
        err:   |
        err: 1 | selekt = []
        err:   | ^^^^^^
        err:   |
        err:   = help: did you mean `select`?
        err: error[settings]: `PQ10` is no lint and no group
        err:  --> watchfire.toml:2:11
        err:   |
        err: 2 | ignore = ["PQ10"]
        err:   |           ^^^^^^
        err: error[settings]: expected a text, found integer
        err:  --> watchfire.toml:3:11
        err:   |
        err: 3 | fail-on = 3
        err:   |           ^
        err: error[settings]: `often` is not a duration such as 30s or 5m
        err:  --> watchfire.toml:5:19
        err:   |
        err: 5 | scrape-interval = "often"
        err:   |                   ^^^^^^^
        err: error[settings]: `a[` is not a pattern: invalid range pattern
        err:  --> watchfire.toml:6:11
        err:   |
        err: 6 | [per-path."a["]
        err:   |           ^^^^
        exit: 2
    "#]],
    );
    place.write("watchfire.toml", "select = [\n");
    place.check(
        &[],
        &expect![[r#"
        err: error: watchfire.toml can not be used
        err: error[settings]: unclosed array, expected `]`
        err:  --> watchfire.toml:1:11
        err:   |
        err: 1 | select = [
        err:   |           ^
        exit: 2
    "#]],
    );
    place.write("watchfire.toml", "extend = \"watchfire.toml\"\n");
    place.check(
        &[],
        &expect![[r#"
        err: error: watchfire.toml extends too many files, or itself
        exit: 2
    "#]],
    );
    place.check(
        &["--config", "nowhere.toml"],
        &expect![[r#"
        err: error: cannot read nowhere.toml: No such file or directory (os error 2)
        exit: 2
    "#]],
    );
}

#[test]
fn fixes_are_shown_or_written() {
    let place = Place::new(&[("a.yml", RULES)]);
    place.check(
        &[&SELECT[..], &["--diff"]].concat(),
        &expect![[r#"
        --- a.yml
        +++ a.yml
        @@ -4,4 +4,4 @@
           - alert: Low
             expr: free{job="a"} < 0.2 > 0.1
           - alert: Odd
        -    expr: up{job=~"node"} == 0 # kept
        +    expr: up{job="node"} == 0 # kept
        exit: 1
    "#]],
    );
    assert_eq!(place.read("a.yml"), RULES, "nothing is written");
    place.check(&concise(&["--fix"]), &expect![[r#"
        a.yml:5:31: warning[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `free{job="a"} < 0.2 and free{job="a"} > 0.1`
        exit: 1
    "#]]);
    assert_eq!(place.read("a.yml"), RULES.replace("=~\"node\"", "=\"node\""));
    place.check(
        &[&SELECT[..], &["--fix", "--unsafe-fixes", "--exit-non-zero-on-fix"]].concat(),
        &expect![[r#"
            1 file, 2 rules: no problems; fixed 1 finding in 1 file
            exit: 1
        "#]],
    );
    assert!(place.read("a.yml").contains("free{job=\"a\"} < 0.2 and free{job=\"a\"} > 0.1"));
    place.check(
        &SELECT,
        &expect![[r#"
        1 file, 2 rules: no problems
        exit: 0
    "#]],
    );
    let shown = place.run(&[&SELECT[..], &["--fix", "-"]].concat(), RULES);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(text, RULES.replace("=~\"node\"", "=\"node\""), "a filter");
}

#[cfg(unix)]
#[test]
fn fixes_keep_permissions_and_links_and_leave_nothing_behind() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new(&[("real/a.yml", RULES)]);
    let real = place.path().join("real/a.yml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/a.yml", place.path().join("link.yml")).unwrap();
    place.run(&[&SELECT[..], &["--fix", "link.yml"]].concat(), "");
    assert!(place.read("real/a.yml").contains("job=\"node\""));
    assert!(fs::symlink_metadata(place.path().join("link.yml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(place.path().join("real")).unwrap().count(), 1, "no other file");
}

#[test]
fn a_baseline_keeps_old_findings_quiet_also_when_lines_move() {
    let place = Place::new(&[("rules/a.yml", RULES)]);
    let baseline = ["--baseline", "known.json"];
    let with = |more: &[&'static str]| [&concise(more)[..], &baseline].concat();
    place.check(&with(&[]), &expect![[r#"
        err: error: cannot read known.json; --write-baseline makes it: No such file or directory (os error 2)
        exit: 2
    "#]]);
    place.check(
        &[&SELECT[..], &baseline, &["--write-baseline"]].concat(),
        &expect![[r#"
        1 file, 2 rules: no problems; wrote 2 findings into known.json
        exit: 0
    "#]],
    );
    expect![[r#"
        {
          "version": 1,
          "findings": [
            {
              "file": "rules/a.yml",
              "lint": "chained-comparison",
              "subject": "alert `Low`",
              "hash": "2ed9b682c4fd2a76"
            },
            {
              "file": "rules/a.yml",
              "lint": "needless-regex",
              "subject": "alert `Odd`",
              "hash": "da55f153fc7413e3"
            }
          ]
        }
    "#]]
    .assert_eq(&place.read("known.json"));
    place.write("rules/a.yml", format!("# moved\n\n{RULES}  - alert: New\n    expr: x > 1 < 2\n"));
    place.check(&with(&[]), &expect![[r#"
        rules/a.yml:11:17: warning[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `x > 1 and x < 2`
        exit: 1
    "#]]);
    place.run(&with(&["--fix", "--unsafe-fixes"]), "");
    let kept = place.read("rules/a.yml");
    assert!(kept.contains("< 0.2 > 0.1") && kept.contains("x > 1 and x < 2"), "{kept}");
    place.check(
        &[&baseline[..], &["--select", "PQ014", "--format", "concise"]].concat(),
        &expect![[r#"
            exit: 0
        "#]],
    );
    place.write("rules/a.yml", RULES.replace("=~\"node\"", "=\"node\""));
    place.check(&with(&[]), &expect![[r#"
        err: note: known.json: 1 finding no longer there; --write-baseline takes them out: needless-regex in rules/a.yml alert `Odd`
        exit: 0
    "#]]);
}

#[test]
fn since_a_revision_only_changed_rules_count() {
    let place = Place::new(&[("a.yml", RULES), ("old.yml", &RULES.replace("Odd", "Older"))]);
    place.check(
        &concise(&["--since", "HEAD"]),
        &expect![[r#"
        err: error: git rev-parse: not a git repository (or any of the parent directories): .git
        exit: 2
    "#]],
    );
    place.git(&["init", "-q"]);
    place.git(&["add", "."]);
    place.git(&["commit", "-q", "-m", "rules"]);
    place.git(&["mv", "old.yml", "renamed.yml"]);
    let more = "  - alert: New\n    expr: x > 1 < 2\n";
    let deeper = format!("{RULES}{more}").replace("  - alert", "    - alert");
    place.write("a.yml", format!("# moved\n{}", deeper.replace("    expr", "      expr")));
    place.check(
        &concise(&["--since", "HEAD"]),
        &expect![[r#"
            a.yml:10:19: warning[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `x > 1 and x < 2`
            exit: 1
        "#]],
    );
    place.check(
        &concise(&["--since", "nonsense"]),
        &expect![[r#"
        err: error: git knows no revision `nonsense`; in a shallow clone, fetch it first
        exit: 2
    "#]],
    );
}

#[test]
fn several_reports_in_one_run() {
    let place = Place::new(&[("a.yml", RULES)]);
    let reports = ["--report", "sarif=a.sarif", "--report", "junit=a.xml", "--output", "a.txt"];
    let shown = place.transcript(&[&SELECT[..], &reports].concat());
    assert_eq!(shown, "exit: 1\n");
    assert!(place.read("a.sarif").contains("\"chained-comparison\""));
    assert!(place.read("a.xml").contains("<testsuite"));
    assert!(place.read("a.txt").contains("1 file, 2 rules: 1 warning and 1 info in 1 file\n"));
    place.check(
        &[&SELECT[..], &["--statistics"]].concat(),
        &expect![[r#"
             1  PQ010  chained-comparison  1 fixable
             1  PQ014  needless-regex  1 fixable
        1 file, 2 rules: 1 warning and 1 info in 1 file
        exit: 1
    "#]],
    );
    place.check(&[&SELECT[..], &["--report", "pdf=x"]].concat(), &expect![[r#"
        err: error: invalid value 'pdf=x' for '--report <FORMAT=FILE>': there is no format `pdf`, but text, concise, json-lines, sarif, github, gitlab, junit, checkstyle
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]]);
}

#[test]
fn comments_keep_findings_quiet() {
    let rules =
        RULES.replace("  - alert: Low", "  # watchfire: ignore[PQ010] on purpose\n  - alert: Low");
    let place = Place::new(&[("a.yml", &rules.replace("# kept", "# watchfire: ignore[PQ014]"))]);
    place.check(
        &SELECT,
        &expect![[r#"
        1 file, 2 rules: no problems; 2 suppressed by comments
        exit: 0
    "#]],
    );
}

#[test]
fn facts_of_a_prometheus_yml_reach_the_rules_it_names() {
    let config = "global:\n  scrape_interval: 20s\n  external_labels: {cluster: a}\n\
                  rule_files: [a.yml]\n";
    let place = Place::new(&[("a.yml", RULES), ("b.yml", RULES), ("prometheus.yml", config)]);
    let shown = place.transcript(&["prometheus.yml", "b.yml", "--show-settings"]);
    let shown = shown.lines().filter(|line| !line.contains("lints:")).collect::<Vec<_>>();
    expect![[r#"
        b.yml
        a.yml
          options.scrape-interval = 20s      # prometheus.yml
          options.evaluation-interval = 1m   # prometheus.yml
          options.external-labels = cluster  # prometheus.yml
        exit: 0"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn any_bytes_are_read() {
    let place = Place::new(&[("good.yml", RULES)]);
    place.write("bytes.yml", b"groups:\n- name: \xff\n");
    place.write("nul.yml", b"groups: \0\n");
    place.write("empty.yml", "");
    place.write("deep.yml", format!("groups: {}", "[".repeat(20_000)));
    let bomb = "groups: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n";
    place.write("bomb.yml", format!("{bomb}{}", "d: [*c,*c,*c,*c]\n".repeat(3)));
    place.write("values.yml", "replicas: 3\n");
    fs::create_dir(place.path().join("folder.yml")).unwrap();
    let shown = place.transcript(&concise(&["--ignore", "all"]));
    let shown: Vec<_> =
        shown.lines().map(|line| line.chars().take(100).collect::<String>()).collect();
    expect![[r#"
        bomb.yml:1:13: error[wrong-type]: expected a mapping, found a text
        bomb.yml:2:1: error[unknown-field]: a rule file has no field `b`
        bomb.yml:3:1: error[unknown-field]: a rule file has no field `c`
        bomb.yml:4:1: error[unknown-field]: a rule file has no field `d`
        bomb.yml:5:1: error[duplicate-key]: mapping key "d" already defined at line 4
        bomb.yml:6:1: error[duplicate-key]: mapping key "d" already defined at line 4
        bytes.yml:2:9: error[io]: this is not UTF-8 from byte 16 on
        deep.yml:1:264: error[yaml-error]: recursion limit exceeded
        good.yml:5:31: warning[chained-comparison]: a comparison of a comparison's result reads like a range
        good.yml:7:14: info[needless-regex]: this pattern is a plain text; help: write `job="node"`
        nul.yml:1:9: error[yaml-error]: found character that cannot start any token
        exit: 1"#]].assert_eq(&shown.join("\n"));
    place.check(
        &concise(&["empty.yml", "values.yml", "folder.yml"]),
        &expect![[r#"
        values.yml:1:1: error[unknown-field]: a rule file has no field `replicas`
        exit: 1
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_circles() {
    use std::os::unix::fs::symlink;
    let place = Place::new(&[("a.yml", RULES)]);
    symlink("loop.yml", place.path().join("loop.yml")).unwrap();
    symlink("gone.yml", place.path().join("dead.yml")).unwrap();
    symlink(".", place.path().join("again")).unwrap();
    symlink("a.yml", place.path().join("same.yml")).unwrap();
    place.check(&concise(&[]), &expect![[r#"
        a.yml:5:31: warning[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `free{job="a"} < 0.2 and free{job="a"} > 0.1`
        a.yml:7:14: info[needless-regex]: this pattern is a plain text; help: write `job="node"`
        exit: 1
    "#]]);
    place.check(
        &concise(&["loop.yml"]),
        &expect![[r#"
        err: error: cannot read loop.yml: Too many levels of symbolic links (os error 40)
        exit: 2
    "#]],
    );
}

#[test]
fn standard_input_has_a_name() {
    let place = Place::new(&[("rules/watchfire.toml", "[severity]\nPQ010 = \"error\"\n")]);
    let output = place.run(&concise(&["-", "--stdin-filename", "rules/x.yml"]), RULES);
    expect![[r#"
        rules/x.yml:5:31: error[chained-comparison]: a comparison of a comparison's result reads like a range and is none (compares what passed the first one); help: write `free{job="a"} < 0.2 and free{job="a"} > 0.1`
        rules/x.yml:7:14: info[needless-regex]: this pattern is a plain text; help: write `job="node"`
    "#]].assert_eq(&String::from_utf8_lossy(&output.stdout));
}

#[test]
fn lints_are_listed_and_explained() {
    let run = |arguments: &[&str]| crate::cli::transcript(arguments, "");
    let list = run(&["lints"]);
    assert!(list.contains("PQ010  chained-comparison"), "{list}");
    let by_code = run(&["explain", "PQ010"]);
    assert!(by_code.starts_with("# chained-comparison (PQ010)\n"), "{by_code}");
    assert_eq!(by_code, run(&["explain", "chained-comparison"]));
    let all = run(&["explain", "--all", "--format", "json"]);
    let (lines, exit) = all.rsplit_once("exit: ").unwrap();
    assert_eq!(exit, "0\n");
    for line in lines.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["why"].as_str().is_some_and(|why| !why.is_empty()), "{line}");
    }
    assert!(run(&["explain", "nonsense"]).ends_with("exit: 2\n"));
}

const BROKEN: &str = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n";

#[test]
fn what_prometheus_would_not_load_is_never_kept_quiet() {
    let place = Place::new(&[("rules.yml", BROKEN)]);
    place.check(
        &["--format", "concise", "--baseline", "known.json", "--write-baseline", "."],
        &expect![[r#"
            rules.yml:5:15: error[promql-syntax]: unclosed left parenthesis
            exit: 1
        "#]],
    );
    place.check(
        &["--format", "concise", "--baseline", "known.json", "."],
        &expect![[r#"
        rules.yml:5:15: error[promql-syntax]: unclosed left parenthesis
        exit: 1
    "#]],
    );
    place.git(&["init", "-q"]);
    place.git(&["add", "."]);
    place.git(&["commit", "-qm", "all"]);
    place.check(
        &["--format", "concise", "--since", "HEAD", "."],
        &expect![[r#"
        rules.yml:5:15: error[promql-syntax]: unclosed left parenthesis
        exit: 1
    "#]],
    );
}

#[test]
fn nothing_to_check_is_a_mistake_of_usage() {
    let place = Place::new(&[("notes.txt", "none")]);
    place.check(
        &["-"],
        &expect![[r#"
        1 file, 0 rules: no problems
        err: error: standard input is empty: did the program before it fail?
        exit: 2
    "#]],
    );
    place.check(
        &["."],
        &expect![[r#"
        0 files, 0 rules: nothing to check
        exit: 2
    "#]],
    );
    place.write("rules.yml", "groups: []\n");
    place.check(
        &["rules.yml"],
        &expect![[r#"
        1 file, 0 rules: no problems
        exit: 0
    "#]],
    );
}

#[test]
fn options_turn_on_the_lints_that_look_for_them() {
    let place = Place::new(&[("rules.yml", RULES)]);
    let arguments = ["--format", "concise", "--ignore", "PQ", "."];
    place.check(
        &arguments,
        &expect![[r#"
        exit: 0
    "#]],
    );
    place.write("watchfire.toml", "[options]\nrequired-labels = { team = [] }\n");
    place.check(
        &arguments,
        &expect![[r#"
        rules.yml:4:12: warning[missing-label-or-annotation]: the alert has no label `team`
        rules.yml:6:12: warning[missing-label-or-annotation]: the alert has no label `team`
        exit: 1
    "#]],
    );
    place.write(
        "watchfire.toml",
        "ignore = [\"PT011\"]\n[options]\nrequired-labels = { team = [] }\n",
    );
    place.check(
        &arguments,
        &expect![[r#"
        exit: 0
    "#]],
    );
}
