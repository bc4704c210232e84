//! Plain and quoted scalars beside their text.

use diagnostics::Span;

use super::Alignment;
use crate::ScalarStyle;

pub(super) fn align(
    into: &mut Alignment,
    source: &str,
    span: Span,
    text: &str,
    style: ScalarStyle,
) -> Option<()> {
    let quote = usize::from(style != ScalarStyle::Plain);
    let mut reader =
        Reader { source, at: span.start as usize + quote, end: span.end as usize - quote, style };
    let mut rest = text;
    loop {
        let same = verbatim(rest.as_bytes(), reader.rest().as_bytes());
        if same > 0 {
            into.push(same, reader.at, same);
            reader.at += same;
            rest = &rest[same..];
        }
        let Some(c) = rest.chars().next() else { break };
        reader.skip_continuation();
        if let Some((end, n_breaks)) = reader.line_breaks() {
            // One break is a space, further ones are themselves.
            let folded = if n_breaks == 1 { 1 } else { n_breaks - 1 };
            let expected = if n_breaks == 1 { ' ' } else { '\n' };
            let matches = rest.bytes().take(folded).filter(|b| char::from(*b) == expected).count();
            if matches == folded {
                into.push(folded, reader.at, end - reader.at);
                rest = &rest[folded..];
                reader.at = end;
                continue;
            }
        }
        let length = reader.written(c)?;
        into.push(c.len_utf8(), reader.at, length);
        reader.at += length;
        rest = &rest[c.len_utf8()..];
    }
    if into.pieces.is_empty() {
        into.push(0, reader.at, 0);
    }
    Some(())
}

/// How many bytes stand for themselves in every style: all but those that escape others, and single
/// spaces.
fn verbatim(text: &[u8], source: &[u8]) -> usize {
    let is_plain = |at: usize, byte: u8| match byte {
        b'\\' | b'\'' => false,
        b' ' => source.get(at + 1).is_some_and(u8::is_ascii_graphic),
        _ => byte.is_ascii_graphic(),
    };
    let pairs = text.iter().zip(source).enumerate();
    pairs.take_while(|(at, (a, b))| a == b && is_plain(*at, **a)).count()
}

struct Reader<'s> {
    source: &'s str,
    at: usize,
    end: usize,
    style: ScalarStyle,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..self.end).unwrap_or("")
    }

    /// Passes over escaped line breaks, which stand for nothing.
    fn skip_continuation(&mut self) {
        if self.style != ScalarStyle::DoubleQuoted {
            return;
        }
        while let Some(tail) = self.rest().strip_prefix('\\') {
            if !tail.starts_with(['\n', '\r']) {
                return;
            }
            let after = tail.trim_start_matches(['\r', '\n']);
            let after = after.trim_start_matches([' ', '\t']);
            self.at = self.end - after.len();
        }
    }

    /// The end of white space with line breaks in it, and how many there are.
    fn line_breaks(&self) -> Option<(usize, usize)> {
        let rest = self.rest();
        if !rest.starts_with([' ', '\t', '\n', '\r']) {
            return None;
        }
        let after = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let run = &rest[..rest.len() - after.len()];
        let n_breaks = count_breaks(run);
        (n_breaks > 0).then(|| (self.end - after.len(), n_breaks))
    }

    /// Bytes in which the source writes this character first, if it does.
    fn written(&self, c: char) -> Option<usize> {
        let rest = self.rest();
        match self.style {
            ScalarStyle::SingleQuoted if c == '\'' => rest.starts_with("''").then_some(2),
            ScalarStyle::DoubleQuoted if rest.starts_with('\\') => {
                let escape = rest[1..].chars().next()?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                let length = 1 + escape.len_utf8() + digits;
                rest.is_char_boundary(length).then_some(length)
            }
            _ => rest.starts_with(c).then_some(c.len_utf8()),
        }
    }
}

/// `\r\n` is one.
fn count_breaks(text: &str) -> usize {
    let returns = text.bytes().zip(text.bytes().skip(1).chain([0]));
    let lone = returns.filter(|(b, next)| *b == b'\r' && *next != b'\n').count();
    lone + text.bytes().filter(|b| *b == b'\n').count()
}
