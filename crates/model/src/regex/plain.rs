//! Patterns that are plain to see: `api`, `(web|api|db)`, `api-.+`, `.*foo.*|bar`, `5..`,
//! `10\.0\.0\.1:9100`.
//!
//! It spares the way through the syntax tree for what most matchers hold. Whatever is not plain it
//! leaves to `parse`, errors included.

use std::{borrow::Cow, mem};

use super::shape::{Piece, Shape};

/// The longest pattern that is looked at, in bytes.
const MAX_LENGTH: usize = 1 << 18;
/// The longest one that may need a machine, which is then small enough to be made late.
const MAX_LENGTH_OF_MACHINE: usize = 1 << 10;

/// What is known of a plain pattern for whole values. It is well formed.
pub(super) struct Plain {
    /// None where it needs a machine.
    pub(super) shape: Option<Shape>,
    pub(super) matches_empty: bool,
    /// Whether all of it is one group that captures.
    pub(super) is_group: bool,
}

/// Reads a pattern of branches of literals, `.`, `.*` and `.+`, all in parentheses or not; none for
/// others.
pub(super) fn read(pattern: &str) -> Option<Plain> {
    if pattern.len() > MAX_LENGTH {
        return None;
    }
    let group = pattern.strip_prefix('(');
    // An escaped parenthesis leaves its backslash at the end, which is refused.
    let body = group.map_or(Some(pattern), |group| group.strip_suffix(')'))?;
    let (shape, matches_empty) = Reader::default().read(body)?;
    let may_need_machine = shape.is_none() || group.is_some();
    (!may_need_machine || pattern.len() <= MAX_LENGTH_OF_MACHINE).then_some(Plain {
        shape,
        matches_empty,
        is_group: group.is_some(),
    })
}

/// A pattern that is read up to some place.
#[derive(Default)]
struct Reader<'p> {
    /// The branches before, if they are literals.
    words: Vec<Box<str>>,
    /// The branch without its last literal.
    pieces: Vec<Piece>,
    /// The literal at the end, borrowed up to an escape.
    word: Cow<'p, str>,
    /// Whether it is known to need a machine; then the above does not matter.
    is_shapeless: bool,
    /// Whether a branch before matches the empty text.
    matches_empty: bool,
    /// Whether something in the branch does not, before its last literal.
    is_filled: bool,
}

impl<'p> Reader<'p> {
    /// The shape, and whether the pattern matches the empty text.
    fn read(mut self, pattern: &'p str) -> Option<(Option<Shape>, bool)> {
        let mut rest = pattern;
        loop {
            let end = rest.bytes().position(is_special).unwrap_or(rest.len());
            self.word += &rest[..end];
            let Some(special) = rest.as_bytes().get(end) else { break };
            rest = &rest[end + 1..];
            let next = rest.as_bytes().first();
            let taken = match (special, next) {
                (b'|', _) => {
                    self.end_branch(rest);
                    0
                }
                (b'.', Some(b'*')) => self.gap(0),
                (b'.', Some(b'+')) => self.gap(1),
                (b'.', _) => {
                    (self.is_shapeless, self.is_filled) = (true, true);
                    0
                }
                (b'\\', Some(escaped)) if escaped.is_ascii_punctuation() => {
                    self.word += &rest[..1];
                    1
                }
                _ => return None,
            };
            rest = &rest[taken..];
        }
        self.matches_empty |= self.branch_matches_empty();
        Some((self.shape(), self.matches_empty))
    }

    fn branch_matches_empty(&self) -> bool {
        !self.is_filled && self.word.is_empty()
    }

    /// Goes on to the next branch; `rest` is what follows.
    fn end_branch(&mut self, rest: &str) {
        self.matches_empty |= self.branch_matches_empty();
        self.is_filled = false;
        self.is_shapeless |= !self.pieces.is_empty();
        let word = mem::take(&mut self.word);
        if self.is_shapeless {
            return;
        }
        if self.words.is_empty() {
            self.words.reserve_exact(2 + rest.bytes().filter(|byte| *byte == b'|').count());
        }
        self.words.push(word.into());
    }

    /// Adds a gap; gives the length of its operator.
    fn gap(&mut self, least: usize) -> usize {
        self.is_shapeless |= !self.words.is_empty();
        self.is_filled |= least > 0 || !self.word.is_empty();
        self.end_literal();
        self.pieces.push(Piece::Gap(least));
        1
    }

    fn end_literal(&mut self) {
        let word = mem::take(&mut self.word);
        if !word.is_empty() && !self.is_shapeless {
            self.pieces.push(Piece::Literal(word.into()));
        }
    }

    fn shape(&mut self) -> Option<Shape> {
        if self.is_shapeless {
            return None;
        }
        if self.pieces.is_empty() {
            self.words.push(mem::take(&mut self.word).into());
            return Some(Shape::one_of(mem::take(&mut self.words)));
        }
        self.end_literal();
        Shape::pieces(mem::take(&mut self.pieces))
    }
}

fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'^' | b'$' | b'.' | b'*' | b'+' | b'?' | b'{' | b'[' | b'(' | b')' | b'|' | b'\\'
    )
}
