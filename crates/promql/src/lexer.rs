//! Text to tokens, one at a time.
//!
//! What a character means depends on where it stands: inside braces every word is a label, and
//! after an opening bracket only durations and their operators are known. Escapes are checked but
//! not resolved (see `parser::literal`). Start at [`Lexer::next`].

mod bracket;
mod number;
mod string;

use diagnostics::{Diagnostic, Span};
use model::quote::quote;

use crate::{
    operators::BinaryOp,
    token::{Keyword, Token, TokenKind},
};

/// The code of errors in the text's form.
pub(crate) const SYNTAX: &str = "syntax";

/// A token; none where only blanks or a comment were read.
type Scan = Result<Option<TokenKind>, Diagnostic>;

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
        }
    }

    /// The next token; at the end of the text always [`TokenKind::Eof`].
    pub(crate) fn next(&mut self) -> Result<Token, Diagnostic> {
        loop {
            self.start = self.pos;
            let kind = if self.brace_open {
                self.in_braces()?
            } else if self.bracket == Bracket::DurationOnly {
                self.in_bracket()?
            } else {
                self.statement()?
            };
            if let Some(kind) = kind {
                return Ok(Token { kind, span: Span::new(self.start, self.pos) });
            }
        }
    }

    fn statement(&mut self) -> Scan {
        use TokenKind as T;
        let Some(c) = self.bump() else { return self.end() };
        Ok(Some(match c {
            _ if is_blank(c) => {
                self.skip_blanks();
                return Ok(None);
            }
            '#' => {
                self.skip_comment();
                return Ok(None);
            }
            ',' => T::Comma,
            '@' => T::At,
            '+' => T::Binary(BinaryOp::Add),
            '-' => T::Binary(BinaryOp::Sub),
            '*' => T::Binary(BinaryOp::Mul),
            '/' => T::Binary(BinaryOp::Div),
            '%' => T::Binary(BinaryOp::Mod),
            '^' => T::Binary(BinaryOp::Pow),
            '=' if self.accept("=") => T::Binary(BinaryOp::Eql),
            '=' if self.peek() == Some('~') => {
                return self.error("unexpected character after '=': '~'");
            }
            '=' => T::Equal,
            '!' => match self.bump() {
                Some('=') => T::Binary(BinaryOp::Neq),
                other => return self.unexpected("unexpected character after '!'", other),
            },
            '<' if self.accept("=") => T::Binary(BinaryOp::Lte),
            '<' if self.accept("/") => T::Binary(BinaryOp::TrimUpper),
            '<' => T::Binary(BinaryOp::Lss),
            '>' if self.accept("=") => T::Binary(BinaryOp::Gte),
            '>' if self.accept("/") => T::Binary(BinaryOp::TrimLower),
            '>' => T::Binary(BinaryOp::Gtr),
            '0'..='9' => return self.number_or_duration(),
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return self.number_or_duration();
            }
            '"' | '\'' => return self.string(c),
            '`' => return self.raw_string(),
            _ if is_alpha(c) || c == ':' => match self.bracket {
                Bracket::Closed => self.word(),
                _ => return self.word_in_bracket(c),
            },
            '(' => self.open_paren(),
            ')' => return self.close_paren(),
            '{' => {
                self.brace_open = true;
                T::LeftBrace
            }
            '[' => return self.open_bracket(),
            ']' => return self.close_bracket(),
            _ => return self.unexpected("unexpected character", Some(c)),
        }))
    }

    fn in_braces(&mut self) -> Scan {
        use TokenKind as T;
        let Some(c) = self.bump() else {
            return self.error("unexpected end of input inside braces");
        };
        Ok(Some(match c {
            _ if is_blank(c) => {
                self.skip_blanks();
                return Ok(None);
            }
            '#' => {
                self.skip_comment();
                return Ok(None);
            }
            ',' => T::Comma,
            '"' | '\'' => return self.string(c),
            '`' => return self.raw_string(),
            '=' if self.accept("~") => T::EqualRegex,
            '=' => T::Equal,
            '!' => match self.bump() {
                Some('~') => T::NotEqualRegex,
                Some('=') => T::Binary(BinaryOp::Neq),
                other => {
                    return self.unexpected("unexpected character after '!' inside braces", other);
                }
            },
            '{' => return self.error("unexpected left brace '{'"),
            '}' => {
                self.brace_open = false;
                T::RightBrace
            }
            _ if is_alpha(c) => {
                self.skip_while(is_alphanumeric);
                T::Identifier
            }
            _ => return self.unexpected("unexpected character inside braces", Some(c)),
        }))
    }

    fn end(&mut self) -> Scan {
        if self.open_parens > 0 {
            self.error("unclosed left parenthesis")
        } else if self.bracket != Bracket::Closed {
            self.error("unclosed left bracket")
        } else {
            Ok(Some(TokenKind::Eof))
        }
    }

    /// A keyword or an identifier; its first character has been read.
    fn word(&mut self) -> TokenKind {
        self.skip_while(|c| is_alphanumeric(c) || c == ':');
        let word = &self.text[self.start..self.pos];
        match TokenKind::of_word(word) {
            // These are names unless something is called with them.
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.text[self.pos..].trim_start_matches(is_blank).starts_with('(') =>
            {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if word.contains(':') => TokenKind::MetricIdentifier,
            None => TokenKind::Identifier,
        }
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
        Ok(Some(TokenKind::RightParen))
    }

    fn skip_blanks(&mut self) {
        self.skip_while(is_blank);
    }

    fn skip_comment(&mut self) {
        self.skip_while(|c| c != '\n' && c != '\r');
        self.comments.push(Span::new(self.start, self.pos));
    }

    fn peek(&self) -> Option<char> {
        self.text[self.pos..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Reads the next character if it is one of these.
    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().filter(|c| set.contains(*c));
        self.pos += found.map_or(0, char::len_utf8);
        found.is_some()
    }

    fn skip_while(&mut self, holds: impl Fn(char) -> bool) {
        while let Some(c) = self.peek().filter(|c| holds(*c)) {
            self.pos += c.len_utf8();
        }
    }

    /// An error from the token's start to the end of the text.
    fn error<T>(&self, message: impl Into<String>) -> Result<T, Diagnostic> {
        Err(Diagnostic::error(SYNTAX, Span::new(self.start, self.text.len()), message))
    }

    fn unexpected<T>(&self, what: &str, c: Option<char>) -> Result<T, Diagnostic> {
        self.error(format!("{what}: {}", quoted(c)))
    }
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

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_alpha(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}
