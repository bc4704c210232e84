//! The trees of a file to groups, with every mistake on the way.
//!
//! As `model/rulefmt` of Prometheus: first the shape (`decode`), then what each rule means
//! (`check`). A group or rule of a wrong shape is still checked as far as it can be read. Which
//! part of a file is a rule file is `manifest`'s business.

mod advice;
mod check;
mod decode;
mod dialect;
mod manifest;
mod mistake;

use std::sync::Arc;

use diagnostics::{Diagnostic, Severity, Source, Span};
use yaml::{Node, Origin, YamlError};

use self::mistake::Mistakes;
use crate::{Document, DocumentKind, ReadOptions, RuleFile};

/// What Prometheus logs.
const FIRST_ONLY: &str =
    "multiple document yaml rules files are not supported, only the first document is processed";

/// Reads a rule file.
pub(crate) fn read(source: &Arc<Source>, options: ReadOptions) -> RuleFile {
    let origin = Origin::file(source);
    let stream = yaml::parse(&origin);
    let file = RuleFile { comments: stream.comments, ..empty(source) };
    let mut reader = Reader { file, options };
    let mut documents = stream.documents.into_iter().filter(has_content).peekable();
    let are_manifests = documents
        .peek()
        .is_some_and(|first| first.root.as_ref().is_some_and(|root| manifest::is_manifest(root)));
    if are_manifests || options.every_document {
        documents.for_each(|document| reader.document(&origin, document));
    } else {
        documents.next().into_iter().for_each(|first| reader.document(&origin, first));
        if let Some(second) = documents.next() {
            reader.warn_of_second(&second);
        }
    }
    reader.file.comments.sort_by_key(|comment| comment.span);
    reader.file
}

/// What comes of bytes that are no text.
pub(crate) fn unreadable(source: &Arc<Source>, error: YamlError) -> RuleFile {
    let mut mistakes = Mistakes::new(&Origin::file(source));
    mistakes.add_bytes(error);
    RuleFile { errors: mistakes.found, ..empty(source) }
}

fn empty(source: &Arc<Source>) -> RuleFile {
    RuleFile {
        source: Arc::clone(source),
        documents: Vec::new(),
        groups: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Prometheus passes over a first document without content as over any other.
fn has_content(document: &yaml::Document) -> bool {
    let is_empty = document.root.as_ref().is_none_or(|root| root.is_null());
    !is_empty || !document.errors.is_empty()
}

/// Collects what a file holds.
struct Reader {
    file: RuleFile,
    options: ReadOptions,
}

impl Reader {
    /// A document of the file, or of a text inside of it.
    fn document(&mut self, origin: &Arc<Origin>, document: yaml::Document) {
        let mut mistakes = Mistakes::new(origin);
        document.errors.into_iter().for_each(|error| mistakes.add_yaml(error));
        let Some(root) = document.root else {
            self.file.errors.extend(mistakes.found);
            return;
        };
        if manifest::is_manifest(&root) {
            self.file.errors.extend(mistakes.found);
            return self.manifest(origin, &root, manifest::MAX_NESTING);
        }
        self.rule_file(origin, &root, DocumentKind::RuleFile, mistakes);
    }

    /// A mapping with groups.
    fn rule_file(
        &mut self,
        origin: &Arc<Origin>,
        root: &Arc<Node>,
        kind: DocumentKind,
        mistakes: Mistakes,
    ) {
        let mut decoder = decode::Decoder::new(&kind, self.options, mistakes);
        let raw = decoder.file(root);
        let mut mistakes = decoder.mistakes;
        mistakes.found.sort_by_key(|error| error.diagnostic.span);
        let mut checker = check::Checker::new(&kind, self.options.syntax, mistakes);
        let name = &self.file.source.name;
        let first = self.file.groups.len();
        self.file.groups.extend(raw.into_iter().map(|group| checker.group(name, group)));
        self.file.errors.extend(checker.mistakes.found);
        let groups = first..self.file.groups.len();
        self.file.documents.push(Document { kind, groups, span: origin.locate(root.span) });
    }

    fn warn_of_second(&mut self, second: &yaml::Document) {
        let span = match (&second.root, second.errors.first()) {
            (Some(root), _) => first_line(root.span, &self.file.source.text),
            (None, Some(error)) => error.span,
            (None, None) => return,
        };
        let help = "write it into a file of its own";
        let warning = Diagnostic::new(Severity::Warning, "further-document", span, FIRST_ONLY);
        self.file.warnings.push(warning.help(help));
    }
}

/// What of a span stands on its first line.
fn first_line(span: Span, text: &str) -> Span {
    let length = span.of(text).lines().next().unwrap_or("").len();
    Span::new(span.start as usize, span.start as usize + length)
}
