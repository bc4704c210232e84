//! `watchfire fmt` as a user meets it. How expressions and files are laid out is shown in
//! `tests/fmt`.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use expect_test::{Expect, expect};

use crate::{cli::transcript, servers::repository};

fn check(arguments: &[&str], stdin: &str, expect: &Expect) {
    expect.assert_eq(&transcript(&[&["fmt"], arguments].concat(), stdin));
}

/// The files of `tests/cli/fmt` in a folder of their own.
fn copy() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["long.yml", "broken.yml"] {
        let from = repository().join("tests/cli/fmt").join(name);
        fs::copy(from, folder.path().join(name)).expect("it is there");
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn in_folder(folder: &Path, arguments: &[&str]) -> String {
    let path = folder.display().to_string();
    let shown = transcript(&[&["fmt"], arguments, &[&path]].concat(), "");
    shown.replace(&path, "DIR")
}

#[test]
fn one_expression() {
    check(
        &["--expr", "sum(rate(x[300s]))by(job) # per job"],
        "",
        &expect![[r#"
        sum by (job) (rate(x[5m])) # per job
        exit: 0
    "#]],
    );
    check(
        &["-e", "sum("],
        "",
        &expect![[r#"
        err: error[syntax]: unclosed left parenthesis
        err:  --> expr:1:5
        err:   |
        err: 1 | sum(
        err:   |     ^
        exit: 1
    "#]],
    );
}

#[test]
fn what_would_change_is_named_or_shown() {
    check(
        &["--check", "fmt"],
        "",
        &expect![[r#"
        would format fmt/broken.yml
        would format fmt/long.yml
        2 files: 2 would be formatted; 1 problem
        err: error[syntax]: unclosed left parenthesis
        err:  --> fmt/broken.yml:5:16
        err:   |
        err: 5 |     expr: sum(b
        err:   |                ^
        err:   |
        err:   = note: the expression is left as it is
        exit: 1
    "#]],
    );
    check(
        &["--diff", "fmt/long.yml", "fmt/bro*.yml"],
        "",
        &expect![[r#"
        --- fmt/long.yml
        +++ fmt/long.yml
        @@ -3,7 +3,13 @@
         - name: errors
           rules:
           - alert: Errors   # too many
        -    expr: histogram_quantile(0.99, sum by (le, job, instance) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5
        +    expr: |2
        +        histogram_quantile(
        +          0.99,
        +          sum by (le, job, instance) (rate(http_request_duration_seconds_bucket[5m]))
        +        )
        +      >
        +        0.5
             for: 5m
           - record: job:errors:rate5m
             expr: |
        --- fmt/broken.yml
        +++ fmt/broken.yml
        @@ -4,4 +4,4 @@
           - record: a
             expr: sum(b
           - record: c
        -    expr: sum(d)by(e)
        +    expr: sum by (e) (d)
        err: error[syntax]: unclosed left parenthesis
        err:  --> fmt/broken.yml:5:16
        err:   |
        err: 5 |     expr: sum(b
        err:   |                ^
        err:   |
        err:   = note: the expression is left as it is
        exit: 1
    "#]],
    );
    let colored = transcript(&["fmt", "--diff", "fmt/long.yml", "--color", "always"], "");
    assert!(colored.contains("\u{1b}[32m+"), "{colored}");
}

#[test]
fn files_are_written_in_place() {
    let (_guard, folder) = copy();
    expect![[r#"
        formatted DIR/broken.yml
        formatted DIR/long.yml
        2 files: 2 formatted; 1 problem
        err: error[syntax]: unclosed left parenthesis
        err:  --> DIR/broken.yml:5:16
        err:   |
        err: 5 |     expr: sum(b
        err:   |                ^
        err:   |
        err:   = note: the expression is left as it is
        exit: 1
    "#]]
    .assert_eq(&in_folder(&folder, &[]));
    expect![[r#"
        # Two rules.
        groups:
        - name: errors
          rules:
          - alert: Errors   # too many
            expr: |2
                histogram_quantile(
                  0.99,
                  sum by (le, job, instance) (rate(http_request_duration_seconds_bucket[5m]))
                )
              >
                0.5
            for: 5m
          - record: job:errors:rate5m
            expr: |
              sum by (job) (rate(errors_total[5m])) # per second
    "#]]
    .assert_eq(&fs::read_to_string(folder.join("long.yml")).unwrap());
    assert!(fs::read_to_string(folder.join("broken.yml")).unwrap().contains("sum by (e) (d)\n"));
    expect![[r#"
        2 files: nothing to do; 1 problem
        err: error[syntax]: unclosed left parenthesis
        err:  --> DIR/broken.yml:5:16
        err:   |
        err: 5 |     expr: sum(b
        err:   |                ^
        err:   |
        err:   = note: the expression is left as it is
        exit: 1
    "#]]
    .assert_eq(&in_folder(&folder, &["--check"]));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing else is left there");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay_and_what_is_the_same_is_not_written() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let (_guard, folder) = copy();
    let (file, link) = (folder.join("long.yml"), folder.join("link.yml"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("long.yml", &link).unwrap();
    let arguments = ["fmt", link.to_str().unwrap()];
    assert!(transcript(&arguments, "").ends_with("1 file: 1 formatted\nexit: 0\n"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let written = fs::metadata(&file).unwrap();
    assert_eq!(written.permissions().mode() & 0o777, 0o640);
    assert!(transcript(&arguments, "").ends_with("1 file: nothing to do\nexit: 0\n"));
    assert_eq!(fs::metadata(&file).unwrap().ino(), written.ino());
}

#[test]
fn standard_input_goes_to_standard_output() {
    let rules = "groups:\n- name: a\n  rules:\n  - record: b\n    expr: sum(c)by(d)\n";
    check(
        &["-"],
        rules,
        &expect![[r#"
        groups:
        - name: a
          rules:
          - record: b
            expr: sum by (d) (c)
        exit: 0
    "#]],
    );
    check(
        &["-", "--check"],
        rules,
        &expect![[r#"
        would format <stdin>
        1 file: 1 would be formatted
        exit: 1
    "#]],
    );
    check(
        &["-"],
        "groups: [",
        &expect![[r#"
        groups: [err: error[yaml-error]: unclosed bracket '['
        err:  --> <stdin>:1:9
        err:   |
        err: 1 | groups: [
        err:   |         ^
        exit: 1
    "#]],
    );
    check(
        &["-"],
        "no: rules # at all",
        &expect![[r#"
        no: rules # at allexit: 0
    "#]],
    );
}

#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let (_guard, folder) = copy();
    fs::write(folder.join("latin1.yml"), b"groups: # expr \xe9\n").unwrap();
    expect![[r#"
        formatted DIR/broken.yml
        formatted DIR/long.yml
        2 files: 2 formatted; 2 problems
        err: error: cannot read nowhere.yml: No such file or directory (os error 2)
        err: error[syntax]: unclosed left parenthesis
        err:  --> DIR/broken.yml:5:16
        err:   |
        err: 5 |     expr: sum(b
        err:   |                ^
        err:   |
        err:   = note: the expression is left as it is
        err: error: DIR/latin1.yml is not UTF-8 from byte 15 on
        exit: 2
    "#]]
    .assert_eq(&in_folder(&folder, &["nowhere.yml"]));
}

#[test]
fn mistakes_of_usage() {
    check(
        &[],
        "",
        &expect![[r#"
        err: error: the following required arguments were not provided:
        err:   <PATH>...
        err: 
        err: Usage: watchfire fmt <PATH>...
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]],
    );
    check(
        &["--check", "--diff", "fmt"],
        "",
        &expect![[r#"
        err: error: the argument '--check' cannot be used with '--diff'
        err: 
        err: Usage: watchfire fmt --check <PATH>...
        err: 
        err: For more information, try '--help'.
        exit: 2
    "#]],
    );
}
