//! From a part of a scalar's text to where it is written in the file.
//!
//! Folding, indentation and escapes stand between the two; the text is laid beside its source,
//! character by character.

use diagnostics::Span;
use granit_parser::ScalarStyle;

use super::{Content, Node};

impl Node {
    /// Where bytes `part` of a scalar's text stand in the file that it was read from; none where
    /// the two cannot be matched.
    pub fn locate(&self, file: &str, part: Span) -> Option<Span> {
        let Content::Scalar { text, style } = &self.content else { return None };
        let offsets = align(self.span.of(file), text, *style)?;
        let base = self.span.start as usize;
        let start = *offsets.get(part.start as usize)?;
        // The end of a part is past its last byte, not before whatever follows it.
        let end = match part.end.checked_sub(1).filter(|_| part.end > part.start) {
            Some(last) => *offsets.get(last as usize)? + 1,
            None => start,
        };
        Some(Span::new(base + start, base + end))
    }
}

/// For each byte of the text, and for its end, the byte of the source that it comes from.
fn align(source: &str, text: &str, style: ScalarStyle) -> Option<Vec<usize>> {
    let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    let mut at = usize::from(quoted);
    let mut offsets = Vec::with_capacity(text.len() + 1);
    for c in text.chars() {
        if !c.is_whitespace() {
            at += skipped(&source[at..], style);
        }
        let rest = source.get(at..)?;
        let length = match written(rest, c, style) {
            Some(length) => length,
            None if c.is_whitespace() => 0,
            None => return None,
        };
        let width = c.len_utf8();
        offsets.extend((0..width).map(|i| if length == width { at + i } else { at }));
        at += length;
    }
    offsets.push(at);
    Some(offsets)
}

/// Bytes of the source that stand for nothing: indentation, line breaks, continued lines.
fn skipped(source: &str, style: ScalarStyle) -> usize {
    let mut rest = source.trim_start();
    if style == ScalarStyle::DoubleQuoted {
        while let Some(tail) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) {
            rest = tail.trim_start();
        }
    }
    source.len() - rest.len()
}

/// Bytes in which the source writes this character first, if it does.
fn written(source: &str, c: char, style: ScalarStyle) -> Option<usize> {
    match style {
        ScalarStyle::SingleQuoted if c == '\'' => source.starts_with("''").then_some(2),
        ScalarStyle::DoubleQuoted if source.starts_with('\\') => {
            let escape = source[1..].chars().next()?;
            let digits = match escape {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                '\n' | '\r' => return None,
                _ => 0,
            };
            Some(1 + escape.len_utf8() + digits)
        }
        _ => source.starts_with(c).then_some(c.len_utf8()),
    }
}
