//! The extent of strings, and whether their escapes are well formed.

use super::{
    Lexer, Scan, Stop,
    class::{STRING_MARK, is},
};
use crate::token::TokenKind;

/// U+FFFD, behind its first byte.
const REST_OF_REPLACEMENT: &[u8] = b"\xBF\xBD";

impl Lexer<'_> {
    /// A string in double or single quotes; the opening quote has been read.
    pub(super) fn string(&mut self, quote: u8) -> Scan {
        loop {
            match self.string_mark() {
                Some(byte) if byte == quote => return Ok(TokenKind::String),
                Some(b'\\') => self.escape(quote)?,
                Some(0xEF) if self.rest().starts_with(REST_OF_REPLACEMENT) => {
                    return self.error("invalid UTF-8 rune");
                }
                Some(b'\n') | None => return self.error("unterminated quoted string"),
                Some(_) => {}
            }
        }
    }

    /// A string in back quotes; the opening quote has been read.
    pub(super) fn raw_string(&mut self) -> Scan {
        loop {
            match self.string_mark() {
                Some(b'`') => return Ok(TokenKind::String),
                Some(0xEF) if self.rest().starts_with(REST_OF_REPLACEMENT) => {
                    return self.error("invalid UTF-8 rune");
                }
                None => return self.error("unterminated raw string"),
                Some(_) => {}
            }
        }
    }

    /// Reads up to and with the next byte that may mean something in a string.
    fn string_mark(&mut self) -> Option<u8> {
        self.skip_while(|byte| !is(byte, STRING_MARK));
        self.bump()
    }

    /// An escape sequence; the backslash has been read.
    fn escape(&mut self, quote: u8) -> Result<(), Stop> {
        let (digits, radix, first) = match self.bump_char() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\') => return Ok(()),
            Some(c) if c == char::from(quote) => return Ok(()),
            Some(c @ '0'..='7') => (2, 8, c.to_digit(8)),
            Some('x') => (2, 16, None),
            Some('u') => (4, 16, None),
            Some('U') => (8, 16, None),
            Some(c) => {
                return self.error(format!("unknown escape sequence {}", code_point(c)));
            }
            None => return self.error("escape sequence not terminated"),
        };
        let mut value = first.unwrap_or(0);
        for _ in 0..digits {
            let Some(c) = self.bump_char() else {
                return self.error("escape sequence not terminated");
            };
            let Some(digit) = c.to_digit(radix) else {
                return self
                    .error(format!("illegal character {} in escape sequence", code_point(c)));
            };
            value = value * radix + digit;
        }
        let is_byte = digits == 2;
        if if is_byte { value > 255 } else { char::from_u32(value).is_none() } {
            return self.error("escape sequence is an invalid Unicode code point");
        }
        Ok(())
    }
}

/// As Go's `%#U` prints a character: `U+0063 'c'`, without the character where it does not print.
fn code_point(c: char) -> String {
    let code = c as u32;
    if model::quote::quote(c.encode_utf8(&mut [0; 4])).starts_with("\"\\") && !"\"\\".contains(c) {
        format!("U+{code:04X}")
    } else {
        format!("U+{code:04X} '{c}'")
    }
}
