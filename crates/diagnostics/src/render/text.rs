//! For people, in the shape of rustc's: what, where, the lines with carets, the cause, the fix.
//!
//! Snippets are drawn by annotate-snippets; here is what it does not do: long lines are shortened
//! to whole tokens, places far apart become blocks of their own, and findings that are the same in
//! generated copies are shown once. Start at [`render`].

mod diff;
mod fold;
mod shorten;
mod snippet;

use std::fmt::{Display, Write};

use annotate_snippets::renderer as styles;

pub use self::fold::{Folded, fold};

use self::{diff::Hunk, snippet::Block};
use super::{Report, one_line, printable};
use crate::{Applicability, Diagnostic, Finding, Severity};

/// How text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextStyle {
    /// Escape sequences for colours.
    pub color: bool,
    /// Lines of the source are shortened to this width.
    pub width: usize,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self { color: false, width: 140 }
    }
}

/// So many of the other places of a finding are named.
const MAX_PLACES: usize = 5;

/// All findings, an empty line after each.
pub fn render(report: &Report<'_>, style: TextStyle) -> String {
    let mut shown = String::new();
    for folded in fold(report.findings) {
        write(&mut shown, &folded, style);
        shown.push('\n');
    }
    shown
}

/// One finding, ending in a line end.
pub fn one(finding: &Finding, style: TextStyle) -> String {
    Folded { finding, others: Vec::new() }.draw(style)
}

impl Folded<'_> {
    /// Its text, ending in a line end; it depends on no other finding.
    pub fn draw(&self, style: TextStyle) -> String {
        let mut shown = String::new();
        write(&mut shown, self, style);
        shown
    }
}

fn write(shown: &mut String, folded: &Folded<'_>, style: TextStyle) {
    let finding = folded.finding;
    let blocks = Block::of(finding);
    let hunks = diff::hunks(finding);
    let lines = blocks.iter().map(Block::last_line).chain(hunks.iter().map(Hunk::last_line));
    let page = Page { style, gutter: digits(lines.max().unwrap_or(0)) };
    page.title(shown, &finding.diagnostic);
    page.origin(shown, finding);
    for (i, block) in blocks.iter().enumerate() {
        if i > 0 || !block.has_primary() {
            page.separator(shown);
            page.place(shown, ":::", &block.place());
        }
        block.draw(shown, page);
    }
    let has_footnotes = page.footnotes(shown, folded);
    if finding.diagnostic.fix.is_some() && !has_footnotes {
        page.separator(shown);
    }
    page.remedy(shown, &finding.diagnostic, &hunks);
}

/// What all parts of a finding have in common.
#[derive(Clone, Copy)]
struct Page {
    style: TextStyle,
    /// The width of line numbers.
    gutter: usize,
}

impl Page {
    fn title(self, shown: &mut String, diagnostic: &Diagnostic) {
        let severity = match diagnostic.severity {
            Severity::Error => styles::DEFAULT_ERROR_STYLE,
            Severity::Warning => styles::DEFAULT_WARNING_STYLE,
            Severity::Info => styles::DEFAULT_INFO_STYLE,
        };
        let (name, code) = (diagnostic.severity.name(), diagnostic.code);
        let head = if code.is_empty() { name.to_owned() } else { format!("{name}[{code}]") };
        let message = indented(&diagnostic.message, head.len() + 2);
        self.paint(shown, severity, head);
        self.paint(shown, styles::DEFAULT_EMPHASIS_STYLE, format_args!(": {message}"));
        shown.push('\n');
    }

    fn origin(self, shown: &mut String, finding: &Finding) {
        let mut place = one_line(&finding.source.name).into_owned();
        if let Some(at) = finding.start() {
            let _ = write!(place, ":{at}");
        }
        if let Some(subject) = &finding.diagnostic.subject {
            place.extend([" in ", &one_line(subject)]);
        }
        self.place(shown, "-->", &place);
    }

    fn place(self, shown: &mut String, arrow: &str, place: &str) {
        margin(shown, self.gutter);
        self.paint(shown, styles::DEFAULT_LINE_NUM_STYLE, arrow);
        let _ = writeln!(shown, " {place}");
    }

