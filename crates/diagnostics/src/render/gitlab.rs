//! GitLab's code quality report: a part of Code Climate's format, one array.
//!
//! Fingerprints stay when lines move, so that a merge request shows what is new.

use serde::Serialize;

use super::{Report, fingerprint::Fingerprints, paragraph, sentence};
use crate::{Finding, LineCol, Severity};

/// The array of all findings.
pub fn render(report: &Report<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let issue = |finding| Issue::new(finding, &mut fingerprints);
    let issues: Vec<Issue<'_>> = report.findings.iter().map(issue).collect();
    super::to_json(&issues)
}

#[derive(Serialize)]
struct Issue<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    check_name: &'a str,
    description: String,
    content: Content,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

impl<'a> Issue<'a> {
    fn new(finding: &'a Finding, fingerprints: &mut Fingerprints) -> Self {
        let Finding { source, diagnostic } = finding;
        let span = source.within(diagnostic.span.unwrap_or_default());
        let positions = Positions {
            begin: source.place(span.start).into(),
            end: source.place(span.end).into(),
        };
        Self {
            kind: "issue",
            check_name: diagnostic.code,
            description: sentence(diagnostic),
            content: Content { body: paragraph(finding) },
            categories: ["Bug Risk"],
            severity: match diagnostic.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            fingerprint: fingerprints.of(finding),
            location: Location { path: &source.name, positions },
        }
    }
}

impl From<LineCol> for Position {
    fn from(LineCol { line, column }: LineCol) -> Self {
        Self { line, column }
    }
}
