//! Text to tokens, one at a time.
//!
//! What a character means depends on where it stands: inside braces every word is a label, and
//! after an opening bracket only durations and their operators are known. Escapes are checked but
//! not resolved (see `parser::literal`). Start at [`Lexer::next`].
//!
//! It goes by bytes: every character of the language is ASCII, and others stand only in strings
//! and comments, whose ends are ASCII too. `class` says what bytes are.

mod bracket;
mod class;
mod number;
mod string;

use diagnostics::{Diagnostic, Span};
use model::quote::quote;

use self::class::{BLANK, COLON, WORD, is};
use crate::{
    operators::BinaryOp,
    token::{Keyword, Token, TokenKind},
};

/// The code of errors in the text's form.
pub(crate) const SYNTAX: &str = "syntax";

/// Reading cannot go on. The reason is kept apart, so that results are small.
pub(crate) struct Stop;

/// A token's kind; where there is none, the lexer has the reason.
type Scan = Result<TokenKind, Stop>;

/// A place in a text, and what is open there.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    /// Where the current token begins.
    start: usize,
    /// The next byte to read.
    pos: usize,
    open_parens: u32,
    brace_open: bool,
    bracket: Bracket,
    /// Whether a colon was read since the bracket was opened.
    got_colon: bool,
    /// Whether a number was read in any bracket so far. As in Prometheus, it is never reset.
    got_duration: bool,
    /// The comments so far, without the ends of their lines.
    comments: Vec<Span>,
    /// Why reading stopped.
    error: Option<Diagnostic>,
}

/// The words of a text and the comments between them.
pub(crate) struct Words {
    /// In order; without [`TokenKind::Eof`].
    pub(crate) tokens: Vec<Token>,
    /// In order, each from its `#` to the end of its line.
    pub(crate) comments: Vec<Span>,
}

/// Reads a text up to its end, or up to the first word that is none.
pub(crate) fn words(text: &str) -> Words {
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    while let Ok(token) = lexer.next() {
        if token.kind == TokenKind::Eof {
            break;
        }
        tokens.push(token);
    }
    Words { tokens, comments: lexer.comments }
}

