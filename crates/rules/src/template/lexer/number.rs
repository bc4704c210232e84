//! Numbers, which may be written with a radix, a point, an exponent and `_` between digits.

use super::{Lexer, Token, TokenKind, is_alphanumeric};
use model::quote::quote;

impl Lexer<'_> {
    /// A number whose first character is read.
    pub(super) fn number(&mut self, first: char) -> Token {
        self.pos -= first.len_utf8();
        let is_good = self.scan_number();
        if is_good && !matches!(self.peek(), Some('+' | '-')) {
            return self.emit(TokenKind::Number);
        }
        // What follows is the other half of a complex constant, which no template has use for.
        let ends_in_i = is_good && self.scan_number() && self.input[..self.pos].ends_with('i');
        let kind = if ends_in_i { "unsupported complex constant:" } else { "bad number syntax:" };
        let text = quote(&self.input[self.start..self.pos]);
        self.error(format!("{kind} {text}"))
    }

    /// A number with its sign; false if a letter or digit follows it.
    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let digits = match (self.accept("0"), self.peek()) {
            (true, Some('x' | 'X')) => "0123456789abcdefABCDEF_",
            (true, Some('o' | 'O')) => "01234567_",
            (true, Some('b' | 'B')) => "01_",
            _ => "0123456789_",
        };
        if digits.len() != 11 {
            self.next();
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits.len() == 11 && self.accept("eE") || digits.len() == 23 && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        if found {
            self.next();
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }
}
