//! From a part of a scalar's text to where it is written.
//!
//! Folding, indentation and escapes stand between the two: the text is laid beside its source,
//! piece by piece. Start at [`Alignment::of`].

mod block;
mod flow;

use diagnostics::Span;

use crate::{Content, Node, ScalarStyle};

/// Pieces of a text with where each is written, in order and without gaps in the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alignment {
    pieces: Vec<Piece>,
    text_len: u32,
}

/// A piece of the text. Of equal length in both, byte stands for byte; otherwise the piece is an
/// escape or a line break, and cannot be divided.
#[derive(Clone, Copy, Debug)]
struct Piece {
    text: u32,
    text_len: u32,
    source: u32,
    source_len: u32,
}

impl Alignment {
    /// Lays the text of a scalar beside its source; none where the two do not match.
    pub(crate) fn of(source: &str, node: &Node) -> Option<Self> {
        let Content::Scalar { text, style } = &node.content else { return None };
        let span = node.span;
        let mut alignment = Self::default();
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                block::align(&mut alignment, source, node, text, *style)?;
            }
            _ => flow::align(&mut alignment, source, span, text, *style)?,
        }
        (alignment.text_len as usize == text.len()).then_some(alignment)
    }

    /// Where a part of the text is written; none of an empty text.
    pub(crate) fn locate(&self, part: Span) -> Option<Span> {
        let first = self.piece_at(part.start.min(self.text_len))?;
        if part.end <= part.start {
            let at = if part.start >= first.text + first.text_len {
                first.source + first.source_len
            } else {
                first.start(part.start)
            };
            return Some(Span { start: at, end: at });
        }
        // The end of a part is past its last byte, not before whatever follows it.
        let last = self.piece_at((part.end - 1).min(self.text_len))?;
        let start = first.start(part.start);
        Some(Span { start, end: last.end(part.end).max(start) })
    }

    fn piece_at(&self, offset: u32) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.text <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// The next bytes of the text are written at `source`.
    fn push(&mut self, text_len: usize, source: usize, source_len: usize) {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (text_len, source) = (narrow(text_len), narrow(source));
        let source_len = narrow(source_len);
        let text = self.text_len;
        self.text_len = text.saturating_add(text_len);
        if let Some(last) = self.pieces.last_mut()
            && last.text_len == last.source_len
            && text_len == source_len
            && last.source + last.source_len == source
        {
            last.text_len += text_len;
            last.source_len += source_len;
            return;
        }
        self.pieces.push(Piece { text, text_len, source, source_len });
    }
}

impl Piece {
    fn is_verbatim(self) -> bool {
        self.text_len == self.source_len
    }

    fn start(self, offset: u32) -> u32 {
        if self.is_verbatim() {
            self.source + (offset - self.text).min(self.text_len)
        } else {
            self.source
        }
    }

    fn end(self, offset: u32) -> u32 {
        if self.is_verbatim() {
            self.source + (offset - self.text).min(self.text_len)
        } else {
            self.source + self.source_len
        }
    }
}

impl Node {
    /// Where bytes `part` of a scalar's text stand in the text that it was read from; none where
    /// the two cannot be matched.
    pub fn locate(&self, source: &str, part: Span) -> Option<Span> {
        let Content::Scalar { text, .. } = &self.content else { return None };
        let found = match self.verbatim_start(source) {
            Some(start) => {
                let end = (part.end as usize).min(text.len());
                let from = (part.start as usize).min(end);
                Span::new(start + from, start + end)
            }
            None => Alignment::of(source, self)?.locate(part)?,
        };
        Some(self.within(source, found))
    }

    /// The part of a span that lies inside of the node, its ends between characters.
    pub(crate) fn within(&self, source: &str, span: Span) -> Span {
        let clamp = |at: u32| at.clamp(self.span.start, self.span.end) as usize;
        let start = source.floor_char_boundary(clamp(span.start));
        Span::new(start, source.ceil_char_boundary(clamp(span.end)).max(start))
    }

    /// Where the text begins, if it is written byte by byte.
    fn verbatim_start(&self, source: &str) -> Option<usize> {
        let Content::Scalar { text, style } = &self.content else { return None };
        let quote = match style {
            ScalarStyle::Plain => 0,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            _ => return None,
        };
        let start = self.span.start as usize + quote;
        (source.get(start..start + text.len())? == &**text).then_some(start)
    }
}
