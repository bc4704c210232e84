//! What a comment is about.

use diagnostics::Span;
use rules::RuleFile;

use super::comment::{may_ask, may_hold_asking};

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The file, and what is wrong with it as a whole.
    File,
    /// What begins there: a rule or a group.
    Part(Span),
    /// What stands on a line, if only in part.
    Line(Span),
}

impl Scope {
    /// Whether a finding at a place is meant; without a place it is about the file.
    pub(super) fn holds(self, place: Option<Span>) -> bool {
        match (self, place) {
            (Self::File, _) => true,
            (_, None) => false,
            (Self::Part(part), Some(at)) => part.start <= at.start && at.start <= part.end,
            (Self::Line(line), Some(at)) => at.start <= line.end && line.start <= at.end,
        }
    }
}

/// What a comment is about; none where it stands above and inside nothing. One that is part of an
/// expression is inside its rule.
pub(super) fn of(
    file: &RuleFile,
    comment: Span,
    is_trailing: bool,
    is_inside: bool,
) -> Option<Scope> {
    if is_trailing {
        let line = file.source.lines.line_col(comment.start).line;
        return Some(Scope::Line(file.source.lines.line(&file.source.text, line)));
    }
    let holds = |part: &Span| part.start <= comment.start && comment.end <= part.end;
    let around = rules(file).find(holds);
    if is_inside || around.is_some() {
        return around.map(Scope::Part);
    }
    let groups = file.groups.iter().map(|group| group.span);
    let next = groups.clone().chain(rules(file)).filter(|part| part.start >= comment.end);
    let next = next.min_by_key(|part| part.start);
    let is_next = |part: &Span| is_gap(&file.source.text, comment.end, part.start);
    next.filter(is_next).or_else(|| groups.clone().find(holds)).map(Scope::Part)
}

/// Comments inside of expressions that may ask for something: their places, whether something stands before them on their
/// lines, and that they are inside.
pub(super) fn inside_expressions(
    file: &RuleFile,
) -> impl Iterator<Item = (Span, bool, bool)> + use<'_> {
    let rules = file.groups.iter().flat_map(|group| &group.rules);
    rules.filter(|rule| may_hold_asking(&rule.expr_text)).flat_map(|rule| {
        let comments = promql::comments(&rule.expr_text).into_iter();
        let asking = comments.filter(|comment| may_ask(comment.of(&rule.expr_text)));
        asking.map(|comment| {
            let before = &rule.expr_text[..comment.start as usize];
            let line = before.rsplit('\n').next().unwrap_or("");
            (rule.expr_text.locate(comment), !line.trim().is_empty(), true)
        })
    })
}

/// All rules of a file, read or not.
fn rules(file: &RuleFile) -> impl Iterator<Item = Span> + Clone + use<'_> {
    file.groups.iter().flat_map(|group| {
        let read = group.rules.iter().map(|rule| rule.span);
        read.chain(group.unread.iter().map(|rule| rule.span))
    })
}

/// Whether nothing but other comments and the dash of a list stands between two places.
fn is_gap(text: &str, from: u32, to: u32) -> bool {
    let between = Span { start: from, end: to }.of(text);
    between.lines().all(|line| {
        let line = line.trim();
        line.starts_with('#') || line.trim_matches(['-', ' ']).is_empty()
    })
}
