//! What is wrong with a file of unit tests, in promtool's words and with better positions.

use diagnostics::{Diagnostic, Span};

/// One mistake in a file of unit tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// What is wrong, in promtool's words, without a position.
    pub message: String,
    /// From 1.
    pub line: u32,
    /// Where, in bytes of the file.
    pub span: Span,
    /// What was expected, where the message does not say it plainly.
    pub note: Option<String>,
    pub(crate) kind: ErrorKind,
}

/// At which stage promtool finds a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// No YAML.
    Syntax,
    /// No UTF-8.
    Encoding,
    /// YAML of another shape.
    Shape,
    /// A value that does not parse: reported alone and without a position.
    Value,
}

impl FileError {
    pub(crate) fn not_utf8(at: usize) -> Self {
        Self {
            message: "invalid leading UTF-8 octet".to_owned(),
            line: 1,
            span: Span::new(at, at),
            note: Some("test files are read as UTF-8".to_owned()),
            kind: ErrorKind::Encoding,
        }
    }

    /// The mistake as a diagnostic of the file.
    pub fn to_diagnostic(&self) -> Diagnostic {
        let code = match self.kind {
            ErrorKind::Syntax | ErrorKind::Encoding => "yaml",
            ErrorKind::Shape => "shape",
            ErrorKind::Value => "value",
        };
        let mut diagnostic = Diagnostic::error(code, self.span, self.message.clone());
        diagnostic.notes.extend(self.note.clone());
        diagnostic
    }
}

/// The errors as promtool prints them: no YAML before values that do not parse before shape, which
/// is one error; none where there is none.
pub(crate) fn to_promtool(errors: &[FileError]) -> Option<String> {
    let of = |kind| errors.iter().find(move |e| e.kind == kind);
    if let Some(encoding) = of(ErrorKind::Encoding) {
        return Some(format!("yaml: {}", encoding.message));
    }
    if let Some(syntax) = of(ErrorKind::Syntax) {
        return Some(format!("yaml: line {}: {}", syntax.line, syntax.message));
    }
    if let Some(value) = of(ErrorKind::Value) {
        return Some(value.message.clone());
    }
    let lines: Vec<String> =
        errors.iter().map(|e| format!("\n  line {}: {}", e.line, e.message)).collect();
    (!lines.is_empty()).then(|| format!("yaml: unmarshal errors:{}", lines.concat()))
}
