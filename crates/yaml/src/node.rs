//! The tree.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use diagnostics::Span;

use crate::ScalarStyle;

/// A node of the tree. What an alias stands for is the anchored node itself.
///
/// Rule files have tens of thousands, so it is kept small.
#[derive(Debug)]
pub struct Node {
    /// Where the node is written, in bytes of the text that was parsed: quotes belong to it, the
    /// header of a block scalar and properties such as anchors do not.
    pub span: Span,
    /// Where the node begins, properties and block headers included; from 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// An explicit tag, such as `!!str`.
    pub tag: Option<Box<str>>,
    /// What the node holds.
    pub content: Content,
    /// What stands around it.
    pub(crate) place: Place,
    /// Whether an alias stands for it, or for a node around it.
    pub(crate) is_shared: AtomicBool,
    /// How many nodes this is when aliases are written out.
    pub(crate) size: u32,
    /// How many levels it has.
    pub(crate) depth: u8,
}

/// A key and its value.
pub type Entry<'n> = (&'n Arc<Node>, &'n Arc<Node>);

/// What a node holds.
#[derive(Debug)]
pub enum Content {
    /// A text.
    Scalar {
        /// With escapes, folding and indentation undone.
        text: Arc<str>,
        /// How it was written.
        style: ScalarStyle,
    },
    /// A list.
    Sequence(Box<[Arc<Node>]>),
    /// Keys and values in the order of the text. Merge keys are still among them: see
    /// [`Node::entries`].
    Mapping(Box<[(Arc<Node>, Arc<Node>)]>),
}

/// What stands around a node, as far as it decides how the node may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Columns before the innermost collection in block style; none at the root.
    pub(crate) indent: Option<u32>,
    /// Whether a collection in flow style is around it.
    pub(crate) in_flow: bool,
    /// What the node is in its collection.
    pub(crate) role: Role,
    /// Where the header of a block scalar begins; of other nodes, where they begin.
    pub(crate) header: u32,
}

/// What a node is in its collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Root,
    Item,
    Key,
    Value,
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

    /// The value of a key of a mapping; merge keys are not followed.
    pub fn get(&self, name: &str) -> Option<&Arc<Node>> {
        let Content::Mapping(pairs) = &self.content else { return None };
        pairs.iter().find(|(key, _)| key.as_scalar() == Some(name)).map(|(_, value)| value)
    }

    /// How a scalar was written.
    pub fn style(&self) -> Option<ScalarStyle> {
        match &self.content {
            Content::Scalar { style, .. } => Some(*style),
            _ => None,
        }
    }

    /// Whether an alias stands for the node or for one around it: what is written once counts in
    /// several places.
    pub fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    /// Keys and values of a mapping, with merge keys resolved: a key of the mapping itself wins
    /// over a merged one, an earlier merged mapping over a later one. The error is the node that
    /// should be a mapping and is none.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, &Node> {
        let mut entries = match &self.content {
            Content::Mapping(pairs) => Vec::with_capacity(pairs.len()),
            _ => Vec::new(),
        };
        match &self.content {
            Content::Mapping(pairs) if pairs.len() < FEW && !pairs.iter().any(is_merged) => {
                for (i, (key, value)) in pairs.iter().enumerate() {
                    let text = key.as_scalar();
                    let is_known = |(known, _): &(Arc<Node>, _)| known.as_scalar() == text;
                    if text.is_none() || !pairs[..i].iter().any(is_known) {
                        entries.push((key, value));
                    }
                }
            }
            _ => self.collect(&mut entries, &mut HashSet::new())?,
        }
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
    pub fn is_merge(&self) -> bool {
        let Content::Scalar { text, style: ScalarStyle::Plain } = &self.content else {
            return false;
        };
        &**text == "<<"
    }

    /// Notes that an alias stands for the node.
    pub(crate) fn share(&self) {
        if self.is_shared.swap(true, Ordering::Relaxed) {
            return;
        }
        match &self.content {
            Content::Scalar { .. } => {}
            Content::Sequence(nodes) => nodes.iter().for_each(|node| node.share()),
            Content::Mapping(pairs) => pairs.iter().for_each(|(key, value)| {
                key.share();
                value.share();
            }),
        }
    }
}

/// So many keys are compared with each other faster than they are hashed.
pub(crate) const FEW: usize = 12;

fn is_merged((key, _): &(Arc<Node>, Arc<Node>)) -> bool {
    key.is_merge()
}
