//! The lines around the places of a finding, with carets and labels below.

use std::{borrow::Cow, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Page, digits, margin, shorten::shorten};
use crate::{Diagnostic, Finding, Severity, Source, Span, render::one_line};

/// Places of a text that are farther apart are shown as if they stood in two.
const FAR: u32 = 25;
/// So many lines at either end of a long span may be shown.
const ENDS: u32 = 8;
/// Of a longer span only the first line is shown.
const MAX_LINES: u32 = 400;
/// So many further places are shown.
const MAX_RELATED: usize = 12;

/// How many of a finding's places are not shown.
pub(super) fn n_hidden(diagnostic: &Diagnostic) -> usize {
    diagnostic.related.len().saturating_sub(MAX_RELATED)
}

/// Places of a text that are shown together.
pub(super) struct Block<'a> {
    source: &'a Source,
    severity: Severity,
    marks: Vec<Mark<'a>>,
}

struct Mark<'a> {
    span: Span,
    first: u32,
    last: u32,
    label: Cow<'a, str>,
    primary: bool,
}

impl<'a> Block<'a> {
    /// All blocks of a finding; the one with its own place is the first.
    pub(super) fn of(finding: &'a Finding) -> Vec<Self> {
        let Finding { source, diagnostic } = finding;
        let primary = diagnostic.span.map(|span| (&**source, span, &*diagnostic.label, true));
        let related = diagnostic.related.iter().take(MAX_RELATED).map(|related| {
            let source = related.source.as_ref().unwrap_or(source);
            (&**source, related.span, &*related.message, false)
        });
        let mut blocks: Vec<Self> = Vec::new();
        for (source, span, label, primary) in primary.into_iter().chain(related) {
            let mark = Mark::new(source, span, label, primary);
            if let Some(block) = blocks.iter_mut().find(|block| block.is_near(source, &mark)) {
                block.marks.push(mark);
            } else {
                let (severity, marks) = (diagnostic.severity, vec![mark]);
                blocks.push(Self { source, severity, marks });
            }
        }
        blocks
    }

    pub(super) fn last_line(&self) -> u32 {
        self.marks.iter().map(|mark| mark.last).max().unwrap_or(0)
    }

    pub(super) fn has_primary(&self) -> bool {
        self.marks[0].primary
    }

    pub(super) fn place(&self) -> String {
        let at = self.source.place(self.marks[0].span.start);
        format!("{}:{at}", one_line(&self.source.name))
    }

    pub(super) fn draw(&self, shown: &mut String, page: Page) {
        let view = View::new(self, page.room());
        let annotations = self.marks.iter().map(|mark| {
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let label = Some(&*mark.label).filter(|label| !label.is_empty());
            kind.span(view.range(self.source, mark)).label(label)
        });
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Info => Level::INFO,
        };
        let snippet = Snippet::source(&*view.text)
            .line_start(view.first as usize)
            .annotations(annotations.collect::<Vec<_>>());
        let renderer = if page.style.color { Renderer::styled() } else { Renderer::plain() };
        // The lines are short already; cutting them again would hide what is marked.
        let report = [Group::with_level(level).element(snippet)];
        let drawn = renderer.term_width(1 << 20).render(&report);
        let missing = page.gutter.saturating_sub(digits(self.last_line()));
        for line in drawn.lines() {
            margin(shown, missing);
            shown.push_str(line.trim_end());
            shown.push('\n');
        }
    }

    fn is_near(&self, source: &Source, mark: &Mark<'_>) -> bool {
        let near = |other: &Mark<'_>| {
            mark.first <= other.last.saturating_add(FAR)
                && other.first <= mark.last.saturating_add(FAR)
        };
        std::ptr::eq(self.source, source) && self.marks.iter().any(near)
    }
}

impl<'a> Mark<'a> {
    fn new(source: &Source, span: Span, label: &'a str, primary: bool) -> Self {
        let mut span = source.within(span);
        let line = |at| source.lines.line_col(at).line;
        let first = line(span.start);
        let mut label = one_line(label);
        let mut last = line(span.end);
        // The end of a line belongs to that line.
        if last > first && source.lines.line(&source.text, last).start == span.end {
            last -= 1;
            span.end = source.lines.line(&source.text, last).end.max(span.start);
        }
        if last - first > MAX_LINES {
            let to = format!("{label} (up to line {last})");
            label = to.trim_start().to_owned().into();
            span.end = source.lines.line(&source.text, first).end.max(span.start);
            last = first;
        }
        Self { span, first, last, label, primary }
    }

    /// What of a line it covers, from the start of the line; none if it is not near its ends.
    fn on_line(&self, line: u32, bytes: Span) -> Option<Range<usize>> {
        let within = |at: u32| (at.clamp(bytes.start, bytes.end) - bytes.start) as usize;
        let (start, end) = (within(self.span.start), within(self.span.end));
        match (line == self.first, line == self.last) {
            (true, true) => Some(start..end),
            (true, false) => Some(start..start),
            (false, true) => Some(end..end),
            (false, false) => None,
        }
    }

    fn is_near_an_end(&self, line: u32) -> bool {
        (line >= self.first && line <= self.first + ENDS)
            || (line <= self.last && line + ENDS >= self.last)
    }
}

/// A text made of the lines that may be shown, each short enough; others are empty.
struct View {
    text: String,
    first: u32,
    lines: Vec<Line>,
}

struct Line {
    bytes: Span,
    /// Where it begins in the view.
    start: usize,
    shortened: Option<super::shorten::Shortened>,
}

impl View {
    fn new(block: &Block<'_>, width: usize) -> Self {
        let first = block.marks.iter().map(|mark| mark.first).min().unwrap_or(1);
        let mut view = Self { text: String::new(), first, lines: Vec::new() };
        for number in first..=block.last_line() {
            view.push(block, number, width);
        }
        view
    }

    fn push(&mut self, block: &Block<'_>, number: u32, width: usize) {
        let source = block.source;
        let bytes = source.lines.line(&source.text, number);
        let is_shown = block.marks.iter().any(|mark| mark.is_near_an_end(number))
            || block.last_line() - self.first <= 2 * FAR;
        let shortened = is_shown.then(|| {
            let seen = block.marks.iter().filter_map(|mark| mark.on_line(number, bytes));
            shorten(bytes.of(&source.text), &seen.collect::<Vec<_>>(), width)
        });
        self.lines.push(Line { bytes, start: self.text.len(), shortened });
        if let Some(Line { shortened: Some(shortened), .. }) = self.lines.last() {
            if shortened.text.is_ascii() {
                self.text.push_str(&shortened.text);
            } else {
                // These move cursors and pass through; a sign of as many bytes keeps positions.
                let show = |c| if matches!(c, '\u{80}'..='\u{9f}') { '\u{a4}' } else { c };
                self.text.extend(shortened.text.chars().map(show));
            }
        }
        self.text.push('\n');
    }

    fn range(&self, source: &Source, mark: &Mark<'_>) -> Range<usize> {
        let start = self.position(mark.first, mark.span.start);
        let end = self.position(mark.last, mark.span.end);
        debug_assert!(source.text.len() >= mark.span.end as usize);
        start..end.max(start)
    }

    fn position(&self, line: u32, at: u32) -> usize {
        let line = &self.lines[(line - self.first) as usize];
        let offset = at.clamp(line.bytes.start, line.bytes.end) - line.bytes.start;
        line.start + line.shortened.as_ref().map_or(0, |s| s.position(offset as usize))
    }
}
