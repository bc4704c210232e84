//! Number and character constants, under every type that can hold them.

use diagnostics::Span;

use super::Parsed;
use crate::template::{node::Number, unquote::unquote_char};

pub(super) fn character(text: &str, span: Span) -> Parsed<Number> {
    let (c, tail) = unquote_char(&text[1..], '\'').ok_or("invalid syntax")?;
    if tail != "'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let code = u32::from(c);
    Ok(Number { int: Some(code.into()), uint: Some(code.into()), float: Some(code.into()), span })
}

#[expect(clippy::cast_possible_truncation, reason = "compared with the float that it came from")]
#[expect(clippy::cast_sign_loss, reason = "compared with the float that it came from")]
#[expect(clippy::float_cmp, reason = "an exact conversion is asked for")]
pub(super) fn number(text: &str, span: Span) -> Parsed<Number> {
    let mut number = Number {
        uint: if text.starts_with(['+', '-']) { None } else { parse_integer(text) },
        int: parse_signed(text),
        float: None,
        span,
    };
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Some(float) = model::number::parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", model::quote::quote(text)));
        }
        number.float = Some(float);
        number.int = Some(float as i64).filter(|int| *int as f64 == float);
        number.uint = Some(float as u64).filter(|uint| *uint as f64 == float);
    } else {
        return Err(format!("illegal number syntax: {}", model::quote::quote(text)));
    }
    Ok(number)
}

/// An integer literal of Go: decimal, `0x`, `0o`, `0b`, or octal by a leading zero; `_` between
/// digits.
fn parse_integer(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (&lower[..], 10),
    };
    let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if misplaced { None } else { u64::from_str_radix(&digits.replace('_', ""), radix).ok() }
}

fn parse_signed(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from(parse_integer(unsigned)?);
    i64::try_from(if text.starts_with('-') { -magnitude } else { magnitude }).ok()
}
