//! Inside `[…]`: durations, their operators, and the few words they know.
//!
//! Up to the first number nothing else is known; after it other characters are read as anywhere
//! else and left to the parser. The two report the same mistake in different words.

use super::{Bracket, Lexer, Scan, is_alpha, is_blank};
use crate::{
    operators::BinaryOp,
    token::{Keyword, TokenKind},
};

impl Lexer<'_> {
    pub(super) fn open_bracket(&mut self) -> Scan {
        if self.bracket != Bracket::Closed {
            return self.error("unexpected left bracket '['");
        }
        self.bracket = Bracket::DurationOnly;
        self.got_colon = false;
        Ok(Some(TokenKind::LeftBracket))
    }

    pub(super) fn close_bracket(&mut self) -> Scan {
        if self.bracket == Bracket::Closed {
            return self.error("unexpected right bracket ']'");
        }
        self.bracket = Bracket::Closed;
        Ok(Some(TokenKind::RightBracket))
    }

    pub(super) fn in_bracket(&mut self) -> Scan {
        use TokenKind as T;
        let Some(c) = self.bump() else {
            return self.error("unexpected end of input in duration expression");
        };
        Ok(Some(match c {
            _ if is_blank(c) => {
                self.skip_blanks();
                return Ok(None);
            }
            ']' => return self.close_bracket(),
            ':' => return self.first_colon(),
            '(' => self.open_paren(),
            ')' => return self.close_paren(),
            '+' => T::Binary(BinaryOp::Add),
            '-' => T::Binary(BinaryOp::Sub),
            '*' => T::Binary(BinaryOp::Mul),
            '/' => T::Binary(BinaryOp::Div),
            '%' => T::Binary(BinaryOp::Mod),
            '^' => T::Binary(BinaryOp::Pow),
            ',' => T::Comma,
            '0'..='9' => return self.first_number(),
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => return self.first_number(),
            _ => match self.duration_keyword(c) {
                Some(keyword) => T::Keyword(keyword),
                None => {
                    return self.unexpected("unexpected character in duration expression", Some(c));
                }
            },
        }))
    }

    /// A word or a colon after the bracket's first number.
    pub(super) fn word_in_bracket(&mut self, c: char) -> Scan {
        if c == ':' {
            if self.got_colon {
                return self.error("unexpected colon ':'");
            }
            self.got_colon = true;
            return Ok(Some(TokenKind::Colon));
        }
        match self.duration_keyword(c) {
            Some(keyword) => Ok(Some(TokenKind::Keyword(keyword))),
            None => self.error(format!("unexpected character: '{c}', expected ':'")),
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
        Ok(Some(TokenKind::Colon))
    }

    /// One of the words that durations know; its first character has been read.
    fn duration_keyword(&mut self, first: char) -> Option<Keyword> {
        if !"sSrRmM".contains(first) {
            return None;
        }
        self.skip_while(is_alpha);
        match TokenKind::of_word(&self.text[self.start..self.pos])? {
            TokenKind::Keyword(
                keyword @ (Keyword::Step | Keyword::Range | Keyword::MaxOf | Keyword::MinOf),
            ) => Some(keyword),
            _ => None,
        }
    }
}
