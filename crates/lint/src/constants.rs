//! The numbers and durations that a rule is made of.

use promql::{
    BinaryOp, Expr, ExprKind,
    ast::{Duration, DurationKind},
    operators::UnaryOp,
    visit::walk,
};

use crate::{RuleContext, producers::metric_name};

/// Numbers of an expression, and what they are together where operators join them.
pub(crate) fn numbers(expr: &Expr) -> Vec<f64> {
    let mut all = Vec::new();
    walk(expr, &mut |expr| all.extend(constant(expr)));
    all
}

/// What an expression of numbers is.
fn constant(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number(number) => Some(number.value),
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => constant(inner),
        ExprKind::Unary(UnaryOp::Minus, inner) => constant(inner).map(|value| -value),
        ExprKind::Binary(binary) => {
            let (a, b) = (constant(&binary.lhs)?, constant(&binary.rhs)?);
            match binary.op {
                BinaryOp::Add => Some(a + b),
                BinaryOp::Sub => Some(a - b),
                BinaryOp::Mul => Some(a * b),
                BinaryOp::Div => Some(a / b),
                BinaryOp::Pow => Some(model::float::pow(a, b)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The milliseconds for which a rule waits or looks back, in any of the ways that a text may mean:
/// `for`, windows and offsets, also of the rules that it reads from, numbers as seconds, minutes,
/// hours and days, durations in names and labels.
pub(crate) fn durations(cx: &RuleContext<'_>) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    let waits = cx.rule.for_.iter().chain(&cx.rule.keep_firing_for).map(|(ms, _)| *ms);
    let interval = cx.group.interval.or(cx.world.options.evaluation_interval);
    all.extend(waits.chain(interval).map(|ms| ms as f64));
    windows(cx.expr(), &mut all);
    for number in numbers(cx.expr()) {
        all.extend([1.0, 1e3, 6e4, 36e5, 864e5].map(|unit| number.abs() * unit));
    }
    cx.each_selector(|selector, _| {
        let values = selector.matchers.iter().map(|matcher| &*matcher.value);
        values.for_each(|value| in_name(value, &mut all));
        in_name(metric_name(selector).unwrap_or(""), &mut all);
        for id in cx.world.producers(selector, cx.id.file) {
            windows(cx.world.expr(id), &mut all);
        }
    });
    in_name(cx.rule.name(), &mut all);
    cx.rule.labels.iter().for_each(|(_, value)| in_name(&value.text, &mut all));
    all
}

/// Ranges, steps and offsets.
fn windows(expr: &Expr, all: &mut Vec<f64>) {
    let mut add = |duration: Option<&Duration>| {
        if let Some(DurationKind::Literal(ms)) = duration.map(|duration| &duration.kind) {
            all.push(ms.abs() as f64);
        }
    };
    walk(expr, &mut |expr| match &expr.kind {
        ExprKind::Selector(selector) => add(selector.time.offset.as_ref()),
        ExprKind::Matrix(matrix) => {
            add(Some(&matrix.range));
            add(matrix.selector.time.offset.as_ref());
        }
        ExprKind::Subquery(subquery) => {
            add(Some(&subquery.range));
            add(subquery.step.as_ref());
            add(subquery.time.offset.as_ref());
        }
        _ => {}
    });
}

/// Durations such as the `5m` of `rate5m`, and plain numbers, which may be of any unit.
fn in_name(name: &str, all: &mut Vec<f64>) {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let start = i;
        while i < bytes.len() && bytes[i].is_ascii_digit() {
            i += 1;
        }
        if start == i {
            i += 1;
            continue;
        }
        let Ok(number) = name[start..i].parse::<f64>() else { continue };
        let unit = bytes.get(i).and_then(|unit| match unit {
            b's' => Some(1e3),
            b'm' => Some(6e4),
            b'h' => Some(36e5),
            b'd' => Some(864e5),
            b'w' => Some(6048e5),
            _ => None,
        });
        match unit {
            Some(unit) => all.push(number * unit),
            None => all.extend([1e3, 6e4, 36e5, 864e5].map(|unit| number * unit)),
        }
    }
}

/// Whether a value is among others or the sum of two of them, but for a twentieth.
pub(crate) fn is_near_sum(value: f64, others: &[f64]) -> bool {
    let sums = |i: usize| others[..i].iter().map(move |other| others[i] + other);
    is_near_any(value, others.iter().copied())
        || is_near_any(value, (1..others.len()).flat_map(sums))
}

/// Whether a value is among others, but for a twentieth.
pub(crate) fn is_near_any(value: f64, others: impl IntoIterator<Item = f64>) -> bool {
    others.into_iter().any(|other| (other - value).abs() <= value.abs() * 0.05 + 1e-9)
}
