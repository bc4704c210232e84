//! Events to the tree.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Arc, atomic::AtomicBool},
};

use diagnostics::Span;
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span as Marked, StructureStyle};
use model::quote::quote;

use crate::{
    Comment, Content, Document, Node, Origin, Stream, YamlError, message,
    node::{FEW, Place, Role},
};

/// Nodes that aliases may add by standing for others.
const MAX_ALIASED: u32 = 1_000_000;
/// So many texts of keys are shared.
const MANY: usize = 16;
/// Levels of nesting, aliases written out.
const MAX_DEPTH: u8 = 250;

/// Reads all documents of a text. A syntax error ends the reading.
pub fn parse(origin: &Arc<Origin>) -> Stream {
    let text = origin.text();
    let mut options = Options::default();
    // Looking for them costs time with each event.
    options.set_emit_comments(may_have_comments(text.as_bytes()));
    options.max_buffered_comment_events = usize::MAX;
    options.emit_anchor_events = memchr::memchr(b'&', text.as_bytes()).is_some();
    options.block_scalar_eof_without_line_feed = true;
    let mut stream = Stream::default();
    let mut builder = Builder { text, ..Builder::default() };
    let mut is_open = false;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut looked_ahead = None;
    loop {
        // Events are large: each is moved as seldom as can be.
        let next = if looked_ahead.is_some() { looked_ahead.take() } else { parser.next() };
        let (event, span) = match &next {
            None => break,
            Some(Ok((event, span))) => (event, span),
            Some(Err(error)) => {
                builder.syntax_error(*error.marker(), &error.info());
                builder.root = None;
                is_open = true;
                break;
            }
        };
        match event {
            Event::DocumentStart(..) => is_open = true,
            Event::DocumentEnd => {
                stream.documents.push(builder.finish());
                is_open = false;
            }
            Event::Comment(text, _) => {
                stream.comments.push(comment(origin, byte_span(span), text));
            }
            event => {
                // What tells where an anchor stands follows its node.
                let mut anchor = None;
                if has_anchor(event) {
                    match parser.next() {
                        Some(Ok((Event::Anchor(..), span))) => anchor = Some(span),
                        other => looked_ahead = other,
                    }
                }
                if let Err(error) = builder.event(event, span, anchor.as_ref()) {
                    builder.errors.push(error);
                    break;
                }
            }
        }
    }
    if is_open {
        stream.documents.push(builder.finish());
    }
    stream.comments.sort_by_key(|comment| comment.span);
    stream
}

/// Whether a `#` stands where a comment can begin: behind a space or at the start of a line.
fn may_have_comments(text: &[u8]) -> bool {
    let mut signs = memchr::memchr_iter(b'#', text);
    signs.any(|at| at == 0 || !text[at - 1].is_ascii_graphic())
}

fn has_anchor(event: &Event<'_>) -> bool {
    match event {
        Event::Scalar(_, _, anchor, _)
        | Event::SequenceStart(_, anchor, _)
        | Event::MappingStart(_, anchor, _) => *anchor != 0,
        _ => false,
    }
}

fn comment(origin: &Origin, span: Span, text: &str) -> Comment {
    let before = origin.text()[..span.start as usize].trim_end_matches([' ', '\t']);
    let is_trailing = !before.is_empty() && !before.ends_with(['\n', '\r', '\u{feff}']);
    Comment { span: origin.locate(span), text: text.trim_end_matches('\r').into(), is_trailing }
}

/// A collection that is still open.
struct Open {
    span: Span,
    start: (u32, u32),
    tag: Option<Box<str>>,
    anchor: usize,
    is_mapping: bool,
    is_flow: bool,
    /// Columns before the innermost collection in block style.
    indent: Option<u32>,
    place: Place,
    /// Where its nodes begin among those of all open collections.
    first: usize,
    key: Option<Arc<Node>>,
    /// Of all that is in it.
    size: u32,
    /// Of the deepest that is in it.
    depth: u8,
    /// Of what was added last.
    last: Span,
}

