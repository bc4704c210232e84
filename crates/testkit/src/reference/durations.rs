//! Durations as written: arithmetic over seconds, once per query.

use promql::{
    BinaryOp, Expr, ExprKind,
    ast::{Duration, DurationKind, TimeModifiers},
    operators::UnaryOp,
    visit::for_each_child,
};

use super::{Query, math};

/// 2^63 ns in seconds.
const LONGEST: f64 = 9_223_372_036.854_776;

/// Finds the first duration that has no value. Nothing is evaluated where there is one.
pub(super) fn check(query: &Query<'_>, expr: &Expr) -> Result<(), String> {
    match &expr.kind {
        ExprKind::Selector(selector) => check_offset(query, &selector.time)?,
        ExprKind::Matrix(matrix) => {
            positive(query, &matrix.range)?;
            check_offset(query, &matrix.selector.time)?;
        }
        ExprKind::Subquery(subquery) => {
            check_offset(query, &subquery.time)?;
            if let Some(step) = &subquery.step {
                positive(query, step)?;
            }
            positive(query, &subquery.range)?;
        }
        ExprKind::Aggregate(aggregate) => {
            check(query, &aggregate.expr)?;
            return aggregate.param.iter().try_for_each(|param| check(query, param));
        }
        _ => {}
    }
    let mut result = Ok(());
    for_each_child(expr, |child| {
        if result.is_ok() {
            result = check(query, child);
        }
    });
    result
}

fn check_offset(query: &Query<'_>, time: &TimeModifiers) -> Result<(), String> {
    time.offset.as_ref().map_or(Ok(0), |offset| milliseconds(query, offset, true)).map(drop)
}

/// A range or a step.
pub(super) fn positive(query: &Query<'_>, duration: &Duration) -> Result<i64, String> {
    milliseconds(query, duration, false)
}

/// An offset; 0 where there is none.
pub(super) fn offset(query: &Query<'_>, time: &TimeModifiers) -> Result<i64, String> {
    time.offset.as_ref().map_or(Ok(0), |offset| milliseconds(query, offset, true))
}

#[expect(clippy::cast_possible_truncation, reason = "as Prometheus cuts it")]
fn milliseconds(query: &Query<'_>, duration: &Duration, negative: bool) -> Result<i64, String> {
    if let DurationKind::Literal(ms) = duration.kind {
        return Ok(ms);
    }
    let seconds = evaluate(query, duration)?;
    let fail = |what: &str| Err(at(duration, what));
    if !seconds.is_finite() {
        return fail("duration is NaN or infinite");
    }
    if seconds <= 0.0 && !negative {
        return fail("duration must be greater than 0");
    }
    if seconds.abs() > LONGEST {
        return fail("duration is out of range");
    }
    Ok((seconds * 1000.0) as i64)
}

fn evaluate(query: &Query<'_>, duration: &Duration) -> Result<f64, String> {
    let of = |d: &Duration| evaluate(query, d);
    Ok(match &duration.kind {
        DurationKind::Literal(ms) => seconds(*ms),
        DurationKind::Number(v) => *v,
        DurationKind::Step => seconds(query.step),
        DurationKind::Range => seconds(query.end - query.start),
        DurationKind::MinOf(a, b) => math::smaller(of(a)?, of(b)?),
        DurationKind::MaxOf(a, b) => math::larger(of(a)?, of(b)?),
        DurationKind::Unary(UnaryOp::Minus, a) => -of(a)?,
        DurationKind::Unary(UnaryOp::Plus, a) | DurationKind::Paren(a) => of(a)?,
        DurationKind::Binary(op, a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            match op {
                BinaryOp::Div if b == 0.0 => return Err(at(duration, "division by zero")),
                BinaryOp::Mod if b == 0.0 => return Err(at(duration, "modulo by zero")),
                _ => math::arithmetic(*op, a, b),
            }
        }
    })
}

/// Milliseconds as seconds: whole ones and the rest apart, as Go's `Duration.Seconds` adds them.
pub(super) fn seconds(ms: i64) -> f64 {
    (ms / 1000) as f64 + (ms % 1000 * 1_000_000) as f64 / 1e9
}

fn at(duration: &Duration, what: &str) -> String {
    let (start, end) = place(duration);
    format!("{start}:{end}: {what}")
}

/// The bytes from the first operand to the last: parentheses around them, and the names of
/// `min_of` and `max_of`, do not count.
fn place(duration: &Duration) -> (u32, u32) {
    match &duration.kind {
        DurationKind::Paren(inner) => place(inner),
        DurationKind::Binary(_, a, b) | DurationKind::MinOf(a, b) | DurationKind::MaxOf(a, b) => {
            (place(a).0, place(b).1)
        }
        DurationKind::Unary(_, a) => (duration.span.start, place(a).1),
        _ => (duration.span.start, duration.span.end),
    }
}
