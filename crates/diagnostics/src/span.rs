//! Byte spans, and lines and columns from them.

/// Bytes `start..end` of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// From 1.
    pub line: u32,
    /// From 1; in bytes or in characters, as who made it says.
    pub column: u32,
}

/// The line starts of a text.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Characters that start before each block of [`BLOCK`] bytes; empty where each is a byte.
    chars_before: Vec<u32>,
}

/// Characters are counted from the last of these, so that one long line costs no more than many.
const BLOCK: usize = 1024;

impl Span {
    /// Bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), end: narrow(end) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text under the span.
    #[inline]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl LineIndex {
    /// Reads a text's line starts.
    pub fn new(text: &str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| narrow(end + 1));
        let starts = std::iter::once(0).chain(ends).collect();
        let mut chars_before = Vec::new();
        if !text.is_ascii() {
            let mut n_chars = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                chars_before.push(n_chars);
                n_chars += chars_in(block);
            }
            chars_before.push(n_chars);
        }
        Self { starts, chars_before }
    }

    /// How many lines there are; an empty one after the last line end counts.
    pub fn n_lines(&self) -> u32 {
        narrow(self.starts.len())
    }

    /// The bytes of a line without its line end. The text is the one that was read.
    pub fn line(&self, text: &str, line: u32) -> Span {
        let start = self.starts.get((line as usize).saturating_sub(1)).copied();
        let Some(start) = start else { return Span::new(text.len(), text.len()) };
        let next = self.starts.get(line as usize).map_or(text.len(), |next| *next as usize);
        let line = text.get(start as usize..next).unwrap_or("");
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        Span { start, end: start + narrow(content.len()) }
    }

    /// The line of a byte, and its column in characters. The text is the one that was read.
    pub fn place(&self, text: &str, offset: u32) -> LineCol {
        let at = self.line_col(offset);
        let start = offset + 1 - at.column;
        let n_chars = if self.chars_before.is_empty() {
            return at;
        } else if (at.column as usize) < BLOCK {
            text.as_bytes().get(start as usize..offset as usize).map_or(0, chars_in)
        } else {
            self.chars_before(text, offset) - self.chars_before(text, start)
        };
        LineCol { column: n_chars + 1, ..at }
    }

    fn chars_before(&self, text: &str, offset: u32) -> u32 {
        let block = offset as usize / BLOCK;
        let Some(before) = self.chars_before.get(block) else { return offset };
        let part = text.as_bytes().get(block * BLOCK..offset as usize);
        before + part.map_or(0, chars_in)
    }

    /// The line of a byte, and its column in bytes.
    pub fn line_col(&self, offset: u32) -> LineCol {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        LineCol {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: offset - self.starts[line - 1] + 1,
        }
    }
}

impl std::fmt::Display for LineCol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How many characters start in UTF-8 bytes.
fn chars_in(bytes: &[u8]) -> u32 {
    narrow(bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_have_no_ends() {
        let text = "a\r\nbc\n";
        let index = LineIndex::new(text);
        let lines: Vec<_> =
            (1..=index.n_lines() + 1).map(|l| index.line(text, l).of(text)).collect();
        assert_eq!(lines, ["a", "bc", "", ""]);
    }

    proptest! {
        #[test]
        fn places_count_characters(
            text in proptest::collection::vec("[aä\u{1f525}\n]{0,40}|a{500}|\u{1f525}{400}", 0..12)
        ) {
            let text = text.concat();
            let index = LineIndex::new(&text);
            let mut expected = LineCol { line: 1, column: 1 };
            for (at, c) in text.char_indices() {
                prop_assert_eq!(index.place(&text, narrow(at)), expected);
                expected = match c {
                    '\n' => LineCol { line: expected.line + 1, column: 1 },
                    _ => LineCol { column: expected.column + 1, ..expected },
                };
            }
            prop_assert_eq!(index.place(&text, narrow(text.len())), expected);
        }
    }
}
