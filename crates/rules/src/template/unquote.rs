//! Go's quoted strings back to text, as `strconv.Unquote`.
//!
//! A Go string may hold any bytes; bytes that are not UTF-8 become U+FFFD here.

use std::{borrow::Cow, ops::Range};

/// The text of a literal in double or back quotes.
pub(super) fn unquote(quoted: &str) -> Result<Cow<'_, str>, String> {
    let invalid = || "invalid syntax".to_owned();
    let quote = quoted.chars().next().ok_or_else(invalid)?;
    let body = quoted[1..].strip_suffix(quote).ok_or_else(invalid)?;
    if quote == '`' {
        return Ok(if body.contains('\r') { body.replace('\r', "").into() } else { body.into() });
    }
    if is_plain(body) {
        return Ok(body.into());
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(body.len()), body);
    while !rest.is_empty() {
        let (piece, tail) = unquote_piece(rest, quote).ok_or_else(invalid)?;
        match piece {
            Piece::Byte(byte) => bytes.push(byte),
            Piece::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

/// The characters of a literal in double or back quotes, with the bytes that write each.
pub(super) fn pieces(quoted: &str) -> impl Iterator<Item = (char, Range<usize>)> {
    let quote = quoted.chars().next().unwrap_or_default();
    let body = quoted.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let mut rest = body.unwrap_or_default();
    let (end, is_plain) = (1 + rest.len(), quote == '`' || is_plain(rest));
    let pieces = std::iter::from_fn(move || {
        let start = end - rest.len();
        let (c, tail) = if is_plain {
            let c = rest.chars().next()?;
            (c, &rest[c.len_utf8()..])
        } else {
            unquote_char(rest, quote)?
        };
        rest = tail;
        Some((c, start..end - tail.len()))
    });
    pieces.filter(move |(c, _)| quote != '`' || *c != '\r')
}

/// Whether a body in double quotes means what it says.
fn is_plain(body: &str) -> bool {
    memchr::memchr2(b'\\', b'"', body.as_bytes()).is_none()
}

/// The first character of a literal's body, and what follows it.
pub(super) fn unquote_char(body: &str, quote: char) -> Option<(char, &str)> {
    let (piece, tail) = unquote_piece(body, quote)?;
    match piece {
        Piece::Byte(byte) => Some((char::from(byte), tail)),
        Piece::Char(c) => Some((c, tail)),
    }
}

enum Piece {
    /// `\xHH` and `\OOO`: a byte, not a code point.
    Byte(u8),
    Char(char),
}

fn unquote_piece(body: &str, quote: char) -> Option<(Piece, &str)> {
    let mut chars = body.chars();
    let first = chars.next()?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some((Piece::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let simple = |c| Some((Piece::Char(c), rest));
    match escape {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        '\'' | '"' if escape == quote => simple(escape),
        'x' => {
            let (code, rest) = digits(rest, 2, 16)?;
            Some((Piece::Byte(u8::try_from(code).ok()?), rest))
        }
        'u' | 'U' => {
            let (code, rest) = digits(rest, if escape == 'u' { 4 } else { 8 }, 16)?;
            Some((Piece::Char(char::from_u32(code)?), rest))
        }
        '0'..='7' => {
            let (code, rest) = digits(&body[1..], 3, 8)?;
            Some((Piece::Byte(u8::try_from(code).ok()?), rest))
        }
        _ => None,
    }
}

fn digits(text: &str, count: usize, radix: u32) -> Option<(u32, &str)> {
    let digits = text.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_alphanumeric()))?;
    Some((u32::from_str_radix(digits, radix).ok()?, &text[count..]))
}
