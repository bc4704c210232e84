//! Template text to tokens, one at a time.
//!
//! As package `text/template/parse`, `lex.go`: tokens are produced on demand, because a parse
//! error names the line of the token that was read last. Trim markers are dealt with here.

use std::borrow::Cow;

use diagnostics::Span;
use model::quote::quote;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Error,
    Bool,
    /// A character that means something only to the parser, such as a comma.
    Char,
    CharConstant,
    Assign,
    Declare,
    Eof,
    /// `.name`.
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    /// `$` or `$name`.
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token: what it is, where it starts, its text (or the error's), its line.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind,
    pub(super) pos: usize,
    pub(super) text: Cow<'t, str>,
    pub(super) line: usize,
}

/// Reads tokens from a text.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    input: &'t str,
    pos: usize,
    start: usize,
    start_line: usize,
    paren_depth: usize,
    inside_action: bool,
    failed: bool,
    /// The token that was read last.
    last: Span,
}

const LEFT: &str = "{{";
const RIGHT: &str = "}}";
/// A trim marker is `-` and one space.
const MARKER: usize = 2;

impl Token<'_> {
    /// How an error message shows the token.
    pub(super) fn describe(&self) -> String {
        match self.kind {
            TokenKind::Eof => "EOF".to_owned(),
            TokenKind::Error => self.text.to_string(),
            kind if is_keyword(kind) => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                format!("{}...", quote(&self.text.chars().take(10).collect::<String>()))
            }
            _ => quote(&self.text),
        }
    }
}

impl<'t> Lexer<'t> {
    /// Reads what follows byte `pos`.
    pub(super) fn new(input: &'t str, pos: usize) -> Self {
        Self {
            input,
            pos,
            start: pos,
            start_line: 1,
            paren_depth: 0,
            inside_action: false,
            failed: false,
            last: Span::default(),
        }
    }

    /// Where the token stands that was read last.
    pub(super) fn last(&self) -> Span {
        self.last
    }

    /// The next token; `Eof` again and again at the end and after an error.
    pub(super) fn next_token(&mut self) -> Token<'t> {
        if self.failed {
            return Token {
                kind: TokenKind::Eof,
                pos: 0,
                text: "EOF".into(),
                line: self.start_line,
            };
        }
        if self.inside_action { self.inside() } else { self.text() }
    }

    fn rest(&self) -> &'t str {
        &self.input[self.pos..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn emit(&mut self, kind: TokenKind) -> Token<'t> {
        let text = self.input[self.start..self.pos].into();
        let token = Token { kind, pos: self.start, text, line: self.start_line };
        self.last = Span::new(self.start, self.pos);
        self.ignore();
        token
    }

    fn ignore(&mut self) {
        self.start_line += count_lines(&self.input[self.start..self.pos]);
        self.start = self.pos;
    }

    fn error(&mut self, message: impl Into<String>) -> Token<'t> {
        self.failed = true;
        self.last = Span::new(self.start, self.pos);
        Token {
            kind: TokenKind::Error,
            pos: self.start,
            text: message.into().into(),
            line: self.start_line,
        }
    }

    /// Up to the next `{{`, comments skipped.
    fn text(&mut self) -> Token<'t> {
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
    fn comment(&mut self, body: usize) -> Result<(), Token<'t>> {
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
        let rest = self.rest();
        if has_right_marker(rest) && rest[MARKER..].starts_with(RIGHT) {
            return Some(true);
        }
        rest.starts_with(RIGHT).then_some(false)
    }

    fn right_delimiter(&mut self, trims: bool) -> Token<'t> {
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

    fn inside(&mut self) -> Token<'t> {
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
            _ if is_space(c) => self.space(),
            '=' => self.emit(TokenKind::Assign),
            ':' if self.next() == Some('=') => self.emit(TokenKind::Declare),
            ':' => self.error("expected :="),
            '|' => self.emit(TokenKind::Pipe),
            '"' => self.quoted('"', TokenKind::String, "unterminated quoted string"),
            '`' => self.raw_string(),
            '$' if self.at_terminator() => self.emit(TokenKind::Variable),
            '$' => self.name(TokenKind::Variable),
            '\'' => self.quoted('\'', TokenKind::CharConstant, "unterminated character constant"),
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
    fn space(&mut self) -> Token<'t> {
        self.skip_spaces();
        let last = self.pos - 1;
        let tail = &self.input[last..];
        if has_right_marker(tail) && tail[MARKER..].starts_with(RIGHT) {
            self.pos = last;
            if self.pos == self.start {
                return self.right_delimiter(true);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn field(&mut self) -> Token<'t> {
        if self.at_terminator() { self.emit(TokenKind::Dot) } else { self.name(TokenKind::Field) }
    }

    fn name(&mut self, kind: TokenKind) -> Token<'t> {
        self.skip_alphanumeric();
        if self.at_terminator() { self.emit(kind) } else { self.bad_character() }
    }

    fn identifier(&mut self) -> Token<'t> {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let kind = keyword(&self.input[self.start..self.pos]);
        self.emit(kind)
    }

    fn skip_alphanumeric(&mut self) {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
    }

    fn bad_character(&mut self) -> Token<'t> {
        let c = self.peek().expect("the end of the text is a terminator");
        self.error(format!("bad character {}", unicode(c)))
    }

    /// Whether the text may stop being a name here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.rest().starts_with(RIGHT),
        }
    }

    fn quoted(&mut self, end: char, kind: TokenKind, unterminated: &str) -> Token<'t> {
        loop {
            match self.next() {
                Some('\\') if !matches!(self.next(), None | Some('\n')) => {}
                None | Some('\n' | '\\') => return self.error(unterminated),
                Some(c) if c == end => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_string(&mut self) -> Token<'t> {
        let Some(length) = self.rest().find('`') else {
            return self.error("unterminated raw quoted string");
        };
        self.pos += length + 1;
        self.emit(TokenKind::RawString)
    }

    fn number(&mut self, first: char) -> Token<'t> {
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

/// Where the first action of a text begins.
pub(crate) fn find_action(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(LEFT.as_bytes()[0], bytes)
        .find(|at| bytes[*at..].starts_with(LEFT.as_bytes()))
}

fn keyword(word: &str) -> TokenKind {
    match word {
        "block" => TokenKind::Block,
        "break" => TokenKind::Break,
        "continue" => TokenKind::Continue,
        "define" => TokenKind::Define,
        "else" => TokenKind::Else,
        "end" => TokenKind::End,
        "if" => TokenKind::If,
        "range" => TokenKind::Range,
        "nil" => TokenKind::Nil,
        "template" => TokenKind::Template,
        "with" => TokenKind::With,
        "true" | "false" => TokenKind::Bool,
        _ => TokenKind::Identifier,
    }
}

fn is_keyword(kind: TokenKind) -> bool {
    use TokenKind::{
        Block, Break, Continue, Define, Dot, Else, End, If, Nil, Range, Template, With,
    };
    matches!(
        kind,
        Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With
    )
}

fn has_left_marker(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= MARKER && bytes[0] == b'-' && is_space(bytes[1].into())
}

fn has_right_marker(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= MARKER && is_space(bytes[0].into()) && bytes[1] == b'-'
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// Go's `%#U`: the code point and, where it can be printed, the character.
fn unicode(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    let printable = !quote(&c.to_string()).starts_with("\"\\") || c == '\\' || c == '"';
    if printable { format!("{code} '{c}'") } else { code }
}
