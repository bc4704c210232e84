//! `watchfire check`: every error of every file in one run.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use diagnostics::{Diagnostic, Finding, Severity, Source, Tool, render};
use indicatif::{ProgressBar, ProgressStyle};
use promql::ParseOptions;
use serde_json::json;

use crate::{
    Exit,
    args::{CheckArgs, CheckFormat},
    config::Config,
    features::Features,
    output::{self, Out, count},
    rule_paths::{self, Kind},
};

/// From so many files on, a terminal shows how far the check is.
const LONG: usize = 200;

/// What was found.
#[derive(Default)]
struct Report {
    syntax: ParseOptions,
    n_files: usize,
    n_rules: usize,
    /// Files that had nothing to check.
    skipped: Vec<PathBuf>,
    files: Vec<Findings>,
}

/// What was found in one text.
struct Findings {
    file: String,
    text: String,
    diagnostics: Vec<Diagnostic>,
}

pub(crate) fn run(args: &CheckArgs, features: Features, out: &mut Out) -> anyhow::Result<Exit> {
    let (mut report, mut unusable) =
        (Report { syntax: features.syntax, ..Report::default() }, false);
    let mut files = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text)?;
            report.check(Path::new("<stdin>"), &text, false);
            continue;
        }
        match rule_paths::expand(path) {
            Ok(found) => {
                let in_folder = path.is_dir();
                files.extend(found.into_iter().map(|file| (file, in_folder)));
            }
            Err(error) => {
                output::complain(&error);
                unusable = true;
            }
        }
    }
    report.check_files(files);
    let exit = report.exit(unusable);
    match args.format {
        CheckFormat::Text => report.print(out),
        CheckFormat::Json => out.print(&report.json()),
    }
    Ok(exit)
}

impl Report {
    fn check_files(&mut self, files: Vec<(PathBuf, bool)>) {
        let progress = progress(files.len());
        let mut seen = std::collections::HashSet::new();
        for (file, in_folder) in files {
            progress.inc(1);
            if !seen.insert(file.clone()) {
                continue;
            }
            match fs::read(&file).map(String::from_utf8) {
                Ok(Ok(text)) => self.check(&file, &text, in_folder),
                Ok(Err(error)) => {
                    let at = error.utf8_error().valid_up_to();
                    self.unreadable(&file, format!("this is not UTF-8 from byte {at} on"));
                }
                Err(error) => self.unreadable(&file, format!("cannot be read: {error}")),
            }
        }
        progress.finish_and_clear();
    }

    /// Checks a text. What was met in a folder and is no rule file is left out; what was named is
    /// checked as what it seems to be.
    fn check(&mut self, file: &Path, text: &str, in_folder: bool) {
        match rule_paths::kind(text) {
            Kind::Config if !in_folder => self.check_config(file, text),
            Kind::Config | Kind::Other if in_folder => self.skipped.push(file.to_owned()),
            _ => self.check_rules(file, text),
        }
    }

    fn check_rules(&mut self, file: &Path, text: &str) {
        self.n_files += 1;
        let name = file.display().to_string();
        let parsed = rules::parse(&name, text, &self.syntax);
        self.n_rules += parsed.groups.iter().map(|group| group.rules.len()).sum::<usize>();
        let diagnostics = parsed.errors.iter().map(rule_error).collect();
        self.add(name, text.to_owned(), diagnostics);
    }

    fn check_config(&mut self, file: &Path, text: &str) {
        self.n_files += 1;
        match Config::parse(file, text) {
            Ok(config) => {
                let found = config.unmatched.iter().map(|pattern| Diagnostic {
                    severity: Severity::Error,
                    code: "config",
                    message: format!("rule_files: `{pattern}` matches no file"),
                    span: text
                        .find(pattern.as_str())
                        .map(|at| diagnostics::Span::new(at, at + pattern.len())),
                    ..Diagnostic::default()
                });
                self.add(file.display().to_string(), text.to_owned(), found.collect());
                self.check_files(config.rule_files.into_iter().map(|file| (file, false)).collect());
            }
            Err(problems) => self.add(problems.file, problems.text, problems.diagnostics),
        }
    }

    fn unreadable(&mut self, file: &Path, message: String) {
        self.n_files += 1;
        let (severity, code) = (Severity::Error, "io");
        let diagnostic = Diagnostic { severity, code, message, ..Diagnostic::default() };
        self.add(file.display().to_string(), String::new(), vec![diagnostic]);
    }

    fn add(&mut self, file: String, text: String, diagnostics: Vec<Diagnostic>) {
        if !diagnostics.is_empty() {
            self.files.push(Findings { file, text, diagnostics });
        }
    }

    fn n_findings(&self) -> usize {
        self.files.iter().map(|findings| findings.diagnostics.len()).sum()
    }

    fn exit(&self, unusable: bool) -> Exit {
        match (unusable, self.n_findings()) {
            (true, _) => Exit::Usage,
            (false, 0) => Exit::Fine,
            _ => Exit::Findings,
        }
    }

    fn print(&self, out: &mut Out) {
        for Findings { file, text, diagnostics } in &self.files {
            for diagnostic in diagnostics {
                out.diagnostic(file, text, diagnostic);
                out.print("\n");
            }
        }
        let checked = format!("{}, {}", count(self.n_files, "file"), count(self.n_rules, "rule"));
        let skipped = match self.skipped.len() {
            0 => String::new(),
            n => format!("; skipped {} that hold other things", count(n, "file")),
        };
        let result = match self.n_findings() {
            0 => "no problems".to_owned(),
            n => format!("{} in {}", count(n, "error"), count(self.files.len(), "file")),
        };
        out.print(&format!("{checked}: {result}{skipped}\n"));
    }

    fn json(&self) -> String {
        let tool = Tool::new("watchfire", env!("CARGO_PKG_VERSION"));
        let findings = self.files.iter().flat_map(|findings| {
            let source = Source::new(&findings.file, &findings.text);
            let finding =
                move |d: &Diagnostic| Finding { source: source.clone(), diagnostic: d.clone() };
            findings.diagnostics.iter().map(finding).map(|f| render::json_lines::value(&f, &tool))
        });
        let document = json!({
            "files": self.n_files,
            "rules": self.n_rules,
            "skipped": self.skipped,
            "findings": findings.collect::<Vec<_>>(),
        });
        format!("{document:#}\n")
    }
}

/// An error of a rule file as a diagnostic.
pub(crate) fn rule_error(error: &rules::RuleError) -> Diagnostic {
    let message = error.message.clone();
    Diagnostic { code: "rules", message, ..error.diagnostic.clone() }
}

fn progress(files: usize) -> ProgressBar {
    if files < LONG || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files");
    let bar = ProgressBar::new(files as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
