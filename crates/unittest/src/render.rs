//! Reports as text for people.
//!
//! What failed is shown in full, what passed is counted. Lines that begin with `-` were expected,
//! lines that begin with `+` came.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use diagnostics::{
    Finding, LineCol,
    render::text::{self, TextStyle},
};
use promql::BinaryOp;

use crate::{
    coverage::{AlertCoverage, Coverage, RuleCoverage, Side},
    report::{Failure, FileReport, Line, Mark},
};

/// All that is to be told of a file; nothing if all is well.
pub fn file(report: &FileReport, style: TextStyle) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        show(finding, style, &mut text);
        text.push('\n');
    }
    for test in &report.tests {
        // Rules that cannot be read were told of once for all tests.
        let told =
            report.findings.iter().any(|f| f.diagnostic.severity == diagnostics::Severity::Error);
        for failure in test.failures.iter().filter(|_| !told) {
            self::failure(failure, style, &mut text);
            text.push('\n');
        }
        for warning in &test.warnings {
            show(warning, style, &mut text);
            text.push('\n');
        }
    }
    text
}

/// How many tests there were and how many of them failed.
pub fn summary(reports: &[FileReport], unreadable: usize, color: bool) -> String {
    let n_files = reports.len() + unreadable;
    let n_tests: usize = reports.iter().map(|report| report.tests.len()).sum();
    let n_failed: usize = reports.iter().map(FileReport::n_failed).sum();
    let n_refused = reports.iter().filter(|report| report.refused.is_some()).count();
    let n_warnings: usize = reports.iter().map(|report| report.warnings().count()).sum();
    let mut parts = Vec::new();
    if n_failed > 0 {
        parts.push(format!("{n_failed} failed"));
    }
    if n_refused + unreadable > 0 {
        parts.push(format!("{} cannot be run", count(n_refused + unreadable, "file")));
    }
    let (outcome, paint) = if parts.is_empty() {
        let all = if n_tests == 0 { "nothing to run" } else { "all passed" };
        (all.to_owned(), AnsiColor::BrightGreen)
    } else {
        (parts.join(", "), AnsiColor::BrightRed)
    };
    let style = if color { paint.on_default().bold() } else { Style::new() };
    let (files, tests) = (count(n_files, "file"), count(n_tests, "test"));
    let warnings = match n_warnings {
        0 => String::new(),
        n => format!("; {}", count(n, "warning")),
    };
    format!("{files}, {tests}: {style}{outcome}{style:#}{warnings}\n")
}

/// The coverage of each rule file: what is missing, then a line with the sum.
pub fn coverage(coverage: &Coverage) -> String {
    let mut text = String::new();
    let files = coverage.rules.chunk_by(|a, b| a.source.name == b.source.name);
    for rules in files {
        let counts = rules.iter().map(RuleCoverage::count);
        let (covered, all) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let percent = covered as f64 * 100.0 / all as f64;
        let _ =
            writeln!(text, "{}: {covered} of {all} covered ({percent:.0}%)", rules[0].source.name);
        let width = rules.iter().map(|rule| rule.name.chars().count()).max().unwrap_or(0);
        for rule in rules {
            let at = rule.source.lines.line_col(rule.span.start).to_string();
            let what = what_of(rule);
            let _ = writeln!(text, "  {at:>7}  {:width$}  {what}", rule.name);
            for side in rule.sides.iter().filter(|side| !side.covered) {
                let at = rule.source.lines.line_col(side.span.start);
                let _ = writeln!(text, "  {:7}  {:width$}  {}", "", "", missing_side(side, at));
            }
        }
    }
    let (covered, all) = coverage.count();
    let percent = coverage.percent();
    let _ = writeln!(text, "coverage: {covered} of {all} ({percent:.1}%)");
    text
}

fn what_of(rule: &RuleCoverage) -> String {
    let Some(AlertCoverage { fired, positive, negative }) = rule.alert else {
        let what = if rule.produced { "recorded" } else { "never recorded a sample" };
        return what.to_owned();
    };
    let fired = match (fired, rule.produced) {
        (true, _) => "fired",
        (false, true) => "never fired, only pending",
        (false, false) => "never fired",
    };
    let tested = match (positive, negative) {
        (0, 0) => "never tested",
        (0, _) => "only tested not to fire",
        (_, 0) => "only tested to fire",
        _ => "tested both ways",
    };
    format!("{fired}; {tested}")
}

fn missing_side(side: &Side, at: LineCol) -> String {
    let (op, what) = match (side.op, side.is_right) {
        (BinaryOp::Or, true) => ("or", "the right side never added a sample"),
        (BinaryOp::Or, false) => ("or", "the left side never had a sample"),
        (op, true) => (op.as_str(), "the right side never took a sample away"),
        (op, false) => (op.as_str(), "the left side never had a sample"),
    };
    format!("`{op}` at {at}: {what}")
}

/// A failure with all that explains it.
pub(crate) fn failure_text(failure: &Failure, style: TextStyle) -> String {
    let mut text = String::new();
    self::failure(failure, style, &mut text);
    text
}

fn failure(failure: &Failure, style: TextStyle, text: &mut String) {
    show(&failure.finding, style, text);
    let has = |mark: Mark| failure.lines.iter().any(|line| line.mark == mark);
    let legend = match (has(Mark::Expected), has(Mark::Got)) {
        (false, false) => "",
        (true, true) => " (- expected, + got)",
        (true, false) => " (- expected)",
        (false, true) => " (+ got)",
    };
    for (i, line) in failure.lines.iter().enumerate() {
        let legend = if i == 0 { legend } else { "" };
        let _ = writeln!(text, "{}{legend}", shown(line, style.color));
    }
}

fn shown(line: &Line, color: bool) -> String {
    let (sign, paint) = match line.mark {
        Mark::Both => (' ', None),
        Mark::Expected => ('-', Some(AnsiColor::BrightRed)),
        Mark::Got => ('+', Some(AnsiColor::BrightGreen)),
    };
    let style = paint.filter(|_| color).map_or(Style::new(), AnsiColor::on_default);
    let indent = "  ".repeat(line.depth);
    let text = line.text.replace('\n', " ");
    format!("  {style}{sign}{indent}{text}{style:#}")
}

fn show(finding: &Finding, style: TextStyle, out: &mut String) {
    out.push_str(&text::one(finding, style));
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
