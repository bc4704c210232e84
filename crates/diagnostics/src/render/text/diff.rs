//! What a fix changes, line by line.

use annotate_snippets::renderer as styles;

use super::{Page, margin, shorten::shorten};
use crate::{Edit, Finding, Source, Span};

/// Edits with fewer lines between them are shown together.
const NEAR: u32 = 2;
/// So many lines are shown of what goes, and of what comes.
const MAX_LINES: usize = 8;
/// So many groups of lines are shown.
pub(super) const MAX_HUNKS: usize = 6;
/// More bytes of one change are not read.
const MAX_BYTES: usize = 1 << 16;
/// So many bytes before and after edits are more than any line that is shown.
const AROUND: u32 = 4096;

/// Lines that go and lines that come in their place.
pub(super) struct Hunk {
    first: u32,
    old: Vec<String>,
    new: Vec<String>,
}

/// The changes of a finding's fix, in the order of the text.
pub(super) fn hunks(finding: &Finding) -> Vec<Hunk> {
    let Some(fix) = &finding.diagnostic.fix else { return Vec::new() };
    let source = &finding.source;
    let mut edits: Vec<Edit> = fix.edits.clone();
    for edit in &mut edits {
        edit.span = source.within(edit.span);
    }
    edits.sort_by_key(|edit| edit.span);
    let line = |at| source.lines.line_col(at).line;
    edits
        .chunk_by(|a, b| line(b.span.start) <= line(a.span.end).saturating_add(NEAR))
        .map(|edits| Hunk::new(source, edits))
        .filter(|hunk| !(hunk.old.is_empty() && hunk.new.is_empty()))
        .collect()
}

impl Hunk {
    fn new(source: &Source, edits: &[Edit]) -> Self {
        let line = |at| source.lines.line_col(at).line;
        let first = edits.iter().map(|edit| line(edit.span.start)).min().unwrap_or(1);
        let last = edits.iter().map(|edit| line(edit.span.end)).max().unwrap_or(first);
        let mut lines_of = source.lines.line(&source.text, first);
        lines_of.end = source.lines.line(&source.text, last).end;
        // Of a line without end only what is around the edits is read.
        let (from, to) = (edits[0].span.start, edits.iter().map(|e| e.span.end).max().unwrap_or(0));
        let around = Span { start: from.saturating_sub(AROUND), end: to.saturating_add(AROUND) };
        let near = source.within(Span {
            start: lines_of.start.max(around.start),
            end: lines_of.end.min(around.end).max(to),
        });
        let (start, end) = (near.start as usize, near.end as usize);
        let new = after(source, edits, near);
        let old = &source.text[start..end];
        let is_all = old.len() <= MAX_BYTES && new.len() <= MAX_BYTES;
        let (mut old, mut new) = (lines(clip(old)), lines(clip(&new)));
        if is_all {
            let same = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
            old.truncate(old.len() - same);
            new.truncate(new.len() - same);
        }
        let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        old.drain(..before);
        new.drain(..before);
        Self { first: first + u32::try_from(before).unwrap_or(0), old, new }
    }

    pub(super) fn last_line(&self) -> u32 {
        let lines = self.old.len().max(self.new.len()).clamp(1, MAX_LINES);
        self.first.saturating_add(u32::try_from(lines - 1).unwrap_or(0))
    }

    pub(super) fn draw(&self, shown: &mut String, page: Page) {
        let changed = |i: usize| {
            let (old, new) = (self.old.get(i)?, self.new.get(i)?);
            let before = common(old.chars(), new.chars());
            let (old, new) = (&old[before..], &new[before..]);
            let after = common(old.chars().rev(), new.chars().rev());
            Some((before, after))
        };
        for (sign, lines, style) in [
            ('-', &self.old, styles::DEFAULT_REMOVAL_STYLE),
            ('+', &self.new, styles::DEFAULT_ADDITION_STYLE),
        ] {
            for (i, line) in lines.iter().take(MAX_LINES).enumerate() {
                let (before, after) = changed(i).unwrap_or((0, line.len()));
                let seen = before..(line.len() - after.min(line.len())).max(before);
                let line = shorten(line, &[seen], page.room()).text;
                let number = self.first as usize + i;
                let width = page.gutter;
                page.paint(shown, styles::DEFAULT_LINE_NUM_STYLE, format_args!("{number:width$}"));
                shown.push(' ');
                let line = line.replace('\t', "    ");
                let text = format!("{sign} {}", super::one_line(&line));
                page.paint(shown, style, text.trim_end());
                shown.push('\n');
            }
            if let Some(more) = lines.len().checked_sub(MAX_LINES + 1) {
                margin(shown, page.gutter + 1);
                page.paint(shown, style, format_args!("{sign} … {} more lines", more + 1));
                shown.push('\n');
            }
        }
    }
}

/// The span's text with the edits made.
fn after(source: &Source, edits: &[Edit], span: Span) -> String {
    let (start, end) = (span.start as usize, span.end as usize);
    let mut new = String::new();
    let mut at = start;
    for edit in edits {
        // Edits that overlap are no fix; the first is shown.
        if let Some(kept) = source.text.get(at..edit.span.start as usize) {
            new.push_str(clip(kept));
            new.push_str(clip(&edit.text));
            at = edit.span.end as usize;
        }
        if new.len() > MAX_BYTES {
            break;
        }
    }
    new.push_str(clip(source.text.get(at..end.max(at)).unwrap_or("")));
    new
}

fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| line.strip_suffix('\r').unwrap_or(line).to_owned();
    text.split('\n').map(line).collect()
}

/// Bytes that two sequences of characters begin with.
fn common(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}
