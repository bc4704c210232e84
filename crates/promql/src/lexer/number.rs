//! The extent of numbers and durations; their values are read by the parser.

use super::{
    Lexer, Scan,
    class::{DIGIT, HEX, WORD, is},
};
use crate::token::TokenKind;

impl Lexer<'_> {
    /// A number or a duration; its first character has been read.
    pub(super) fn number_or_duration(&mut self) -> Scan {
        self.pos = self.start;
        if self.number() {
            return Ok(TokenKind::Number);
        }
        if self.rest_of_duration() {
            return Ok(TokenKind::Duration);
        }
        let text = model::quote::quote(&self.text[self.start..self.pos]);
        self.error(format!("bad number or duration syntax: {text}"))
    }

    /// Whether a whole number was read. Some that pass have no value, such as `0x`.
    fn number(&mut self) -> bool {
        let digits = if self.accept(b'0') && self.accept_if(|byte| matches!(byte, b'x' | b'X')) {
            self.accept(b'_');
            HEX
        } else {
            DIGIT
        };
        self.accept(b'.');
        self.accept_if(|byte| is(byte, digits));
        let (mut dot, mut exponent) = (false, false);
        loop {
            let ended = match self.peek() {
                Some(b'.') => {
                    self.bump();
                    // Hexadecimal numbers have no fraction.
                    let bad = dot || self.accept_if(|b| matches!(b, b'.' | b'_')) || digits == HEX;
                    dot = true;
                    bad
                }
                // Also in hexadecimal numbers, where it is a digit only after another digit.
                Some(b'e' | b'E') => {
                    self.bump();
                    let bad = exponent || {
                        self.accept_if(|byte| matches!(byte, b'+' | b'-'));
                        self.cut_off()
                    };
                    exponent = true;
                    bad
                }
                Some(b'_') => {
                    self.bump();
                    self.cut_off()
                }
                Some(byte) if is(byte, digits) => {
                    self.skip_while(|byte| is(byte, digits));
                    false
                }
                other => return !other.is_some_and(|byte| is(byte, WORD)),
            };
            if ended {
                return false;
            }
        }
    }

    /// Whether what follows `_` or an exponent's sign can follow neither.
    fn cut_off(&mut self) -> bool {
        self.accept_if(|byte| matches!(byte, b'.' | b'_' | b'e' | b'E')) || self.peek().is_none()
    }

    /// Whether what follows the digits makes them a duration. Wrong units are found by the parser.
    fn rest_of_duration(&mut self) -> bool {
        if !self.accept_if(|byte| is_unit(byte) || byte == b'y') {
            return false;
        }
        self.accept(b's');
        while self.accept_if(|byte| byte.is_ascii_digit()) {
            self.skip_while(|byte| byte.is_ascii_digit());
            if !self.accept_if(is_unit) {
                return false;
            }
            self.accept(b's');
        }
        let ended = !self.peek().is_some_and(|byte| is(byte, WORD));
        if !ended {
            self.bump();
        }
        ended
    }
}

/// Whether it begins a unit that any number of a duration may have.
fn is_unit(byte: u8) -> bool {
    matches!(byte, b's' | b'm' | b'h' | b'd' | b'w')
}
