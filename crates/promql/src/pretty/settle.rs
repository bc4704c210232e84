//! Moves comments from where no line can be broken to the nearest place where one is.
//!
//! Those places are: before and after operands, arguments, operators and matchers, behind an
//! opening parenthesis and before a closing one. At most one comment stands after a word. What is
//! inside a number, a duration or a list of labels goes to the operand or operator that it is
//! part of. Children come first, so that what they move is moved on by their parents.

use diagnostics::Span;

use super::{
    Node,
    comments::{Comments, Place, after, before},
};
use crate::{
    ast::{Expr, ExprKind, Selector},
    token::TokenKind,
};

/// Moves the comments inside a node.
pub(super) fn settle(comments: &mut Comments<'_>, node: &Node<'_>) {
    node.children.iter().for_each(|child| settle(comments, child));
    let (first, last) = comments.words(node.expr.span);
    if !comments.any(after(first), before(last)) {
        return;
    }
    match &node.expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => {
            unit(comments, after(first), before(first), after(last));
        }
        ExprKind::Selector(selector) => self::selector(comments, selector, first, last),
        ExprKind::Matrix(matrix) => selector(comments, &matrix.selector, first, last),
        ExprKind::Subquery(subquery) => {
            let (_, operand) = comments.words(subquery.expr.span);
            unit(comments, after(operand), before(first), after(last));
        }
        ExprKind::Unary(_, operand) => {
            let (operand, _) = comments.words(operand.span);
            let moved = comments.take(after(first), before(operand));
            comments.append(before(first), moved);
        }
        ExprKind::Binary(binary) => {
            let (_, lhs) = comments.words(binary.lhs.span);
            let (rhs, _) = comments.words(binary.rhs.span);
            unit(comments, after(lhs + 1), before(lhs + 1), after(rhs - 1));
        }
        ExprKind::Call(_) | ExprKind::Aggregate(_) | ExprKind::Paren(_) => {
            let spans: Vec<Span> = node.children.iter().map(|child| child.expr.span).collect();
            match parentheses(comments, node.expr) {
                Some((open, close)) => {
                    head(comments, first, open);
                    list(comments, &spans);
                    unit(comments, after(close), before(first), after(last));
                }
                None => unit(comments, after(first), before(first), after(last)),
            }
        }
    }
}

/// The parentheses around the arguments; none where there are none.
pub(super) fn parentheses(comments: &Comments<'_>, expr: &Expr) -> Option<(usize, usize)> {
    let (first, last) = match &expr.kind {
        ExprKind::Call(call) => (call.args.first()?, call.args.last()?),
        ExprKind::Aggregate(aggregate) => {
            (aggregate.param.as_ref().unwrap_or(&aggregate.expr), &aggregate.expr)
        }
        ExprKind::Paren(inner) => (&**inner, &**inner),
        _ => return None,
    };
    let (first, _) = comments.words(first.span);
    let (_, last) = comments.words(last.span);
    Some((first.saturating_sub(1), last + 1))
}

/// The braces of a selector that are printed over several lines.
pub(super) fn braces(
    comments: &Comments<'_>,
    selector: &Selector,
    first: usize,
) -> Option<(usize, usize)> {
    let open = if selector.name.is_some() { first + 1 } else { first };
    let (_, last) = comments.words(*selector.matcher_spans.last()?);
    let close = (last + 1..=last + 2).find(|word| comments.is(*word, TokenKind::RightBrace))?;
    let is_broken = last > first && comments.any(after(open), before(close));
    is_broken.then_some((open, close))
}

/// One that has comments inside its braces is broken there.
fn selector(comments: &mut Comments<'_>, selector: &Selector, first: usize, last: usize) {
    let Some((open, close)) = braces(comments, selector, first) else {
        return unit(comments, after(first), before(first), after(last));
    };
    head(comments, first, open);
    let in_braces = &selector.matcher_spans[usize::from(selector.name.is_some())..];
    for span in in_braces {
        let (first, last) = comments.words(*span);
        unit(comments, after(first), before(first), after(last));
    }
    list(comments, in_braces);
    // A comma may trail.
    let (_, end) = comments.words(in_braces.last().copied().unwrap_or_default());
    if end + 2 == close {
        comma(comments, end, close);
    }
    unit(comments, after(close), before(first), after(last));
}

/// What stands from `from` to just before `behind` goes there if it is a single comment at the end
/// of a line and nothing stands there yet, and to `in_front` otherwise.
fn unit(comments: &mut Comments<'_>, from: Place, in_front: Place, behind: Place) {
    if from >= behind {
        return;
    }
    let inside = comments.take(from, behind - 1);
    if matches!(&inside[..], [only] if only.trails) && !comments.any(behind, behind) {
        comments.append(behind, inside);
    } else {
        comments.append(in_front, inside);
    }
}

/// From the first word to behind the opening parenthesis, one comment stays there; others go in
/// front of the whole, or before what follows the parenthesis.
fn head(comments: &mut Comments<'_>, first: usize, open: usize) {
    let mut behind = Vec::new();
    for comment in comments.take(after(first), after(open).max(after(first))) {
        if comment.trails || !behind.is_empty() {
            behind.push(comment);
        } else {
            comments.append(before(first), vec![comment]);
        }
    }
    if behind.len() > 1 {
        let rest = behind.split_off(1);
        comments.prepend(before(open + 1), rest);
    }
    comments.append(after(open), behind);
}

/// What stands at the commas goes to the items of the list.
fn list(comments: &mut Comments<'_>, items: &[Span]) {
    for pair in items.windows(2) {
        let ((_, last), (next, _)) = (comments.words(pair[0]), comments.words(pair[1]));
        comma(comments, last, next);
    }
}

/// What stands at the comma after word `last` goes to that word or to the next one.
fn comma(comments: &mut Comments<'_>, last: usize, next: usize) {
    let mut moved = comments.take(before(last + 1), after(last + 1));
    let stays = moved.first().is_some_and(|comment| comment.trails)
        && !comments.any(after(last), after(last));
    let rest = if stays { moved.split_off(1) } else { std::mem::take(&mut moved) };
    comments.append(after(last), moved);
    comments.prepend(before(next), rest);
}
