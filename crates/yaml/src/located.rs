//! Texts that know where they are written.

use std::{fmt, ops::Deref, sync::Arc};

use diagnostics::{Edit, Span};

use crate::{Content, Node, Origin, ScalarStyle, Tag, replace};

/// The text of a scalar, which knows where it is written, also through block scalars and through
/// YAML inside of YAML. Cloning it is cheap.
#[derive(Clone)]
pub struct Located {
    /// With escapes, folding and indentation undone.
    pub text: Arc<str>,
    node: Arc<Node>,
    origin: Arc<Origin>,
}

impl Located {
    /// The text of a scalar that was read from `origin`; none of a collection.
    pub fn new(origin: &Arc<Origin>, node: &Arc<Node>) -> Option<Self> {
        let Content::Scalar { text, .. } = &node.content else { return None };
        let text = Arc::clone(text);
        Some(Self { text, node: Arc::clone(node), origin: Arc::clone(origin) })
    }

    /// No text, where `node` stands for none.
    pub fn empty(origin: &Arc<Origin>, node: &Arc<Node>) -> Self {
        Self { text: "".into(), node: Arc::clone(node), origin: Arc::clone(origin) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scalar, in bytes of the file; quotes belong to it, the header of a block scalar does
    /// not.
    pub fn span(&self) -> Span {
        self.origin.locate(self.node.span)
    }

    /// Where a part of the text stands in the file; the whole scalar where that cannot be told.
    pub fn locate(&self, part: Span) -> Span {
        self.origin.locate(self.node.locate(self.origin.text(), part).unwrap_or(self.node.span))
    }

    /// The edit of the file after which the text has `new` in place of `part`. The scalar is
    /// written in another style where its own cannot hold the new text. None where it cannot be
    /// done, as where an alias stands for the scalar, so that the edit would change other places.
    pub fn replace(&self, part: Span, new: &str) -> Option<Edit> {
        if self.node.as_scalar() != Some(&*self.text) {
            return None;
        }
        self.nest(replace::part(self.origin.text(), &self.node, part, new)?)
    }

    /// The same in the first of these styles that can hold the text. What is of a style that is
    /// none of them is written anew as a whole.
    pub fn replace_as(&self, part: Span, new: &str, styles: &[ScalarStyle]) -> Option<Edit> {
        if self.node.as_scalar() != Some(&*self.text) {
            return None;
        }
        self.nest(replace::part_as(self.origin.text(), &self.node, part, new, Some(styles))?)
    }

    /// The edit of the file after which the same text is written in double quotes, so that nobody
    /// reads it as a number or a boolean.
    pub fn quote(&self) -> Option<Edit> {
        self.nest(replace::quoted(self.origin.text(), &self.node)?)
    }

    /// The scalar in the tree. Its spans count in the text of [`Located::origin`].
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The text that the scalar was read from.
    pub fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// How the scalar is written.
    pub fn style(&self) -> ScalarStyle {
        self.node.style().unwrap_or(ScalarStyle::Plain)
    }

    /// Whether braces or brackets are around it, as in JSON.
    pub fn is_in_flow(&self) -> bool {
        self.node.place.in_flow
    }

    /// The type that a reader of YAML gives it.
    pub fn tag(&self) -> Tag {
        self.node.resolve()
    }

    /// An edit of the text that holds the scalar as an edit of the file.
    fn nest(&self, edit: Edit) -> Option<Edit> {
        match self.origin.outer() {
            Some(outer) => outer.replace(edit.span, &edit.text),
            None => Some(edit),
        }
    }
}

impl Deref for Located {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl fmt::Debug for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.text, self.node.span)
    }
}
