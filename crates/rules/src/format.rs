//! Rule files with their expressions laid out.
//!
//! Only scalars that hold expressions change: a plain one stays plain while its expression stands
//! on one line, and becomes a literal block otherwise; everything else stays byte for byte. What
//! does not parse is left as it is. How an expression is laid out is `promql::pretty`'s business.
//! Start at [`format()`]; [`Rule::laid_out`] is one rule's part.

use std::sync::Arc;

use diagnostics::{Diagnostic, Edit, Source, Span};
use promql::{comments, pretty};
use yaml::{Located, ScalarStyle};

use crate::{DocumentKind, ReadOptions, Rule, RuleFile, error::ErrorKind, read};

/// So many times a file is read, changed and read again where edits stand in each other's way.
const MAX_PASSES: usize = 100;

/// A file with its expressions laid out.
#[derive(Clone, Debug)]
pub struct Formatted {
    /// The whole text.
    pub text: String,
    /// Rules whose expressions parse.
    pub n_rules: usize,
    /// What was left as it is, and why.
    pub left: Vec<Diagnostic>,
}

/// Lays out the expressions of a rule file.
pub fn format(source: &Arc<Source>, options: &ReadOptions) -> Formatted {
    let before = read(source, options);
    let mut formatted =
        Formatted { text: source.text.clone(), n_rules: before.n_rules(), left: left(&before) };
    let mut after = None;
    for _ in 0..MAX_PASSES {
        let edits = edits(after.as_ref().unwrap_or(&before));
        if edits.is_empty() {
            break;
        }
        formatted.text = apply(&formatted.text, &edits);
        after = Some(read(&Source::new(&*source.name, &*formatted.text), options));
    }
    if after.is_some_and(|after| content(&after) != content(&before)) {
        let message = "laying out the expressions would change what the file means: it is left";
        formatted.left.push(Diagnostic::of_file("format", message));
        formatted.text.clone_from(&source.text);
    }
    formatted
}

impl Rule {
    /// The edit of the file that lays the expression out; none where it is laid out, or where the
    /// file has no place for it, as where an alias stands for the expression.
    pub fn laid_out(&self) -> Option<Edit> {
        let written = &*self.expr_text;
        // The line breaks at the end of a block scalar are its own.
        let body = written.trim_end_matches('\n');
        let lines = pretty(&self.expr, written);
        if body == lines {
            return None;
        }
        let has_comments = !comments(written).is_empty();
        let fits_line = !lines.contains('\n');
        let edit = replace(&self.expr_text, body, &lines, has_comments);
        if edit.is_some() || has_comments || fits_line {
            return edit;
        }
        // As inside of JSON.
        let line = self.expr.to_string();
        (body != line).then(|| replace(&self.expr_text, body, &line, false)).flatten()
    }
}

/// Writes an expression in the place of another one, in the style that is there if it can hold it.
fn replace(place: &Located, body: &str, lines: &str, has_comments: bool) -> Option<Edit> {
    let (part, whole) = (Span::new(0, body.len()), Span::new(0, place.len()));
    let is_block = matches!(place.style(), ScalarStyle::Literal | ScalarStyle::Folded);
    if lines.contains('\n') && !is_block {
        return place.replace_as(whole, &format!("{lines}\n"), &[ScalarStyle::Literal]);
    }
    place.replace_as(part, lines, styles(place, lines, has_comments))
}

/// The styles for an expression, the likest to today's first.
fn styles(place: &Located, lines: &str, has_comments: bool) -> &'static [ScalarStyle] {
    use ScalarStyle::{DoubleQuoted, Folded, Literal, Plain, SingleQuoted};
    match place.style() {
        Literal => &[Literal],
        // Who adds a line to a folded block with a comment adds it to the comment.
        Folded if has_comments || lines.contains('\n') => &[Literal],
        Folded => &[Folded, Literal],
        Plain => &[Plain, SingleQuoted, DoubleQuoted],
        // The quotes of strings, which are double ones now, would all be escaped.
        DoubleQuoted if lines.contains('"') && !place.contains('"') && !place.is_in_flow() => {
            &[SingleQuoted, DoubleQuoted]
        }
        DoubleQuoted => &[DoubleQuoted],
        SingleQuoted => &[SingleQuoted, DoubleQuoted],
    }
}

/// The edits of a file, without those that overlap an earlier one.
fn edits(file: &RuleFile) -> Vec<Edit> {
    let rules = file.groups.iter().flat_map(|group| &group.rules);
    let mut edits: Vec<Edit> = rules.filter_map(Rule::laid_out).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut end = 0;
    edits.retain(|edit| {
        let is_free = edit.span.start >= end;
        if is_free {
            end = edit.span.end;
        }
        is_free
    });
    edits
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut from = 0;
    for edit in edits {
        out.push_str(Span { start: from, end: edit.span.start }.of(text));
        out.push_str(&edit.text);
        from = edit.span.end;
    }
    out.push_str(&text[from as usize..]);
    out
}

/// What must stay.
#[derive(PartialEq)]
struct Content<'f> {
    /// Names, expressions, and the comments in these.
    rules: Vec<(&'f str, String, Vec<&'f str>)>,
    comments: Vec<&'f str>,
    n_errors: usize,
}

fn content(file: &RuleFile) -> Content<'_> {
    let rules = file.groups.iter().flat_map(|group| &group.rules);
    let rules = rules.map(|rule| {
        let text = &*rule.expr_text;
        let spans = comments(text).into_iter();
        let mut remarks: Vec<&str> = spans.map(|span| span.of(text).trim_end()).collect();
        remarks.sort_unstable();
        (rule.name(), rule.query(), remarks)
    });
    Content {
        rules: rules.collect(),
        comments: file.comments.iter().map(|comment| &*comment.text).collect(),
        n_errors: file.errors.len(),
    }
}

/// What was not read, and so is left as it is.
fn left(file: &RuleFile) -> Vec<Diagnostic> {
    let is_syntax = |kind: &ErrorKind| matches!(kind, ErrorKind::Syntax(_));
    let broken = file.errors.iter().filter(|error| is_syntax(&error.kind));
    let mut left: Vec<Diagnostic> = broken.map(|error| error.diagnostic.clone()).collect();
    for document in &file.documents {
        // Theirs are no PromQL, as a rule.
        if matches!(document.kind, DocumentKind::VmRule { .. }) {
            continue;
        }
        for rule in file.groups[document.groups.clone()].iter().flat_map(|group| &group.unread) {
            if let (Some(expr), Some(error)) = (&rule.expr, rule.errors.first()) {
                let mut error = error.clone();
                error.span = error.span.map(|span| expr.locate(span));
                left.push(error.note("the expression is left as it is"));
            }
        }
    }
    left
}
