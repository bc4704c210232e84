//! What is wrong with a rule file, in Prometheus's words and in ours.

use std::fmt;

use diagnostics::Diagnostic;

/// The codes of what the reader finds, sorted. Lints explain them under the same names.
pub const CODES: [&str; 14] = [
    "duplicate-key",
    "further-document",
    "invalid-duration",
    "invalid-group",
    "invalid-label-name",
    "invalid-rule",
    "manifest-shape",
    "other-dialect",
    "promql-syntax",
    "template-syntax",
    "unavailable-feature",
    "unknown-field",
    "wrong-type",
    "yaml-error",
];

/// One mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// What is wrong, in Prometheus's words, without a position:
    /// `group "g", rule 1, "A": field 'expr' must be set in rule`.
    pub message: String,
    /// Where the mistake is, as closely as can be told; from 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
    /// The mistake in our words, at its place in the file.
    pub diagnostic: Diagnostic,
    pub(crate) kind: ErrorKind,
}

/// At which stage Prometheus finds a mistake; it decides how it writes the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// No YAML, in this line; none where Prometheus names no line.
    Syntax(Option<u32>),
    /// YAML of another shape, in this line.
    Shape(u32),
    /// A value that does not parse: reported without a position.
    Value,
    /// A definition that makes no sense, with the positions that Prometheus gives; 0:0 where it
    /// cites what is not there.
    Rule(Vec<(u32, u32)>),
    /// Prometheus stops at an earlier mistake of the same text.
    Further,
}

impl RuleError {
    /// The text as Prometheus writes it after `FILE: `; none where it speaks of an earlier mistake
    /// only.
    pub fn to_prometheus(&self) -> Option<String> {
        Some(match &self.kind {
            ErrorKind::Syntax(Some(line)) => format!("yaml: line {line}: {}", self.message),
            ErrorKind::Syntax(None) => format!("yaml: {}", self.message),
            ErrorKind::Shape(line) => {
                format!("yaml: unmarshal errors:\n  line {line}: {}", self.message)
            }
            ErrorKind::Value => self.message.clone(),
            ErrorKind::Rule(positions) => {
                let positions = positions.iter().map(|(line, column)| format!("{line}:{column}: "));
                positions.collect::<String>() + &self.message
            }
            ErrorKind::Further => return None,
        })
    }
}

/// `LINE:COLUMN: MESSAGE`, the closest position that is known.
impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        let note = self.diagnostic.help.iter().chain(&self.diagnostic.notes).next();
        note.map_or(Ok(()), |note| write!(f, " ({note})"))
    }
}

impl std::error::Error for RuleError {}

/// Errors as Prometheus lists them: those of the file's shape are one, and hide the others.
pub(crate) fn to_prometheus(errors: &[RuleError]) -> Vec<String> {
    let first = |is: fn(&ErrorKind) -> bool| errors.iter().find(|e| is(&e.kind));
    let syntax = first(|kind| matches!(kind, ErrorKind::Syntax(_)));
    if let Some(first) = syntax.or_else(|| first(|kind| *kind == ErrorKind::Value)) {
        return first.to_prometheus().into_iter().collect();
    }
    let shape: Vec<_> = errors
        .iter()
        .filter_map(|e| match e.kind {
            ErrorKind::Shape(line) => Some(format!("\n  line {line}: {}", e.message)),
            _ => None,
        })
        .collect();
    if shape.is_empty() {
        return errors.iter().filter_map(RuleError::to_prometheus).collect();
    }
    vec![format!("yaml: unmarshal errors:{}", shape.concat())]
}
