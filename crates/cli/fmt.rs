//! `watchfire fmt`: expressions of rule files as they should be.
//!
//! `rules::format` says how a file should be; here files are found, compared and written.

use std::{
    fs,
    io::{self, Read},
};

use anyhow::Context;
use diagnostics::Source;
use promql::ParseOptions;
use rules::{Formatted, ReadOptions};

use crate::{
    Exit,
    args::FmtArgs,
    check::{
        discover::{Input, discover},
        parallel,
    },
    diff,
    features::Features,
    output::{self, Out, count},
    replace,
    rule_paths::{self, Kind},
};

/// What is done with a file that would change.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// It is written.
    Write,
    /// It is named.
    Check,
    /// What would change is shown.
    Diff,
}

/// A file before and after.
struct File {
    before: String,
    after: Formatted,
}

pub(crate) fn run(args: &FmtArgs, features: Features, out: &mut Out) -> Exit {
    if let Some(expr) = &args.expr {
        return one_expression(expr, features.syntax, out);
    }
    let mode = match (args.check, args.diff) {
        (true, _) => Mode::Check,
        (_, true) => Mode::Diff,
        _ => Mode::Write,
    };
    let found = discover(&args.paths, None);
    let mut report = Report { mode, out, n_files: 0, n_changed: 0, n_problems: 0 };
    for error in &found.missing {
        output::complain(error);
    }
    for (folder, why) in &found.unreadable {
        report.problem(&anyhow::anyhow!("cannot read the folder {}: {why}", folder.display()));
    }
    let files = parallel::map(&found.inputs, |input| format(input, features.syntax));
    for (input, file) in found.inputs.iter().zip(files) {
        match file {
            Ok(Some(file)) => report.file(input, &file),
            Ok(None) => {}
            Err(error) => report.problem(&error),
        }
    }
    let exit = report.finish();
    if found.missing.is_empty() { exit } else { Exit::Usage }
}

/// Prints one expression as it should be.
fn one_expression(text: &str, syntax: ParseOptions, out: &mut Out) -> Exit {
    let parse = promql::parse(text, &syntax);
    match (parse.expr, parse.errors.first()) {
        (Some(expr), None) => {
            out.print(&promql::pretty(&expr, text));
            out.print("\n");
            Exit::Fine
        }
        (_, error) => {
            if let Some(error) = error {
                output::note_diagnostic("expr", text, error);
            }
            Exit::Findings
        }
    }
}

/// A file before and after; none if it was met in a folder and holds other things.
fn format(input: &Input, syntax: ParseOptions) -> anyhow::Result<Option<File>> {
    let mut bytes = Vec::new();
    match &input.path {
        Some(path) => fs::read(path).map(|read| bytes = read),
        None => io::stdin().read_to_end(&mut bytes).map(drop),
    }
    .with_context(|| format!("cannot read {}", input.name))?;
    let before = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{} is not UTF-8 from byte {at} on", input.name)
    })?;
    if input.is_met && !may_hold_rules(&before) {
        return Ok(None);
    }
    let options = ReadOptions { syntax, every_document: true, ..ReadOptions::default() };
    let after = rules::format(&Source::new(&*input.name, &*before), &options);
    Ok(Some(File { before, after }))
}

fn may_hold_rules(text: &str) -> bool {
    let is_other = matches!(rule_paths::kind(text), Kind::Config | Kind::Tests | Kind::Other);
    !is_other && text.contains("groups") && text.contains("expr")
}

/// What becomes of the files.
struct Report<'o> {
    mode: Mode,
    out: &'o mut Out,
    /// Those that hold rules, but for standard input, whose answer is its text.
    n_files: usize,
    n_changed: usize,
    /// What could not be read or written.
    n_problems: usize,
}

impl Report<'_> {
    fn problem(&mut self, error: &anyhow::Error) {
        output::complain(error);
        self.n_problems += 1;
    }

    fn file(&mut self, input: &Input, file: &File) {
        for diagnostic in &file.after.left {
            output::note_diagnostic(&input.name, &file.before, diagnostic);
            self.n_problems += 1;
        }
        let is_changed = file.after.text != file.before;
        match (&input.path, self.mode) {
            (None, Mode::Write) => return self.out.print(&file.after.text),
            (Some(path), Mode::Write) if is_changed => {
                let written = replace::replace(path, &file.after.text);
                let written = written.with_context(|| format!("cannot write {}", input.name));
                if let Err(error) = written {
                    return self.problem(&error);
                }
            }
            _ => {}
        }
        self.n_files += usize::from(file.after.n_rules > 0);
        if is_changed {
            self.n_changed += 1;
            self.show(&input.name, file);
        }
    }

    fn show(&mut self, name: &str, file: &File) {
        let shown = match self.mode {
            Mode::Write => format!("formatted {name}\n"),
            Mode::Check => format!("would format {name}\n"),
            Mode::Diff => diff::unified(name, &file.before, &file.after.text, self.out.has_color()),
        };
        self.out.print(&shown);
    }

    fn finish(self) -> Exit {
        // What `--diff` prints is for other programs too.
        if self.n_files > 0 && self.mode != Mode::Diff {
            let result = match (self.mode, self.n_changed) {
                (_, 0) => "nothing to do".to_owned(),
                (Mode::Check, n) => format!("{n} would be formatted"),
                (_, n) => format!("{n} formatted"),
            };
            let problems = match self.n_problems {
                0 => String::new(),
                n => format!("; {}", count(n, "problem")),
            };
            self.out.print(&format!("{}: {result}{problems}\n", count(self.n_files, "file")));
        }
        let would_change = self.mode != Mode::Write && self.n_changed > 0;
        if self.n_problems > 0 || would_change { Exit::Findings } else { Exit::Fine }
    }
}
