//! Whether two conditions can hold for the same series at the same time.
//!
//! Only plain cases are seen: matchers that exclude each other, and comparisons of the same series
//! with numbers. Everything else may be. Start at [`by_matchers`] and [`by_values`].

use std::collections::BTreeSet;

use model::{METRIC_NAME, Matcher, regex::language::satisfiable};
use promql::{
    AggregateOp, BinaryOp, Expr, ExprKind, FunctionId as F,
    ast::{Binary, NumberLiteral, Selector},
};

use crate::{RuleContext, selectors};

/// Whether the two select by a label that both results keep, and nothing passes both selections.
/// Labels that the rules add are no labels of their results.
pub(crate) fn by_matchers(
    a: &RuleContext<'_>,
    b: &RuleContext<'_>,
    added: &BTreeSet<&str>,
) -> bool {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    selectors::each(a.expr(), &mut |selector, _| of_a.push(selector));
    selectors::each(b.expr(), &mut |selector, _| of_b.push(selector));
    let keeps =
        |cx: &RuleContext<'_>, name: &str| !cx.facts().root().label(name).label.is_impossible();
    let mut pairs = of_a.iter().flat_map(|x| of_b.iter().map(move |y| (*x, *y)));
    pairs.any(|(x, y)| {
        let mut names = x.matchers.iter().map(|matcher| &*matcher.name);
        names.any(|name| {
            let is_kept = name != METRIC_NAME && !added.contains(name);
            is_kept && keeps(a, name) && keeps(b, name) && exclude(x, y, name)
        })
    })
}

/// Whether no value of a label passes two selectors.
fn exclude(x: &Selector, y: &Selector, name: &str) -> bool {
    let of_y: Vec<&Matcher> = y.matchers.iter().filter(|m| &*m.name == name).collect();
    if of_y.is_empty() {
        return false;
    }
    let both: Vec<&Matcher> = x.matchers.iter().filter(|m| &*m.name == name).chain(of_y).collect();
    satisfiable(&both) == Some(false)
}

/// Whether both ask for values of the same series that it cannot have at once.
pub(crate) fn by_values(a: &Expr, b: &Expr) -> bool {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    filters(a, &mut of_a);
    filters(b, &mut of_b);
    of_a.iter().any(|x| of_b.iter().any(|y| x.series == y.series && !x.range.meets(&y.range)))
}

/// A comparison that the series of a result have passed.
struct Filter {
    /// The selector, in its canonical form.
    series: String,
    range: Range,
}

/// Values from a lower to an upper bound, each of them included or not.
#[derive(Clone, Copy)]
struct Range {
    lower: (f64, bool),
    upper: (f64, bool),
}

impl Range {
    fn meets(&self, other: &Self) -> bool {
        let is_below = |(upper, has_upper): (f64, bool), (lower, has_lower): (f64, bool)| {
            upper < lower || upper.total_cmp(&lower).is_eq() && !(has_upper && has_lower)
        };
        !is_below(self.upper, other.lower) && !is_below(other.upper, self.lower)
    }
}

fn filters(expr: &Expr, found: &mut Vec<Filter>) {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => filters(inner, found),
        // Of a sum or a count, some series may have passed here and others there.
        ExprKind::Aggregate(aggregate) => {
            if matches!(aggregate.op, AggregateOp::Max | AggregateOp::Min) {
                filters(&aggregate.expr, found);
            }
        }
        ExprKind::Call(call) if !matches!(call.function, F::Absent | F::AbsentOverTime) => {
            call.args.iter().for_each(|arg| filters(arg, found));
        }
        ExprKind::Binary(binary) => match binary.op {
            BinaryOp::Or => {}
            BinaryOp::Unless => filters(&binary.lhs, found),
            _ => {
                found.extend(filter(binary));
                filters(&binary.lhs, found);
                filters(&binary.rhs, found);
            }
        },
        _ => {}
    }
}

fn filter(binary: &Binary) -> Option<Filter> {
    let ExprKind::Number(NumberLiteral { value, .. }) = binary.rhs.unparen().kind else {
        return None;
    };
    let (lower, upper) = ((f64::NEG_INFINITY, true), (f64::INFINITY, true));
    let range = match binary.op {
        _ if binary.bool_modifier => return None,
        BinaryOp::Gtr => Range { lower: (value, false), upper },
        BinaryOp::Gte => Range { lower: (value, true), upper },
        BinaryOp::Lss => Range { lower, upper: (value, false) },
        BinaryOp::Lte => Range { lower, upper: (value, true) },
        BinaryOp::Eql => Range { lower: (value, true), upper: (value, true) },
        _ => return None,
    };
    Some(Filter { series: series(&binary.lhs)?, range })
}

/// The series whose own values these are, or the largest or smallest of them.
fn series(expr: &Expr) -> Option<String> {
    match &expr.unparen().kind {
        ExprKind::Selector(selector) => Some(canonical(selector)),
        ExprKind::Matrix(matrix) => Some(canonical(&matrix.selector)),
        ExprKind::Call(call) => match call.function {
            F::MaxOverTime | F::MinOverTime | F::LastOverTime => series(call.args.first()?),
            _ => None,
        },
        ExprKind::Aggregate(aggregate) => match aggregate.op {
            AggregateOp::Max | AggregateOp::Min => series(&aggregate.expr),
            _ => None,
        },
        _ => None,
    }
}

fn canonical(selector: &Selector) -> String {
    let matchers =
        selector.matchers.iter().map(|m| format!("{}{}{:?}", m.name, m.op.as_str(), m.value));
    let mut matchers: Vec<String> = matchers.collect();
    matchers.sort();
    matchers.join(",")
}
