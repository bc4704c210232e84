//! Collects mistakes with their places.

use std::sync::Arc;

use diagnostics::{Diagnostic, Span};
use yaml::{Node, Origin, YamlError};

use super::advice;
use crate::{RuleError, error::ErrorKind};

/// What is wrong with a text, at places in the file.
pub(super) struct Mistakes {
    pub(super) origin: Arc<Origin>,
    pub(super) found: Vec<RuleError>,
}

impl Mistakes {
    pub(super) fn new(origin: &Arc<Origin>) -> Self {
        Self { origin: Arc::clone(origin), found: Vec::new() }
    }

    /// A mistake in Prometheus's words and in ours.
    pub(super) fn add(&mut self, kind: ErrorKind, message: String, diagnostic: Diagnostic) {
        let start = diagnostic.span.unwrap_or_default().start;
        let at = self.origin.source().lines.line_col(start);
        let (line, column) = (at.line, at.column);
        self.found.push(RuleError { message, line, column, diagnostic, kind });
    }

    /// Bytes that are no text. Prometheus names no line.
    pub(super) fn add_bytes(&mut self, error: YamlError) {
        self.add_yaml(error);
        if let Some(last) = self.found.last_mut() {
            last.kind = ErrorKind::Syntax(None);
        }
    }

    pub(super) fn add_yaml(&mut self, error: YamlError) {
        let (code, kind) = if error.is_syntax {
            ("yaml-error", ErrorKind::Syntax(Some(error.line)))
        } else {
            ("duplicate-key", ErrorKind::Shape(error.line))
        };
        let span = self.origin.locate(error.span);
        let mut diagnostic = Diagnostic::error(code, span, error.message.clone());
        diagnostic.notes.extend(error.note);
        diagnostic.help = advice::of_yaml(&error.message, self.origin.text(), error.span);
        if let Some(first) = error.related {
            diagnostic = diagnostic.because(self.origin.locate(first), "first written here");
        }
        self.add(kind, error.message, diagnostic);
    }

    /// Where a node stands in the file.
    pub(super) fn place(&self, node: &Node) -> Span {
        self.origin.locate(node.span)
    }
}
