//! Durations in brackets and after `offset`: literals and expressions.

use diagnostics::Span;

use super::{Parsed, Parser, Stop, expr::sign};
use crate::{
    ast::{Duration, DurationKind},
    operators::{BinaryOp, UNARY_PRECEDENCE, UnaryOp},
    token::{Keyword, TokenKind},
};

/// Where a duration stands, for messages.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Range,
    Step,
    Offset,
}

impl Place {
    fn names(self) -> (&'static str, &'static str) {
        let any = "number, duration, step(), or range()";
        match self {
            Self::Range => ("subquery or range selector", any),
            Self::Step => ("subquery selector", "number, duration, step(), range(), or \"]\""),
            Self::Offset => ("offset", any),
        }
    }
}

impl Parser<'_> {
    /// The duration of a range or a step.
    pub(super) fn positive_duration(&mut self, place: Place) -> Parsed<Duration> {
        let duration = self.duration(place, 0)?;
        if literal(&duration).is_some_and(|seconds| seconds <= 0.0) {
            self.error(duration.span, "duration must be greater than 0");
        }
        Ok(whole(duration))
    }

    /// The duration of an offset: a term with a sign, so that what follows is not part of it.
    /// Only where it begins with a parenthesis or with two signs, operators go on with it.
    pub(super) fn offset_duration(&mut self) -> Parsed<Duration> {
        const PLACE: Place = Place::Offset;
        let first = self.peek()?;
        let Some(sign) = sign(first.kind) else {
            let greedy = first.kind == TokenKind::LeftParen;
            let duration =
                if greedy { self.duration(PLACE, 0)? } else { self.duration_term(PLACE)? };
            return Ok(whole(duration));
        };
        self.bump();
        if self::sign(self.peek()?.kind).is_some() {
            let operand = self.nested(|p| p.duration(PLACE, UNARY_PRECEDENCE + 1))?;
            let signed = signed(sign, first.span, operand);
            return Ok(whole(self.duration_rest(PLACE, signed, 0)?));
        }
        let term = match self.peek()?.kind {
            TokenKind::Number | TokenKind::Duration => self.duration_literal(Some(first.span))?,
            _ => self.duration_term(PLACE)?,
        };
        Ok(whole(signed(sign, first.span, term)))
    }

    /// Operations of operators that bind at least this tightly.
    fn duration(&mut self, place: Place, min_precedence: u8) -> Parsed<Duration> {
        let first = self.peek()?;
        let lhs = match sign(first.kind) {
            Some(sign) => {
                self.bump();
                let operand = self.nested(|p| p.duration(place, UNARY_PRECEDENCE + 1))?;
                self.grow(self.height, first.span)?;
                signed(sign, first.span, operand)
            }
            None => self.duration_term(place)?,
        };
        self.duration_rest(place, lhs, min_precedence)
    }

    fn duration_rest(
        &mut self,
        place: Place,
        mut lhs: Duration,
        min_precedence: u8,
    ) -> Parsed<Duration> {
        loop {
            let token = self.peek()?;
            let op = match token.kind {
                TokenKind::Binary(op) if is_arithmetic(op) => op,
                _ => return Ok(lhs),
            };
            let row = op.row();
            if row.precedence < min_precedence {
                return Ok(lhs);
            }
            self.bump();
            let height = self.height;
            let tighter = if row.right { row.precedence } else { row.precedence + 1 };
            let rhs = self.nested(|p| p.duration(place, tighter))?;
            self.grow(height.max(self.height), token.span)?;
            lhs = self.combine(op, token.span, lhs, rhs);
        }
    }

    fn combine(&mut self, op: BinaryOp, op_span: Span, lhs: Duration, rhs: Duration) -> Duration {
        let span = lhs.span.to(rhs.span);
        if literal(&rhs) == Some(0.0) {
            match op {
                BinaryOp::Div => self.error(op_span, "division by zero"),
                BinaryOp::Mod => self.error(op_span, "modulo by zero"),
                _ => {}
            }
        }
        Duration { kind: DurationKind::Binary(op, Box::new(lhs), Box::new(rhs)), span }
    }

    fn duration_term(&mut self, place: Place) -> Parsed<Duration> {
        let token = self.peek()?;
        self.height = 1;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => self.duration_literal(None),
            TokenKind::LeftParen => {
                self.bump();
                let inner = self.nested(|p| p.duration(place, 0))?;
                self.grow(self.height, token.span)?;
                let close = self.expect_in_duration(TokenKind::RightParen, place)?;
                let kind = DurationKind::Paren(Box::new(inner));
                Ok(Duration { kind, span: token.span.to(close) })
            }
            TokenKind::Keyword(keyword) => {
                let make: fn(Box<Duration>, Box<Duration>) -> DurationKind = match keyword {
                    Keyword::Step => return self.nullary(DurationKind::Step, place),
                    Keyword::Range => return self.nullary(DurationKind::Range, place),
                    Keyword::MinOf => DurationKind::MinOf,
                    Keyword::MaxOf => DurationKind::MaxOf,
                    _ => return Err(self.unexpected_in(place)),
                };
                self.bump();
                self.expect_in_duration(TokenKind::LeftParen, place)?;
                let a = self.nested(|p| p.duration(place, 0))?;
                let height = self.height;
                self.expect_in_duration(TokenKind::Comma, place)?;
                let b = self.nested(|p| p.duration(place, 0))?;
                self.grow(height.max(self.height), token.span)?;
                let close = self.expect_in_duration(TokenKind::RightParen, place)?;
                Ok(Duration { kind: make(Box::new(a), Box::new(b)), span: token.span.to(close) })
            }
            _ => Err(self.unexpected_in(place)),
        }
    }

    /// `step()` or `range()`.
    fn nullary(&mut self, kind: DurationKind, place: Place) -> Parsed<Duration> {
        let name = self.peek()?.span;
        self.bump();
        self.expect_in_duration(TokenKind::LeftParen, place)?;
        let close = self.expect_in_duration(TokenKind::RightParen, place)?;
        Ok(Duration { kind, span: name.to(close) })
    }

    /// A number or a duration, which is peeked. One that is too large is reported at the sign
    /// where an offset has one.
    fn duration_literal(&mut self, sign: Option<Span>) -> Parsed<Duration> {
        self.height = 1;
        let number = self.number()?;
        let (seconds, span) = (number.literal.value, number.span);
        // NaN, from which Prometheus makes an arbitrary offset, is refused with the rest.
        let in_range = seconds.abs() <= i64::MAX as f64 / 1e9;
        let kind = if !in_range {
            self.error(sign.unwrap_or(span), "duration out of range");
            DurationKind::Literal(0)
        } else if number.literal.is_duration {
            DurationKind::Literal(exact_milliseconds(seconds))
        } else {
            DurationKind::Number(seconds)
        };
        Ok(Duration { kind, span })
    }

    fn expect_in_duration(&mut self, kind: TokenKind, place: Place) -> Parsed<Span> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected_in(place));
        }
        self.bump();
        Ok(token.span)
    }

    fn unexpected_in(&mut self, place: Place) -> Stop {
        let (context, expected) = place.names();
        self.unexpected(context, expected)
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    use BinaryOp as B;
    matches!(op, B::Add | B::Sub | B::Mul | B::Div | B::Mod | B::Pow)
}

