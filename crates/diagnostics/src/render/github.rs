//! Workflow commands, which GitHub Actions shows as annotations beside the code.

use std::{borrow::Cow, fmt::Write};

use super::{Report, paragraph};
use crate::{Finding, Severity};

/// A command for each finding.
pub fn render(report: &Report<'_>) -> String {
    let mut commands = String::new();
    for finding in report.findings {
        write_command(&mut commands, finding);
    }
    commands
}

fn write_command(commands: &mut String, finding: &Finding) {
    let Finding { source, diagnostic } = finding;
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let file = property(&source.name);
    let title = property(diagnostic.code);
    let _ = write!(commands, "::{command} title={title},file={file}");
    let mut place = source.name.clone();
    if let Some(span) = diagnostic.span {
        let span = source.within(span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        let _ = write!(commands, ",line={},endLine={}", start.line, end.line);
        // Columns are shown only for a part of one line, and confuse otherwise.
        if start.line == end.line {
            let _ = write!(commands, ",col={},endColumn={}", start.column, end.column);
        }
        let _ = write!(place, ":{start}");
    }
    let text = paragraph(finding);
    let _ = writeln!(commands, "::{}: {}", data(&place), data(&text));
}

fn data(text: &str) -> Cow<'_, str> {
    escape(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A")])
}

fn property(text: &str) -> Cow<'_, str> {
    escape(text, &[('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")])
}

fn escape<'a>(text: &'a str, signs: &[(char, &str)]) -> Cow<'a, str> {
    let escaped = |c| signs.iter().find(|(sign, _)| *sign == c).map(|(_, escaped)| *escaped);
    if !text.contains(|c| escaped(c).is_some()) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match escaped(c) {
            Some(escaped) => shown.push_str(escaped),
            None => shown.push(c),
        }
    }
    shown.into()
}
