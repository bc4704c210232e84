//! Order of an instant result.

use std::cmp::Ordering;

use super::{pick::best_first, values};
use crate::{
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
    order(ctx, state, |state, a, b| {
        let (a, b) = (state.block.cell(a, 0), state.block.cell(b, 0));
        best_first(if descending { b.partial_cmp(&a) } else { a.partial_cmp(&b) }, a, b)
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
    order(ctx, state, |state, a, b| {
        let (a, b) = (&state.rows[a].labels, &state.rows[b].labels);
        let by_names = labels.iter().map(|name| natural(a.value(name), b.value(name)));
        let ascending = by_names.into_iter().find(|o| o.is_ne()).unwrap_or_else(|| a.cmp(b));
        if descending { ascending.reverse() } else { ascending }
    });
    Ok(())
}

fn order(
    ctx: &Ctx<'_>,
    state: &mut NodeState,
    compare: impl Fn(&NodeState, usize, usize) -> Ordering,
) {
    if ctx.steps.start != ctx.end {
        state.notices.push(RawNotice { cite: Cite::Whole, kind: NoticeKind::SortIneffective });
    }
    if ctx.steps.count != 1 {
        state.order = None;
        return;
    }
    let mut rows: Vec<u32> = (0..).take(state.rows.len()).collect();
    rows.sort_by(|a, b| compare(state, *a as usize, *b as usize));
    state.order = Some(rows);
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
    fn natural_order() {
        let mut names = vec!["i10", "i2", "i1", "a", "i02b", ""];
        names.sort_by(|a, b| super::natural(a, b));
        assert_eq!(names, ["", "a", "i1", "i2", "i02b", "i10"]);
    }
}
