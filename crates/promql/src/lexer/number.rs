//! The extent of numbers and durations; their values are read by the parser.

use super::{Lexer, Scan, is_alphanumeric};
use crate::token::TokenKind;

const DECIMAL: &str = "0123456789";
const HEXADECIMAL: &str = "0123456789abcdefABCDEF";

impl Lexer<'_> {
    /// A number or a duration; its first character has been read.
    pub(super) fn number_or_duration(&mut self) -> Scan {
        self.pos = self.start;
        if self.number() {
            return Ok(Some(TokenKind::Number));
        }
        if self.rest_of_duration() {
            return Ok(Some(TokenKind::Duration));
        }
        let text = model::quote::quote(&self.text[self.start..self.pos]);
        self.error(format!("bad number or duration syntax: {text}"))
    }

    /// Whether a whole number was read. Some that pass have no value, such as `0x`.
    fn number(&mut self) -> bool {
        let digits = if self.accept("0") && self.accept("xX") {
            self.accept("_");
            HEXADECIMAL
        } else {
            DECIMAL
        };
        self.accept(".");
        self.accept(digits);
        let (mut dot, mut exponent) = (false, false);
        loop {
            let ended = match self.peek() {
                Some('.') => {
                    self.bump();
                    // Hexadecimal numbers have no fraction.
                    let bad = dot || self.accept("._") || digits == HEXADECIMAL;
                    dot = true;
                    bad
                }
                // Also in hexadecimal numbers, where it is a digit only after another digit.
                Some('e' | 'E') => {
                    self.bump();
                    let bad = exponent || {
                        self.accept("+-");
                        self.cut_off()
                    };
                    exponent = true;
                    bad
                }
                Some('_') => {
                    self.bump();
                    self.cut_off()
                }
                Some(c) if digits.contains(c) => {
                    self.skip_while(|c| digits.contains(c));
                    false
                }
                other => return !other.is_some_and(is_alphanumeric),
            };
            if ended {
                return false;
            }
        }
    }

    /// Whether what follows `_` or an exponent's sign can follow neither.
    fn cut_off(&mut self) -> bool {
        self.accept("._eE") || self.peek().is_none()
    }

    /// Whether what follows the digits makes them a duration. Wrong units are found by the parser.
    fn rest_of_duration(&mut self) -> bool {
        if !self.accept("smhdwy") {
            return false;
        }
        self.accept("s");
        while self.accept(DECIMAL) {
            self.skip_while(|c| c.is_ascii_digit());
            if !self.accept("smhdw") {
                return false;
            }
            self.accept("s");
        }
        let ended = !self.peek().is_some_and(is_alphanumeric);
        if !ended {
            self.bump();
        }
        ended
    }
}
