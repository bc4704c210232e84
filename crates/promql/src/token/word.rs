//! Words that are more than names, found without a look at each.
//!
//! It spells none of them: its table is made of those of keywords, aggregations and operators when
//! this is compiled.

use super::{KEYWORDS, TokenKind};
use crate::operators::{AGGREGATIONS, OPERATORS};

/// The table has room for so many words; some three times as many as there are.
const N_SLOTS: usize = 128;

/// A word in lower case, and what it is.
#[derive(Clone, Copy)]
struct Word {
    text: &'static str,
    kind: TokenKind,
}

type Table = [Option<Word>; N_SLOTS];

/// A word stands at its [`slot`] or behind it, with no empty slot between.
static TABLE: Table = {
    let mut table = [None; N_SLOTS];
    let mut i = 0;
    while i < KEYWORDS.len() {
        let (text, keyword) = KEYWORDS[i];
        table = with(table, text, TokenKind::Keyword(keyword));
        i += 1;
    }
    i = 0;
    while i < AGGREGATIONS.len() {
        table = with(table, AGGREGATIONS[i].name, TokenKind::Aggregate(AGGREGATIONS[i].op));
        i += 1;
    }
    i = 0;
    while i < OPERATORS.len() {
        let text = OPERATORS[i].text;
        if text.as_bytes()[0].is_ascii_alphabetic() {
            table = with(table, text, TokenKind::Binary(OPERATORS[i].op));
        }
        i += 1;
    }
    with(with(table, "inf", TokenKind::Number), "nan", TokenKind::Number)
};

const fn with(mut table: Table, text: &'static str, kind: TokenKind) -> Table {
    let mut at = slot(text.as_bytes());
    while table[at].is_some() {
        at = (at + 1) % N_SLOTS;
    }
    table[at] = Some(Word { text, kind });
    table
}

/// Where the search for a word begins, by its length and its ends in whatever case.
const fn slot(word: &[u8]) -> usize {
    let [first, .., last] = word else { return 0 };
    let (first, last) = ((*first | 0x20) as usize, (*last | 0x20) as usize);
    // Factors that were tried out: all words but one stand at their slot.
    (word.len() * 13 + first * 27 + last * 9) % N_SLOTS
}

/// What a word is, in whatever case; none for mere names.
pub(super) fn kind(word: &str) -> Option<TokenKind> {
    let mut at = slot(word.as_bytes());
    while let Some(known) = &TABLE[at] {
        if word.eq_ignore_ascii_case(known.text) {
            return Some(known.kind);
        }
        at = (at + 1) % N_SLOTS;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_in_any_case() {
        let n_words = KEYWORDS.len() + AGGREGATIONS.len() + 6;
        let words: Vec<&Word> = TABLE.iter().flatten().collect();
        assert_eq!(words.len(), n_words);
        for word in words {
            assert_eq!(kind(word.text), Some(word.kind), "{}", word.text);
            assert_eq!(kind(&word.text.to_uppercase()), Some(word.kind), "{}", word.text);
            assert_eq!(kind(&format!("{}s", word.text)), None, "{}", word.text);
        }
    }
}
