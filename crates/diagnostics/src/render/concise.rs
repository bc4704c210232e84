//! A line for each finding, which editors and log readers recognise.

use std::fmt::Write;

use super::{Report, one_line, sentence};
use crate::Finding;

/// `FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE (LABEL); help: HELP`, a line each.
pub fn render(report: &Report<'_>) -> String {
    let mut shown = String::new();
    for finding in report.findings {
        write_line(&mut shown, finding);
    }
    shown
}

fn write_line(shown: &mut String, finding: &Finding) {
    let diagnostic = &finding.diagnostic;
    shown.push_str(&one_line(&finding.source.name));
    if let Some(at) = finding.start() {
        let _ = write!(shown, ":{at}");
    }
    let (severity, code) = (diagnostic.severity.name(), diagnostic.code);
    let sentence = sentence(diagnostic);
    let _ = write!(shown, ": {severity}");
    if !code.is_empty() {
        let _ = write!(shown, "[{code}]");
    }
    let _ = writeln!(shown, ": {}", one_line(&sentence));
}
