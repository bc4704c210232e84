//! `watchfire test`: unit tests of rules, several files at a time, told in order.

mod compat;
mod files;
mod pool;

use std::{fs, path::Path};

use diagnostics::TextStyle;
use unittest::{Coverage, FileReport, Mode, Options, junit, render};

use crate::{
    Exit,
    args::TestArgs,
    features::Features,
    output::{self, Out},
};

pub(crate) fn run(args: &TestArgs, features: Features, out: &mut Out) -> anyhow::Result<Exit> {
    let options = Options {
        mode: if args.compat { Mode::Promtool { diff: args.diff } } else { Mode::Ours },
        run: args.run.clone(),
        debug: args.debug,
        syntax: features.syntax,
        evaluation: features.evaluation(),
        coverage: args.coverage || args.coverage_min.is_some(),
    };
    let (files, mut unreadable) = files::expand(&args.paths);
    let started = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut reports = Vec::with_capacity(files.len());
    let reading = rules::ReadOptions {
        syntax: features.syntax,
        ignore_unknown_fields: args.ignore_unknown_fields,
        ..rules::ReadOptions::default()
    };
    let reader = files::Reader::new(reading, args.compat);
    pool::run(&files, &reader, &options, |result| match result {
        Ok(report) => {
            show(&report, args, out);
            reports.push(report);
        }
        Err(error) => {
            if args.compat {
                compat::unreadable(&error, out);
            } else {
                output::complain(&error);
            }
            unreadable += 1;
        }
    });
    let mut coverage = Coverage::default();
    for report in &mut reports {
        coverage.merge(report.coverage.take().unwrap_or_default());
    }
    if args.coverage {
        out.print(&render::coverage(&coverage));
    }
    if !args.compat {
        out.print(&render::summary(&reports, unreadable, out.has_color()));
    }
    if let Some(path) = &args.junit {
        write_junit(path, &reports, args.compat, &started)?;
    }
    let is_covered = enough(args.coverage_min, &coverage);
    if !args.run.is_empty() && !args.compat && reports.iter().all(|r| r.tests.is_empty()) {
        output::note("error", "no test is selected");
        return Ok(Exit::Usage);
    }
    Ok(match reports.iter().all(FileReport::passed) {
        _ if unreadable > 0 => Exit::Usage,
        all if all && is_covered => Exit::Fine,
        _ => Exit::Findings,
    })
}

fn show(report: &FileReport, args: &TestArgs, out: &mut Out) {
    if args.compat {
        compat::file(report, args.debug, out);
        return;
    }
    let style = TextStyle { color: out.has_color(), ..TextStyle::default() };
    out.print(&render::file(report, style));
    if args.debug {
        for test in &report.tests {
            out.print(&format!("{}, in {:.1?}:\n", test.name, test.took));
            test.debug.iter().skip(1).for_each(|text| out.print(&format!("{text}\n")));
        }
    }
}

fn write_junit(
    path: &Path,
    reports: &[FileReport],
    compat: bool,
    started: &str,
) -> anyhow::Result<()> {
    let xml =
        if compat { junit::promtool(reports, started) } else { junit::document(reports, started) };
    fs::write(path, xml)
        .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))
}

/// Whether tests exercise as much as is asked for.
fn enough(wanted: Option<f64>, coverage: &Coverage) -> bool {
    let Some(wanted) = wanted else { return true };
    let percent = coverage.percent();
    if percent < wanted {
        output::note(
            "error",
            &format!("coverage is {percent:.1}%, at least {wanted}% is asked for"),
        );
    }
    percent >= wanted
}
