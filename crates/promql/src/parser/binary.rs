//! What may stand between an operator and its right side: `bool`, matching, fill values.

use diagnostics::Span;

use super::{Parsed, Parser, expr::sign};
use crate::{
    ast::{Cardinality, Matching},
    operators::UnaryOp,
    token::{Keyword, TokenKind},
};

/// The modifiers of one operation.
#[derive(Default)]
pub(super) struct Modifiers {
    pub(super) bool_modifier: bool,
    pub(super) matching: Matching,
}

impl Parser<'_> {
    pub(super) fn modifiers(&mut self) -> Parsed<Modifiers> {
        let mut modifiers = Modifiers::default();
        // Mostly there are none.
        if !matches!(self.peek()?.kind, TokenKind::Keyword(_)) {
            return Ok(modifiers);
        }
        if self.take_keyword(Keyword::Bool)? {
            modifiers.bool_modifier = true;
        }
        let matching = &mut modifiers.matching;
        matching.on = self.peek_is(TokenKind::Keyword(Keyword::On))?;
        if self.take_keyword(Keyword::On)? || self.take_keyword(Keyword::Ignoring)? {
            matching.labels = self.label_list()?.labels;
            self.group(matching)?;
        }
        self.fill(matching)?;
        Ok(modifiers)
    }

    /// `group_left` or `group_right`.
    fn group(&mut self, matching: &mut Matching) -> Parsed<()> {
        if self.take_keyword(Keyword::GroupLeft)? {
            matching.cardinality = Cardinality::ManyToOne;
        } else if self.take_keyword(Keyword::GroupRight)? {
            matching.cardinality = Cardinality::OneToMany;
        } else {
            return Ok(());
        }
        let next = self.peek()?.kind;
        if next == TokenKind::LeftParen || !next.starts_expression() {
            matching.include = self.label_list()?.labels;
        }
        Ok(())
    }

    /// `fill`, or one or both of `fill_left` and `fill_right`.
    fn fill(&mut self, matching: &mut Matching) -> Parsed<()> {
        if self.take_keyword(Keyword::Fill)? {
            let value = self.fill_value()?;
            matching.fill_left = Some(value);
            matching.fill_right = Some(value);
        } else if self.take_keyword(Keyword::FillLeft)? {
            matching.fill_left = Some(self.fill_value()?);
            if self.take_keyword(Keyword::FillRight)? {
                matching.fill_right = Some(self.fill_value()?);
            }
        } else if self.take_keyword(Keyword::FillRight)? {
            matching.fill_right = Some(self.fill_value()?);
            if self.take_keyword(Keyword::FillLeft)? {
                matching.fill_left = Some(self.fill_value()?);
            }
        }
        Ok(())
    }

    fn fill_value(&mut self) -> Parsed<f64> {
        self.expect(TokenKind::LeftParen)?;
        let sign = sign(self.peek()?.kind);
        if sign.is_some() {
            self.bump();
        }
        if !matches!(self.peek()?.kind, TokenKind::Number | TokenKind::Duration) {
            return Err(self.unexpected_in_expression());
        }
        let value = self.number()?.literal.value;
        self.expect(TokenKind::RightParen)?;
        Ok(if sign == Some(UnaryOp::Minus) { -value } else { value })
    }

    pub(super) fn check_fill(&mut self, matching: &Matching, span: Span) {
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if fills && !self.options.binop_fill_modifiers {
            self.error(span, "binop fill modifiers are experimental and not enabled");
        }
    }

    fn take_keyword(&mut self, keyword: Keyword) -> Parsed<bool> {
        let found = self.peek_is(TokenKind::Keyword(keyword))?;
        if found {
            self.bump();
        }
        Ok(found)
    }
}
