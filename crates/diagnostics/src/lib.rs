//! Where something stands in a text, what is wrong with it, and how that is shown.
//!
//! It knows neither PromQL nor YAML: a diagnostic is a message at a byte span.
//! Start at [`Diagnostic`]; [`render`] prints them.
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod render;
mod span;

pub use span::{LineCol, LineIndex, Span};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Likely a mistake.
    Warning,
    /// Cannot be used as it stands.
    Error,
}

/// One finding: a message at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A short stable name, such as `syntax`.
    pub code: &'static str,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// Where; none where the finding is about the whole text.
    pub span: Option<Span>,
    /// Further lines: what was expected, what to do.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity: Severity::Error, code, message, span: Some(span), notes: Vec::new() }
    }
}
