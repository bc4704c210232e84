//! `watchfire promqltest`: runs test scripts and tells what is not as expected.

mod paths;
mod print;

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use promqltest::{FileReport, run_evals, script::Eval};

use self::paths::Script;
use crate::{
    Exit,
    args::PromqltestArgs,
    output::{self, Out},
};

/// From so many files on, a terminal shows how far the run is.
const LONG: usize = 20;

pub(crate) fn run(args: &PromqltestArgs, out: &mut Out) -> Exit {
    let (mut scripts, mut unusable) = (Vec::new(), false);
    for path in &args.paths {
        match paths::expand(path) {
            Ok(found) => scripts.extend(found),
            Err(error) => {
                output::complain(&error);
                unusable = true;
            }
        }
    }
    let progress = progress(scripts.len());
    let mut reports = Vec::new();
    for script in &scripts {
        progress.inc(1);
        match script.text() {
            Ok(text) => {
                let report = evaluate(args, script, &text);
                // Of what has nothing that was selected there is nothing to tell.
                if args.filter.is_none() || report.error.is_some() || !report.evals.is_empty() {
                    let text = print::file(&report, out.has_color());
                    progress.suspend(|| {
                        out.print(&text);
                        // What is done is shown while the rest is still running.
                        let _ = out.flush();
                    });
                }
                reports.push(report);
            }
            Err(error) => {
                progress.suspend(|| output::complain(&error));
                unusable = true;
            }
        }
    }
    progress.finish_and_clear();
    if nothing_wanted(args, &scripts, &reports) {
        output::note("error", "no evaluation is selected");
        return Exit::Usage;
    }
    if !reports.is_empty() {
        let summary = print::summary(&reports, out.has_color());
        out.print(&summary);
    }
    match reports.iter().all(FileReport::is_ok) {
        _ if unusable => Exit::Usage,
        true => Exit::Fine,
        false => Exit::Findings,
    }
}

fn evaluate(args: &PromqltestArgs, script: &Script, text: &str) -> FileReport {
    let wanted = |eval: &Eval| {
        script.line.is_none_or(|line| line == eval.line)
            && args.filter.as_ref().is_none_or(|filter| filter.is_match(&eval.text))
    };
    run_evals(&script.name, text, &wanted)
}

/// Whether there is a selection that leaves nothing.
fn nothing_wanted(args: &PromqltestArgs, scripts: &[Script], reports: &[FileReport]) -> bool {
    let selected = args.filter.is_some() || scripts.iter().any(|script| script.line.is_some());
    let nothing = |report: &FileReport| report.error.is_none() && report.evals.is_empty();
    selected && !reports.is_empty() && reports.iter().all(nothing)
}

fn progress(files: usize) -> ProgressBar {
    if files < LONG || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} scripts");
    let bar = ProgressBar::new(files as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
