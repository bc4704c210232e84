//! Diagnostics as text and as JSON.
//!
//! The text begins with `FILE:LINE:COLUMN: error: …`, which editors and log readers recognise;
//! the line of the source with a caret follows. Columns count bytes from 1. Whether colours are
//! wanted is the caller's decision, for only it knows the terminal.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::{Diagnostic, LineCol, LineIndex, Severity, Span};

/// How text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// Escape sequences for colours.
    pub color: bool,
    /// Lines of the source are cut to this width.
    pub width: usize,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { color: false, width: 140 }
    }
}

/// A diagnostic with the line that it is about, ending in a line end.
pub fn text(file: &str, source: &str, diagnostic: &Diagnostic, style: TextStyle) -> String {
    let mut shown = header(file, source, diagnostic, style);
    if let Some(span) = diagnostic.span {
        let _ = writeln!(shown, "{}", snippet(source, span, diagnostic.severity, style));
    }
    let help = diagnostic.help.iter().map(|help| format!("help: {help}"));
    for note in help.chain(diagnostic.notes.iter().cloned()) {
        let _ = writeln!(shown, "  = {}", printable(&note));
    }
    shown
}

/// A diagnostic as a JSON object; lines and columns are null where it is about the whole text.
pub fn json(file: &str, source: &str, diagnostic: &Diagnostic) -> Value {
    let ends = diagnostic.span.map(|span| {
        let index = LineIndex::new(source);
        let span = within(source, span);
        (index.line_col(span.start), index.line_col(span.end))
    });
    json!({
        "file": file,
        "line": ends.map(|(start, _)| start.line),
        "column": ends.map(|(start, _)| start.column),
        "end_line": ends.map(|(_, end)| end.line),
        "end_column": ends.map(|(_, end)| end.column),
        "severity": diagnostic.severity.name(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "notes": diagnostic.notes,
    })
}

fn header(file: &str, source: &str, diagnostic: &Diagnostic, style: TextStyle) -> String {
    let at = diagnostic.span.map(|span| start_of(source, span));
    let place = at.map_or_else(|| file.to_owned(), |at| format!("{file}:{at}"));
    let severity = diagnostic.severity.name();
    let message = printable(&diagnostic.message);
    if !style.color {
        return format!("{place}: {severity}: {message}\n");
    }
    let colour = match diagnostic.severity {
        Severity::Error => annotate_snippets::renderer::DEFAULT_ERROR_STYLE,
        Severity::Warning => annotate_snippets::renderer::DEFAULT_WARNING_STYLE,
        Severity::Info => annotate_snippets::renderer::DEFAULT_INFO_STYLE,
    };
    let bold = annotate_snippets::renderer::DEFAULT_EMPHASIS_STYLE;
    format!("{bold}{place}{bold:#}: {colour}{severity}{colour:#}: {bold}{message}{bold:#}\n")
}

fn snippet(source: &str, span: Span, severity: Severity, style: TextStyle) -> String {
    // Only the lines in question, so that a long file costs nothing.
    let span = within(source, span);
    let (start, end) = (span.start as usize, span.end as usize);
    let first = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let last = source[end..].find('\n').map_or(source.len(), |newline| end + newline);
    let line = start_of(source, span).line as usize;
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let annotation = AnnotationKind::Primary.span(start - first..end - first);
    let snippet = Snippet::source(&source[first..last]).line_start(line).annotation(annotation);
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let report = [Group::with_level(level).element(snippet)];
    let shown = renderer.term_width(style.width).render(&report);
    // Its first line holds only an arrow to a place, which the header has named.
    let body = shown.split_once('\n').map_or(&*shown, |(_, body)| body);
    body.trim_end().to_owned()
}

fn start_of(source: &str, span: Span) -> LineCol {
    LineIndex::new(source).line_col(within(source, span).start)
}

/// The span with both ends inside the text and between its characters.
fn within(source: &str, span: Span) -> Span {
    let start = source.floor_char_boundary(span.start as usize);
    let end = source.ceil_char_boundary((span.end as usize).min(source.len()));
    Span::new(start, end.max(start))
}

/// The text without characters that would move a terminal's cursor.
fn printable(text: &str) -> String {
    let show = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
    text.chars().map(show).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use expect_test::{Expect, expect};

    use super::*;

    const SOURCE: &str = "groups:\n  - name: ä\n    rules:\n      - exprr: up\n";

    fn check(needle: &str, notes: &[&str], expect: &Expect) {
        let start = SOURCE.find(needle).unwrap();
        let span = Span::new(start, start + needle.len());
        let mut diagnostic = Diagnostic::error("field", span, "unknown field `exprr`");
        diagnostic.notes = notes.iter().map(|note| (*note).to_owned()).collect();
        expect.assert_eq(&text("a.yml", SOURCE, &diagnostic, TextStyle::default()));
    }

    #[test]
    fn a_place_its_line_and_a_caret() {
        check(
            "exprr",
            &["help: did you mean `expr`?"],
            &expect![[r#"
            a.yml:4:9: error: unknown field `exprr`
            4 |       - exprr: up
              |         ^^^^^
              = help: did you mean `expr`?
        "#]],
        );
    }

    #[test]
    fn several_lines() {
        check(
            "ä\n    rules",
            &[],
            &expect![[r#"
            a.yml:2:11: error: unknown field `exprr`
            2 |     - name: ä
              |  ___________^
            3 | |     rules:
              | |_________^
        "#]],
        );
    }

    #[test]
    fn without_a_place_only_the_file() {
        let diagnostic = Diagnostic::of_file("io", "no such\u{1b}[1m file");
        let shown = text("a.yml", "", &diagnostic, TextStyle::default());
        assert_eq!(shown, "a.yml: error: no such\u{fffd}[1m file\n");
        assert_eq!(json("a.yml", "", &diagnostic)["line"], Value::Null);
    }

    #[test]
    fn spans_beyond_the_text_do_no_harm() {
        for span in [Span::new(SOURCE.len(), SOURCE.len()), Span::new(900, 2), Span::new(18, 19)] {
            let diagnostic = Diagnostic::error("x", span, "end");
            assert!(
                text("a.yml", SOURCE, &diagnostic, TextStyle::default()).contains("error: end")
            );
            assert!(json("a.yml", SOURCE, &diagnostic)["line"].is_u64());
        }
        assert!(
            text("a", "", &Diagnostic::error("x", Span::new(0, 0), "y"), TextStyle::default())
                .starts_with("a:1:1: error: y\n")
        );
    }

    #[test]
    fn json_has_lines_and_columns() {
        let start = SOURCE.find("exprr").unwrap();
        let diagnostic = Diagnostic::error("field", Span::new(start, start + 5), "unknown");
        let value = json("a.yml", SOURCE, &diagnostic);
        assert_eq!((value["line"].clone(), value["column"].clone()), (json!(4), json!(9)));
        assert_eq!(
            (value["end_column"].clone(), value["severity"].clone()),
            (json!(14), json!("error"))
        );
    }

    #[test]
    fn colours_only_when_asked_for() {
        let diagnostic = Diagnostic::error("x", Span::new(0, 6), "y");
        let shown = |color| text("a", SOURCE, &diagnostic, TextStyle { color, width: 80 });
        assert!(shown(true).contains('\u{1b}') && !shown(false).contains('\u{1b}'));
    }
}
