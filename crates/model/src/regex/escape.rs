//! Escapes that stand for one character: `\n`, `\x41`, `\x{1F600}`, `\012`, `\.`.

use super::{RegexError, parse::cut};

/// Reads an escape at the start of `text`; gives a code point, which may be a surrogate, and the
/// text behind.
pub(super) fn escape(text: &str) -> Result<(u32, &str), RegexError> {
    let mut chars = text.chars();
    chars.next();
    let Some(c) = chars.next() else {
        return Err(RegexError::new("trailing backslash at end of expression", ""));
    };
    let rest = chars.as_str();
    let code = match c {
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        '0' => return Ok(octal(c, rest)),
        // A single digit would be a back-reference.
        '1'..='7' if rest.starts_with(|d: char| d.is_digit(8)) => return Ok(octal(c, rest)),
        'x' => return hexadecimal(text, rest),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
        _ => return Err(invalid(text, rest)),
    };
    Ok((code, rest))
}

fn invalid(text: &str, rest: &str) -> RegexError {
    RegexError::new("invalid escape sequence", cut(text, rest))
}

/// Up to two more octal digits.
fn octal(first: char, rest: &str) -> (u32, &str) {
    let n = rest.chars().take(2).take_while(|d| d.is_digit(8)).count();
    let start = first.to_digit(8).expect("the caller saw an octal digit");
    let code = rest[..n].bytes().fold(start, |code, d| code * 8 + u32::from(d - b'0'));
    (code, &rest[n..])
}

/// Two hexadecimal digits, or any number of them in braces.
fn hexadecimal<'p>(text: &'p str, digits: &'p str) -> Result<(u32, &'p str), RegexError> {
    let mut chars = digits.chars();
    if digits.starts_with('{') {
        chars.next();
        let (mut code, mut n) = (0_u32, 0);
        while let Some(c) = chars.next() {
            if c == '}' && n > 0 {
                return Ok((code, chars.as_str()));
            }
            let Some(digit) = c.to_digit(16) else { break };
            (code, n) = (code * 16 + digit, n + 1);
            if code > u32::from(char::MAX) {
                break;
            }
        }
        return Err(invalid(text, chars.as_str()));
    }
    let pair = (chars.next(), chars.next());
    let value = |c: Option<char>| c.and_then(|c| c.to_digit(16));
    match (value(pair.0), value(pair.1)) {
        (Some(high), Some(low)) => Ok((high * 16 + low, chars.as_str())),
        _ => Err(invalid(text, chars.as_str())),
    }
}
