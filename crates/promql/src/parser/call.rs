//! Function calls and argument lists.

use diagnostics::Span;
use model::quote::quote;

use super::{Parsed, Parser};
use crate::{
    ast::{Call, Expr, ExprKind, Text},
    functions::FunctionId,
    token::TokenKind,
};

impl Parser<'_> {
    /// A call; the name has been taken.
    pub(super) fn call(&mut self, name_span: Span) -> Parsed<Expr> {
        let (args, close) = self.arguments()?;
        self.grow(self.height, name_span)?;
        let span = name_span.to(close);
        let name = name_span.of(self.text);
        let Some(function) = FunctionId::from_name(name) else {
            self.error(name_span, format!("unknown function with name {}", quote(name)));
            return Ok(self.hole(span));
        };
        if function.row().experimental && !self.options.experimental_functions {
            self.error(name_span, format!("function {} is not enabled", quote(name)));
        }
        Ok(Expr { kind: ExprKind::Call(Call { function, name_span, args }), span })
    }

    /// `(a, b)`, with the span of the closing parenthesis. The height is the highest argument's.
    pub(super) fn arguments(&mut self) -> Parsed<(Vec<Expr>, Span)> {
        self.expect(TokenKind::LeftParen)?;
        let mut more = !self.peek_is(TokenKind::RightParen)?;
        // Mostly there is one, which need not have room for three more.
        let mut args = Vec::with_capacity(usize::from(more));
        let mut height = 0;
        while more {
            let arg = self.expr()?;
            height = height.max(self.height);
            args.push(arg);
            more = self.comma_before_expression()?;
        }
        self.height = height;
        let close = self.expect(TokenKind::RightParen)?;
        Ok((args, close.span))
    }

    /// Takes commas; reports those that no argument follows.
    fn comma_before_expression(&mut self) -> Parsed<bool> {
        loop {
            let comma = self.peek()?;
            if comma.kind != TokenKind::Comma {
                return Ok(false);
            }
            self.bump();
            if self.peek()?.kind.starts_expression() {
                return Ok(true);
            }
            self.error(comma.span, "trailing commas not allowed in function call args");
        }
    }

    /// What stands in the tree for an expression that cannot be represented.
    pub(super) fn hole(&mut self, span: Span) -> Expr {
        self.broken = true;
        Expr { kind: ExprKind::String(Text::Utf8(String::new())), span }
    }
}
