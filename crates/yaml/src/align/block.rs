//! Block scalars beside their text.

use super::Alignment;
use crate::{Node, ScalarStyle};

/// A line of the source without its indentation.
struct Line {
    start: usize,
    end: usize,
    /// Past its line break.
    next: usize,
}

pub(super) fn align(
    into: &mut Alignment,
    source: &str,
    node: &Node,
    text: &str,
    style: ScalarStyle,
) -> Option<()> {
    let header = node.place.header as usize;
    let body = header + source.get(header..)?.find(['\n', '\r'])?;
    let body = body + break_len(&source[body..]);
    let indent = indent(source, node, header, body);
    let mut lines = Lines { source, at: body, indent };
    let mut rest = text;
    let mut line = lines.next();
    while let Some(current) = &line {
        let content = source.get(current.start..current.end)?;
        if !rest.starts_with(content) {
            break;
        }
        into.push(content.len(), current.start, content.len());
        rest = &rest[content.len()..];
        if rest.is_empty() {
            break;
        }
        let (n_breaks, following) = lines.next_content(style);
        let end = following.as_ref().map_or(lines.at, |following| following.start);
        let folded = folded(rest, n_breaks, style)?;
        into.push(folded, current.end, end - current.end);
        rest = &rest[folded..];
        line = following;
        if rest.is_empty() {
            break;
        }
    }
    if into.pieces.is_empty() {
        into.push(0, body, 0);
    }
    // What is left are line breaks at the end.
    if !rest.is_empty() && rest.bytes().all(|b| b == b'\n') {
        into.push(rest.len(), node.span.end as usize, 0);
        rest = "";
    }
    rest.is_empty().then_some(())
}

/// How many bytes of the text stand for so many line breaks of the source.
fn folded(rest: &str, n_breaks: usize, style: ScalarStyle) -> Option<usize> {
    if style == ScalarStyle::Folded && rest.starts_with(' ') {
        return (n_breaks == 1).then_some(1);
    }
    let present = rest.bytes().take_while(|b| *b == b'\n').count();
    (present > 0).then_some(present.min(n_breaks))
}

/// Spaces before each line: the header's figure counts from the collection around; otherwise the
/// first line with text tells.
fn indent(source: &str, node: &Node, header: usize, body: usize) -> usize {
    let indicators = &source[header + 1..body];
    let digit = indicators.bytes().take(2).find(u8::is_ascii_digit);
    if let Some(digit) = digit {
        let around = node.place.indent.map_or(0, |indent| indent as usize);
        return around + usize::from(digit - b'0');
    }
    let lines = source[body..].split(['\n', '\r']);
    let spaces = |line: &str| line.len() - line.trim_start_matches(' ').len();
    lines.into_iter().find(|line| !line.trim_start_matches(' ').is_empty()).map_or(0, spaces)
}

struct Lines<'s> {
    source: &'s str,
    at: usize,
    indent: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<Line> {
        let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let spaces = rest[..length].bytes().take(self.indent).take_while(|b| *b == b' ').count();
        let next = self.at + length + break_len(&rest[length..]);
        let line = Line { start: self.at + spaces, end: self.at + length, next };
        self.at = line.next;
        Some(line)
    }

    /// The next line; of a folded scalar the next one with text, which lines without any precede.
    fn next_content(&mut self, style: ScalarStyle) -> (usize, Option<Line>) {
        let mut n_breaks = 1;
        loop {
            match self.next() {
                Some(line) if style == ScalarStyle::Folded && line.start == line.end => {
                    n_breaks += 1;
                }
                line => return (n_breaks, line),
            }
        }
    }
}

fn break_len(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
