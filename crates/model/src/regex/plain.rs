//! Patterns that are plain to see: `api`, `web|api|db`, `api-.+`, `.*foo.*`, `10\.0\.0\.1:9100`.
//!
//! It spares the way through the syntax tree for what most matchers hold. Whatever is not plain it
//! leaves to `parse`, errors included.

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
    let mut word = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' if pieces.is_empty() => words.push(std::mem::take(&mut word).into_boxed_str()),
            '.' if words.is_empty() => {
                let least = match chars.next()? {
                    '*' => 0,
                    '+' => 1,
                    _ => return None,
                };
                if !word.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut word).into()));
                }
                pieces.push(Piece::Gap(least));
            }
            '\\' => word.push(chars.next().filter(char::is_ascii_punctuation)?),
            '^' | '$' | '.' | '*' | '+' | '?' | '{' | '[' | '(' | ')' | '|' => return None,
            c => word.push(c),
        }
    }
    if pieces.is_empty() {
        words.push(word.into_boxed_str());
        return Some(Shape::one_of(words));
    }
    if !word.is_empty() {
        pieces.push(Piece::Literal(word.into()));
    }
    Shape::pieces(pieces)
}
