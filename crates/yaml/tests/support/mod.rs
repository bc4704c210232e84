//! What tests of edits share.

use std::sync::Arc;

use yaml::{Content, Located, Node, Origin, parse};

/// All scalars of a text, which is YAML.
pub(crate) fn scalars(origin: &Arc<Origin>) -> Vec<Located> {
    fn walk(origin: &Arc<Origin>, node: &Arc<Node>, found: &mut Vec<Located>) {
        found.extend(Located::new(origin, node));
        match &node.content {
            Content::Scalar { .. } => {}
            Content::Sequence(nodes) => nodes.iter().for_each(|node| walk(origin, node, found)),
            Content::Mapping(pairs) => pairs.iter().for_each(|(key, value)| {
                walk(origin, key, found);
                walk(origin, value, found);
            }),
        }
    }
    let mut found = Vec::new();
    for document in parse(origin).documents {
        assert!(!document.errors.iter().any(|e| e.is_syntax), "{:?}", document.errors);
        document.root.iter().for_each(|root| walk(origin, root, &mut found));
    }
    found
}
