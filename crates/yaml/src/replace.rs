//! Edits of scalars.
//!
//! The smallest edit that does it is tried first, in the style that is there; then the whole
//! scalar is written anew. Each candidate is read back in a text of its own with the same
//! surroundings before it is handed out, so that what this module does not think of ends in
//! another style and not in a broken file. Start at [`part`].

use std::sync::Arc;

use diagnostics::{Edit, Source, Span};

use crate::{
    Content, Node, Origin, ScalarStyle, Tag,
    node::Role,
    parse,
    write::{self, Block},
};

/// The edit of `source` after which the scalar's text has `new` in place of `part`.
pub(crate) fn part(source: &str, node: &Node, part: Span, new: &str) -> Option<Edit> {
    part_as(source, node, part, new, None)
}

/// The same in the first of these styles that can hold the text.
pub(crate) fn part_as(
    source: &str,
    node: &Node,
    part: Span,
    new: &str,
    styles: Option<&[ScalarStyle]>,
) -> Option<Edit> {
    let target = Target::new(source, node)?;
    let before = target.text.get(..part.start as usize)?;
    let after = target.text.get((part.end as usize).max(before.len())..)?;
    let wanted = [before, new, after].concat();
    let may_stay = styles.is_none_or(|styles| styles.first() == Some(&target.style));
    let in_place = may_stay.then(|| target.in_place(part, new)).flatten();
    let in_place = in_place.filter(|edit| target.reads_back(edit, &wanted));
    let styles = styles.unwrap_or_else(|| target.styles(&wanted));
    in_place.or_else(|| target.rewrite(&wanted, styles))
}

/// The edit of `source` after which the scalar's text is in double quotes.
pub(crate) fn quoted(source: &str, node: &Node) -> Option<Edit> {
    let target = Target::new(source, node)?;
    target.rewrite(target.text, &[ScalarStyle::DoubleQuoted])
}

/// The scalar to be edited.
struct Target<'s> {
    source: &'s str,
    node: &'s Node,
    text: &'s str,
    style: ScalarStyle,
    /// All that belongs to it, the header of a block included.
    region: Span,
}

impl<'s> Target<'s> {
    fn new(source: &'s str, node: &'s Node) -> Option<Self> {
        let Content::Scalar { text, style } = &node.content else { return None };
        let region = Span { start: node.place.header.min(node.span.start), end: node.span.end };
        // What is not written at all has no place of its own.
        let is_written = region.start < region.end;
        (is_written && !node.is_shared()).then_some(Self {
            source,
            node,
            text,
            style: *style,
            region,
        })
    }

    /// The edit that keeps the style.
    fn in_place(&self, part: Span, new: &str) -> Option<Edit> {
        let span = self.node.locate(self.source, part)?;
        let text = match self.style {
            ScalarStyle::DoubleQuoted => write::part(new, self.style),
            _ if !new.contains('\n') => write::part(new, self.style),
            ScalarStyle::Literal => {
                write::indented(new, self.block()?.indent, self.newline(), false)
            }
            _ => return None,
        };
        Some(Edit { span, text })
    }

    /// The scalar as a whole, in the first of these styles that holds the text.
    fn rewrite(&self, wanted: &str, styles: &[ScalarStyle]) -> Option<Edit> {
        let mut candidates = styles.iter().filter_map(|style| {
            if is_block(*style) {
                let text = write::block(wanted, *style, self.block()?)?;
                let end = self.region.end + self.comment_after();
                return Some(Edit { span: Span { end, ..self.region }, text });
            }
            let text = write::flow(wanted, *style);
            // The comment beside a block's header stays.
            let remark = self.remark();
            let is_kept = is_block(self.style) && remark.contains('#');
            let remark = if is_kept { remark } else { "" };
            Some(Edit { span: self.region, text: text + remark })
        });
        candidates.find(|edit| self.reads_back(edit, wanted))
    }