/// Whether a bracket is open.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    Closed,
    /// No number was read in it so far: only durations are known.
    DurationOnly,
    Open,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            start: 0,
            pos: 0,
            open_parens: 0,
            brace_open: false,
            bracket: Bracket::Closed,
            got_colon: false,
            got_duration: false,
            comments: Vec::new(),
            error: None,
        }
    }

    /// Why there was no next token, if there was none.
    pub(crate) fn take_error(&mut self) -> Option<Diagnostic> {
        self.error.take()
    }

    /// The next token; at the end of the text always [`TokenKind::Eof`].
    pub(crate) fn next(&mut self) -> Result<Token, Stop> {
        self.skip_blanks();
        self.start = self.pos;
        if self.peek() == Some(b'#') {
            self.skip_comments();
        }
        let kind = if self.brace_open {
            self.in_braces()?
        } else if self.bracket == Bracket::DurationOnly {
            self.in_bracket()?
        } else {
            self.statement()?
        };
        Ok(Token { kind, span: Span::new(self.start, self.pos) })
    }

    fn statement(&mut self) -> Scan {
        use TokenKind as T;
        let Some(byte) = self.bump() else { return self.end() };
        Ok(match byte {
            b',' => T::Comma,
            b'@' => T::At,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' => arithmetic(byte),
            b'=' if self.accept(b'=') => T::Binary(BinaryOp::Eql),
            b'=' if self.peek() == Some(b'~') => {
                return self.error("unexpected character after '=': '~'");
            }
            b'=' => T::Equal,
            b'!' if self.accept(b'=') => T::Binary(BinaryOp::Neq),
            b'!' => return self.unexpected("unexpected character after '!'", self.pos),
            b'<' if self.accept(b'=') => T::Binary(BinaryOp::Lte),
            b'<' if self.accept(b'/') => T::Binary(BinaryOp::TrimUpper),
            b'<' => T::Binary(BinaryOp::Lss),
            b'>' if self.accept(b'=') => T::Binary(BinaryOp::Gte),
            b'>' if self.accept(b'/') => T::Binary(BinaryOp::TrimLower),
            b'>' => T::Binary(BinaryOp::Gtr),
            b'0'..=b'9' => return self.number_or_duration(),
            b'.' if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                return self.number_or_duration();
            }
            b'"' | b'\'' => return self.string(byte),
            b'`' => return self.raw_string(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' => match self.bracket {
                Bracket::Closed => self.word(byte),
                _ => return self.word_in_bracket(byte),
            },
            b'(' => self.open_paren(),
            b')' => return self.close_paren(),
            b'{' => {
                self.brace_open = true;
                T::LeftBrace
            }
            b'[' => return self.open_bracket(),
            b']' => return self.close_bracket(),
            _ => return self.unexpected("unexpected character", self.start),
        })
    }

    fn in_braces(&mut self) -> Scan {
        use TokenKind as T;
        let Some(byte) = self.bump() else {
            return self.error("unexpected end of input inside braces");
        };
        Ok(match byte {
            b',' => T::Comma,
            b'"' | b'\'' => return self.string(byte),
            b'`' => return self.raw_string(),
            b'=' if self.accept(b'~') => T::EqualRegex,
            b'=' => T::Equal,
            b'!' if self.accept(b'~') => T::NotEqualRegex,
            b'!' if self.accept(b'=') => T::Binary(BinaryOp::Neq),
            b'!' => {
                return self.unexpected("unexpected character after '!' inside braces", self.pos);
            }
            b'{' => return self.error("unexpected left brace '{'"),
            b'}' => {
                self.brace_open = false;
                T::RightBrace
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.skip_while(|byte| is(byte, WORD));
                T::Identifier
            }
            _ => return self.unexpected("unexpected character inside braces", self.start),
        })
    }

    fn end(&mut self) -> Scan {
        if self.open_parens > 0 {
            self.error("unclosed left parenthesis")
        } else if self.bracket != Bracket::Closed {
            self.error("unclosed left bracket")
        } else {
            Ok(TokenKind::Eof)
        }
    }

    /// A keyword or an identifier; its first character has been read.
    fn word(&mut self, first: u8) -> TokenKind {
        self.skip_while(|byte| is(byte, WORD));
        if first == b':' || self.peek() == Some(b':') {
            self.skip_while(|byte| is(byte, WORD | COLON));
            return TokenKind::MetricIdentifier;
        }
        match TokenKind::of_word(&self.text[self.start..self.pos]) {
            // These are names unless something is called with them.
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.is_before_paren() =>
            {
                TokenKind::Identifier
            }
            kind => kind.unwrap_or(TokenKind::Identifier),
        }
    }

    /// Whether nothing but blanks stands before an opening parenthesis.
    fn is_before_paren(&self) -> bool {
        let mut rest = self.rest().iter();
        rest.find(|byte| !is(**byte, BLANK)) == Some(&b'(')
    }

    fn open_paren(&mut self) -> TokenKind {
        self.open_parens += 1;
        TokenKind::LeftParen
    }

    fn close_paren(&mut self) -> Scan {
        let Some(rest) = self.open_parens.checked_sub(1) else {
            self.start = self.pos;
            return self.error("unexpected right parenthesis ')'");
        };
        self.open_parens = rest;
        Ok(TokenKind::RightParen)
    }

    fn skip_blanks(&mut self) {
        self.skip_while(|byte| is(byte, BLANK));
    }

    /// Skips the comment that begins here, and others with nothing between.
    #[cold]
    fn skip_comments(&mut self) {
        // Up to a bracket's first number there are none.
        while (self.brace_open || self.bracket != Bracket::DurationOnly) && self.accept(b'#') {
            self.skip_while(|byte| byte != b'\n' && byte != b'\r');
            self.comments.push(Span::new(self.start, self.pos));
            self.skip_blanks();
            self.start = self.pos;
        }
    }

    /// What has not been read yet.
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.pos..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.pos += 1;
        Some(byte)
    }

    /// Reads the next byte if it is this one.
    fn accept(&mut self, byte: u8) -> bool {
        self.accept_if(|next| next == byte)
    }

    /// Reads the next byte if it is one of these.
    fn accept_if(&mut self, holds: impl Fn(u8) -> bool) -> bool {
        let found = self.peek().is_some_and(holds);
        self.pos += usize::from(found);
        found
    }

    fn skip_while(&mut self, holds: impl Fn(u8) -> bool) {
        let bytes = self.text.as_bytes();
        let mut pos = self.pos;
        while pos < bytes.len() && holds(bytes[pos]) {
            pos += 1;
        }
        self.pos = pos;
    }

    /// The character at a place; none at the end of the text.
    fn char_at(&self, pos: usize) -> Option<char> {
        self.text.get(pos..)?.chars().next()
    }

    /// Reads a character, of whatever length.
    fn bump_char(&mut self) -> Option<char> {
        let c = self.char_at(self.pos)?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// An error from the token's start to the end of the text.
    #[cold]
    fn error<T>(&mut self, message: impl Into<String>) -> Result<T, Stop> {
        let span = Span::new(self.start, self.text.len());
        self.error = Some(Diagnostic::error(SYNTAX, span, message));
        Err(Stop)
    }

    /// An error about the character at a place.
    #[cold]
    fn unexpected<T>(&mut self, what: &str, pos: usize) -> Result<T, Stop> {
        self.error(format!("{what}: {}", quoted(self.char_at(pos))))
    }
}

/// The operator that one of `+-*/%^` is.
fn arithmetic(byte: u8) -> TokenKind {
    TokenKind::Binary(match byte {
        b'+' => BinaryOp::Add,
        b'-' => BinaryOp::Sub,
        b'*' => BinaryOp::Mul,
        b'/' => BinaryOp::Div,
        b'%' => BinaryOp::Mod,
        _ => BinaryOp::Pow,
    })
}

/// As Go's `%q` prints a character; the end of the text is none.
fn quoted(c: Option<char>) -> String {
    let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
    match c {
        '"' => "'\"'".to_owned(),
        '\'' => "'\\''".to_owned(),
        _ => {
            let text = quote(c.encode_utf8(&mut [0; 4]));
            format!("'{}'", &text[1..text.len() - 1])
        }
    }
}
