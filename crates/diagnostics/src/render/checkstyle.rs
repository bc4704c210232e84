//! Checkstyle's XML, which many review tools read.

use std::fmt::Display;

use super::{Report, by_file, paragraph, xml::Xml};
use crate::Finding;

/// The version of Checkstyle whose form this is; readers ask for no other.
const VERSION: &str = "4.3";

/// The whole document.
pub fn render(report: &Report<'_>) -> String {
    let mut xml = Xml::new();
    xml.element("checkstyle", &[("version", &VERSION)], |xml| {
        for (file, findings) in by_file(report) {
            xml.element("file", &[("name", &file)], |xml| {
                for finding in findings {
                    error(xml, &report.tool.name, finding);
                }
            });
        }
    });
    xml.finish()
}

fn error(xml: &mut Xml, tool: &str, finding: &Finding) {
    let diagnostic = &finding.diagnostic;
    let at = finding.start();
    let (line, column) = (at.map_or(1, |at| at.line), at.map(|at| at.column.to_string()));
    let mut attributes: Vec<(&str, &dyn Display)> = vec![("line", &line)];
    if let Some(column) = &column {
        attributes.push(("column", column));
    }
    let (severity, message) = (diagnostic.severity.name(), paragraph(finding));
    let source = format!("{tool}.{}", diagnostic.code);
    attributes.push(("severity", &severity));
    attributes.push(("message", &message));
    attributes.push(("source", &source));
    xml.element("error", &attributes, |_| {});
}
