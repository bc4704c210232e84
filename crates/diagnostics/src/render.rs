//! Findings as text for people and in the formats of other tools, one file each.
//!
//! All formats show the same model, and none drops a message, a label, a help or a column.
//! Lines and columns count from 1, columns in characters (Unicode scalar values); where a format
//! has offsets beside them, those are bytes. Nothing is read or written here, and whether colours
//! are wanted is the caller's decision, for only it knows the terminal.
//! Start at [`Format::render`].

pub mod concise;
pub mod json_lines;
pub mod text;

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
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Text, Self::Concise, Self::JsonLines];

    /// As flags name it, such as `json-lines`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::JsonLines => "json-lines",
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

/// The text without characters that would move a terminal's cursor or turn its direction.
fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(|c| is_unprintable(c) && c != '\n') {
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
fn one_line(text: &str) -> std::borrow::Cow<'_, str> {
    match printable(text) {
        text if text.contains('\n') => text.replace('\n', " ").into(),
        text => text,
    }
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