/// The nodes of all open collections, the inner ones last.
#[derive(Default)]
struct Nodes {
    items: Vec<Arc<Node>>,
    pairs: Vec<(Arc<Node>, Arc<Node>)>,
}

impl Open {
    fn add(&mut self, node: Arc<Node>, nodes: &mut Nodes) {
        self.size = self.size.saturating_add(node.size);
        self.depth = self.depth.max(node.depth);
        self.last = node.span;
        match (self.is_mapping, self.key.take()) {
            (false, _) => nodes.items.push(node),
            (true, None) => self.key = Some(node),
            (true, Some(key)) => nodes.pairs.push((key, node)),
        }
    }
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    nodes: Nodes,
    /// Texts of keys, which come again and again.
    keys: Vec<Arc<str>>,
    anchors: BTreeMap<usize, Arc<Node>>,
    n_aliased: u32,
    root: Option<Arc<Node>>,
    errors: Vec<YamlError>,
}

impl Builder<'_> {
    /// The document that was read, and ready for the next one.
    fn finish(&mut self) -> Document {
        self.open.clear();
        self.nodes = Nodes::default();
        self.anchors.clear();
        Document { root: self.root.take(), errors: std::mem::take(&mut self.errors) }
    }

    fn syntax_error(&mut self, marker: Marker, found: &str) {
        let at = self.text.floor_char_boundary(marker.byte_offset().unwrap_or(0));
        let (line, column) = position(marker);
        let message = message::in_words_of_libyaml(found, &self.text[at..]);
        let note = (!found.ends_with(&message)).then(|| found.to_owned());
        self.errors.push(YamlError {
            message,
            note,
            is_syntax: true,
            line,
            column,
            span: Span::new(at, at),
            related: None,
        });
    }

    fn event(
        &mut self,
        event: &Event<'_>,
        marked: &Marked,
        anchor_span: Option<&Marked>,
    ) -> Result<(), YamlError> {
        let span = byte_span(marked);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().map(tag_name);
                let node = self.scalar(text, *style, marked, anchor_span, tag);
                self.add(Arc::new(node), *anchor)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tag.as_deref().map(tag_name);
                self.open(marked, anchor_span, *anchor, tag, (false, *style));
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tag.as_deref().map(tag_name);
                self.open(marked, anchor_span, *anchor, tag, (true, *style));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(id).cloned() else {
                    let name = span.of(self.text).trim_start_matches('*').to_owned();
                    let message = format!("anchor '{name}' value contains itself");
                    return Err(refusal(marked, message));
                };
                self.n_aliased = self.n_aliased.saturating_add(node.size);
                if self.n_aliased > MAX_ALIASED {
                    let message = "document contains excessive aliasing".to_owned();
                    return Err(refusal(marked, message));
                }
                node.share();
                self.add(node, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        marked: &Marked,
        anchor: Option<&Marked>,
        tag: Option<Box<str>>,
    ) -> Node {
        let span = byte_span(marked);
        let is_implicit = style == ScalarStyle::Plain && span.start == span.end;
        let text = if is_implicit { "" } else { text };
        let header = self.block_header(marked, style);
        let (line, column) = start(marked, anchor);
        let (line, column) = header.map_or((line, column), |(_, at)| at.min((line, column)));
        let written = span.of(self.text).trim_end().len();
        let span = Span::new(span.start as usize, span.start as usize + written);
        let place = self.place(header.map_or(span.start, |(at, _)| at));
        let text = if place.role == Role::Key { self.key(text) } else { text.into() };
        let content = Content::Scalar { text, style };
        let is_shared = AtomicBool::new(false);
        Node { span, line, column, tag, content, place, is_shared, size: 1, depth: 1 }
    }

    /// The text of a key, shared with earlier keys: rules are mappings of the same few.
    fn key(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.keys.iter().find(|known| &***known == text) {
            return Arc::clone(known);
        }
        let new = Arc::from(text);
        if self.keys.len() < MANY {
            self.keys.push(Arc::clone(&new));
        }
        new
    }

    /// What stands around the node that comes next.
    fn place(&self, header: u32) -> Place {
        let Some(open) = self.open.last() else {
            return Place { indent: None, in_flow: false, role: Role::Root, header };
        };
        let role = match open.is_mapping {
            false => Role::Item,
            true if open.key.is_none() => Role::Key,
            true => Role::Value,
        };
        Place { indent: open.indent, in_flow: open.is_flow, role, header }
    }

    fn open(
        &mut self,
        marked: &Marked,
        anchor_span: Option<&Marked>,
        anchor: usize,
        tag: Option<Box<str>>,
        (is_mapping, style): (bool, StructureStyle),
    ) {
        let start = start(marked, anchor_span);
        let span = byte_span(marked);
        let is_flow = style == StructureStyle::Flow;
        let place = self.place(span.start);
        let column = u32::try_from(marked.start.col()).ok();
        let indent = if is_flow { place.indent } else { column };
        self.open.push(Open {
            span,
            start,
            tag,
            anchor,
            is_mapping,
            is_flow,
            indent,
            place,
            first: if is_mapping { self.nodes.pairs.len() } else { self.nodes.items.len() },
            key: None,
            size: 1,
            depth: 0,
            last: span,
        });
    }

    fn close(&mut self, end: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // A block collection ends with its last child, a flow collection with its bracket.
        let is_flow = matches!(end.of(self.text), "]" | "}");
        let span = open.span.to(if is_flow { end } else { open.last });
        // An alias is written elsewhere.
        let span = if span.start < open.span.start { open.span } else { span };
        let (size, depth) = (open.size, open.depth + 1);
        let content = if open.is_mapping {
            let pairs: Box<[_]> = self.nodes.pairs.drain(open.first..).collect();
            self.refuse_duplicates(&pairs);
            Content::Mapping(pairs)
        } else {
            Content::Sequence(self.nodes.items.drain(open.first..).collect())
        };
        let (line, column) = open.start;
        let (tag, place, is_shared) = (open.tag, open.place, AtomicBool::new(false));
        let node = Node { span, line, column, tag, content, place, is_shared, size, depth };
        self.add(Arc::new(node), open.anchor)
    }

    fn refuse_duplicates(&mut self, pairs: &[(Arc<Node>, Arc<Node>)]) {
        if pairs.len() < FEW {
            for (i, (key, _)) in pairs.iter().enumerate() {
                let Some(text) = key.as_scalar() else { continue };
                let known = pairs[..i].iter().find(|(known, _)| known.as_scalar() == Some(text));
                self.errors.extend(known.map(|(first, _)| duplicate(text, key, first)));
            }
            return;
        }
        let mut keys: HashMap<&str, &Node> = HashMap::with_capacity(pairs.len());
        for (key, _) in pairs {
            let Some(text) = key.as_scalar() else { continue };
            match keys.entry(text) {
                Entry::Occupied(first) => self.errors.push(duplicate(text, key, first.get())),
                Entry::Vacant(free) => {
                    free.insert(key);
                }
            }
        }
    }

    fn add(&mut self, node: Arc<Node>, anchor: usize) -> Result<(), YamlError> {
        if usize::from(node.depth) + self.open.len() > usize::from(MAX_DEPTH) {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            let (line, column, span) = (node.line, node.column, node.span);
            let error = YamlError {
                message,
                note: None,
                is_syntax: true,
                line,
                column,
                span,
                related: None,
            };
            return Err(error);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        match self.open.last_mut() {
            Some(open) => open.add(node, &mut self.nodes),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// Where the `|` or `>` of a block scalar stands: on the last line with text before it. In
    /// bytes, and as a line and a column.
    fn block_header(&self, marked: &Marked, style: ScalarStyle) -> Option<(u32, (u32, u32))> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return None;
        }
        let start = byte_span(marked).start as usize;
        // Of an empty one, the span begins with the header.
        let is_header = self.text[start..].starts_with(['|', '>'])
            && is_block_header(self.text[start..].lines().next().unwrap_or(""));
        if is_header && marked.start.byte_offset() != marked.end.byte_offset() {
            let is_text = self.text[..start].trim_end_matches(' ').ends_with(['\n', '\r']);
            if !is_text {
                return Some((Span::new(start, start).start, position(marked.start)));
            }
        }
        let before = self.text[..start].trim_end();
        let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let header = &before[line_start..];
        let at = header.char_indices().find(|(i, _)| is_block_header(&header[*i..]))?.0;
        let n_lines = self.text[before.len()..start].bytes().filter(|b| *b == b'\n').count();
        let line = marked.start.line().saturating_sub(n_lines);
        let column = 1 + header[..at].chars().count();
        let at = line_start + at;
        Some((Span::new(at, at).start, (u32::try_from(line).ok()?, u32::try_from(column).ok()?)))
    }
}

fn refusal(marked: &Marked, message: String) -> YamlError {
    let (line, column) = position(marked.start);
    let (note, related, span) = (None, None, byte_span(marked));
    YamlError { message, note, is_syntax: true, line, column, span, related }
}

fn duplicate(text: &str, key: &Node, first: &Node) -> YamlError {
    YamlError {
        message: format!("mapping key {} already defined at line {}", quote(text), first.line),
        note: None,
        is_syntax: false,
        line: key.line,
        column: key.column,
        span: key.span,
        related: Some(first.span),
    }
}

/// `|` or `>`, indentation and chomping, and nothing but a comment after it.
fn is_block_header(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['|', '>']) else { return false };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    rest.is_empty() || rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')
}

