//! What came of scripts, to read.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use promqltest::{EvalReport, Failure, FileReport, compare::DiffLine};

use crate::output::count;

/// What came of a script: a line, or every failure with what was expected and what came.
pub(super) fn file(report: &FileReport, color: bool) -> String {
    let (passed, failed) = report.counts();
    let style = |ansi| styled(color, ansi);
    let mut text = String::new();
    for (eval, failure) in report.failed() {
        show(&mut text, &report.name, eval, failure, color);
    }
    if let Some(error) = &report.error {
        let red = style(AnsiColor::BrightRed);
        let _ = writeln!(text, "{red}{}:{error}{red:#}\n", report.name);
    }
    if report.is_ok() {
        let green = style(AnsiColor::Green);
        let evals = count(passed, "evaluation");
        let _ = writeln!(text, "{}: {green}ok{green:#}, {evals}", report.name);
    } else if failed > 0 {
        let (of, red) = (count(passed + failed, "evaluation"), style(AnsiColor::BrightRed));
        let _ = writeln!(text, "{}: {red}{failed} of {of} failed{red:#}\n", report.name);
    }
    text
}

/// How many passed and failed in all.
pub(super) fn summary(reports: &[FileReport], color: bool) -> String {
    let (mut passed, mut failed) = (0, 0);
    for counts in reports.iter().map(FileReport::counts) {
        (passed, failed) = (passed + counts.0, failed + counts.1);
    }
    let broken = reports.iter().filter(|report| report.error.is_some()).count();
    let mut text = format!("{}: {passed} passed", count(reports.len(), "script"));
    let red = styled(color, AnsiColor::BrightRed);
    if failed > 0 {
        let _ = write!(text, ", {red}{failed} failed{red:#}");
    }
    if broken > 0 {
        let what = count(broken, "script");
        let _ = write!(text, ", {red}{what} not run to the end{red:#}");
    }
    text + "\n"
}

fn show(text: &mut String, name: &str, eval: &EvalReport, failure: &Failure, color: bool) {
    let style = |ansi| styled(color, ansi);
    let bold = if color { Style::new().bold() } else { Style::new() };
    let _ = writeln!(text, "{bold}{name}:{}: {}{bold:#}", eval.line, eval.text);
    if let Some(way) = &failure.way {
        let _ = writeln!(text, "  {way}:");
    }
    let mismatch = &failure.mismatch;
    if mismatch.diff.is_empty() {
        let _ = writeln!(text, "  {}", mismatch.message);
    } else {
        let _ = writeln!(text, "  {} (- expected, + got):", mismatch.headline);
    }
    for line in &mismatch.diff {
        let (sign, line, style) = match line {
            DiffLine::Same(line) => (' ', line, Style::new()),
            DiffLine::Expected(line) => ('-', line, style(AnsiColor::Red)),
            DiffLine::Got(line) => ('+', line, style(AnsiColor::Green)),
        };
        let _ = writeln!(text, "  {style}{sign} {line}{style:#}");
    }
    text.push('\n');
}

fn styled(color: bool, ansi: AnsiColor) -> Style {
    if color { ansi.on_default() } else { Style::new() }
}
