//! Steps, and how nodes see other times than the query's.

use diagnostics::Span;
use promql::ast::{At, Duration, DurationKind};
use promql::operators::{BinaryOp, UnaryOp};

use crate::{
    EvalError,
    kernels::{binary, math, rate::seconds as whole_seconds_first},
};

/// Evaluation times: `count` of them from `start`, `step` apart, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Steps {
    /// The first time.
    pub start: i64,
    /// The distance; 0 for an instant.
    pub step: i64,
    /// How many there are.
    pub count: usize,
}

impl Steps {
    /// One time.
    pub fn instant(t: i64) -> Self {
        Self { start: t, step: 0, count: 1 }
    }

    /// From `start` to `end` inclusive.
    pub fn range(start: i64, end: i64, step: i64) -> Self {
        let count = if end < start { 0 } else { 1 + (end - start) / step.max(1) };
        Self { start, step, count: usize::try_from(count).unwrap_or(0) }
    }

    /// The i-th time.
    pub fn at(self, i: usize) -> i64 {
        self.start + self.step * i64::try_from(i).unwrap_or(i64::MAX)
    }

    /// The last time; the first where there is none.
    pub fn end(self) -> i64 {
        self.at(self.count.saturating_sub(1))
    }

    /// All times in turn.
    pub fn iter(self) -> impl Iterator<Item = i64> {
        (0..self.count).map(move |i| self.at(i))
    }
}

/// `offset` and `@`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimeShift {
    pub(crate) offset: i64,
    pub(crate) at: Option<At>,
    /// How long after its start the query ends.
    pub(crate) query_range: i64,
    pub(crate) astray: Astray,
}

/// Where Prometheus asks its storage for samples around one time and then looks at another one,
/// so that an instant selector sees only what lies within lookback of both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Astray {
    /// It looks where it asked.
    #[default]
    No,
    /// With `@` in the parameter of an aggregation, it looks as much later as the step is later
    /// than the first one.
    Drifts,
    /// `timestamp` with `@` forgets the offset when it looks.
    ForgetsOffset,
}

impl TimeShift {
    /// Neither is written.
    pub(crate) const NONE: Self = Self { offset: 0, at: None, query_range: 0, astray: Astray::No };

    /// The time up to which samples are seen when evaluating at `t`.
    pub(crate) fn reference(self, t: i64, query: Steps) -> i64 {
        let base = match self.at {
            None => t,
            Some(At::Timestamp(fixed)) => fixed,
            Some(At::Start) => query.start,
            // Not the last step, where the range is no multiple of the step.
            Some(At::End) => query.start + self.query_range,
        };
        base - if self.astray == Astray::ForgetsOffset { self.offset.max(0) } else { self.offset }
    }

    /// By how much less than its lookback an instant selector sees back from its reference.
    pub(crate) fn blind(self, t: i64, steps: Steps) -> i64 {
        match self.astray {
            Astray::No => 0,
            Astray::Drifts => t - steps.start,
            Astray::ForgetsOffset => self.offset.abs(),
        }
    }

    /// The times that are looked at over a frame's steps: one where `@` fixes it.
    pub(crate) fn references(self, steps: Steps, query: Steps) -> Steps {
        let start = self.reference(steps.start, query);
        match self.at {
            None => Steps { start, ..steps },
            Some(_) => Steps { start, step: 0, count: steps.count.min(1) },
        }
    }
}

/// The steps of a subquery's inside.
///
/// They are absolute multiples of the subquery's step, the first one strictly after the left edge
/// of the first window; the division truncates towards zero, as Go's does. With `@` they go on
/// behind the only window for as long as the query does: no window has what is there, but it may
/// be told of or refused.
pub(crate) fn subquery_steps(
    parent: Steps,
    query: Steps,
    range: i64,
    step: i64,
    time: TimeShift,
) -> Steps {
    if parent.count == 0 {
        return Steps { start: parent.start, step, count: 0 };
    }
    let left = time.reference(parent.start, query) - range;
    let mut start = step * (left / step);
    if start <= left {
        start += step;
    }
    Steps::range(start, subquery_end(parent, query, time), step)
}

