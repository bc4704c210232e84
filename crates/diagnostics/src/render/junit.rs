//! JUnit's XML as CI servers read it: a suite for each file, a failed case for each finding.
//!
//! A file without findings has one case that passed, for a report without cases looks like a
//! check that did not run.

use super::{Report, TextStyle, by_file, sentence, text, xml::Xml};
use crate::Finding;

/// The whole document.
pub fn render(report: &Report<'_>) -> String {
    let files = by_file(report);
    let n_tests: usize = files.iter().map(|(_, findings)| findings.len().max(1)).sum();
    let mut xml = Xml::new();
    let name = &report.tool.name;
    let counts: [(&str, &dyn std::fmt::Display); 3] =
        [("name", name), ("tests", &n_tests), ("failures", &report.findings.len())];
    xml.element("testsuites", &counts, |xml| {
        for (file, findings) in &files {
            suite(xml, file, findings);
        }
    });
    xml.finish()
}

fn suite(xml: &mut Xml, file: &str, findings: &[&Finding]) {
    let n_tests = findings.len().max(1);
    let counts: [(&str, &dyn std::fmt::Display); 5] = [
        ("name", &file),
        ("tests", &n_tests),
        ("failures", &findings.len()),
        ("errors", &0),
        ("skipped", &0),
    ];
    xml.element("testsuite", &counts, |xml| {
        if findings.is_empty() {
            xml.element("testcase", &[("name", &"no findings"), ("classname", &file)], |_| {});
        }
        for finding in findings {
            case(xml, file, finding);
        }
    });
}

fn case(xml: &mut Xml, file: &str, finding: &Finding) {
    let diagnostic = &finding.diagnostic;
    let name = match finding.start() {
        Some(at) => format!("{} at {at}", diagnostic.code),
        None => diagnostic.code.to_owned(),
    };
    let sentence = sentence(diagnostic);
    let severity = diagnostic.severity.name();
    let shown = text::one(finding, TextStyle { color: false, width: 100 });
    xml.element("testcase", &[("name", &name), ("classname", &file)], |xml| {
        xml.text("failure", &[("message", &sentence), ("type", &severity)], &shown);
    });
}
