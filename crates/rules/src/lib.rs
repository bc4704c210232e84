//! Rule files: text to groups with positions, and the templates of their labels and annotations.
//!
//! It takes text and reads no files; evaluating rules is `engine`'s and `alert`'s business.
//! Rule files as Prometheus has them, manifests of Kubernetes that hold such, and both
//! inside of a ConfigMap are read alike: see [`DocumentKind`]. Start at [`read()`]; each text of a
//! rule is a [`Located`], which knows where it is written and how it is changed there; [`Template`]
//! expands labels and annotations; [`format()`] lays out expressions.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod document;
mod error;
pub mod features;
mod format;
mod read;
mod rule;
pub mod template;

use std::sync::Arc;

use diagnostics::{Diagnostic, Source};
use promql::ParseOptions;

pub use document::{Document, DocumentKind};
pub use error::{CODES, RuleError};
pub use format::{Formatted, format};
pub use rule::{Alerting, Field, Group, Pair, Rule, RuleKind, UnreadRule};
pub use template::{QueryFn, Template, TemplateContext};
pub use yaml::{self, Comment, Located};

/// How a rule file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Which guarded syntax expressions may use.
    pub syntax: ParseOptions,
    /// Passes over fields that are not known.
    pub ignore_unknown_fields: bool,
    /// Reads all documents of a file of rule groups; Prometheus reads the first and so does a
    /// reader by default. Manifests are read to the last in any case.
    pub every_document: bool,
}

/// What came of a rule file.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The text, in which all spans count.
    pub source: Arc<Source>,
    /// What the file holds, in order.
    pub documents: Vec<Document>,
    /// The groups of all documents. A file with errors must not be run: Prometheus refuses it
    /// whole.
    pub groups: Vec<Group>,
    /// All comments, in order; also those of rule files inside of a ConfigMap.
    pub comments: Vec<Comment>,
    /// Everything wrong: the file's shape first, then group by group.
    pub errors: Vec<RuleError>,
    /// What is odd but harmless.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a rule file as Prometheus does. `file` is the name that its groups carry.
pub fn parse(file: &str, text: &str, syntax: &ParseOptions) -> RuleFile {
    read(&Source::new(file, text), &ReadOptions { syntax: *syntax, ..ReadOptions::default() })
}

/// Reads a rule file. Its groups carry the name of the source.
pub fn read(source: &Arc<Source>, options: &ReadOptions) -> RuleFile {
    read::read(source, *options)
}

/// Reads a rule file from bytes, whatever they are.
pub fn read_bytes(name: &str, bytes: Vec<u8>, options: &ReadOptions) -> RuleFile {
    let (text, error) = yaml::decode(bytes);
    let source = Source::new(name, text);
    match error {
        Some(error) => read::unreadable(&source, error),
        None => read::read(&source, *options),
    }
}

impl RuleFile {
    /// The errors as Prometheus prints them after `FILE: `: mistakes of the file's shape are one
    /// error, which hides all others.
    pub fn to_prometheus(&self) -> Vec<String> {
        error::to_prometheus(&self.errors)
    }

    /// Rules in all groups.
    pub fn n_rules(&self) -> usize {
        self.groups.iter().map(|group| group.rules.len()).sum()
    }
}
