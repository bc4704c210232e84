//! Order of an instant result.

use std::cmp::Ordering;

use model::Labels;

use super::{order::rows_in_order, pick::best_first, values};
use crate::{
    bind,
    engine::{Ctx, NodeState},
    notice::{Cite, NoticeKind, RawNotice},
    plan::node::NodeId,
};

/// `sort`, `sort_desc`: NaN last in both, histograms nowhere.
pub(super) fn by_value(
    arg: NodeId,
    descending: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    values::map(arg, ctx, state, |_, v| v)?;
    let values = |state: &NodeState, a: usize, b: usize| [a, b].map(|row| state.block.cell(row, 0));
    let in_order = |state: &NodeState, a: usize, b: usize| {
        let [a, b] = values(state, a, b);
        best_first(if descending { b.partial_cmp(&a) } else { a.partial_cmp(&b) }, a, b)
    };
    order(arg, ctx, state, in_order, |state, later, earlier| {
        let [later, earlier] = values(state, later, earlier);
        earlier.is_nan() || if descending { later > earlier } else { later < earlier }
    });
    Ok(())
}

/// `sort_by_label`: natural order label by label, then by the whole label set.
pub(super) fn by_label(
    arg: NodeId,
    labels: &[String],
    descending: bool,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
) -> Result<(), String> {
    values::copy(arg, ctx, state)?;
    let in_order = |state: &NodeState, a: usize, b: usize| {
        let [a, b] = [a, b].map(|row| &state.rows[row].labels);
        let by_name = differing(labels, a, b).map(|name| natural(a.value(name), b.value(name)));
        let ascending = by_name.filter(|o| o.is_ne()).unwrap_or_else(|| a.cmp(b));
        if descending { ascending.reverse() } else { ascending }
    };
    order(arg, ctx, state, in_order, |state, later, earlier| {
        let [later, earlier] = [later, earlier].map(|row| &state.rows[row].labels);
        match differing(labels, later, earlier) {
            Some(name) => precedes(later.value(name), earlier.value(name)) != descending,
            None if descending => later > earlier,
            None => later < earlier,
        }
    });
    Ok(())
}

/// The first of some labels that two label sets have not in common.
fn differing<'n>(names: &'n [String], a: &Labels, b: &Labels) -> Option<&'n String> {
    names.iter().find(|name| a.value(name) != b.value(name))
}

/// Up to this many values are sorted by insertion, as Go sorts them: its comparisons contradict
/// each other where NaNs or labels are missing, and then the way of sorting shows.
const FEW: usize = 12;

/// Orders what is there. `moves` tells whether a value goes before the one that stands before it.
fn order(
    arg: NodeId,
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    compare: impl Fn(&NodeState, usize, usize) -> Ordering,
    moves: impl Fn(&NodeState, usize, usize) -> bool,
) {
    if !ctx.instant && ctx.steps.count > 0 {
        state.notices.push(RawNotice { cite: Cite::Whole, kind: NoticeKind::SortIneffective });
    }
    if ctx.steps.count != 1 {
        state.order = None;
        return;
    }
    let mut rows = state.order.take().unwrap_or_default();
    rows.clear();
    let (map, input) = (state.bound.map(), ctx.input(arg));
    let there = rows_in_order(input).map(|row| bind::number(map.at(row)));
    rows.extend(there.filter(|row| state.block.is_present(*row as usize, 0)));
    if rows.len() > FEW {
        rows.sort_by(|a, b| compare(state, *a as usize, *b as usize));
    } else {
        for i in 1..rows.len() {
            let mut at = i;
            while at > 0 && moves(state, rows[at] as usize, rows[at - 1] as usize) {
                rows.swap(at, at - 1);
                at -= 1;
            }
        }
    }
    state.order = Some(rows);
}

/// Whether a text comes before another one, as `Compare` in facette/natsort: an empty one comes
/// before none, and none before it.
fn precedes(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (left, right) = (chunk(a), chunk(b));
        let equal = match (number(left), number(right)) {
            (Some(l), Some(r)) if l != r => return l < r,
            (Some(_), Some(_)) => true,
            _ => left == right,
        };
        if !equal {
            return left < right;
        }
        (a, b) = (&a[left.len()..], &b[right.len()..]);
        if a.is_empty() || b.is_empty() {
            return a.is_empty();
        }
    }
    false
}

/// Runs of digits compare as numbers, everything else as bytes.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (chunk(a), chunk(b));
        let order = match (number(left), number(right)) {
            (Some(l), Some(r)) => l.cmp(&r),
            _ => left.cmp(right),
        };
        if order.is_ne() || left.is_empty() {
            return order.then(a.cmp(b));
        }
        (a, b) = (&a[left.len()..], &b[right.len()..]);
    }
}

/// The leading run of digits, or of anything else.
fn chunk(text: &str) -> &str {
    let digit = text.bytes().next().is_some_and(|b| b.is_ascii_digit());
    let end = text.bytes().position(|b| b.is_ascii_digit() != digit);
    &text[..end.unwrap_or(text.len())]
}

/// A run of digits as a number, unless it is too large for one.
fn number(chunk: &str) -> Option<i64> {
    let digits = chunk.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| chunk.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_precedes_nothing() {
        let check = |a: &str, b: &str, expect: [bool; 2]| {
            assert_eq!([super::precedes(a, b), super::precedes(b, a)], expect, "{a:?} {b:?}");
        };
        check("", "a", [false, false]);
        check("i2", "i10", [true, false]);
        check("i2", "i2b", [true, false]);
        check("i2", "i02", [true, true]);
        check("i2b", "i02", [false, true]);
        check("99999999999999999999", "100000000000000000000", [false, true]);
    }

    #[test]
    fn natural_order() {
        let mut names = vec!["i10", "i2", "i1", "a", "i02b", ""];
        names.sort_by(|a, b| super::natural(a, b));
        assert_eq!(names, ["", "a", "i1", "i2", "i02b", "i10"]);
    }
}
