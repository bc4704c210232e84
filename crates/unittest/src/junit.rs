//! Reports as `JUnit` XML: ours, valid against the schema that build servers use, and promtool's.

use std::{fmt::Write, time::Duration};

use diagnostics::render::text::{self, TextStyle};

use crate::{
    render,
    report::{Failure, FileReport, TestReport},
};

/// All files: a suite each. `started` is when, such as `2026-01-02T03:04:05`.
pub fn document(reports: &[FileReport], started: &str) -> String {
    let sum = |count: fn(&FileReport) -> usize| reports.iter().map(count).sum::<usize>();
    let (tests, failures, errors) = (sum(n_cases), sum(n_failures), sum(n_errors));
    let time = seconds(reports.iter().map(took).sum());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"watchfire test\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" time=\"{time}\">"
    );
    for report in reports {
        suite(report, started, &mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(report: &FileReport, started: &str, xml: &mut String) {
    let name = attribute(&report.source.name);
    let (tests, failures, errors) = (n_cases(report), n_failures(report), n_errors(report));
    let time = seconds(took(report));
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" skipped=\"0\" time=\"{time}\" timestamp=\"{started}\">"
    );
    if let Some(refused) = &report.refused {
        let _ = writeln!(xml, "    <testcase name=\"file\" classname=\"{name}\" time=\"0.000\">");
        let details: Vec<String> = report
            .findings
            .iter()
            .map(|finding| text::one(finding, TextStyle::default()))
            .collect();
        problem("error", "file", refused, &details.concat(), xml);
        xml.push_str("    </testcase>\n");
    }
    for test in &report.tests {
        case(&name, test, xml);
    }
    xml.push_str("  </testsuite>\n");
}

fn case(suite: &str, test: &TestReport, xml: &mut String) {
    let (name, time) = (attribute(&test.name), seconds(test.took));
    let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"{suite}\" time=\"{time}\"");
    if test.failures.is_empty() && test.warnings.is_empty() {
        xml.push_str("/>\n");
        return;
    }
    xml.push_str(">\n");
    for failure in &test.failures {
        let diagnostic = &failure.finding.diagnostic;
        let details = render::failure_text(failure, TextStyle::default());
        problem("failure", diagnostic.code, &diagnostic.message, &details, xml);
    }
    if !test.warnings.is_empty() {
        let all = test.warnings.iter().map(|warning| text::one(warning, TextStyle::default()));
        let _ =
            writeln!(xml, "      <system-err>{}</system-err>", content(&all.collect::<String>()));
    }
    xml.push_str("    </testcase>\n");
}

fn problem(element: &str, kind: &str, message: &str, details: &str, xml: &mut String) {
    let (message, details) = (attribute(message), content(details));
    let _ = writeln!(
        xml,
        "      <{element} message=\"{message}\" type=\"{kind}\">{details}</{element}>"
    );
}

fn n_cases(report: &FileReport) -> usize {
    report.tests.len() + usize::from(report.refused.is_some())
}

fn n_failures(report: &FileReport) -> usize {
    report.n_failed()
}

fn n_errors(report: &FileReport) -> usize {
    usize::from(report.refused.is_some())
}

fn took(report: &FileReport) -> Duration {
    report.tests.iter().map(|test| test.took).sum()
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// What promtool writes: no declaration, no line breaks.
pub fn promtool(reports: &[FileReport], started: &str) -> String {
    let suites = reports.iter().map(|report| promtool_suite(report, started));
    format!("<testsuites>{}</testsuites>", suites.collect::<String>())
}

fn promtool_suite(report: &FileReport, started: &str) -> String {
    let words = |failure: &Failure| {
        let words = failure.promtool.as_deref()?;
        Some(format!("<failure>{}</failure>", go_escaped(words)))
    };
    let case = |test: &TestReport| {
        let failures = test.failures.iter().filter_map(words);
        let name = go_escaped(&test.name);
        format!("<testcase name=\"{name}\">{}</testcase>", failures.collect::<String>())
    };
    let failed = |test: &TestReport| test.failures.iter().filter(|f| f.promtool.is_some()).count();
    let (errors, cases, started) = match &report.refused {
        // The clock is read once the file is known to be one.
        Some(error) => {
            let error = go_escaped(error);
            let case = format!("<testcase name=\"unknown\"><error>{error}</error></testcase>");
            let is_read = report.refused.as_ref().is_some_and(|e| e.starts_with("group name"));
            (1, case, if is_read { started } else { "" })
        }
        None => (0, report.tests.iter().map(case).collect(), started),
    };
    let failures: usize = report.tests.iter().map(failed).sum();
    let name = go_escaped(&report.source.name);
    let tests = report.tests.len() + errors;
    format!(
        "<testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" \
         skipped=\"0\" timestamp=\"{started}\">{cases}</testsuite>"
    )
}

fn content(text: &str) -> String {
    escaped(text, false)
}

fn attribute(text: &str) -> String {
    escaped(text, true)
}

fn escaped(text: &str, in_attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\n' | '\t' if in_attribute => out.push(' '),
            c if is_xml(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// As Go's `encoding/xml` escapes text.
fn go_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c if is_xml(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Whether XML may have the character at all.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
