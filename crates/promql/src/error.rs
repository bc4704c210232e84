//! The first error of a text, as Prometheus shows it.

use std::fmt;

use diagnostics::{Diagnostic, LineIndex, Span};

/// An error with its place: `1:5: parse error: unexpected "}"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1; 0 in an empty text.
    pub line: u32,
    /// In bytes, from 1; 0 in an empty text.
    pub column: u32,
    /// Where, in bytes.
    pub span: Span,
    /// What is wrong, without the place.
    pub message: String,
}

impl ParseError {
    pub(crate) fn new(text: &str, diagnostic: Option<&Diagnostic>) -> Self {
        let diagnostic = diagnostic.expect("a text without a tree has an error");
        let span = diagnostic.span.unwrap_or_default();
        let message = diagnostic.message.clone();
        if text.is_empty() {
            return Self { line: 0, column: 0, span, message };
        }
        let at = LineIndex::new(text).line_col(span.start);
        Self { line: at.line, column: at.column, span, message }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "unknown position: parse error: {}", self.message)
        } else {
            write!(f, "{}:{}: parse error: {}", self.line, self.column, self.message)
        }
    }
}

impl std::error::Error for ParseError {}
