//! What changes, as `diff -u` shows it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference of two texts, which a `patch -p0` takes; colours are for a terminal.
pub(crate) fn unified(name: &str, before: &str, after: &str, color: bool) -> String {
    let style = |colour: AnsiColor| if color { colour.on_default() } else { Style::new() };
    let (removed, added, place) =
        (style(AnsiColor::Red), style(AnsiColor::Green), style(AnsiColor::Cyan));
    let bold = if color { Style::new().bold() } else { Style::new() };
    let diff = TextDiff::from_lines(before, after);
    let mut shown = format!("{bold}--- {name}{bold:#}\n{bold}+++ {name}{bold:#}\n");
    // A string takes everything.
    let shown = &mut shown;
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(shown, "{place}{}{place:#}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (' ', Style::new()),
                ChangeTag::Delete => ('-', removed),
                ChangeTag::Insert => ('+', added),
            };
            let line = change.value().trim_end_matches('\n');
            let _ = writeln!(shown, "{style}{sign}{line}{style:#}");
            if change.missing_newline() {
                let _ = writeln!(shown, "\\ No newline at end of file");
            }
        }
    }
    std::mem::take(shown)
}
