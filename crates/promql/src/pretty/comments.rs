//! The comments of a text by the words that they stand at.
//!
//! A comment on the line of the word before it stands after that word, any other before the next
//! word. Places that cannot be printed are `settle`'s business.

use std::collections::BTreeMap;

use diagnostics::Span;

use crate::{
    lexer,
    token::{Token, TokenKind},
};

/// A place at a word: before word `i` is `2i`, after it `2i + 1`.
pub(super) type Place = usize;

pub(super) fn before(word: usize) -> Place {
    2 * word
}

pub(super) fn after(word: usize) -> Place {
    2 * word + 1
}

/// A comment, with whether it stands on the line of the word before it.
#[derive(Clone, Copy)]
pub(super) struct Comment<'t> {
    pub(super) text: &'t str,
    pub(super) trails: bool,
}

/// All comments that have not been printed.
pub(super) struct Comments<'t> {
    words: Vec<Token>,
    /// Without empty entries.
    at: BTreeMap<Place, Vec<Comment<'t>>>,
}

impl<'t> Comments<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut this = Self { words: Vec::new(), at: BTreeMap::new() };
        // Most expressions have none, which shows without reading them again.
        if !text.contains('#') {
            return this;
        }
        let lexer::Words { tokens, comments } = lexer::words(text);
        this.words = tokens;
        for span in comments {
            let next = this.words.partition_point(|word| word.span.start < span.start);
            let trails = next.checked_sub(1).is_some_and(|last| {
                let between = Span { start: this.words[last].span.end, end: span.start };
                !between.of(text).contains(['\n', '\r'])
            });
            let place = if trails { after(next - 1) } else { before(next) };
            let text = span.of(text).trim_end_matches([' ', '\t']);
            this.at.entry(place).or_default().push(Comment { text, trails });
        }
        this
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// The first and the last word of what stands there.
    pub(super) fn words(&self, span: Span) -> (usize, usize) {
        let first = self.words.partition_point(|word| word.span.start < span.start);
        let end = self.words.partition_point(|word| word.span.start < span.end);
        (first, end.max(first + 1) - 1)
    }

    pub(super) fn is(&self, word: usize, kind: TokenKind) -> bool {
        self.words.get(word).is_some_and(|token| token.kind == kind)
    }

    /// The place behind all words.
    pub(super) fn end(&self) -> Place {
        before(self.words.len())
    }

    pub(super) fn any(&self, from: Place, to: Place) -> bool {
        from <= to && self.at.range(from..=to).next().is_some()
    }

    /// Takes what stands at these places.
    pub(super) fn take(&mut self, from: Place, to: Place) -> Vec<Comment<'t>> {
        if !self.any(from, to) {
            return Vec::new();
        }
        let places: Vec<Place> = self.at.range(from..=to).map(|(place, _)| *place).collect();
        places.into_iter().flat_map(|place| self.at.remove(&place).unwrap_or_default()).collect()
    }

    /// Puts comments behind those at a place.
    pub(super) fn append(&mut self, place: Place, comments: Vec<Comment<'t>>) {
        if !comments.is_empty() {
            self.at.entry(place).or_default().extend(comments);
        }
    }

    /// Puts comments in front of those at a place.
    pub(super) fn prepend(&mut self, place: Place, comments: Vec<Comment<'t>>) {
        if !comments.is_empty() {
            self.at.entry(place).or_default().splice(0..0, comments);
        }
    }
}