    /// The styles for a text, the likest to today's first.
    fn styles(&self, wanted: &str) -> &'static [ScalarStyle] {
        use ScalarStyle::{DoubleQuoted, Folded, Literal, Plain, SingleQuoted};
        let is_long = wanted.trim_end_matches('\n').contains('\n');
        match self.style {
            Plain if wanted.contains('\n') => &[Literal, DoubleQuoted],
            Plain if is_ambiguous(wanted) => &[DoubleQuoted],
            Plain => &[Plain, SingleQuoted, DoubleQuoted],
            SingleQuoted | DoubleQuoted if is_long => &[Literal, DoubleQuoted],
            SingleQuoted => &[SingleQuoted, DoubleQuoted],
            DoubleQuoted => &[DoubleQuoted],
            Folded if !is_long => &[Folded, Literal, DoubleQuoted],
            Folded | Literal => &[Literal, DoubleQuoted],
        }
    }

    /// How a block scalar stands here, if it can.
    fn block(&self) -> Option<Block<'s>> {
        let place = self.node.place;
        if place.in_flow || place.role == Role::Key {
            return None;
        }
        let around = place.indent.map_or(0, |indent| indent as usize);
        let newline = self.newline();
        let remark = self.remark();
        if !is_block(self.style) {
            // Other things that follow on the line would end up in the text.
            let is_alone = remark.len() == self.rest_of_line().trim_end().len();
            let indent = around + 2;
            return is_alone.then_some(Block { indent, around, remark, newline });
        }
        let line_start = self.source[..self.node.span.start as usize].rfind('\n')? + 1;
        let before = Span::new(line_start, self.node.span.start as usize).of(self.source);
        let is_indent = before.bytes().all(|b| b == b' ') && !before.is_empty();
        let indent = if is_indent { before.len() } else { around + 2 };
        Some(Block { indent, around, remark, newline })
    }

    /// The comment beside the scalar or its header, with the space before it.
    fn remark(&self) -> &'s str {
        if !is_block(self.style) {
            let end = self.region.end as usize;
            return Span::new(end, end + self.comment_after() as usize).of(self.source);
        }
        let header = self.source.get(self.region.start as usize..).unwrap_or("");
        let header = header.split(['\n', '\r']).next().unwrap_or("");
        header[1..].trim_start_matches(|c: char| c.is_ascii_digit() || "+-".contains(c)).trim_end()
    }

    /// Bytes between a scalar that is no block and the end of the comment that follows it.
    fn comment_after(&self) -> u32 {
        let rest = self.rest_of_line().trim_end();
        let is_comment = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
        if is_block(self.style) || !is_comment { 0 } else { Span::new(0, rest.len()).end }
    }

    fn rest_of_line(&self) -> &'s str {
        let after = self.source.get(self.region.end as usize..).unwrap_or("");
        after.split(['\n', '\r']).next().unwrap_or("")
    }

    fn newline(&self) -> &'static str {
        match self.source.find('\n') {
            Some(at) if self.source[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Whether the edited scalar, in surroundings like its own, gives the text and ends where it
    /// should.
    fn reads_back(&self, edit: &Edit, wanted: &str) -> bool {
        let Some(scalar) = self.edited(edit) else { return false };
        let (place, tail) = (self.node.place, self.tail(&scalar, edit));
        let indent = " ".repeat(place.indent.unwrap_or(0) as usize);
        let last = if tail.ends_with('\n') { "z: end\n" } else { "" };
        let text = match (place.role, place.in_flow) {
            (Role::Root, _) => format!("--- {scalar}{tail}"),
            (Role::Key, true) => format!("{indent}y: {{{scalar}: x, z: end}}\n"),
            (_, true) => format!("{indent}y: {{x: {scalar}, z: end}}\n"),
            (Role::Key, false) if self.is_explicit_key() => {
                format!("{indent}? {scalar}{tail}{indent}: x\n{indent}z: end\n")
            }
            (Role::Key, false) => format!("{indent}{scalar}: x\n{indent}z: end\n"),
            (Role::Value, false) if last.is_empty() => format!("{indent}x: {scalar}{tail}"),
            (Role::Value, false) => format!("{indent}x: {scalar}{tail}{indent}{last}"),
            (Role::Item, false) if last.is_empty() => format!("{indent}- {scalar}{tail}"),
            (Role::Item, false) => format!("{indent}- {scalar}{tail}{indent}- z\n"),
        };
        let stream = parse(&Origin::file(&Source::new("", text)));
        let [document] = &*stream.documents else { return false };
        let Some(root) = document.root.as_ref().filter(|_| document.errors.is_empty()) else {
            return false;
        };
        let root = if place.in_flow { root.get("y") } else { Some(root) };
        let (found, n) = match (root, place.role, place.in_flow) {
            (None, ..) => return false,
            (Some(root), Role::Root, _) => (Some(root), 1),
            (Some(root), Role::Key, _) => (key_of(root, "x"), entries(root)),
            (Some(root), Role::Item, false) => {
                (root.as_sequence().and_then(<[_]>::first), entries(root))
            }
            (Some(root), ..) => (root.get("x"), entries(root)),
        };
        let expected = match place.role {
            Role::Root => 1,
            Role::Value | Role::Item if !place.in_flow && last.is_empty() => 1,
            _ => 2,
        };
        let same_type = |node: &Node| {
            let is_odd = node.style() == Some(ScalarStyle::Plain) && is_ambiguous(wanted);
            self.tag() != Tag::Str || node.resolve() == Tag::Str && !is_odd
        };
        let new_comments = if is_block(self.style) { 0 } else { stream.comments.len() };
        let old_comments = usize::from(edit.span.end > self.region.end);
        n == expected
            && new_comments == old_comments
            && found.is_some_and(|node| node.as_scalar() == Some(wanted) && same_type(node))
    }

    /// Whether a `?` stands before it.
    fn is_explicit_key(&self) -> bool {
        let before = &self.source[..self.region.start as usize];
        before.trim_end_matches([' ', '\t']).ends_with('?')
    }

    fn tag(&self) -> Tag {
        self.node.resolve()
    }

    /// The scalar after the edit.
    fn edited(&self, edit: &Edit) -> Option<String> {
        let (start, end) = (self.region.start as usize, self.region.end as usize);
        let before = self.source.get(start..edit.span.start as usize)?;
        let after = self.source.get(edit.span.end as usize..end.max(edit.span.end as usize))?;
        Some([before, &edit.text, after].concat())
    }

    /// What follows the scalar, as far as it decides how the scalar is read.
    fn tail(&self, scalar: &str, edit: &Edit) -> &'s str {
        let end = self.region.end.max(edit.span.end) as usize;
        let after = self.source.get(end..).unwrap_or("");
        let blank = &after[..after.len() - after.trim_start().len()];
        if !scalar.starts_with(['|', '>']) {
            return "\n";
        }
        match blank.rfind('\n') {
            _ if blank.len() == after.len() => blank,
            Some(last) => &blank[..=last],
            None => "\n",
        }
    }
}

fn key_of<'n>(root: &'n Node, value: &str) -> Option<&'n Arc<Node>> {
    let Content::Mapping(pairs) = &root.content else { return None };
    pairs.iter().find(|(_, v)| v.as_scalar() == Some(value)).map(|(key, _)| key)
}

fn entries(node: &Node) -> usize {
    match &node.content {
        Content::Mapping(pairs) => pairs.len(),
        Content::Sequence(nodes) => nodes.len(),
        Content::Scalar { .. } => 0,
    }
}

fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}

/// Words that other readers take for booleans.
fn is_ambiguous(text: &str) -> bool {
    let words = ["y", "yes", "on", "n", "no", "off"];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
