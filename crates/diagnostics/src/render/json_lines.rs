//! A JSON object for each finding, on a line of its own, with all that is known of it.
//!
//! `line`, `column`, `end_line` and `end_column` count from 1, columns in characters; the end is
//! the first character behind. `start_byte` and `end_byte` count from 0. All six are null where a
//! finding is about the whole file.

use serde::Serialize;

use super::Report;
use crate::{Edit, Finding, Fix, Proof, Related, Source, Span, Tool};

/// A line for each finding.
pub fn render(report: &Report<'_>) -> String {
    let mut lines = Vec::new();
    for finding in report.findings {
        serde_json::to_writer(&mut lines, &Object::new(finding, report.tool))
            .expect("names and numbers have a form in JSON");
        lines.push(b'\n');
    }
    String::from_utf8(lines).expect("JSON is UTF-8")
}

/// One finding, for documents that hold more than findings.
pub fn value(finding: &Finding, tool: &Tool) -> serde_json::Value {
    serde_json::to_value(Object::new(finding, tool)).expect("names and numbers have a form in JSON")
}

#[derive(Serialize)]
struct Object<'a> {
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    severity: &'a str,
    code: &'a str,
    proof: Option<&'a str>,
    message: &'a str,
    label: Option<&'a str>,
    subject: Option<&'a str>,
    help: Option<&'a str>,
    notes: &'a [String],
    related: Vec<Other<'a>>,
    fix: Option<Remedy<'a>>,
    url: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct Place {
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    start_byte: Option<u32>,
    end_byte: Option<u32>,
}

#[derive(Serialize)]
struct Other<'a> {
    file: &'a str,
    #[serde(flatten)]
    place: Place,
    message: &'a str,
}

#[derive(Serialize)]
struct Remedy<'a> {
    applicability: &'static str,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

impl<'a> Object<'a> {
    fn new(finding: &'a Finding, tool: &'a Tool) -> Self {
        let Finding { source, diagnostic } = finding;
        Self {
            file: &source.name,
            place: diagnostic.span.map(|span| Place::new(source, span)).unwrap_or_default(),
            severity: diagnostic.severity.name(),
            code: diagnostic.code,
            proof: diagnostic.proof.map(Proof::name),
            message: &diagnostic.message,
            label: Some(&*diagnostic.label).filter(|label| !label.is_empty()),
            subject: diagnostic.subject.as_deref(),
            help: diagnostic.help.as_deref(),
            notes: &diagnostic.notes,
            related: diagnostic.related.iter().map(|other| Other::new(source, other)).collect(),
            fix: diagnostic.fix.as_ref().map(|fix| Remedy::new(source, fix)),
            url: tool.url_of(diagnostic.code),
        }
    }
}

impl Place {
    fn new(source: &Source, span: Span) -> Self {
        let span = source.within(span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        Self {
            line: Some(start.line),
            column: Some(start.column),
            end_line: Some(end.line),
            end_column: Some(end.column),
            start_byte: Some(span.start),
            end_byte: Some(span.end),
        }
    }
}

impl<'a> Other<'a> {
    fn new(own: &'a Source, related: &'a Related) -> Self {
        let source = related.source.as_deref().unwrap_or(own);
        let place = Place::new(source, related.span);
        Self { file: &source.name, place, message: &related.message }
    }
}

impl<'a> Remedy<'a> {
    fn new(source: &Source, fix: &'a Fix) -> Self {
        let edit = |Edit { span, text }: &'a Edit| {
            let place = Place::new(source, *span);
            Replacement { place, text }
        };
        Self {
            applicability: fix.applicability.name(),
            edits: fix.edits.iter().map(edit).collect(),
        }
    }
}
