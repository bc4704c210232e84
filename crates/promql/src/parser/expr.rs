//! Expressions: precedence, signs, parentheses, and what each first token begins.

use super::{Parsed, Parser};
use crate::{
    ast::{Binary, Expr, ExprKind},
    operators::{BinaryOp, UNARY_PRECEDENCE, UnaryOp},
    token::{Keyword, TokenKind},
};

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.nested(|p| p.binary(0))
    }

    /// Operations of operators that bind at least this tightly.
    fn binary(&mut self, min_precedence: u8) -> Parsed<Expr> {
        let mut lhs = self.operand()?;
        loop {
            let token = self.peek()?;
            let TokenKind::Binary(op) = token.kind else { return Ok(lhs) };
            let row = op.row();
            if row.precedence < min_precedence {
                return Ok(lhs);
            }
            self.bump();
            let height = self.height;
            let modifiers = self.modifiers()?;
            let tighter = if row.right { row.precedence } else { row.precedence + 1 };
            let rhs = self.nested(|p| p.binary(tighter))?;
            self.grow(height.max(self.height), token.span)?;
            let span = lhs.span.to(rhs.span);
            self.check_fill(&modifiers.matching, span);
            let kind = ExprKind::Binary(Box::new(Binary {
                op,
                op_span: token.span,
                lhs,
                rhs,
                bool_modifier: modifiers.bool_modifier,
                matching: Some(modifiers.matching),
            }));
            lhs = Expr { kind, span };
        }
    }

    /// A sign with what it binds, or a term with its postfixes.
    fn operand(&mut self) -> Parsed<Expr> {
        let token = self.peek()?;
        let Some(sign) = sign(token.kind) else {
            let term = self.term()?;
            return self.postfixes(term);
        };
        self.bump();
        let mut operand = self.nested(|p| p.binary(UNARY_PRECEDENCE + 1))?;
        let span = token.span.to(operand.span);
        if let ExprKind::Number(number) = &mut operand.kind {
            if sign == UnaryOp::Minus {
                number.value = -number.value;
            }
            return Ok(Expr { kind: operand.kind, span });
        }
        self.grow(self.height, token.span)?;
        Ok(Expr { kind: ExprKind::Unary(sign, Box::new(operand)), span })
    }

    fn term(&mut self) -> Parsed<Expr> {
        let token = self.peek()?;
        self.height = 1;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => Ok(self.number()?.into()),
            TokenKind::String => {
                self.bump();
                let kind = ExprKind::String(self.unquote(token.span).into());
                Ok(Expr { kind, span: token.span })
            }
            TokenKind::LeftParen => self.paren(),
            TokenKind::LeftBrace => self.selector_expr(None),
            TokenKind::Aggregate(op) => {
                self.bump();
                match self.peek()?.kind {
                    TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without) => {
                        self.aggregate(op, token.span)
                    }
                    _ => self.selector_expr(Some(token)),
                }
            }
            kind if kind.is_metric_name() => {
                self.bump();
                if kind.is_function_name() && self.peek_is(TokenKind::LeftParen)? {
                    self.call(token.span)
                } else {
                    self.selector_expr(Some(token))
                }
            }
            _ => Err(self.unexpected_in_expression()),
        }
    }

    fn paren(&mut self) -> Parsed<Expr> {
        let open = self.expect(TokenKind::LeftParen)?;
        let inner = self.expr()?;
        self.grow(self.height, open.span)?;
        let close = self.expect(TokenKind::RightParen)?;
        Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), span: open.span.to(close.span) })
    }
}

/// The sign that a token is.
pub(super) fn sign(kind: TokenKind) -> Option<UnaryOp> {
    match kind {
        TokenKind::Binary(BinaryOp::Add) => Some(UnaryOp::Plus),
        TokenKind::Binary(BinaryOp::Sub) => Some(UnaryOp::Minus),
        _ => None,
    }
}
