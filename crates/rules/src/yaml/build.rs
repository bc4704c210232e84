//! Events to the tree.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use diagnostics::Span;
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span as Marked};

use super::{Content, Document, Node, YamlError, message};

/// Nodes that aliases may add by standing for others.
const MAX_ALIASED: usize = 1_000_000;
/// Levels of nesting, aliases written out.
const MAX_DEPTH: usize = 250;

/// Reads the first document of a text.
pub fn parse(text: &str) -> Document {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_anchor_events = true;
    options.block_scalar_eof_without_line_feed = true;
    let mut builder = Builder { text, ..Builder::default() };
    let (mut n_documents, mut has_ended) = (0, false);
    let mut document = Document::default();
    let mut parser = Parser::new_from_str_with_options(text, options).peekable();
    while let Some(event) = parser.next() {
        let (event, span) = match event {
            Ok(event) => event,
            // Nothing after the first document can be wrong with it.
            Err(_) if has_ended => {
                document.has_more = true;
                break;
            }
            Err(error) => {
                builder.syntax_error(*error.marker(), &error.info());
                document.root = None;
                document.errors = builder.errors;
                return document;
            }
        };
        match event {
            Event::DocumentStart(..) => {
                n_documents += 1;
                if n_documents > 1 {
                    document.has_more = true;
                    break;
                }
            }
            Event::DocumentEnd => has_ended = true,
            event => {
                let anchor = match parser.peek() {
                    Some(Ok((Event::Anchor(..), anchor))) => Some(*anchor),
                    _ => None,
                };
                if let Err(error) = builder.event(event, span, anchor) {
                    builder.errors.push(error);
                    document.errors = builder.errors;
                    return document;
                }
            }
        }
    }
    document.root = builder.root;
    document.errors = builder.errors;
    document
}

/// A collection that is still open.
struct Open {
    span: Span,
    start: (u32, u32),
    tag: Option<String>,
    anchor: usize,
    is_mapping: bool,
    children: Vec<Arc<Node>>,
}

#[derive(Default)]
struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Arc<Node>>,
    n_aliased: usize,
    root: Option<Arc<Node>>,
    errors: Vec<YamlError>,
}

impl Builder<'_> {
    fn syntax_error(&mut self, marker: Marker, found: &str) {
        let at = marker.byte_offset().unwrap_or(0);
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
        });
    }

    fn event(
        &mut self,
        event: Event<'_>,
        marked: Marked,
        anchor_span: Option<Marked>,
    ) -> Result<(), YamlError> {
        let span = byte_span(marked);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| tag_name(&tag));
                let is_implicit = style == ScalarStyle::Plain && span.start == span.end;
                let text = if is_implicit { String::new() } else { text.into_owned() };
                let header = self.block_header(span, style);
                let (line, column) =
                    start(marked, anchor_span).min(header.unwrap_or((u32::MAX, u32::MAX)));
                let span = Span::new(
                    span.start as usize,
                    span.start as usize + span.of(self.text).trim_end().len(),
                );
                let content = Content::Scalar { text, style };
                let node = Node { span, line, column, tag, content, size: 1, depth: 1 };
                self.add(Arc::new(node), anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(marked, anchor_span, anchor, tag.map(|tag| tag_name(&tag)), false);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(marked, anchor_span, anchor, tag.map(|tag| tag_name(&tag)), true);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    let name = span.of(self.text).trim_start_matches('*').to_owned();
                    let message = format!("anchor '{name}' value contains itself");
                    return Err(refusal(marked, message));
                };
                self.n_aliased = self.n_aliased.saturating_add(node.size);
                if self.n_aliased > MAX_ALIASED {
                    let message = "document contains excessive aliasing".to_owned();
                    return Err(refusal(marked, message));
                }
                self.add(node, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        marked: Marked,
        anchor_span: Option<Marked>,
        anchor: usize,
        tag: Option<String>,
        is_mapping: bool,
    ) {
        let start = start(marked, anchor_span);
        let span = byte_span(marked);
        self.open.push(Open { span, start, tag, anchor, is_mapping, children: Vec::new() });
    }

    fn close(&mut self, end: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        // A block collection ends with its last child, a flow collection with its bracket.
        let last = open.children.last().map_or(open.span, |child| child.span);
        let is_flow = matches!(end.of(self.text), "]" | "}");
        let span = open.span.to(if is_flow { end } else { last });
        let size = open.children.iter().fold(1_usize, |sum, c| sum.saturating_add(c.size));
        let depth = 1 + open.children.iter().map(|child| child.depth).max().unwrap_or(0);
        let content = if open.is_mapping {
            let mut children = open.children.into_iter();
            let mut pairs = Vec::with_capacity(children.len() / 2);
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                pairs.push((key, value));
            }
            self.refuse_duplicates(&pairs);
            Content::Mapping(pairs)
        } else {
            Content::Sequence(open.children)
        };
        let (line, column) = open.start;
        let node = Node { span, line, column, tag: open.tag, content, size, depth };
        self.add(Arc::new(node), open.anchor)
    }

    fn refuse_duplicates(&mut self, pairs: &[(Arc<Node>, Arc<Node>)]) {
        let mut lines: HashMap<&str, u32> = HashMap::with_capacity(pairs.len());
        for (key, _) in pairs {
            let Some(text) = key.as_scalar() else { continue };
            let known = lines.get(text).copied();
            lines.entry(text).or_insert(key.line);
            if let Some(line) = known {
                let quoted = model::quote::quote(text);
                self.errors.push(YamlError {
                    message: format!("mapping key {quoted} already defined at line {line}"),
                    note: None,
                    is_syntax: false,
                    line: key.line,
                    column: key.column,
                    span: key.span,
                });
            }
        }
    }

    fn add(&mut self, node: Arc<Node>, anchor: usize) -> Result<(), YamlError> {
        if node.depth + self.open.len() > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            let (line, column, span) = (node.line, node.column, node.span);
            return Err(YamlError { message, note: None, is_syntax: true, line, column, span });
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }

    /// Where the `|` or `>` of a block scalar stands: on the last line with text before it.
    fn block_header(&self, span: Span, style: ScalarStyle) -> Option<(u32, u32)> {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return None;
        }
        let before = self.text[..span.start as usize].trim_end();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let header = &before[line_start..];
        let at = header.char_indices().find(|(i, _)| is_block_header(&header[*i..]))?.0;
        let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
        let column = 1 + header[..at].chars().count();
        Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }
}

fn refusal(marked: Marked, message: String) -> YamlError {
    let (line, column) = position(marked.start);
    YamlError { message, note: None, is_syntax: true, line, column, span: byte_span(marked) }
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
fn start(marked: Marked, anchor: Option<Marked>) -> (u32, u32) {
    let markers = [Some(marked.start), marked.tag_start, anchor.map(|anchor| anchor.start)];
    let first = markers.into_iter().flatten().min_by_key(Marker::index);
    position(first.unwrap_or(marked.start))
}

fn byte_span(marked: Marked) -> Span {
    let range = marked.byte_range().unwrap_or_default();
    Span::new(range.start, range.end)
}

fn tag_name(tag: &granit_parser::Tag) -> String {
    match tag.core_suffix() {
        Some(suffix) => format!("!!{suffix}"),
        None => format!("{}{}", tag.handle(), tag.suffix()),
    }
}
