//! The parser and the printers.

use diagnostics::{LineIndex, Span};
use promql::{
    Expr, ParseOptions, comments, parse, parse_expr, parse_metric_selector, pretty, visit,
};

use super::{
    dice::Dice,
    expressions::{Style, commented, expression, mutated},
    tree::skeleton,
};

/// Any bytes have an answer: a tree, or errors at places inside the text.
pub fn parses(data: &[u8]) {
    let text = &*String::from_utf8_lossy(data);
    for options in [ParseOptions::default(), ParseOptions::all()] {
        let parsed = parse(text, &options);
        assert!(parsed.expr.is_some() || !parsed.errors.is_empty(), "no answer to {text:?}");
        let lines = LineIndex::new(text);
        for error in &parsed.errors {
            let span = error.span.expect("every error has a place");
            assert_inside(span, text);
            assert!(lines.line_col(span.start).line > 0);
            assert!(!error.message.is_empty(), "{text:?}");
        }
        if let Some(expr) = &parsed.expr {
            assert_nested(expr, Span::new(0, text.len()), text);
            assert!(!expr.to_string().is_empty());
        }
        let first = parse_expr(text, &options).err().map(|error| error.message);
        assert_eq!(first.as_ref(), parsed.errors.first().map(|error| &error.message));
        let _ = parse_metric_selector(text, &options);
    }
}

/// What parses is printed as something that parses to an equal tree and is printed as it is. The
/// bytes are a text, or choices that make one.
pub fn prints(data: &[u8]) {
    let text = match data.split_first() {
        Some((0..128, choices)) => {
            let mut dice = Dice::Bytes(choices);
            let text = expression(&mut dice, Style { gated: true });
            if dice.one_in(3) { mutated(&mut dice, &text) } else { text }
        }
        Some((_, text)) => String::from_utf8_lossy(text).into_owned(),
        None => return,
    };
    print_and_parse(&text);
}

/// The same for a text that is given.
pub(super) fn print_and_parse(text: &str) {
    let options = ParseOptions::all();
    let Ok(expr) = parse_expr(text, &options) else { return };
    let printed = expr.to_string();
    let again = parse_expr(&printed, &options)
        .unwrap_or_else(|error| panic!("{text:?} is printed as {printed:?}: {error}"));
    assert_eq!(again.to_string(), printed, "{text:?}");
    let same = skeleton(&again) == skeleton(&expr);
    assert!(same, "{text:?} is printed as {printed:?}, which is another tree");
    assert_eq!(again.value_type(), expr.value_type());
}

/// What parses is laid out as something that parses to an equal tree, is laid out as it is, and
/// has the same comments. The bytes are a text, or choices that make one.
pub fn formats(data: &[u8]) {
    let text = match data.split_first() {
        Some((0..128, choices)) => {
            let mut dice = Dice::Bytes(choices);
            let text = expression(&mut dice, Style { gated: true });
            commented(&mut dice, &text)
        }
        Some((_, text)) => String::from_utf8_lossy(text).into_owned(),
        None => return,
    };
    let options = ParseOptions::all();
    let Ok(expr) = parse_expr(&text, &options) else { return };
    let laid_out = pretty(&expr, &text);
    let again = parse_expr(&laid_out, &options)
        .unwrap_or_else(|error| panic!("{text:?} is laid out as {laid_out:?}: {error}"));
    assert_eq!(pretty(&again, &laid_out), laid_out, "{text:?}");
    let same = skeleton(&again) == skeleton(&expr);
    assert!(same, "{text:?} is laid out as {laid_out:?}, which is another tree");
    assert_eq!(remarks(&laid_out), remarks(&text), "{text:?} is laid out as {laid_out:?}");
    if remarks(&text).is_empty() {
        let one_line = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(one_line(&laid_out), one_line(&expr.to_string()), "{text:?}");
    }
}

/// The comments of a text, sorted.
fn remarks(text: &str) -> Vec<&str> {
    let comments = comments(text).into_iter();
    let mut found: Vec<_> =
        comments.map(|span| span.of(text).trim_end_matches([' ', '\t'])).collect();
    found.sort_unstable();
    found
}

fn assert_inside(span: Span, text: &str) {
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(start <= end && text.get(start..end).is_some(), "{span:?} in {text:?}");
}

/// Every node stands inside its parent, and is not empty.
fn assert_nested(expr: &Expr, parent: Span, text: &str) {
    let span = expr.span;
    assert_inside(span, text);
    assert!(span.start < span.end, "an empty node in {text:?}");
    assert!(parent.start <= span.start && span.end <= parent.end, "{span:?} in {text:?}");
    visit::for_each_child(expr, |child| assert_nested(child, span, text));
}
