//! YAML text to a tree that knows where each node stands.
//!
//! On the events of `granit-parser`. Anchors, aliases and merge keys are resolved; nesting and the
//! growth by aliases are bounded. It gives no types to scalars beyond what `resolve` tells, and
//! writes no YAML. Start at [`parse`]; [`Node::locate`] finds a part of a scalar's text in the
//! file.

mod build;
mod locate;
mod message;
mod resolve;

use std::{collections::HashSet, sync::Arc};

use diagnostics::Span;
pub use granit_parser::ScalarStyle;

pub use self::{build::parse, resolve::Tag};

/// The first document of a YAML text.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The outermost node; none if the text holds nothing but comments, or is no YAML.
    pub root: Option<Arc<Node>>,
    /// Whether more documents follow.
    pub has_more: bool,
    /// Everything wrong: a syntax error, after which nothing was read, and keys written twice.
    pub errors: Vec<YamlError>,
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
}

/// A node of the tree. What an alias stands for is the anchored node itself.
#[derive(Debug)]
pub struct Node {
    /// Where the node is written, in bytes: quotes belong to it, the header of a block scalar and
    /// properties such as anchors do not.
    pub span: Span,
    /// Where the node begins, properties and block headers included; from 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// An explicit tag, such as `!!str`.
    pub tag: Option<String>,
    /// What the node holds.
    pub content: Content,
    /// How many nodes this is when aliases are written out.
    size: usize,
    /// How many levels it has.
    depth: usize,
}

/// A key and its value.
pub type Entry<'n> = (&'n Arc<Node>, &'n Arc<Node>);

/// What a node holds.
#[derive(Debug)]
pub enum Content {
    /// A text.
    Scalar {
        /// With escapes, folding and indentation undone.
        text: String,
        /// How it was written.
        style: ScalarStyle,
    },
    /// A list.
    Sequence(Vec<Arc<Node>>),
    /// Keys and values in the order of the text. Merge keys are still among them: see
    /// [`Node::entries`].
    Mapping(Vec<(Arc<Node>, Arc<Node>)>),
}

impl Node {
    /// The text of a scalar.
    pub fn as_scalar(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The nodes of a list.
    pub fn as_sequence(&self) -> Option<&[Arc<Node>]> {
        match &self.content {
            Content::Sequence(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Keys and values of a mapping, with merge keys resolved: a key of the mapping itself wins
    /// over a merged one, an earlier merged mapping over a later one. The error is the node that
    /// should be a mapping and is none.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, &Node> {
        let mut entries = Vec::new();
        self.collect(&mut entries, &mut HashSet::new())?;
        Ok(entries)
    }

    fn collect<'n>(
        &'n self,
        entries: &mut Vec<Entry<'n>>,
        known: &mut HashSet<&'n str>,
    ) -> Result<(), &'n Node> {
        let Content::Mapping(pairs) = &self.content else { return Err(self) };
        for (key, value) in pairs.iter().filter(|(key, _)| !key.is_merge()) {
            if key.as_scalar().is_none_or(|text| known.insert(text)) {
                entries.push((key, value));
            }
        }
        for (_, value) in pairs.iter().filter(|(key, _)| key.is_merge()) {
            match &value.content {
                Content::Sequence(sources) => {
                    sources.iter().try_for_each(|source| source.collect(entries, known))?;
                }
                _ => value.collect(entries, known)?,
            }
        }
        Ok(())
    }

    /// Whether the node is the key `<<`.
    fn is_merge(&self) -> bool {
        let Content::Scalar { text, style: ScalarStyle::Plain } = &self.content else {
            return false;
        };
        text == "<<"
    }
}