    /// Whether there are any.
    fn footnotes(self, shown: &mut String, folded: &Folded<'_>) -> bool {
        let diagnostic = &folded.finding.diagnostic;
        let places = (!folded.others.is_empty()).then(|| more_places(&folded.others));
        let notes = diagnostic.notes.iter().map(|note| ("note", note.as_str()));
        let hidden = match snippet::n_hidden(diagnostic) {
            0 => None,
            n => Some(format!("and {n} more places that belong to it")),
        };
        let notes = notes.chain([&hidden, &places].into_iter().flatten().map(|n| ("note", &**n)));
        // With a fix the help is the title of what the fix writes.
        let help = diagnostic.help.as_deref().filter(|_| diagnostic.fix.is_none());
        let all: Vec<_> = notes.chain(help.map(|help| ("help", help))).collect();
        if !all.is_empty() && diagnostic.span.is_some() {
            self.separator(shown);
        }
        for (kind, text) in &all {
            margin(shown, self.gutter + 1);
            self.paint(shown, styles::DEFAULT_LINE_NUM_STYLE, "= ");
            self.paint(shown, styles::DEFAULT_EMPHASIS_STYLE, kind);
            let _ = writeln!(shown, ": {}", indented(text, self.gutter + 3 + kind.len() + 2));
        }
        !all.is_empty()
    }

    fn remedy(self, shown: &mut String, diagnostic: &Diagnostic, hunks: &[Hunk]) {
        let Some(fix) = &diagnostic.fix else { return };
        self.paint(shown, styles::DEFAULT_HELP_STYLE, "help");
        let text = diagnostic.help.as_deref().unwrap_or("write this instead");
        let sort = match fix.applicability {
            Applicability::Safe => "safe fix",
            Applicability::Unsafe => "unsafe fix",
        };
        let _ = writeln!(shown, ": {} ({sort})", indented(text, 6));
        for hunk in hunks.iter().take(diff::MAX_HUNKS) {
            self.separator(shown);
            hunk.draw(shown, self);
        }
        if let Some(n @ 1..) = hunks.len().checked_sub(diff::MAX_HUNKS) {
            margin(shown, self.gutter + 1);
            let _ = writeln!(shown, "… and changes at {n} more places");
        }
    }

    /// A line with only the bar beside the line numbers.
    fn separator(self, shown: &mut String) {
        margin(shown, self.gutter + 1);
        self.paint(shown, styles::DEFAULT_LINE_NUM_STYLE, "|");
        shown.push('\n');
    }

    fn paint(self, shown: &mut String, style: anstyle::Style, text: impl Display) {
        let _ = if self.style.color {
            write!(shown, "{style}{text}{style:#}")
        } else {
            write!(shown, "{text}")
        };
    }

    /// What is left of the width beside the line numbers.
    fn room(self) -> usize {
        self.style.width.saturating_sub(self.gutter + 3).max(16)
    }
}

fn margin(shown: &mut String, width: usize) {
    let _ = write!(shown, "{:width$}", "");
}

fn more_places(others: &[&Finding]) -> String {
    let mut places = match others.len() {
        1 => "and 1 more place: ".to_owned(),
        n => format!("and {n} more places: "),
    };
    for (i, other) in others.iter().take(MAX_PLACES).enumerate() {
        places.push_str(if i == 0 { "" } else { ", " });
        places.push_str(&one_line(&other.source.name));
        if let Some(at) = other.start() {
            let _ = write!(places, ":{at}");
        }
    }
    places.push_str(if others.len() > MAX_PLACES { ", …" } else { "" });
    places
}

/// Further lines of the text begin below the first.
fn indented(text: &str, width: usize) -> String {
    let text = printable(text);
    let mut lines = text.trim_end().lines();
    let mut shown = lines.next().unwrap_or("").to_owned();
    for line in lines {
        shown.push('\n');
        let width = if line.is_empty() { 0 } else { width };
        let _ = write!(shown, "{:width$}{line}", "");
    }
    shown
}

fn digits(n: u32) -> usize {
    n.checked_ilog10().map_or(1, |log| log as usize + 1)
}
