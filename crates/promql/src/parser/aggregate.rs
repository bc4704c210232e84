//! Aggregations and lists of labels.

use diagnostics::Span;
use model::quote::quote_bytes;

use super::{Parsed, Parser};
use crate::{
    ast::{Aggregate, Expr, ExprKind, Grouping},
    operators::{AggregateOp, Param},
    token::{Keyword, Token, TokenKind},
};

/// Most lists have no more labels.
const ROOM: usize = 4;

/// Labels in parentheses.
pub(super) struct LabelList {
    pub(super) labels: Vec<String>,
    pub(super) spans: Vec<Span>,
    /// The closing parenthesis.
    close: Span,
}

impl Parser<'_> {
    /// An aggregation; its name has been taken, and a parenthesis or a grouping follows.
    pub(super) fn aggregate(&mut self, op: AggregateOp, op_span: Span) -> Parsed<Expr> {
        self.aggregations += 1;
        let before = self.grouping()?;
        let (args, close) = self.arguments()?;
        self.grow(self.height, op_span)?;
        let after = if before.is_none() { self.grouping()? } else { None };
        self.aggregations -= 1;
        let end = after.as_ref().map_or(close, |grouping| grouping.span);
        let span = op_span.to(end);
        let Some((param, expr)) = self.operands(op, args, span) else { return Ok(self.hole(span)) };
        let grouping = before.or(after);
        let kind = ExprKind::Aggregate(Box::new(Aggregate { op, op_span, param, expr, grouping }));
        Ok(Expr { kind, span })
    }

    /// Tells parameter and vector apart.
    fn operands(
        &mut self,
        op: AggregateOp,
        args: Vec<Expr>,
        span: Span,
    ) -> Option<(Option<Expr>, Expr)> {
        let row = op.row();
        let expected = if row.param == Param::None { 1 } else { 2 };
        let n_args = args.len();
        let mut args = args.into_iter();
        if n_args == 0 {
            self.error(span, "no arguments for aggregate expression provided");
            return None;
        }
        if row.experimental && !self.options.experimental_functions {
            let flag = "--enable-feature=promql-experimental-functions";
            let name = row.name;
            self.error(span, format!("{name}() is experimental and must be enabled with {flag}"));
        } else if n_args != expected {
            let what = "wrong number of arguments for aggregate expression provided";
            self.error(span, format!("{what}, expected {expected}, got {n_args}"));
        }
        let param = if expected == 2 { Some(args.next()?) } else { None };
        let expr = args.next()?;
        Some((param, expr))
    }

    /// `by (…)` or `without (…)`, if it is there.
    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let token = self.peek()?;
        let without = match token.kind {
            TokenKind::Keyword(Keyword::By) => false,
            TokenKind::Keyword(Keyword::Without) => true,
            _ => return Ok(None),
        };
        self.bump();
        let list = self.label_list()?;
        Ok(Some(Grouping {
            without,
            labels: list.labels,
            label_spans: list.spans,
            span: token.span.to(list.close),
        }))
    }

    /// `(a, b)`; one comma may trail.
    pub(super) fn label_list(&mut self) -> Parsed<LabelList> {
        const CONTEXT: &str = "grouping opts";
        if !self.peek_is(TokenKind::LeftParen)? {
            return Err(self.unexpected(CONTEXT, "\"(\""));
        }
        self.bump();
        let (mut labels, mut spans) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::RightParen => break,
                kind if kind == TokenKind::String || kind.is_grouping_label() => {
                    self.bump();
                    labels.push(self.grouping_label(token));
                    spans.push(token.span);
                }
                _ => return Err(self.unexpected(CONTEXT, "label")),
            }
            match self.peek()?.kind {
                TokenKind::RightParen => break,
                TokenKind::Comma => self.bump(),
                _ => return Err(self.unexpected(CONTEXT, "\",\" or \")\"")),
            }
        }
        let close = self.expect(TokenKind::RightParen)?.span;
        Ok(LabelList { labels, spans, close })
    }

    fn grouping_label(&mut self, token: Token) -> String {
        if token.kind != TokenKind::String {
            return token.span.of(self.text).to_owned();
        }
        let label = self.unquote(token.span);
        let text = str::from_utf8(&label);
        if !text.is_ok_and(|text| !text.is_empty()) {
            let message = format!("invalid label name for grouping: {}", quote_bytes(&label));
            self.error(token.span, message);
        }
        String::from_utf8_lossy(&label).into_owned()
    }
}
