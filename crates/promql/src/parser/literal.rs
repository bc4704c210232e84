//! The values of numbers, durations and strings.

use std::borrow::Cow;

use diagnostics::Span;
use model::quote::quote;

use super::{Parsed, Parser};
use crate::{
    ast::{Expr, ExprKind, NumberLiteral},
    token::TokenKind,
};

/// A number literal with its place.
pub(super) struct Number {
    pub(super) literal: NumberLiteral,
    pub(super) span: Span,
}

impl From<Number> for Expr {
    fn from(number: Number) -> Self {
        Self { kind: ExprKind::Number(number.literal), span: number.span }
    }
}

impl<'t> Parser<'t> {
    /// A number or a duration, which is peeked.
    pub(super) fn number(&mut self) -> Parsed<Number> {
        let token = self.peek()?;
        self.bump();
        let text = token.span.of(self.text);
        let is_duration = token.kind == TokenKind::Duration;
        let parsed = if is_duration {
            model::duration::parse(text).map(|ms| ms as f64 / 1000.0)
        } else {
            number(text).map_err(|why| {
                let text = quote(text);
                format!("error parsing number: strconv.ParseFloat: parsing {text}: {why}")
            })
        };
        let value = parsed.unwrap_or_else(|message| {
            self.error(token.span, message);
            0.0
        });
        Ok(Number { literal: NumberLiteral { value, is_duration }, span: token.span })
    }

    /// The value of a string in which nothing is escaped.
    pub(super) fn unescaped(&self, span: Span) -> Option<&'t str> {
        let text = span.of(self.text);
        let inner = inner(text);
        (text.starts_with('`') || !inner.contains('\\')).then_some(inner)
    }

    /// The value of a string. Bytes from `\x` and octal escapes need not make UTF-8.
    pub(super) fn unquote(&self, span: Span) -> Cow<'t, [u8]> {
        if let Some(value) = self.unescaped(span) {
            return value.as_bytes().into();
        }
        let inner = inner(span.of(self.text));
        let mut bytes = Vec::with_capacity(inner.len());
        let mut rest = inner;
        while let Some(at) = rest.find('\\') {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            rest = unescape(&rest[at + 1..], &mut bytes);
        }
        bytes.extend_from_slice(rest.as_bytes());
        bytes.into()
    }
}

/// What stands between the quotes of a string.
fn inner(string: &str) -> &str {
    &string[1..string.len() - 1]
}

/// Resolves one escape, which the lexer has found well formed, and returns what follows it.
fn unescape<'s>(escape: &'s str, out: &mut Vec<u8>) -> &'s str {
    let (length, radix, skip) = match escape.as_bytes().first() {
        Some(b'0'..=b'7') => (3, 8, 0),
        Some(b'x') => (2, 16, 1),
        Some(b'u') => (4, 16, 1),
        Some(b'U') => (8, 16, 1),
        Some(letter) => {
            out.push(single(*letter));
            return &escape[1..];
        }
        None => return escape,
    };
    let (digits, rest) = escape[skip..].split_at(length);
    let value = u32::from_str_radix(digits, radix).unwrap_or_default();
    match u8::try_from(value) {
        Ok(byte) if length <= 3 => out.push(byte),
        _ => {
            let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    rest
}

fn single(letter: u8) -> u8 {
    match letter {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        other => other,
    }
}

/// The value of a number: as a whole number in the base of its prefix, where a leading zero means
/// octal; else as a decimal fraction.
fn number(text: &str) -> Result<f64, &'static str> {
    let mut plain = Cow::Borrowed(text);
    if text.contains('_') {
        if !underscores_fit(text) {
            return Err("invalid syntax");
        }
        plain = text.replace('_', "").into();
    }
    if let Some(whole) = whole(&plain) {
        return Ok(whole as f64);
    }
    match model::number::parse_float(&plain) {
        Some(value) => Ok(value),
        None if plain.parse::<f64>().is_ok_and(f64::is_infinite) => Err("value out of range"),
        None => Err("invalid syntax"),
    }
}

fn whole(text: &str) -> Option<i64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(digits, radix).ok()
}

/// Whether every underscore stands between digits, or between a base prefix and a digit.
fn underscores_fit(text: &str) -> bool {
    let digits = match text.as_bytes() {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        all => all,
    };
    let prefixed = digits.len() < text.len();
    digits.iter().enumerate().all(|(i, byte)| {
        let before = if i == 0 { prefixed } else { digits[i - 1].is_ascii_hexdigit() };
        let after = digits.get(i + 1).is_some_and(u8::is_ascii_hexdigit);
        *byte != b'_' || (before && after)
    })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_have_gos_values() {
        for (text, value) in [
            ("0755", 493.0),
            ("09", 9.0),
            ("0_1", 1.0),
            ("1_000.5", 1000.5),
            ("0x1F", 31.0),
            ("0X_1f", 31.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("99999999999999999999", 1e20),
            ("iNf", f64::INFINITY),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert!(number("nan").unwrap().is_nan());
        for (text, why) in [
            ("1e999", "value out of range"),
            ("0x", "invalid syntax"),
            ("1_", "invalid syntax"),
            (".5.5", "invalid syntax"),
            ("1e", "invalid syntax"),
        ] {
            assert_eq!(number(text), Err(why), "{text}");
        }
    }
}
