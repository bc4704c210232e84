//! Tokens to a tree: recursive descent, one token ahead.
//!
//! It knows no types (see `check`). A syntax error ends it; errors of meaning are collected on the
//! way, in the order in which Prometheus's grammar finds them, which is why tokens are read no
//! earlier than needed. Start at [`expression`], then `expr`.

mod aggregate;
mod binary;
mod call;
mod duration;
mod expr;
mod literal;
mod postfix;
mod selector;

use std::mem;

use diagnostics::{Diagnostic, Span};
use model::Matcher;

use crate::{
    ast::Expr,
    lexer::{Lexer, SYNTAX, Stop},
    options::ParseOptions,
    token::{Token, TokenKind},
};

pub(crate) use duration::whole_milliseconds;

/// How deep expressions may stand inside each other: it bounds the parser's stack.
const MAX_DEPTH: u32 = 128;

/// How high a tree may grow, with chains such as `a + b + c` counted by operator: it bounds the
/// stack of everyone who walks the tree.
const MAX_HEIGHT: u32 = 512;

/// Where parsing cannot go on, the reason is among the errors, or the lexer has it.
type Parsed<T> = Result<T, Stop>;

struct Parser<'t> {
    text: &'t str,
    options: ParseOptions,
    lexer: Lexer<'t>,
    lookahead: Option<Token>,
    errors: Vec<Diagnostic>,
    extensions: Extensions,
    /// Whether the tree has a hole, filled with something that was not written.
    broken: bool,
    /// How many aggregations are open; errors inside say so.
    aggregations: u32,
    depth: u32,
    /// The height of the expression parsed last.
    height: u32,
}

/// What came of a whole text.
pub(crate) struct Parsing {
    /// No tree where it has holes.
    pub(crate) expr: Option<Expr>,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) extensions: Extensions,
}

/// Where selectors end without their `anchored` or `smoothed`, and with it. To Prometheus the words
/// do not belong to what they modify.
pub(crate) type Extensions = Vec<(u32, u32)>;

/// Parses a whole text.
pub(crate) fn expression(text: &str, options: ParseOptions) -> Parsing {
    let mut parser = Parser::new(text, options);
    let expr = parser.whole_expression().ok().filter(|_| !parser.broken);
    Parsing { expr, errors: parser.take_errors(), extensions: parser.extensions }
}

/// Parses a text that is one selector without modifiers.
pub(crate) fn metric_selector(
    text: &str,
    options: ParseOptions,
) -> (Option<Vec<Matcher>>, Vec<Diagnostic>) {
    let mut parser = Parser::new(text, options);
    let matchers = parser.whole_selector().ok();
    (matchers, parser.take_errors())
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, options: ParseOptions) -> Self {
        Self {
            text,
            options,
            lexer: Lexer::new(text),
            lookahead: None,
            errors: Vec::new(),
            extensions: Extensions::new(),
            broken: false,
            aggregations: 0,
            depth: 0,
            height: 0,
        }
    }

    fn whole_expression(&mut self) -> Parsed<Expr> {
        if self.peek()?.kind == TokenKind::Eof {
            self.error(Span::default(), "no expression found in input");
            return Err(Stop);
        }
        let expr = self.expr()?;
        self.expect(TokenKind::Eof)?;
        Ok(expr)
    }

    fn whole_selector(&mut self) -> Parsed<Vec<Matcher>> {
        let token = self.peek()?;
        let selector = if token.kind == TokenKind::LeftBrace {
            self.selector(None)?
        } else if token.kind.is_metric_name() {
            self.bump();
            self.selector(Some(token))?
        } else {
            return Err(self.unexpected("", ""));
        };
        self.expect(TokenKind::Eof)?;
        Ok(selector.0.matchers)
    }

    /// The next token, which stays the next.
    #[inline]
    fn peek(&mut self) -> Parsed<Token> {
        match self.lookahead {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    /// Reads the next token from the text.
    fn read(&mut self) -> Parsed<Token> {
        let token = self.lexer.next()?;
        self.lookahead = Some(token);
        Ok(token)
    }

    /// Takes all errors, of which the lexer's is the last: it ends parsing.
    fn take_errors(&mut self) -> Vec<Diagnostic> {
        let mut errors = mem::take(&mut self.errors);
        errors.extend(self.lexer.take_error());
        errors
    }

    fn peek_is(&mut self, kind: TokenKind) -> Parsed<bool> {
        Ok(self.peek()?.kind == kind)
    }

    /// Takes the token that was peeked.
    fn bump(&mut self) {
        self.lookahead = None;
    }

    /// Takes a token of this kind, whose absence needs no further words.
    fn expect(&mut self, kind: TokenKind) -> Parsed<Token> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected_in_expression());
        }
        self.bump();
        Ok(token)
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::error(SYNTAX, span, message));
    }

    /// Reports the token ahead: where it stands, and what should stand there.
    fn unexpected(&mut self, context: &str, expected: &str) -> Stop {
        if let Ok(token) = self.peek() {
            let mut message = format!("unexpected {}", token.describe(self.text));
            for (word, what) in [(" in ", context), (", expected ", expected)] {
                if !what.is_empty() {
                    message.push_str(word);
                    message.push_str(what);
                }
            }
            self.error(token.span, message);
        }
        Stop
    }

    /// Reports the token ahead where no expression can go on.
    fn unexpected_in_expression(&mut self) -> Stop {
        self.unexpected(if self.aggregations > 0 { "aggregation" } else { "" }, "")
    }

    /// Parses something one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            let span = self.peek()?.span;
            let message = format!("expression is nested too deeply, at most {MAX_DEPTH} levels");
            self.error(span, message);
            return Err(Stop);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Notes that a node was put on top of a tree of this height.
    fn grow(&mut self, height: u32, at: Span) -> Parsed<()> {
        self.height = height + 1;
        if self.height > MAX_HEIGHT { Err(self.too_large(at)) } else { Ok(()) }
    }

    #[cold]
    fn too_large(&mut self, at: Span) -> Stop {
        let message = format!("expression is too large, at most {MAX_HEIGHT} operations deep");
        self.error(at, message);
        Stop
    }
}
