//! YAML text to trees that know where each node stands, and edits that keep everything else.
//!
//! On the events of `granit-parser`. Anchors, aliases and merge keys are resolved; nesting and the
//! growth by aliases are bounded; comments are kept. It gives no types to scalars beyond what
//! `resolve` tells, and prints no trees. Start at [`parse`]; a [`Located`] is a text that finds its
//! parts in the file again, also from YAML that stands inside a scalar of other YAML.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod align;
mod build;
mod decode;
mod located;
mod message;
mod node;
mod origin;
mod replace;
mod resolve;
mod write;

use std::sync::Arc;

use diagnostics::Span;
pub use granit_parser::ScalarStyle;

pub use self::{
    build::parse,
    decode::decode,
    located::Located,
    node::{Content, Entry, Node},
    origin::Origin,
    resolve::Tag,
};

/// The documents of a YAML text.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// In order. A text without any content has none.
    pub documents: Vec<Document>,
    /// In order, of all documents and between them.
    pub comments: Vec<Comment>,
}

/// A document of a YAML text.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The outermost node; none if the document holds nothing but comments, or is no YAML.
    pub root: Option<Arc<Node>>,
    /// Everything wrong: keys written twice, and a syntax error, after which nothing was read and
    /// no document follows.
    pub errors: Vec<YamlError>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the `#` to the end of the line, in bytes of the file.
    pub span: Span,
    /// What follows the `#`.
    pub text: Arc<str>,
    /// Whether something else stands before it on its line.
    pub is_trailing: bool,
}

/// What is wrong with a YAML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// What the reader saw, where that says more.
    pub note: Option<String>,
    /// Whether the text is no YAML at all, rather than YAML of a wrong shape.
    pub is_syntax: bool,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// Where, in bytes.
    pub span: Span,
    /// What else has to do with it: the first of two equal keys.
    pub related: Option<Span>,
}
