//! Template text to tokens, one at a time.
//!
//! As package `text/template/parse`, `lex.go`: tokens are produced on demand, because a parse
//! error names the line of the token that was read last. Trim markers are dealt with here.

mod number;
mod token;

use diagnostics::Span;
use model::quote::quote;

pub(super) use self::token::{Token, TokenKind};

/// Reads tokens from a text.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    input: &'t str,
    pos: usize,
    start: usize,
    paren_depth: usize,
    inside_action: bool,
    /// What is wrong, once an error was met.
    error: Option<String>,
}

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
/// A trim marker is `-` and one space.
const MARKER: usize = 2;

impl<'t> Lexer<'t> {
    pub(super) fn new(input: &'t str) -> Self {
        Self { input, pos: 0, start: 0, paren_depth: 0, inside_action: false, error: None }
    }

    /// The next token; `Eof` again and again at the end and after an error.
    pub(super) fn next_token(&mut self) -> Token {
        if self.error.is_some() {
            return Token { kind: TokenKind::Eof, span: self.span() };
        }
        if self.inside_action { self.inside() } else { self.text() }
    }

    /// The text of a token, or of tokens that follow one another.
    pub(super) fn text_of(&self, span: Span) -> &'t str {
        span.of(self.input)
    }

    /// The line that a token begins in, from 1.
    pub(super) fn line(&self, token: Token) -> usize {
        let before = &self.input.as_bytes()[..token.span.start as usize];
        1 + memchr::memchr_iter(b'\n', before).count()
    }

    /// What the error token stands for.
    pub(super) fn error_message(&self) -> &str {
        self.error.as_deref().unwrap_or_default()
    }

    /// How an error message shows a token.
    pub(super) fn describe(&self, token: Token) -> String {
        let text = self.text_of(token.span);
        match token.kind {
            TokenKind::Eof => "EOF".to_owned(),
            TokenKind::Error => self.error_message().to_owned(),
            kind if kind.is_keyword() => format!("<{text}>"),
            _ if text.len() > 10 => {
                format!("{}...", quote(&text.chars().take(10).collect::<String>()))
            }
            _ => quote(text),
        }
    }

    fn rest(&self) -> &'t str {
        &self.input[self.pos..]
    }

    fn bytes(&self) -> &'t [u8] {
        &self.input.as_bytes()[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// What was read since the last token.
    fn span(&self) -> Span {
        Span::new(self.start, self.pos)
    }

    fn emit(&mut self, kind: TokenKind) -> Token {
        let token = Token { kind, span: self.span() };
        self.ignore();
        token
    }

    fn ignore(&mut self) {
        self.start = self.pos;
    }

    fn error(&mut self, message: impl Into<String>) -> Token {
        self.error = Some(message.into());
        Token { kind: TokenKind::Error, span: self.span() }
    }

    /// Up to the next `{{`, comments skipped.
    fn text(&mut self) -> Token {
        loop {
            let Some(length) = find_action(self.rest()) else {
                self.pos = self.input.len();
                let kind = if self.pos > self.start { TokenKind::Text } else { TokenKind::Eof };
                return self.emit(kind);
            };
            let delimiter = self.pos + length;
            let text = &self.input[self.pos..delimiter];
            let trims = has_left_marker(&self.input[delimiter + LEFT.len()..]);
            let kept = if trims { text.trim_end_matches(is_space).len() } else { length };
            self.pos += kept;
            if kept > 0 {
                let token = self.emit(TokenKind::Text);
                self.pos = delimiter;
                self.ignore();
                return token;
            }
            self.pos = delimiter;
            self.ignore();
            let body = delimiter + LEFT.len() + if trims { MARKER } else { 0 };
            if !self.input[body..].starts_with("/*") {
                self.pos += LEFT.len();
                let token = self.emit(TokenKind::LeftDelim);
                self.inside_action = true;
                self.paren_depth = 0;
                self.pos = body;
                self.ignore();
                return token;
            }
            if let Err(token) = self.comment(body) {
                return token;
            }
        }
    }

    /// A comment whose `/*` stands at `body`, up to past its closing delimiter.
    fn comment(&mut self, body: usize) -> Result<(), Token> {
        self.pos = body;
        self.ignore();
        let Some(length) = self.input[body + 2..].find("*/") else {
            return Err(self.error("unclosed comment"));
        };
        self.pos = body + 2 + length + 2;
        let Some(trims) = self.at_right_delimiter() else {
            return Err(self.error("comment ends before closing delimiter"));
        };
        self.pos += RIGHT.len() + if trims { MARKER } else { 0 };
        if trims {
            self.skip_spaces();
        }
        self.ignore();
        Ok(())
    }

    fn skip_spaces(&mut self) {
        self.pos += self.rest().len() - self.rest().trim_start_matches(is_space).len();
    }

    /// Whether a right delimiter follows, and whether it trims.
    fn at_right_delimiter(&self) -> Option<bool> {
        match self.bytes() {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space((*space).into()) => Some(true),
            _ => None,
        }
    }

    fn right_delimiter(&mut self, trims: bool) -> Token {
        if trims {
            self.pos += MARKER;
            self.ignore();
        }
        self.pos += RIGHT.len();
        let token = self.emit(TokenKind::RightDelim);
        if trims {
            self.skip_spaces();
            self.ignore();
        }
        self.inside_action = false;
        token
    }

    fn inside(&mut self) -> Token {
        if let Some(trims) = self.at_right_delimiter() {
            if self.paren_depth == 0 {
                return self.right_delimiter(trims);
            }
            return self.error("unclosed left paren");
        }
        let Some(c) = self.next() else {
            return self.error("unclosed action");
        };
        match c {
            ' ' | '\t' | '\r' | '\n' => self.space(),
            '=' => self.emit(TokenKind::Assign),
            ':' if self.next() == Some('=') => self.emit(TokenKind::Declare),
            ':' => self.error("expected :="),
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quoted(b'"', TokenKind::String, "unterminated quoted string"),
            '`' => self.raw_string(),
            '$' if self.at_terminator() => self.emit(TokenKind::Variable),
            '$' => self.name(TokenKind::Variable),
            '\'' => self.quoted(b'\'', TokenKind::CharConstant, "unterminated character constant"),
            '.' if !self.peek().is_none_or(|c| c.is_ascii_digit()) => self.field(),
            '.' | '+' | '-' | '0'..='9' => self.number(c),
            _ if is_alphanumeric(c) => self.identifier(),
            '(' => {
                self.paren_depth += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' if self.paren_depth == 0 => self.error("unexpected right paren"),
            ')' => {
                self.paren_depth -= 1;
                self.emit(TokenKind::RightParen)
            }
            _ if c.is_ascii_graphic() => self.emit(TokenKind::Char),
            _ => self.error(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    /// A run of spaces, the last of which may belong to a trimming delimiter.
    fn space(&mut self) -> Token {
        self.skip_spaces();
        if self.bytes().starts_with(b"-}}") {
            self.pos -= 1;
            if self.pos == self.start {
                return self.right_delimiter(true);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn field(&mut self) -> Token {
        if self.at_terminator() { self.emit(TokenKind::Dot) } else { self.name(TokenKind::Field) }
    }

    fn name(&mut self, kind: TokenKind) -> Token {
        self.skip_alphanumeric();
        if self.at_terminator() { self.emit(kind) } else { self.bad_character() }
    }

    fn identifier(&mut self) -> Token {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let kind = TokenKind::of_word(&self.input[self.start..self.pos]);
        self.emit(kind)
    }

    fn skip_alphanumeric(&mut self) {
        while let Some(byte) = self.bytes().first() {
            if byte.is_ascii_alphanumeric() || *byte == b'_' {
                self.pos += 1;
            } else if byte.is_ascii() || !self.peek().is_some_and(is_alphanumeric) {
                return;
            } else {
                self.next();
            }
        }
    }

    fn bad_character(&mut self) -> Token {
        let c = self.peek().expect("the end of the text is a terminator");
        self.error(format!("bad character {}", unicode(c)))
    }

    /// Whether the text may stop being a name here.
    fn at_terminator(&self) -> bool {
        match self.bytes() {
            [] | [b'.' | b',' | b'|' | b':' | b')' | b'(', ..] | [b'}', b'}', ..] => true,
            [byte, ..] => is_space((*byte).into()),
        }
    }

    fn quoted(&mut self, end: u8, kind: TokenKind, unterminated: &str) -> Token {
        while let Some(length) = memchr::memchr3(b'\\', b'\n', end, self.bytes()) {
            let found = self.bytes()[length];
            self.pos += length + 1;
            match found {
                b'\\' if !matches!(self.next(), None | Some('\n')) => {}
                _ if found == end => return self.emit(kind),
                _ => return self.error(unterminated),
            }
        }
        self.pos = self.input.len();
        self.error(unterminated)
    }

    fn raw_string(&mut self) -> Token {
        let Some(length) = self.rest().find('`') else {
            return self.error("unterminated raw quoted string");
        };
        self.pos += length + 1;
        self.emit(TokenKind::RawString)
    }
}

/// Where the first action of a text begins.
pub(crate) fn find_action(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(LEFT.as_bytes()[0], bytes)
        .find(|at| bytes[*at..].starts_with(LEFT.as_bytes()))
}

fn has_left_marker(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= MARKER && bytes[0] == b'-' && is_space(bytes[1].into())
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

/// Go's `%#U`: the code point and, where it can be printed, the character.
fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    let printable = !quote(&c.to_string()).starts_with("\"\\") || c == '\\' || c == '"';
    if printable { format!("{code} '{c}'") } else { code }
}
