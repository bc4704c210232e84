//! Inside `[…]`: durations, their operators, and the few words they know.
//!
//! Up to the first number nothing else is known; after it other characters are read as anywhere
//! else and left to the parser. The two report the same mistake in different words.

use super::{Bracket, Lexer, Scan, arithmetic};
use crate::token::{Keyword, TokenKind};

impl Lexer<'_> {
    pub(super) fn open_bracket(&mut self) -> Scan {
        if self.bracket != Bracket::Closed {
            return self.error("unexpected left bracket '['");
        }
        self.bracket = Bracket::DurationOnly;
        self.got_colon = false;
        Ok(TokenKind::LeftBracket)
    }

    pub(super) fn close_bracket(&mut self) -> Scan {
        if self.bracket == Bracket::Closed {
            return self.error("unexpected right bracket ']'");
        }
        self.bracket = Bracket::Closed;
        Ok(TokenKind::RightBracket)
    }

    pub(super) fn in_bracket(&mut self) -> Scan {
        use TokenKind as T;
        let Some(byte) = self.bump() else {
            return self.error("unexpected end of input in duration expression");
        };
        Ok(match byte {
            b']' => return self.close_bracket(),
            b':' => return self.first_colon(),
            b'(' => self.open_paren(),
            b')' => return self.close_paren(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' => arithmetic(byte),
            b',' => T::Comma,
            b'0'..=b'9' => return self.first_number(),
            b'.' if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                return self.first_number();
            }
            _ => {
                return self.known_word(byte, |this| {
                    this.unexpected("unexpected character in duration expression", this.start)
                });
            }
        })
    }

    /// A word or a colon after the bracket's first number.
    pub(super) fn word_in_bracket(&mut self, first: u8) -> Scan {
        if first == b':' {
            if self.got_colon {
                return self.error("unexpected colon ':'");
            }
            self.got_colon = true;
            return Ok(TokenKind::Colon);
        }
        self.known_word(first, |this| {
            let first = char::from(first);
            this.error(format!("unexpected character: '{first}', expected ':'"))
        })
    }

    fn known_word(&mut self, first: u8, otherwise: impl FnOnce(&mut Self) -> Scan) -> Scan {
        match self.duration_keyword(first) {
            Some(keyword) => Ok(TokenKind::Keyword(keyword)),
            None => otherwise(self),
        }
    }

    fn first_number(&mut self) -> Scan {
        self.got_duration = true;
        self.bracket = Bracket::Open;
        self.number_or_duration()
    }

    fn first_colon(&mut self) -> Scan {
        if !self.got_duration || self.got_colon {
            let what = if self.got_duration { "repeated colon" } else { "colon before duration" };
            self.start = self.pos;
            return self.error(format!("unexpected {what} in duration expression"));
        }
        self.got_colon = true;
        Ok(TokenKind::Colon)
    }

    /// One of the words that durations know; its first character has been read.
    fn duration_keyword(&mut self, first: u8) -> Option<Keyword> {
        if !b"sSrRmM".contains(&first) {
            return None;
        }
        self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphabetic());
        match TokenKind::of_word(&self.text[self.start..self.pos])? {
            TokenKind::Keyword(
                keyword @ (Keyword::Step | Keyword::Range | Keyword::MaxOf | Keyword::MinOf),
            ) => Some(keyword),
            _ => None,
        }
    }
}