fn position(marker: Marker) -> (u32, u32) {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (narrow(marker.line()), narrow(marker.col() + 1))
}

/// Where a node begins, with the anchor and the tag before it.
fn start(marked: &Marked, anchor: Option<&Marked>) -> (u32, u32) {
    if marked.tag_start.is_none() && anchor.is_none() {
        return position(marked.start);
    }
    let markers = [Some(marked.start), marked.tag_start, anchor.map(|anchor| anchor.start)];
    let first = markers.into_iter().flatten().min_by_key(Marker::index);
    position(first.unwrap_or(marked.start))
}

fn byte_span(marked: &Marked) -> Span {
    let range = marked.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

fn tag_name(tag: &granit_parser::Tag) -> Box<str> {
    match tag.core_suffix() {
        Some(suffix) => format!("!!{suffix}").into(),
        None => format!("{}{}", tag.handle(), tag.suffix()).into(),
    }
}

#[cfg(test)]
mod tests {
    use diagnostics::Source;

    use super::*;

    #[test]
    fn comments_are_looked_for_wherever_one_can_begin() {
        let n_comments = |text: String| {
            let stream = parse(&Origin::file(&Source::new("", text)));
            let is_sound = stream.documents.iter().all(|document| document.errors.is_empty());
            is_sound.then_some(stream.comments.len())
        };
        for (text, n) in [
            ("#c\na: 1\n", 1),
            ("\u{feff}#c\na: 1\n", 1),
            ("a: 1 #c\n", 1),
            ("a: 1\t#c\n", 1),
            ("a: 1\r#c\n", 1),
            ("a: |  #c\n  b\n", 1),
            ("a: b#c\n", 0),
            ("a: 'b #c'\n", 0),
            ("a: [b,#c\n  d]\n", 0),
            ("a: [b, {c: d}#c\n  ]\n", 0),
            ("a: \"b\"#c\n", 0),
            ("a: |#c\n  b\n", 0),
            ("a: &b#c d\n", 0),
            ("-#c\n", 0),
        ] {
            // With a comment behind it, all are looked for.
            let all = n_comments(format!("{text}#last\n")).map(|n| n - 1);
            assert_eq!(all.unwrap_or(0), n, "{text:?}");
            assert_eq!(n_comments(text.to_owned()).unwrap_or(0), n, "{text:?}");
        }
    }
}
