//! SARIF 2.1.0, the format of code scanning services: rules, results, places, fixes.
//!
//! Messages are written as they are, braces included: no reader was found that takes `{{` for `{`
//! where a message has no arguments.

mod document;

use std::{borrow::Cow, collections::BTreeSet, fmt::Write};

use self::document::{
    About, Artifact, ArtifactChange, ArtifactLocation, Configuration, Driver, Fix, Location, Log,
    LogicalLocation, Markdown, PartialFingerprints, PhysicalLocation, Properties, Region,
    Replacement, Result, Rule, Run, Text, ToolOf,
};
use super::{Report, fingerprint::Fingerprints, sentence};
use crate::{Entry, Finding, Proof, Severity, Source, Span, Tool};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole document.
pub fn render(report: &Report<'_>) -> String {
    super::to_json(&Log { schema: SCHEMA, version: "2.1.0", runs: [Run::new(report)] })
}

impl<'a> Run<'a> {
    fn new(report: &Report<'a>) -> Self {
        let codes: BTreeSet<&str> = report.findings.iter().map(|f| f.diagnostic.code).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let mut fingerprints = Fingerprints::default();
        let result = |finding| Result::new(finding, &codes, fingerprints.of(finding));
        let artifact = |file: &String| Artifact { location: ArtifactLocation::new(file) };
        Self {
            column_kind: "unicodeCodePoints",
            artifacts: report.files.iter().map(artifact).collect(),
            results: report.findings.iter().map(result).collect(),
            tool: ToolOf { driver: Driver::new(report.tool, &codes) },
        }
    }
}

impl<'a> Driver<'a> {
    fn new(tool: &'a Tool, codes: &[&'a str]) -> Self {
        let about = |code: &str| tool.catalogue.get(code).map(About::new);
        let rules = codes.iter().map(|code| Rule { id: code, about: about(code) });
        Self {
            name: &tool.name,
            version: &tool.version,
            information_uri: tool.url.as_deref(),
            rules: rules.collect(),
        }
    }
}

impl<'a> About<'a> {
    fn new(entry: &'a Entry) -> Self {
        let Entry { summary, explanation, url, severity } = entry;
        Self {
            short_description: Text::new(summary),
            full_description: Text::new(summary),
            help: Markdown { text: explanation, markdown: explanation },
            help_uri: url.as_deref(),
            default_configuration: Configuration { level: level(*severity) },
        }
    }
}

impl<'a> Text<'a> {
    fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into() }
    }
}

impl<'a> Result<'a> {
    fn new(finding: &'a Finding, codes: &[&str], fingerprint: String) -> Self {
        let Finding { source, diagnostic } = finding;
        let code = diagnostic.code;
        let mut message = sentence(diagnostic);
        message.extend(diagnostic.notes.iter().flat_map(|note| ["\n", note]));
        let related = diagnostic.related.iter().zip(1..).map(|(related, id)| Location {
            id: Some(id),
            physical_location: PhysicalLocation::new(
                related.source.as_deref().unwrap_or(source),
                Some(related.span),
            ),
            logical_locations: Vec::new(),
            message: Some(Text::new(&*related.message)),
        });
        let fixes = diagnostic.fix.iter().map(|fix| Fix::new(finding, fix));
        Self {
            rule_id: code,
            rule_index: codes.binary_search(&code).unwrap_or_default(),
            level: level(diagnostic.severity),
            message: Text::new(message),
            locations: [Location::of(finding)],
            related_locations: related.collect(),
            fixes: fixes.collect(),
            partial_fingerprints: PartialFingerprints { finding: fingerprint },
            properties: Properties {
                proof: diagnostic.proof.map(Proof::name),
                help: diagnostic.help.as_deref(),
                fix: diagnostic.fix.as_ref().map(|fix| fix.applicability.name()),
            },
        }
    }
}

impl<'a> Location<'a> {
    fn of(finding: &'a Finding) -> Self {
        let Finding { source, diagnostic } = finding;
        let subject = diagnostic.subject.as_deref();
        let named = subject.map(|name| LogicalLocation { fully_qualified_name: name });
        Self {
            id: None,
            physical_location: PhysicalLocation::new(source, diagnostic.span),
            logical_locations: named.into_iter().collect(),
            message: (!diagnostic.label.is_empty()).then(|| Text::new(&*diagnostic.label)),
        }
    }
}

impl PhysicalLocation {
    fn new(source: &Source, span: Option<Span>) -> Self {
        Self {
            artifact_location: ArtifactLocation::new(&source.name),
            region: span.map(|span| Region::new(source, span)),
        }
    }
}

impl Region {
    fn new(source: &Source, span: Span) -> Self {
        let span = source.within(span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        Self {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl<'a> Fix<'a> {
    fn new(finding: &'a Finding, fix: &'a crate::Fix) -> Self {
        let Finding { source, diagnostic } = finding;
        let replacement = |edit: &'a crate::Edit| Replacement {
            deleted_region: Region::new(source, edit.span),
            inserted_content: Text::new(&*edit.text),
        };
        let help = diagnostic.help.as_deref().unwrap_or("write this instead");
        Self {
            description: Text::new(format!("{help} ({} fix)", fix.applicability.name())),
            artifact_changes: [ArtifactChange {
                artifact_location: ArtifactLocation::new(&source.name),
                replacements: fix.edits.iter().map(replacement).collect(),
            }],
        }
    }
}

impl ArtifactLocation {
    /// A path as a reference relative to where the tool ran, or as a `file:` URI.
    fn new(path: &str) -> Self {
        let path = path.strip_prefix("./").unwrap_or(path);
        let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
        for byte in path.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    uri.push(char::from(byte));
                }
                b'\\' => uri.push('/'),
                _ => {
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
        }
        Self { uri }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
