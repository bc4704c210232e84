//! Patterns that are plain to see: `api`, `web|api|db`, `api-.+`, `.*foo.*`, `10\.0\.0\.1:9100`.
//!
//! It spares the way through the syntax tree for what most matchers hold. Whatever is not plain it
//! leaves to `parse`, errors included.

use std::{borrow::Cow, mem};

use super::shape::{Piece, Shape};

/// The longest pattern that is looked at, in bytes.
const MAX_LENGTH: usize = 1 << 18;

/// The shape of a pattern for whole values with neither groups, classes nor repetitions but `.*`
/// and `.+`; none for others, and for those that are something else than they seem.
pub(super) fn shape(pattern: &str) -> Option<Shape> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    let mut words = Vec::new();
    let mut pieces = Vec::new();
    // Borrowed from the pattern up to an escape.
    let mut word = Cow::Borrowed("");
    let mut rest = pattern;
    loop {
        let (literal, tail) =
            rest.split_at(rest.bytes().position(is_special).unwrap_or(rest.len()));
        word += literal;
        let Some(special) = tail.bytes().next() else { break };
        rest = &tail[1..];
        match special {
            b'|' if pieces.is_empty() => {
                if words.is_empty() {
                    words.reserve_exact(2 + rest.bytes().filter(|byte| *byte == b'|').count());
                }
                words.push(mem::take(&mut word).into());
            }
            b'.' if words.is_empty() => {
                let least = match rest.bytes().next()? {
                    b'*' => 0,
                    b'+' => 1,
                    _ => return None,
                };
                rest = &rest[1..];
                pieces.extend(literal_piece(mem::take(&mut word)));
                pieces.push(Piece::Gap(least));
            }
            b'\\' => {
                rest.bytes().next().filter(u8::is_ascii_punctuation)?;
                word += &rest[..1];
                rest = &rest[1..];
            }
            _ => return None,
        }
    }
    if pieces.is_empty() {
        words.push(word.into());
        return Some(Shape::one_of(words));
    }
    pieces.extend(literal_piece(word));
    Shape::pieces(pieces)
}

fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'^' | b'$' | b'.' | b'*' | b'+' | b'?' | b'{' | b'[' | b'(' | b')' | b'|' | b'\\'
    )
}

fn literal_piece(word: Cow<'_, str>) -> Option<Piece> {
    (!word.is_empty()).then(|| Piece::Literal(word.into()))
}
