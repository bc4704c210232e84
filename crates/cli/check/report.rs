//! What was found, as the user wants to see it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context;
use diagnostics::{Entry, Finding, Format, Severity, TextStyle, Tool, render::text};
use lint::LINTS;

use super::{args::ReportArgs, parallel};
use crate::output::{Out, count};

/// What came of a run.
pub(super) struct Report {
    /// The names of all files that were looked at.
    pub(super) files: Vec<String>,
    pub(super) n_rules: usize,
    /// Files that held other things.
    pub(super) n_skipped: usize,
    pub(super) findings: Vec<Finding>,
    /// What else the last line tells, such as how many were suppressed.
    pub(super) asides: Vec<String>,
}

impl Report {
    /// Shows it, and writes it where it is wanted.
    pub(super) fn print(&self, args: &ReportArgs, out: &mut Out) -> anyhow::Result<()> {
        let tool = tool();
        let style = TextStyle { color: out.has_color(), ..TextStyle::default() };
        let mut shown = self.render(args.format, &tool, style);
        if args.format == Format::Text {
            if args.statistics {
                shown = self.statistics();
            }
            if !args.quiet {
                shown += &self.summary();
                shown.push('\n');
            }
        }
        match &args.output {
            Some(path) => {
                let plain = TextStyle { color: false, ..style };
                let shown = if style.color && args.format == Format::Text {
                    self.render(args.format, &tool, plain)
                } else {
                    shown
                };
                write(path, &shown)?;
            }
            None => out.print(&shown),
        }
        for (format, path) in &args.report {
            write(path, &self.render(*format, &tool, TextStyle::default()))?;
        }
        Ok(())
    }

    fn render(&self, format: Format, tool: &Tool, style: TextStyle) -> String {
        if format == Format::Text {
            return self.draw(style);
        }
        let report = diagnostics::Report { tool, files: &self.files, findings: &self.findings };
        format.render(&report, style)
    }

    /// [`Format::Text`], which costs most, drawn on all cores.
    fn draw(&self, style: TextStyle) -> String {
        let folded = text::fold(&self.findings);
        let drawn = parallel::map(&folded, |folded| folded.draw(style) + "\n");
        drawn.concat()
    }

    /// How often each lint found something, the most frequent first.
    fn statistics(&self) -> String {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for finding in &self.findings {
            let (n, n_fixes) = counts.entry(finding.diagnostic.code).or_default();
            *n += 1;
            *n_fixes += usize::from(finding.diagnostic.fix.is_some());
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(name, (n, _))| (usize::MAX - n, *name));
        let line = |(name, (n, n_fixes)): (&str, (usize, usize))| {
            let code = LINTS.iter().find(|lint| lint.name == name).map_or("", |lint| lint.code);
            let fixes = if n_fixes > 0 { format!("  {n_fixes} fixable") } else { String::new() };
            format!("{n:>6}  {code:<5}  {name}{fixes}\n")
        };
        counts.into_iter().map(line).collect()
    }

    /// `3 files, 4 rules: 1 error and 2 warnings in 2 files`.
    fn summary(&self) -> String {
        let checked =
            format!("{}, {}", count(self.files.len(), "file"), count(self.n_rules, "rule"));
        let mut asides = self.asides.clone();
        if self.n_skipped > 0 {
            let files = count(self.n_skipped, "file");
            asides.push(format!("skipped {files} that hold other things"));
        }
        asides.insert(0, format!("{checked}: {}", self.found()));
        asides.join("; ")
    }

    fn found(&self) -> String {
        if self.findings.is_empty() {
            return if self.files.is_empty() { "nothing to check" } else { "no problems" }
                .to_owned();
        }
        let of = |severity| {
            let n = self.findings.iter().filter(|f| f.diagnostic.severity == severity).count();
            (n > 0).then(|| count(n, severity.name()))
        };
        let kinds = [Severity::Error, Severity::Warning, Severity::Info].into_iter().filter_map(of);
        let kinds: Vec<String> = kinds.collect();
        let files: BTreeSet<&str> = self.findings.iter().map(|f| f.source.name.as_str()).collect();
        let listed = match kinds.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        };
        format!("{listed} in {}", count(files.len(), "file"))
    }
}

/// The program with what it says of each lint.
fn tool() -> Tool {
    let tool = Tool::new("watchfire", env!("CARGO_PKG_VERSION"));
    LINTS.iter().fold(tool, |tool, lint| {
        let entry = Entry {
            summary: lint.summary.to_owned(),
            explanation: lint::explain(lint),
            url: None,
            severity: lint.severity,
        };
        tool.with(lint.name, entry)
    })
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
