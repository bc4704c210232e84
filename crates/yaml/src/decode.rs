//! Bytes to text, as YAML allows them to be encoded.

use diagnostics::Span;

use crate::YamlError;

/// The text of a YAML file: UTF-8, or UTF-16 with a byte order mark. Bytes that are no text become
/// replacement characters, the first of which the error points to. Spans count in the text.
pub fn decode(bytes: Vec<u8>) -> (String, Option<YamlError>) {
    match bytes[..] {
        [0xff, 0xfe, ref rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, ref rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let lead = error.as_bytes()[at];
                // As libyaml's reader tells them apart.
                let message = match lead {
                    0x80..=0xbf | 0xf8.. => "invalid leading UTF-8 octet",
                    _ if error.utf8_error().error_len().is_none() => {
                        "incomplete UTF-8 octet sequence"
                    }
                    _ => "invalid trailing UTF-8 octet",
                };
                let note = format!("byte 0x{lead:02x} at offset {at} is no UTF-8");
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let error = not_a_text(&text, at, message, note);
                (text, Some(error))
            }
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<YamlError>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let (mut text, mut first) = (String::with_capacity(bytes.len()), None);
    for c in char::decode_utf16(units) {
        if let Err(lone) = &c {
            let is_high = lone.unpaired_surrogate() < 0xdc00;
            let message = if is_high {
                "expected low surrogate area"
            } else {
                "unexpected low surrogate area"
            };
            first = first.or(Some((text.len(), message)));
        }
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !odd.is_empty() {
        first = first.or(Some((text.len(), "incomplete UTF-16 character")));
        text.push(char::REPLACEMENT_CHARACTER);
    }
    let error = first.map(|(at, message)| {
        not_a_text(&text, at, message, "the file begins as UTF-16".to_owned())
    });
    (text, error)
}

fn not_a_text(text: &str, at: usize, message: &str, note: String) -> YamlError {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    YamlError {
        message: message.to_owned(),
        note: Some(note),
        is_syntax: true,
        line: narrow(1 + before.bytes().filter(|b| *b == b'\n').count()),
        column: narrow(1 + before[line_start..].chars().count()),
        span: Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8()),
        related: None,
    }
}
