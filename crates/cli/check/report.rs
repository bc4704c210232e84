//! What was found, as the user wants to see it.

use diagnostics::{Finding, Format, Severity, TextStyle, Tool};

use super::args::ReportArgs;
use crate::output::{Out, count};

/// What came of a run.
pub(super) struct Report {
    /// The names of all files that were looked at.
    pub(super) files: Vec<String>,
    pub(super) n_rules: usize,
    /// Files that held other things.
    pub(super) n_skipped: usize,
    pub(super) findings: Vec<Finding>,
}

impl Report {
    /// Shows it.
    pub(super) fn print(&self, args: &ReportArgs, out: &mut Out) {
        let tool = Tool::new("watchfire", env!("CARGO_PKG_VERSION"));
        let report =
            diagnostics::Report { tool: &tool, files: &self.files, findings: &self.findings };
        let style = TextStyle { color: out.has_color(), ..TextStyle::default() };
        out.print(&args.format.render(&report, style));
        if args.format == Format::Text {
            out.print(&format!("{}\n", self.summary()));
        }
    }

    /// `3 files, 4 rules: 1 error and 2 warnings in 2 files`.
    fn summary(&self) -> String {
        let checked =
            format!("{}, {}", count(self.files.len(), "file"), count(self.n_rules, "rule"));
        let skipped = match self.n_skipped {
            0 => String::new(),
            n => format!("; skipped {} that hold other things", count(n, "file")),
        };
        format!("{checked}: {}{skipped}", self.found())
    }

    fn found(&self) -> String {
        if self.findings.is_empty() {
            return "no problems".to_owned();
        }
        let of = |severity| {
            let n = self.findings.iter().filter(|f| f.diagnostic.severity == severity).count();
            (n > 0).then(|| count(n, severity.name()))
        };
        let kinds = [Severity::Error, Severity::Warning, Severity::Info].into_iter().filter_map(of);
        let kinds: Vec<String> = kinds.collect();
        let files: std::collections::BTreeSet<&str> =
            self.findings.iter().map(|f| f.source.name.as_str()).collect();
        let listed = match kinds.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        };
        format!("{listed} in {}", count(files.len(), "file"))
    }
}
