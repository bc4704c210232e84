//! Selectors: a name, matchers in braces, or both.

use diagnostics::Span;
use model::{METRIC_NAME, MatchOp, Matcher, RegexError};

use super::{Parsed, Parser};
use crate::{
    ast::{Expr, ExprKind, Selector, TimeModifiers},
    operators::BinaryOp,
    token::{Token, TokenKind},
};

/// Few selectors with braces have more matchers, the name among them.
const ROOM: usize = 4;

const CONTEXT: &str = "label matching";

impl Parser<'_> {
    pub(super) fn selector_expr(&mut self, name: Option<Token>) -> Parsed<Expr> {
        let (selector, span) = self.selector(name)?;
        Ok(Expr { kind: ExprKind::Selector(Box::new(selector)), span })
    }

    /// A selector whose name, if it has one, has been taken.
    pub(super) fn selector(&mut self, name: Option<Token>) -> Parsed<(Selector, Span)> {
        let text = self.text;
        let next = self.peek()?;
        let has_braces = next.kind == TokenKind::LeftBrace;
        let room = if has_braces { ROOM } else { 1 };
        let mut selector = Selector {
            name: name.map(|token| token.span.of(text).to_owned()),
            matchers: Vec::with_capacity(room),
            matcher_spans: Vec::with_capacity(room),
            time: TimeModifiers::default(),
            extended: None,
        };
        if let Some(token) = name {
            selector.matchers.push(Matcher::equal(METRIC_NAME, token.span.of(text)));
            selector.matcher_spans.push(token.span);
        }
        let mut span = name.unwrap_or(next).span;
        if has_braces {
            self.bump();
            span = span.to(self.matchers(&mut selector)?);
        }
        Ok((selector, span))
    }

    /// Matchers up to the closing brace, whose span is returned.
    fn matchers(&mut self, selector: &mut Selector) -> Parsed<Span> {
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::RightBrace => break,
                TokenKind::Identifier => self.label_matcher(token, selector)?,
                TokenKind::String => self.quoted_matcher(token, selector)?,
                _ => return Err(self.unexpected(CONTEXT, "identifier or \"}\"")),
            }
            match self.peek()?.kind {
                TokenKind::RightBrace => break,
                TokenKind::Comma => self.bump(),
                _ => return Err(self.unexpected(CONTEXT, "\",\" or \"}\"")),
            }
        }
        let close = self.peek()?.span;
        self.bump();
        Ok(close)
    }

    fn label_matcher(&mut self, label: Token, selector: &mut Selector) -> Parsed<()> {
        self.bump();
        let Some(op) = match_op(self.peek()?.kind) else {
            return Err(self.unexpected(CONTEXT, "label matching operator"));
        };
        let name = label.span.of(self.text);
        let value = self.matcher_value()?;
        let matcher = match self.unescaped(value) {
            Some(value) => Matcher::new(name, op, value),
            None => Matcher::from_bytes(name.as_bytes(), op, &self.unquote(value)),
        };
        self.add_matcher(matcher, label.span.to(value), selector);
        Ok(())
    }

    /// `"label"="value"`, or `"name"` alone.
    fn quoted_matcher(&mut self, token: Token, selector: &mut Selector) -> Parsed<()> {
        self.bump();
        let name = self.unquote(token.span);
        let Some(op) = match_op(self.peek()?.kind) else {
            let matcher = Matcher::from_bytes(METRIC_NAME.as_bytes(), MatchOp::Equal, &name);
            self.add_matcher(matcher, token.span, selector);
            return Ok(());
        };
        let value = self.matcher_value()?;
        let matcher = Matcher::from_bytes(&name, op, &self.unquote(value));
        self.add_matcher(matcher, token.span.to(value), selector);
        Ok(())
    }

    /// Takes the operator, which is peeked, and the value, whose span is returned.
    fn matcher_value(&mut self) -> Parsed<Span> {
        self.bump();
        let value = self.peek()?;
        if value.kind != TokenKind::String {
            return Err(self.unexpected(CONTEXT, "string"));
        }
        self.bump();
        Ok(value.span)
    }

    /// Adds a matcher, or reports its bad pattern.
    fn add_matcher(
        &mut self,
        matcher: Result<Matcher, RegexError>,
        span: Span,
        selector: &mut Selector,
    ) {
        match matcher {
            Ok(matcher) => {
                selector.matchers.push(matcher);
                selector.matcher_spans.push(span);
            }
            Err(error) => self.error(span, error.to_string()),
        }
    }
}

fn match_op(kind: TokenKind) -> Option<MatchOp> {
    Some(match kind {
        TokenKind::Equal => MatchOp::Equal,
        TokenKind::Binary(BinaryOp::Neq) => MatchOp::NotEqual,
        TokenKind::EqualRegex => MatchOp::Regex,
        TokenKind::NotEqualRegex => MatchOp::NotRegex,
        _ => return None,
    })
}
