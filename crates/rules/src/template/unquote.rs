//! Go's quoted strings back to text, as `strconv.Unquote`.
//!
//! A Go string may hold any bytes; bytes that are not UTF-8 become U+FFFD here.

use std::ops::Range;

/// The text of a literal in double or back quotes.
pub(super) fn unquote(quoted: &str) -> Result<String, String> {
    let invalid = || "invalid syntax".to_owned();
    let quote = quoted.chars().next().ok_or_else(invalid)?;
    let body = quoted[1..].strip_suffix(quote).ok_or_else(invalid)?;
    if quote == '`' {
        return Ok(body.replace('\r', ""));
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
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The characters of a literal in double or back quotes, with the bytes that write each.
pub(super) fn pieces(quoted: &str) -> Vec<(char, Range<usize>)> {
    let Some(quote) = quoted.chars().next() else { return Vec::new() };
    let Some(body) = quoted[1..].strip_suffix(quote) else { return Vec::new() };
    if quote == '`' {
        let chars = body.char_indices().filter(|(_, c)| *c != '\r');
        return chars.map(|(i, c)| (c, i + 1..i + 1 + c.len_utf8())).collect();
    }
    let (mut pieces, mut rest) = (Vec::new(), body);
    while let Some((c, tail)) = unquote_char(rest, quote) {
        let start = 1 + body.len() - rest.len();
        pieces.push((c, start..start + rest.len() - tail.len()));
        rest = tail;
    }
    pieces
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