/// The time up to which a subquery's inside is evaluated.
pub(crate) fn subquery_end(parent: Steps, query: Steps, time: TimeShift) -> i64 {
    time.reference(parent.start, query) + parent.end() - parent.start
}

/// What `step()` and `range()` are inside a duration, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QuerySpan {
    pub(crate) step: i64,
    pub(crate) range: i64,
}

/// Evaluates a duration to milliseconds; it must be positive for windows and steps, of which less
/// than a millisecond is nothing.
pub(crate) fn duration(d: &Duration, span: QuerySpan, positive: bool) -> Result<i64, EvalError> {
    match d.kind {
        // The parser has seen to literals.
        DurationKind::Literal(ms) => Ok(ms),
        _ => to_ms(d, seconds(d, span)?, positive),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked")]
fn to_ms(d: &Duration, seconds: f64, positive: bool) -> Result<i64, EvalError> {
    // As many nanoseconds as Go's durations can hold.
    const MOST: f64 = i64::MAX as f64 / 1e9;
    if !seconds.is_finite() {
        return Err(at(d, "duration is NaN or infinite"));
    }
    if positive && seconds <= 0.0 {
        return Err(at(d, "duration must be greater than 0"));
    }
    if seconds.abs() > MOST {
        return Err(at(d, "duration is out of range"));
    }
    Ok((seconds * 1000.0) as i64)
}

fn seconds(duration: &Duration, span: QuerySpan) -> Result<f64, EvalError> {
    let of = |inner: &Duration| seconds(inner, span);
    Ok(match &duration.kind {
        DurationKind::Literal(ms) => whole_seconds_first(*ms),
        DurationKind::Number(number) => *number,
        DurationKind::Step => whole_seconds_first(span.step),
        DurationKind::Range => whole_seconds_first(span.range),
        DurationKind::MinOf(a, b) => math::min(of(a)?, of(b)?),
        DurationKind::MaxOf(a, b) => math::max(of(a)?, of(b)?),
        DurationKind::Unary(UnaryOp::Minus, a) => -of(a)?,
        DurationKind::Unary(UnaryOp::Plus, a) | DurationKind::Paren(a) => of(a)?,
        DurationKind::Binary(op, a, b) => {
            let (lhs, rhs) = (of(a)?, of(b)?);
            match op {
                BinaryOp::Div if rhs == 0.0 => return Err(at(duration, "division by zero")),
                BinaryOp::Mod if rhs == 0.0 => return Err(at(duration, "modulo by zero")),
                _ => binary::arithmetic(*op, lhs, rhs),
            }
        }
    })
}

/// Run-time errors of durations carry byte offsets, not lines and columns.
fn at(d: &Duration, message: &str) -> EvalError {
    let place = place(d);
    EvalError::at(place, format!("{}:{}: {message}", place.start, place.end))
}

/// Where Prometheus says that a duration stands: from its first operand to its last, without
/// parentheses and the names of functions. As `DurationExpr.PositionRange` in prometheus
/// promql/parser/ast.go.
fn place(d: &Duration) -> Span {
    use DurationKind as K;
    match &d.kind {
        K::Literal(_) | K::Number(_) | K::Step | K::Range => d.span,
        K::MinOf(a, b) | K::MaxOf(a, b) | K::Binary(_, a, b) => place(a).to(place(b)),
        K::Unary(_, a) => Span { end: place(a).end, ..d.span },
        K::Paren(a) => match a.kind {
            // A literal in parentheses becomes an operand of a sum of its own.
            K::Literal(_) | K::Number(_) => Span { end: a.span.end, ..d.span },
            _ => place(a),
        },
    }
}
