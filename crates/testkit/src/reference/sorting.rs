//! Orders of instant results. In range queries they have no effect.

use std::cmp::Ordering;

use diagnostics::Span;
use promql::{Expr, FunctionId};

use super::{
    eval::{Evaluated, Evaluator},
    labels::read_name,
    math::compare,
    notes::Notes,
    value::Element,
};

/// `sort`, `sort_desc`, `sort_by_label` and `sort_by_label_desc`.
pub(super) fn call(
    ev: &Evaluator<'_>,
    function: FunctionId,
    args: &[&Expr],
    span: Span,
    notes: &mut Notes,
) -> Evaluated {
    let labels: Vec<&str> = args[1..].iter().map(|arg| read_name(arg)).collect();
    ev.by_step(args, notes, |_, values, notes| {
        let mut elements = values[0].clone();
        if !ev.times.is_instant() {
            let why = "results are always ordered by labels";
            notes.warn(span.start, &format!("sort is ineffective for range queries since {why}"));
            // Their order, on which the digits of sums depend, is chance in Prometheus.
            if matches!(function, FunctionId::Sort | FunctionId::SortDesc) {
                elements.retain(|e| e.value.float().is_some());
            }
            return Ok(elements);
        }
        match function {
            FunctionId::Sort => by_value(&mut elements, compare),
            FunctionId::SortDesc => by_value(&mut elements, |a, b| compare(b, a)),
            FunctionId::SortByLabel => insertion(&mut elements, |a, b| by_labels(a, b, &labels)),
            _ => insertion(&mut elements, |a, b| by_labels(a, b, &labels).reverse()),
        }
        Ok(elements)
    })
}

/// Up to this many elements Go sorts by insertion.
const FEW: usize = 12;

/// Floats by value, NaN last; histograms go. Among few elements everything goes before a NaN that
/// stands before it, another NaN too, so that several are turned round.
fn by_value(elements: &mut Vec<Element>, order: impl Fn(f64, f64) -> Ordering) {
    elements.retain(|e| e.value.float().is_some());
    let float = |e: &Element| e.value.float().unwrap_or(f64::NAN);
    if elements.len() <= FEW {
        return insertion(elements, |later, earlier| match (float(later), float(earlier)) {
            (_, b) if b.is_nan() => Ordering::Less,
            (a, _) if a.is_nan() => Ordering::Greater,
            (a, b) => order(a, b),
        });
    }
    elements.sort_by(|a, b| {
        let (a, b) = (float(a), float(b));
        a.is_nan().cmp(&b.is_nan()).then(order(a, b))
    });
}

/// Sorts by an order that need not be one: natural order calls some texts less than each other.
fn insertion(elements: &mut [Element], order: impl Fn(&Element, &Element) -> Ordering) {
    for i in 1..elements.len() {
        let mut at = i;
        while at > 0 && order(&elements[at], &elements[at - 1]).is_lt() {
            elements.swap(at, at - 1);
            at -= 1;
        }
    }
}

fn by_labels(a: &Element, b: &Element, names: &[&str]) -> Ordering {
    for name in names {
        let (a, b) = (a.labels.value(name), b.labels.value(name));
        if a != b {
            return if is_before(a, b) { Ordering::Less } else { Ordering::Greater };
        }
    }
    a.labels.cmp(&b.labels)
}

/// Natural order: runs of digits are compared as numbers. As facette/natsort.
fn is_before(a: &str, b: &str) -> bool {
    let (a, b) = (runs(a), runs(b));
    for (i, left) in a.iter().enumerate() {
        let Some(right) = b.get(i) else { return false };
        let equal = match (left.parse::<i64>(), right.parse::<i64>()) {
            (Ok(l), Ok(r)) if l != r => return l < r,
            (Ok(_), Ok(_)) => true,
            _ => left == right,
        };
        if !equal {
            return left < right;
        }
        if i + 1 == a.len() {
            return true;
        }
        if i + 1 == b.len() {
            return false;
        }
    }
    false
}

/// The text cut into runs of digits and runs of anything else.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        runs.push(run);
        rest = after;
    }
    runs
}
