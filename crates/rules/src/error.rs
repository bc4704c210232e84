//! What is wrong with a rule file, in Prometheus's words and with better positions.

use std::fmt;

use diagnostics::{Diagnostic, LineIndex, Severity, Span};

/// One mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// What is wrong, in Prometheus's words, without a position:
    /// `group "g", rule 1, "A": field 'expr' must be set in rule`.
    pub message: String,
    /// From 1: where the mistake is, as closely as can be told.
    pub line: u32,
    /// In characters, from 1.
    pub column: Option<u32>,
    /// Where, in bytes of the file.
    pub span: Option<Span>,
    /// What was expected, where the message does not say it plainly.
    pub note: Option<String>,
    pub(crate) kind: ErrorKind,
}

/// At which stage Prometheus finds a mistake; it decides how it writes the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// No YAML.
    Syntax,
    /// YAML of another shape.
    Shape,
    /// A value that does not parse: reported without a position.
    Value,
    /// A definition that makes no sense, with the positions that Prometheus gives; 0:0 where it
    /// cites what is not there.
    Rule(Vec<(u32, u32)>),
}

impl RuleError {
    /// The text as Prometheus writes it after `FILE: `.
    pub fn to_prometheus(&self) -> String {
        match &self.kind {
            ErrorKind::Syntax => format!("yaml: line {}: {}", self.line, self.message),
            ErrorKind::Shape => {
                format!("yaml: unmarshal errors:\n  line {}: {}", self.line, self.message)
            }
            ErrorKind::Value => self.message.clone(),
            ErrorKind::Rule(positions) => {
                let positions = positions.iter().map(|(line, column)| format!("{line}:{column}: "));
                positions.collect::<String>() + &self.message
            }
        }
    }

    /// The mistake as a diagnostic of the file.
    pub fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: match self.kind {
                ErrorKind::Syntax => "yaml",
                ErrorKind::Shape => "shape",
                ErrorKind::Value => "value",
                ErrorKind::Rule(_) => "rule",
            },
            message: self.message.clone(),
            span: self.span,
            notes: self.note.iter().cloned().collect(),
            ..Diagnostic::default()
        }
    }

    /// Moves the mistake to bytes of the file.
    pub(crate) fn at(mut self, file_text: &str, span: Span) -> Self {
        let at = LineIndex::new(file_text).line_col(span.start);
        let line_start = span.start - (at.column - 1);
        let before = Span { start: line_start, end: span.start }.of(file_text);
        self.line = at.line;
        self.column = u32::try_from(before.chars().count() + 1).ok();
        self.span = Some(span);
        self
    }
}

/// `LINE:COLUMN: MESSAGE`, the closest position that is known.
impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.line)?;
        if let Some(column) = self.column {
            write!(f, "{column}:")?;
        }
        write!(f, " {}", self.message)?;
        self.note.as_ref().map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

impl std::error::Error for RuleError {}

/// Errors as Prometheus lists them: those of the file's shape are one, and hide the others.
pub(crate) fn to_prometheus(errors: &[RuleError]) -> Vec<String> {
    if let Some(syntax) = errors.iter().find(|e| e.kind == ErrorKind::Syntax) {
        return vec![syntax.to_prometheus()];
    }
    if let Some(value) = errors.iter().find(|e| e.kind == ErrorKind::Value) {
        return vec![value.to_prometheus()];
    }
    let shape: Vec<_> = errors
        .iter()
        .filter(|e| e.kind == ErrorKind::Shape)
        .map(|e| format!("\n  line {}: {}", e.line, e.message))
        .collect();
    if shape.is_empty() {
        return errors.iter().map(RuleError::to_prometheus).collect();
    }
    vec![format!("yaml: unmarshal errors:{}", shape.concat())]
}
