//! The types of scalars, as Go's `yaml.v3` resolves them.

use granit_parser::ScalarStyle;
use model::number;

use crate::{Content, Node};

/// The short tag of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// A number that is no integer.
    Float,
    /// Any other text.
    Str,
    /// A date, with or without a time.
    Timestamp,
    /// A list.
    Seq,
    /// A mapping.
    Map,
}

impl Tag {
    /// As YAML spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Tag::Null => "!!null",
            Tag::Bool => "!!bool",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Str => "!!str",
            Tag::Timestamp => "!!timestamp",
            Tag::Seq => "!!seq",
            Tag::Map => "!!map",
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Tag::Null => "nothing",
            Tag::Bool => "a boolean",
            Tag::Int => "an integer",
            Tag::Float => "a number",
            Tag::Str => "a text",
            Tag::Timestamp => "a date",
            Tag::Seq => "a list",
            Tag::Map => "a mapping",
        }
    }
}

impl Node {
    /// The type: an explicit tag, or what the text looks like.
    pub fn resolve(&self) -> Tag {
        let (text, style) = match &self.content {
            Content::Sequence(_) => return Tag::Seq,
            Content::Mapping(_) => return Tag::Map,
            Content::Scalar { text, style } => (&**text, *style),
        };
        match self.tag.as_deref() {
            Some("!!null") => Tag::Null,
            Some("!!bool") => Tag::Bool,
            Some("!!int") => Tag::Int,
            Some("!!float") => Tag::Float,
            Some("!!timestamp") => Tag::Timestamp,
            None if style == ScalarStyle::Plain => resolve_plain(text),
            Some(_) | None => Tag::Str,
        }
    }

    /// Whether it is [`Tag::Null`], which costs less to see than what else it may be.
    pub fn is_null(&self) -> bool {
        match &self.content {
            Content::Scalar { text, style: ScalarStyle::Plain } if self.tag.is_none() => {
                is_null(text)
            }
            Content::Scalar { .. } => self.tag.as_deref() == Some("!!null"),
            _ => false,
        }
    }

    /// The integer that a scalar stands for. Floats are cut, as `yaml.v3` does.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "yaml.v3 cuts floats; the range is checked"
    )]
    pub fn as_int(&self) -> Option<i64> {
        let text = self.as_scalar()?;
        match self.resolve() {
            Tag::Int => parse_int(text),
            Tag::Float => {
                let float = number::parse_float(&text.replace('_', ""))?;
                (float.abs() < 9.2e18).then_some(float as i64)
            }
            _ => None,
        }
    }
}

fn resolve_plain(text: &str) -> Tag {
    match text {
        _ if is_null(text) => return Tag::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Tag::Bool,
        ".nan" | ".NaN" | ".NAN" => return Tag::Float,
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Tag::Float;
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Tag::Str;
    }
    if is_date(text) {
        Tag::Timestamp
    } else if parse_int(text).is_some() {
        Tag::Int
    } else if is_float(unsigned) {
        Tag::Float
    } else {
        Tag::Str
    }
}

fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// `2001-02-03`, with whatever time follows.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit))
    };
    digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && matches!(bytes.get(10), None | Some(b'T' | b't' | b' '))
}

fn is_float(unsigned: &str) -> bool {
    let digits = unsigned.replace('_', "");
    let lower = digits.to_ascii_lowercase();
    let shape = lower.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-'));
    shape && number::parse_float(&digits).is_some()
}

fn parse_int(text: &str) -> Option<i64> {
    let plain = text.replace('_', "");
    let (sign, unsigned) = match plain.strip_prefix('-') {
        Some(rest) => (-1_i128, rest),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i64::try_from(sign * i128::from(u64::from_str_radix(digits, radix).ok()?)).ok()
}
