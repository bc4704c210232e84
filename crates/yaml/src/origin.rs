//! Texts that YAML is read from.

use std::sync::{Arc, OnceLock};

use diagnostics::{Source, Span};

use crate::{Located, align::Alignment};

/// A text that YAML is read from: a file, or a scalar of other YAML.
#[derive(Debug)]
pub struct Origin {
    file: Arc<Source>,
    /// The scalar that holds the text, if it is no file.
    outer: Option<Outer>,
}

#[derive(Debug)]
struct Outer {
    scalar: Located,
    /// Made when first asked for, for all that stands in the scalar.
    alignment: OnceLock<Option<Alignment>>,
}

impl Origin {
    /// A file.
    pub fn file(file: &Arc<Source>) -> Arc<Self> {
        Arc::new(Self { file: Arc::clone(file), outer: None })
    }

    /// The text of a scalar, which is YAML itself.
    pub fn inside(scalar: &Located) -> Arc<Self> {
        let file = Arc::clone(&scalar.origin().file);
        let outer = Outer { scalar: scalar.clone(), alignment: OnceLock::new() };
        Arc::new(Self { file, outer: Some(outer) })
    }

    /// The text. Of a file, its bytes are those that spans count.
    pub fn text(&self) -> &str {
        match &self.outer {
            Some(outer) => &outer.scalar.text,
            None => &self.file.text,
        }
    }

    /// The file that holds it.
    pub fn source(&self) -> &Arc<Source> {
        &self.file
    }

    /// The scalar that holds the text, if it is no file.
    pub fn outer(&self) -> Option<&Located> {
        self.outer.as_ref().map(|outer| &outer.scalar)
    }

    /// Where a part of the text stands in the file.
    pub fn locate(&self, part: Span) -> Span {
        let Some(Outer { scalar, alignment }) = &self.outer else { return part };
        let (node, around) = (scalar.node(), scalar.origin());
        let align = || Alignment::of(around.text(), node);
        let found = alignment.get_or_init(align).as_ref().and_then(|known| known.locate(part));
        around.locate(found.map_or(node.span, |found| node.within(around.text(), found)))
    }
}
