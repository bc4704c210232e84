//! Selectors of an expression, and edits of their matchers.

use diagnostics::{Edit, Span};
use model::{MatchOp, Matcher, quote::quote};
use promql::{
    Expr, ExprKind,
    ast::Selector,
    visit::{for_each_child, walk},
};

use crate::RuleContext;

/// Calls `f` for each selector of an expression, with the span of what it selects: name and
/// braces, without a range.
pub(crate) fn each<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Selector, Span)) {
    walk(expr, &mut |expr| {
        if let Some((selector, span)) = of(expr) {
            f(selector, span);
        }
    });
}

/// The selector that an expression is, with its span.
pub(crate) fn of(expr: &Expr) -> Option<(&Selector, Span)> {
    match &expr.kind {
        ExprKind::Selector(selector) => Some((selector, expr.span)),
        ExprKind::Matrix(matrix) => Some((&matrix.selector, matrix.selector_span)),
        _ => None,
    }
}

/// Calls `f` for each selector that reads the present: without a window, `offset` or `@`.
pub(crate) fn each_present<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Selector, Span)) {
    match &expr.kind {
        ExprKind::Subquery(_) => {}
        ExprKind::Selector(selector) => {
            if selector.time.offset.is_none() && selector.time.at.is_none() {
                f(selector, expr.span);
            }
        }
        _ => for_each_child(expr, |child| each_present(child, f)),
    }
}

/// Matchers of a selector with their spans; the name before the braces is left out.
pub(crate) fn in_braces(selector: &Selector) -> impl Iterator<Item = (usize, &Matcher, Span)> {
    let all = selector.matchers.iter().zip(&selector.matcher_spans).enumerate();
    let all = all.map(|(i, (matcher, span))| (i, matcher, *span));
    all.skip(usize::from(selector.name.is_some()))
}

/// The edit that writes another operator and value into a matcher in braces. The quotes stay what
/// they are where they can.
pub(crate) fn rewrite(
    cx: &RuleContext<'_>,
    span: Span,
    matcher: &Matcher,
    op: MatchOp,
    value: &str,
) -> Option<Edit> {
    let (sign, literal) = parts(cx.text(span), matcher)?;
    let at = |part: Span| Span { start: span.start + part.start, end: span.start + part.end };
    let quoted = quoted_as(literal.of(cx.text(span)), value);
    cx.replace(at(sign.to(literal)), &format!("{}{quoted}", op.as_str()))
}

/// Where the operator and the quoted value of a matcher stand in its text; none for a bare name.
fn parts(text: &str, matcher: &Matcher) -> Option<(Span, Span)> {
    let sign = matcher.op.as_str();
    let name_end = match text.chars().next()? {
        q @ ('"' | '\'' | '`') => closing(text, q)?,
        _ => text.find(['=', '!'])?,
    };
    let at = name_end + text[name_end..].find(sign)?;
    let value = at + sign.len() + text[at + sign.len()..].find(['"', '\'', '`'])?;
    Some((Span::new(at, at + sign.len()), Span::new(value, text.len())))
}

/// The byte behind the closing quote of a text that begins with it.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// A value in the kind of quotes that another literal has.
fn quoted_as(literal: &str, value: &str) -> String {
    let escaped = quote(value);
    match literal.chars().next() {
        Some('`') if !value.contains('`') => format!("`{value}`"),
        Some('\'') if !value.contains('\'') => {
            let inner = escaped[1..escaped.len() - 1].replace("\\\"", "\"");
            format!("'{inner}'")
        }
        _ => escaped,
    }
}

/// The edit that takes a matcher out of its braces, together with a comma, or with the braces
/// where a name can stand alone.
pub(crate) fn remove(cx: &RuleContext<'_>, selector: &Selector, index: usize) -> Option<Edit> {
    let first = usize::from(selector.name.is_some());
    let spans = &selector.matcher_spans;
    let span = spans[index];
    let whole = match (spans.get(index + 1), index > first) {
        (Some(next), _) => Span { start: span.start, end: next.start },
        (None, true) => Span { start: spans[index - 1].end, end: span.end },
        (None, false) => match alone(cx, selector, span) {
            Some(braces) => braces,
            None => span,
        },
    };
    cx.replace(whole, "")
}

/// The braces around the only matcher behind a name.
fn alone(cx: &RuleContext<'_>, selector: &Selector, span: Span) -> Option<Span> {
    selector.name.as_ref()?;
    let text = &*cx.rule.expr_text;
    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
    let open = before.trim_end().strip_suffix('{')?.trim_end().len();
    let rest = after.trim_start();
    let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start().strip_prefix('}')?;
    Some(Span::new(open, text.len() - rest.len()))
}

/// Whether a selector may lose this matcher: Prometheus wants one that does not let the empty
/// value through.
pub(crate) fn can_lose(selector: &Selector, index: usize) -> bool {
    let others = selector.matchers.iter().enumerate().filter(|(i, _)| *i != index);
    others.into_iter().any(|(_, matcher)| !matcher.matches(""))
}
