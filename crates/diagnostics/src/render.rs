//! Findings as text for people and in the formats of other tools, one file each.
//!
//! All formats show the same model, and none drops a message, a label, a help or a column.
//! Lines and columns count from 1, columns in characters (Unicode scalar values); where a format
//! has offsets beside them, those are bytes. Nothing is read or written here, and whether colours
//! are wanted is the caller's decision, for only it knows the terminal.
//! Start at [`Format::render`].

pub mod checkstyle;
pub mod concise;
mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod json_lines;
pub mod junit;
pub mod sarif;
pub mod text;
mod xml;

use std::{borrow::Cow, collections::HashMap, fmt::Write};

pub use text::TextStyle;

use crate::{Diagnostic, Finding, Tool};

/// What there is to show.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Who found it.
    pub tool: &'a Tool,
    /// The names of all texts that were looked at, with findings or without.
    pub files: &'a [String],
    /// In the order in which they are shown.
    pub findings: &'a [Finding],
}

/// How findings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: the lines of the text with carets, the cause, the fix.
    #[default]
    Text,
    /// A line each: `FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE`.
    Concise,
    /// A JSON object a line, with all there is.
    JsonLines,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML, with a passing case for each file without findings.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Text,
        Self::Concise,
        Self::JsonLines,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Checkstyle,
    ];

    /// As flags name it, such as `json-lines`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::JsonLines => "json-lines",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
        }
    }

    /// The format of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }

    /// A whole document. The style concerns only [`Format::Text`].
    pub fn render(self, report: &Report<'_>, style: TextStyle) -> String {
        match self {
            Self::Text => text::render(report, style),
            Self::Concise => concise::render(report),
            Self::JsonLines => json_lines::render(report),
            Self::Sarif => sarif::render(report),
            Self::Github => github::render(report),
            Self::Gitlab => gitlab::render(report),
            Self::Junit => junit::render(report),
            Self::Checkstyle => checkstyle::render(report),
        }
    }
}

/// Message, label and help in one sentence, for formats that have room for one text.
fn sentence(diagnostic: &Diagnostic) -> String {
    let mut sentence = diagnostic.message.clone();
    if !diagnostic.label.is_empty() {
        sentence.extend([" (", &diagnostic.label, ")"]);
    }
    if let Some(help) = &diagnostic.help {
        sentence.extend(["; help: ", help]);
    }
    sentence
}

/// [`sentence`], then the other places and notes, a line each.
fn paragraph(finding: &Finding) -> String {
    let Finding { source, diagnostic } = finding;
    let mut paragraph = sentence(diagnostic);
    if let Some(subject) = &diagnostic.subject {
        paragraph.extend(["\nin ", subject]);
    }
    for related in &diagnostic.related {
        let source = related.source.as_ref().unwrap_or(source);
        let at = source.place(source.within(related.span).start);
        let _ = write!(paragraph, "\n{}:{at}: {}", source.name, related.message);
    }
    paragraph.extend(diagnostic.notes.iter().flat_map(|note| ["\nnote: ", note]));
    paragraph
}

/// All files in their order, then those that only findings name, each with its findings.
fn by_file<'a>(report: &Report<'a>) -> Vec<(&'a str, Vec<&'a Finding>)> {
    let mut files: Vec<(&str, Vec<&Finding>)> = Vec::with_capacity(report.files.len());
    let mut index = HashMap::with_capacity(report.files.len());
    let named = report.files.iter().map(|file| (&**file, None));
    let found = report.findings.iter().map(|finding| (&*finding.source.name, Some(finding)));
    for (file, finding) in named.chain(found) {
        let at = *index.entry(file).or_insert_with(|| {
            files.push((file, Vec::new()));
            files.len() - 1
        });
        files[at].1.extend(finding);
    }
    files
}

/// A document on one line.
fn to_json(document: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(document).expect("names and numbers have a form in JSON");
    json + "\n"
}

/// The text without characters that would move a terminal's cursor or turn its direction.
fn printable(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    if is_plain || !text.contains(|c| is_unprintable(c) && c != '\n') {
        return text.into();
    }
    let show = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        _ if is_unprintable(c) => '\u{fffd}',
        _ => c,
    };
    text.chars().map(show).collect()
}

/// [`printable`] on one line.
fn one_line(text: &str) -> Cow<'_, str> {
    match printable(text) {
        text if text.contains('\n') => text.replace('\n', " ").into(),
        text => text,
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
