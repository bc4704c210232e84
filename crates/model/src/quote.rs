//! Go's quoting of strings, as `%q` and `strconv.Quote` print them.

use std::{fmt::Write, sync::LazyLock};

use crate::unicode::CharSet;

/// The text in double quotes with Go's escapes; printable characters stay as they are.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

/// The same of a text that may hold bytes which are no UTF-8: they become `\xff` and the like.
pub fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        push_escaped(&mut out, chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{07}' => out.push_str("\\a"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0b}' => out.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => drop(write!(out, "\\x{:02x}", c as u32)),
            c if is_printable(c) => out.push(c),
            c if (c as u32) < 0x1_0000 => drop(write!(out, "\\u{:04x}", c as u32)),
            c => drop(write!(out, "\\U{:08x}", c as u32)),
        }
    }
}

/// What Go's `strconv.IsPrint` says: letters, marks, numbers, punctuation, symbols and the ASCII
/// space, as of the Unicode version that Go has.
fn is_printable(c: char) -> bool {
    static PRINTABLE: LazyLock<CharSet> =
        LazyLock::new(|| CharSet::new(r"[[\pL\pM\pN\pP\pS]&&\p{age:15.0}]"));
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    PRINTABLE.contains(c)
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_as_go() {
        assert_eq!(super::quote("a\"b\\\n\t\u{1}é\u{200b}"), r#""a\"b\\\n\t\x01é\u200b""#);
        // Unassigned, private, and assigned after Go's version of Unicode.
        assert_eq!(
            super::quote("\u{378}\u{a0}\u{e000}\u{10ffff}\u{2ffc}\u{105c0}"),
            r#""\u0378\u00a0\ue000\U0010ffff\u2ffc\U000105c0""#
        );
    }

    #[test]
    fn bytes_that_are_no_utf8() {
        assert_eq!(super::quote_bytes(b"a\xc5z\xe6\x97\xe6\x97\xa5"), r#""a\xc5z\xe6\x97日""#);
    }
}
