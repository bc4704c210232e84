//! A text as a scalar of each style.
//!
//! What cannot be written in a style is not found out here: whoever writes reads it back.

use std::fmt::Write;

use crate::ScalarStyle;

/// What surrounds a block scalar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'s> {
    /// Spaces before each line.
    pub(crate) indent: usize,
    /// Spaces before the lines around it, from which an indicator counts.
    pub(crate) around: usize,
    /// What follows the indicators on their line, such as a comment.
    pub(crate) remark: &'s str,
    /// The file's line break.
    pub(crate) newline: &'s str,
}

/// The text as a scalar on one line.
pub(crate) fn flow(text: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::SingleQuoted => format!("'{}'", part(text, style)),
        ScalarStyle::DoubleQuoted => format!("\"{}\"", part(text, style)),
        _ => text.to_owned(),
    }
}

/// A part of a scalar on one line.
pub(crate) fn part(text: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::SingleQuoted => text.replace('\'', "''"),
        ScalarStyle::DoubleQuoted => escaped(text),
        _ => text.to_owned(),
    }
}

/// The text as a block scalar, without a line break at the end; none with several there.
pub(crate) fn block(text: &str, style: ScalarStyle, around: Block<'_>) -> Option<String> {
    let body = text.strip_suffix('\n');
    let mut out = if style == ScalarStyle::Folded { ">" } else { "|" }.to_owned();
    let first = text.trim_start_matches('\n');
    let mut indent = around.indent;
    if first.starts_with([' ', '\t']) {
        // Any will do, up to nine.
        indent = around.around + 2;
        out.push('2');
    }
    if body.is_none() {
        out.push('-');
    }
    out.push_str(around.remark);
    let body = body.unwrap_or(text);
    if body.is_empty() || body.ends_with('\n') {
        return None;
    }
    out.push_str(around.newline);
    out.push_str(&indented(body, indent, around.newline, true));
    Some(out)
}

/// Lines with spaces before each that is not empty; before the first only where asked for, before
/// the last in any case.
pub(crate) fn indented(text: &str, indent: usize, newline: &str, first: bool) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut lines = text.split('\n').enumerate().peekable();
    while let Some((i, line)) = lines.next() {
        if i > 0 {
            out.push_str(newline);
        }
        let is_last = lines.peek().is_none();
        if (i > 0 || first) && (is_last || !line.is_empty()) {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c if !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push(c);
            }
            c => {
                let _ = match u32::from(c) {
                    code @ ..=0xff => write!(out, "\\x{code:02x}"),
                    code => write!(out, "\\u{code:04x}"),
                };
            }
        }
    }
    out
}
