//! What follows a term: ranges, `offset`, `@`, `anchored`, `smoothed`.

use diagnostics::Span;

use super::{Parsed, Parser, duration::Place, expr::sign};
use crate::{
    ast::{
        At, Duration, DurationKind, Expr, ExprKind, Extended, MatrixSelector, Subquery,
        TimeModifiers,
    },
    operators::UnaryOp,
    token::{Keyword, TokenKind},
};

impl Parser<'_> {
    pub(super) fn postfixes(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::LeftBracket => expr = self.range(expr)?,
                TokenKind::At => self.at(&mut expr)?,
                TokenKind::Keyword(Keyword::Offset) => self.offset(&mut expr)?,
                TokenKind::Keyword(Keyword::Anchored) => {
                    self.extend(&mut expr, Extended::Anchored, token.span);
                }
                TokenKind::Keyword(Keyword::Smoothed) => {
                    self.extend(&mut expr, Extended::Smoothed, token.span);
                }
                _ => return Ok(expr),
            }
        }
    }

    /// `[range]` or `[range:step]`.
    fn range(&mut self, expr: Expr) -> Parsed<Expr> {
        let open = self.expect(TokenKind::LeftBracket)?.span;
        let height = self.height;
        let range = self.positive_duration(Place::Range)?;
        let step = match self.peek()?.kind {
            TokenKind::RightBracket => {
                let close = self.expect(TokenKind::RightBracket)?.span;
                self.height = height;
                return Ok(self.matrix(expr, range, open.to(close)));
            }
            TokenKind::Colon => self.step()?,
            _ => return Err(self.unexpected("subquery or range", "\":\" or \"]\"")),
        };
        let close = self.expect(TokenKind::RightBracket)?.span;
        self.grow(height, open)?;
        let span = expr.span.to(close);
        let time = TimeModifiers::default();
        Ok(Expr { kind: ExprKind::Subquery(Box::new(Subquery { expr, range, step, time })), span })
    }

    /// What follows the colon of a subquery, up to the closing bracket, which is peeked.
    fn step(&mut self) -> Parsed<Option<Duration>> {
        self.expect(TokenKind::Colon)?;
        if self.peek_is(TokenKind::RightBracket)? {
            return Ok(None);
        }
        let step = self.positive_duration(Place::Step)?;
        if !self.peek_is(TokenKind::RightBracket)? {
            return Err(self.unexpected("subquery selector", "\"]\""));
        }
        // Less than a millisecond is none at all, which means the default.
        Ok(Some(step).filter(|step| step.kind != DurationKind::Literal(0)))
    }

    fn matrix(&mut self, expr: Expr, range: Duration, brackets: Span) -> Expr {
        let span = expr.span.to(brackets);
        let ExprKind::Selector(selector) = expr.kind else {
            self.error(brackets, "ranges only allowed for vector selectors");
            return self.hole(span);
        };
        if selector.time.offset.as_ref().is_some_and(shifts) {
            self.error(brackets, "no offset modifiers allowed before range");
        } else if selector.time.at.is_some() {
            self.error(brackets, "no @ modifiers allowed before range");
        }
        let matrix = MatrixSelector { selector: *selector, selector_span: expr.span, range };
        Expr { kind: ExprKind::Matrix(Box::new(matrix)), span }
    }

    fn offset(&mut self, expr: &mut Expr) -> Parsed<()> {
        self.bump();
        let height = self.height;
        let offset = self.offset_duration()?;
        self.height = height;
        let (span, end) = (expr.span, offset.span);
        let Some(time) = self.time_of(expr, "offset modifier") else { return Ok(()) };
        if time.offset.as_ref().is_some_and(shifts) {
            self.error(span, "offset may not be set multiple times");
        } else {
            time.offset = Some(offset);
        }
        expr.span = span.to(end);
        Ok(())
    }

    fn at(&mut self, expr: &mut Expr) -> Parsed<()> {
        self.bump();
        let token = self.peek()?;
        let span = expr.span;
        let (at, end) = match token.kind {
            TokenKind::Keyword(keyword @ (Keyword::Start | Keyword::End)) => {
                self.bump();
                self.expect_after_at(TokenKind::LeftParen)?;
                let close = self.expect_after_at(TokenKind::RightParen)?;
                (if keyword == Keyword::Start { At::Start } else { At::End }, close)
            }
            _ => self.timestamp(span)?,
        };
        let Some(time) = self.time_of(expr, "@ modifier") else { return Ok(()) };
        if time.at.is_some() {
            self.error(span, "@ <timestamp> may not be set multiple times");
            return Ok(());
        }
        time.at = Some(at);
        expr.span = span.to(end);
        Ok(())
    }

    /// Seconds since the epoch; errors about the value stand at what it modifies.
    fn timestamp(&mut self, modified: Span) -> Parsed<(At, Span)> {
        let sign = sign(self.peek()?.kind);
        if sign.is_some() {
            self.bump();
        }
        if !matches!(self.peek()?.kind, TokenKind::Number | TokenKind::Duration) {
            return Err(self.unexpected("@", "timestamp"));
        }
        let number = self.number()?;
        let value = number.literal.value;
        let seconds = if sign == Some(UnaryOp::Minus) { -value } else { value };
        if seconds.is_nan() || seconds.abs() >= i64::MAX as f64 {
            let shown = if seconds.is_infinite() {
                model::number::format_f(seconds)
            } else {
                format!("{seconds:.6}")
            };
            self.error(modified, format!("timestamp out of bounds for @ modifier: {shown}"));
        }
        Ok((At::Timestamp(milliseconds(seconds)), number.span))
    }

    fn expect_after_at(&mut self, kind: TokenKind) -> Parsed<Span> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected("@", "timestamp"));
        }
        self.bump();
        Ok(token.span)
    }

    /// Where the modifiers of an expression are kept; reports an expression that takes none.
    fn time_of<'e>(&mut self, expr: &'e mut Expr, what: &str) -> Option<&'e mut TimeModifiers> {
        match &mut expr.kind {
            ExprKind::Selector(selector) => Some(&mut selector.time),
            ExprKind::Matrix(matrix) => Some(&mut matrix.selector.time),
            ExprKind::Subquery(subquery) => Some(&mut subquery.time),
            _ => {
                let before = "an instant vector selector or range vector selector or a subquery";
                self.error(expr.span, format!("{what} must be preceded by {before}"));
                None
            }
        }
    }

    fn extend(&mut self, expr: &mut Expr, extended: Extended, word: Span) {
        self.bump();
        let name = extended.as_str();
        let message = if self.options.extended_range_selectors {
            let slot = match &mut expr.kind {
                ExprKind::Selector(selector) => Ok(&mut selector.extended),
                ExprKind::Matrix(matrix) => Ok(&mut matrix.selector.extended),
                ExprKind::Subquery(_) => Err("is not supported for subqueries"),
                _ => Err("not implemented"),
            };
            match slot {
                Ok(slot) if slot.is_none_or(|set| set == extended) => {
                    *slot = Some(extended);
                    self.extensions.push((expr.span.end, word.end));
                    expr.span = expr.span.to(word);
                    return;
                }
                Ok(_) => "anchored and smoothed modifiers cannot be used together".to_owned(),
                Err(why) => format!("{name} modifier {why}"),
            }
        } else {
            format!("{name} modifier is experimental and not enabled")
        };
        self.error(expr.span, message);
    }
}

/// Seconds to milliseconds, rounded. What is too large becomes the smallest, as where Prometheus
/// runs on x86-64.
#[expect(clippy::cast_possible_truncation, reason = "it is within range")]
fn milliseconds(seconds: f64) -> i64 {
    let ms = (seconds * 1000.0).round();
    if ms.abs() < i64::MAX as f64 { ms as i64 } else { i64::MIN }
}

/// Whether an offset counts as written: an offset of nothing may be followed by another.
fn shifts(offset: &Duration) -> bool {
    offset.kind != DurationKind::Literal(0)
}
