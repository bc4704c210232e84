//! The formats of others are as their schemas want them.
//!
//! SARIF's schema and JUnit's lie in packages that tests depend on. Checkstyle has published none;
//! `checkstyle.xsd` here says what its documentation and its own reports have.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use diagnostics::{Finding, Format, Report, TextStyle};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestRunner},
};
use serde_json::Value;

use crate::{formats::sample, random};

/// The sample and random findings.
fn reports() -> Vec<Vec<Finding>> {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let mut reports = vec![sample(), Vec::new()];
    for _ in 0..24 {
        reports.push(random::findings().new_tree(&mut runner).expect("no filter").current());
    }
    reports
}

fn render(format: Format, findings: &[Finding]) -> String {
    let (tool, files) = (random::tool(), random::files(findings));
    format.render(&Report { tool: &tool, files: &files, findings }, TextStyle::default())
}

/// A file of a package that the tests depend on.
fn file_of(package: &str, file: &str) -> PathBuf {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let version = cargo(&["--version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    // Offline, for what the tests were built with is here; other platforms' packages are not.
    let metadata = cargo(&[
        "metadata",
        "--offline",
        "--format-version=1",
        "--filter-platform",
        host,
        "--manifest-path",
        manifest,
    ]);
    let metadata: Value = serde_json::from_str(&metadata).expect("metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|p| p["name"] == package).expect("a dependency of tests");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    manifest.with_file_name(file)
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).output().expect("cargo runs the tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn sarif_validates() {
    let schema = std::fs::read(file_of("serde-sarif", "src/schema.json")).expect("a schema");
    let mut schema: Value = serde_json::from_slice(&schema).expect("JSON");
    // The published pattern of a language's name has a bracket too many; no language is written.
    for part in ["run", "toolComponent"] {
        schema["definitions"][part]["properties"]["language"]["pattern"] = ".*".into();
    }
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema of a known draft");
    for findings in reports() {
        let document: Value =
            serde_json::from_str(&render(Format::Sarif, &findings)).expect("JSON");
        let errors: Vec<_> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    }
    // The validator says no where it should.
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
}

#[test]
fn junit_validates() {
    validate(Format::Junit, &file_of("junit-report", "tests/JUnit.xsd"));
}

#[test]
fn checkstyle_validates() {
    validate(
        Format::Checkstyle,
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checkstyle.xsd").as_ref(),
    );
}

/// Through `xmllint` of Debian's `libxml2-utils`.
fn validate(format: Format, schema: &Path) {
    if let Err(error) = Command::new("xmllint").arg("--version").output() {
        assert!(
            std::env::var_os("WATCHFIRE_REQUIRE_SERVERS").is_none(),
            "xmllint is required here: {error}"
        );
        eprintln!("skipped: no xmllint ({error})");
        return;
    }
    assert!(xmllint(schema, "<checkstyle><testsuites/></checkstyle>").is_err());
    for findings in reports() {
        let document = render(format, &findings);
        xmllint(schema, &document).unwrap_or_else(|errors| panic!("{errors}\n{document}"));
    }
}

fn xmllint(schema: &Path, document: &str) -> Result<(), String> {
    let mut child = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it ran before");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(document.as_bytes()).expect("it reads all");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends by itself");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