/// The seconds of a literal.
fn literal(duration: &Duration) -> Option<f64> {
    match duration.kind {
        DurationKind::Literal(ms) => Some(ms as f64 / 1000.0),
        DurationKind::Number(seconds) => Some(seconds),
        _ => None,
    }
}

/// A literal that is the whole of a duration is printed as one, and cut to milliseconds.
fn whole(mut duration: Duration) -> Duration {
    match duration.kind {
        DurationKind::Number(seconds) => {
            duration.kind = DurationKind::Literal(whole_milliseconds(seconds));
        }
        DurationKind::Literal(ms) => {
            duration.kind = DurationKind::Literal(whole_milliseconds(ms as f64 / 1000.0));
        }
        _ => {}
    }
    duration
}

/// Rounds to nanoseconds and cuts to milliseconds, as Prometheus. From some hundred days on
/// nanoseconds are not exact, so that `200d2ms` may become a millisecond less.
#[expect(clippy::cast_possible_truncation, reason = "out of range is refused before")]
pub(crate) fn whole_milliseconds(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64 / 1_000_000
}

#[expect(clippy::cast_possible_truncation, reason = "out of range is refused before")]
fn exact_milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}

/// A sign goes into a literal; before anything else a plus leaves no trace.
fn signed(sign: UnaryOp, sign_span: Span, operand: Duration) -> Duration {
    if sign == UnaryOp::Plus && literal(&operand).is_none() {
        return operand;
    }
    let span = sign_span.to(operand.span);
    let kind = match (sign, operand.kind) {
        (UnaryOp::Plus, kind) => kind,
        (UnaryOp::Minus, DurationKind::Literal(ms)) => DurationKind::Literal(-ms),
        (UnaryOp::Minus, DurationKind::Number(seconds)) => DurationKind::Number(-seconds),
        (UnaryOp::Minus, kind) => {
            let operand = Duration { kind, span: operand.span };
            DurationKind::Unary(UnaryOp::Minus, Box::new(operand))
        }
    };
    Duration { kind, span }
}
