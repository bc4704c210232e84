//! What a source is sure to evaluate as this engine would.
//!
//! Not what reads series that rules produce, for it may not have them yet. Not `@`, and not what
//! Prometheus guards by flags: a source may not know it, or not have it on. Not what is no text,
//! which no URL carries.

use model::{METRIC_NAME, Matcher};
use promql::{
    Expr, ExprKind, FunctionId, Text,
    ast::{
        Aggregate, Binary, Call, Duration, DurationKind, MatrixSelector, Selector, Subquery,
        TimeModifiers,
    },
    visit::{for_each_child, walk},
};

/// What is known of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// The metric names of what rules produce.
    produced: Vec<String>,
}

impl Source {
    pub(super) fn new(produced: &[String]) -> Self {
        Self { produced: produced.to_vec() }
    }

    /// Whether it has all series that an expression reads, of which there are some, and knows all
    /// that it says.
    pub(super) fn can_evaluate(&self, expr: &Expr) -> bool {
        reads_series(expr) && self.knows(expr)
    }

    fn knows(&self, expr: &Expr) -> bool {
        let itself = match &expr.kind {
            ExprKind::Number(_) | ExprKind::Unary(..) | ExprKind::Paren(_) => true,
            ExprKind::String(text) => matches!(text, Text::Utf8(_)),
            ExprKind::Selector(selector) => self.has(selector),
            ExprKind::Matrix(matrix) => {
                let MatrixSelector { selector, range, .. } = &**matrix;
                self.has(selector) && is_literal(range)
            }
            ExprKind::Subquery(subquery) => is_plain_subquery(subquery),
            ExprKind::Call(call) => is_known_call(call),
            ExprKind::Aggregate(aggregate) => is_known_aggregate(aggregate),
            ExprKind::Binary(binary) => is_known_binary(binary),
        };
        let mut all = itself;
        for_each_child(expr, |child| all = all && self.knows(child));
        all
    }

    fn has(&self, selector: &Selector) -> bool {
        selector.extended.is_none()
            && is_plain_time(&selector.time)
            && selector.matchers.iter().all(Matcher::is_utf8)
            && !self.produced.iter().any(|name| may_be_named(&selector.matchers, name))
    }
}

/// Whether a series of this name may be selected, whatever its other labels are.
fn may_be_named(matchers: &[Matcher], name: &str) -> bool {
    matchers.iter().filter(|m| *m.name == *METRIC_NAME).all(|m| m.matches(name))
}

fn reads_series(expr: &Expr) -> bool {
    let mut found = false;
    walk(expr, &mut |expr| {
        found |= matches!(expr.kind, ExprKind::Selector(_) | ExprKind::Matrix(_));
    });
    found
}

fn is_plain_time(time: &TimeModifiers) -> bool {
    time.at.is_none() && time.offset.as_ref().is_none_or(is_literal)
}

/// Other durations are expressions, which older servers do not know.
fn is_literal(duration: &Duration) -> bool {
    matches!(duration.kind, DurationKind::Literal(_))
}

fn is_plain_subquery(subquery: &Subquery) -> bool {
    is_plain_time(&subquery.time)
        && is_literal(&subquery.range)
        && subquery.step.as_ref().is_none_or(is_literal)
}

fn is_known_call(call: &Call) -> bool {
    use FunctionId as F;
    let is_about_query = matches!(call.function, F::Info | F::Start | F::End | F::Step | F::Range);
    !is_about_query && !call.function.row().experimental
}

fn is_known_aggregate(aggregate: &Aggregate) -> bool {
    !aggregate.op.row().experimental
}

fn is_known_binary(binary: &Binary) -> bool {
    let fills = |m: &promql::ast::Matching| m.fill_left.is_some() || m.fill_right.is_some();
    let is_trim = binary.op.row().kind == promql::operators::OperatorKind::Trim;
    !is_trim && !binary.matching.as_ref().is_some_and(fills)
}
