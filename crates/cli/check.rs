//! `watchfire check`: everything that is wrong with rule files, in one run.
//!
//! `discover` says which files are meant, `gather` reads them, `settings` says what is looked for,
//! `judge` has `lint` look, `fix` writes what can be remedied, and `report` shows what was found.
//! Start at [`run`].

pub(crate) mod args;
mod baseline;
pub(crate) mod discover;
mod fix;
mod gather;
mod judge;
pub(crate) mod parallel;
mod progress;
mod read;
mod report;
mod scope;
mod settings;
mod since;

use std::{collections::HashMap, path::Path};

use rules::{ReadOptions, RuleFile};

use crate::{
    Exit,
    features::Features,
    memory,
    output::{self, Out},
};
use discover::Discovered;
use gather::Gathered;
use judge::{Judged, Session};
use report::Report;
use scope::Scope;
use settings::{Resolver, RunSettings};

pub(crate) use args::CheckArgs;

pub(crate) fn run(args: &CheckArgs, features: Features, out: &mut Out) -> anyhow::Result<Exit> {
    memory::take_small_pages();
    let mut resolver = Resolver::new(&args.lints, Some(today()))?;
    let settings = resolver.run()?;
    let mut found = discover::discover(&args.paths, args.stdin_filename.as_deref());
    complain(&found);
    let is_complete = found.missing.is_empty();
    resolver.pass_over(std::mem::take(&mut found.bare));
    exclude(&mut found, &mut resolver)?;
    let options = ReadOptions {
        syntax: features.syntax,
        ignore_unknown_fields: args.lints.ignore_unknown_fields,
        ..ReadOptions::default()
    };
    let mut gathered = Gathered::read(found, options);
    let (names, n_skipped) = (std::mem::take(&mut gathered.names), gathered.n_skipped);
    let mut session = session(args, gathered, resolver, &settings)?;
    if args.lints.show_files || args.lints.show_settings {
        show(args, &session, out);
        return Ok(if is_complete { Exit::Fine } else { Exit::Usage });
    }
    let mut report = Report {
        files: names,
        n_rules: session.files.iter().map(RuleFile::n_rules).sum(),
        n_skipped,
        findings: Vec::new(),
        asides: Vec::new(),
    };
    let scope = Scope::new(args, &settings, &session, options)?;
    let (outcome, judged) = judge_and_fix(args, &scope, &mut session, &mut report, options, out);
    scope.finish(&session, &judged, &mut report)?;
    if !outcome.has_shown {
        report.print(&args.report, out)?;
    }
    let fails = args.report.fail_on.or(args.lints.promtool_fail_on()).or(settings.fail_on);
    let fails = fails.unwrap_or_default();
    let is_found = report.findings.iter().any(|f| fails.fails(f.diagnostic.severity));
    let is_empty = report.files.is_empty() || is_blank(&session);
    if is_blank(&session) {
        output::note("error", "standard input is empty: did the program before it fail?");
    }
    // The process ends; a tenth of the run would go into freeing trees one by one.
    std::mem::forget((session, report));
    Ok(match is_found || outcome.fails {
        _ if !is_complete || outcome.has_failed || is_empty => Exit::Usage,
        true => Exit::Findings,
        false => Exit::Fine,
    })
}

/// Whether what was piped in is nothing.
fn is_blank(session: &Session) -> bool {
    let mut inputs = session.inputs.iter().zip(&session.files);
    inputs.any(|(input, file)| input.path.is_none() && file.source.text.trim().is_empty())
}

/// Today, in UTC, so that a run says the same everywhere.
fn today() -> lint::Day {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let positive = |n: i8| u8::try_from(n).expect("months and days count from 1");
    let year = u16::try_from(today.year()).unwrap_or(u16::MAX);
    (year, positive(today.month()), positive(today.day()))
}

fn complain(found: &Discovered) {
    for error in &found.missing {
        output::complain(error);
    }
}

/// Leaves out what settings exclude; what was named is looked at all the same.
fn exclude(found: &mut Discovered, resolver: &mut Resolver<'_>) -> anyhow::Result<()> {
    let mut kept = Vec::with_capacity(found.inputs.len());
    for input in found.inputs.drain(..) {
        let is_out = match &input.path {
            Some(path) if input.is_met => resolver.excludes(path)?,
            _ => false,
        };
        if !is_out {
            kept.push(input);
        }
    }
    found.inputs = kept;
    Ok(())
}

/// Everything that lints look at.
fn session(
    args: &CheckArgs,
    mut gathered: Gathered,
    mut resolver: Resolver<'_>,
    settings: &RunSettings,
) -> anyhow::Result<Session> {
    let facts = settings.prometheus.as_deref().map(gather::facts).transpose()?;
    let mut settings_of = Vec::with_capacity(gathered.files.len());
    for input in &gathered.inputs {
        let facts = input.facts.as_ref().or(facts.as_ref());
        settings_of.push(resolver.of(Path::new(&input.name), facts)?);
    }
    if settings_of.is_empty() {
        // What is about no rule file has settings, too.
        resolver.of(Path::new("-"), facts.as_ref())?;
    }
    if !args.lints.wants_slow_jobs() {
        gathered.problems.retain(|finding| finding.diagnostic.code != read::SLOW);
    }
    let config = args.alertmanager.as_ref().or(settings.alertmanager.as_ref());
    let alertmanager = config.map(|path| gathered.alertmanager(path)).transpose()?;
    let tests = if args.tests.is_empty() { &settings.tests } else { &args.tests };
    let tests = (!tests.is_empty()).then(|| {
        let found = discover::discover(tests, None);
        complain(&found);
        gathered.tests(found)
    });
    Ok(Session {
        files: gathered.files,
        inputs: gathered.inputs,
        settings_of,
        settings: resolver.all,
        tests,
        alertmanager,
        problems: gathered.problems,
    })
}

/// What became of fixes.
#[derive(Default)]
struct Outcome {
    /// Whether it alone makes the run fail.
    fails: bool,
    /// Whether something could not be written.
    has_failed: bool,
    /// Whether all that is to be shown was shown.
    has_shown: bool,
}

/// Finds, and remedies if that is wanted.
fn judge_and_fix(
    args: &CheckArgs,
    scope: &Scope,
    session: &mut Session,
    report: &mut Report,
    options: ReadOptions,
    out: &mut Out,
) -> (Outcome, Judged) {
    let wanted = &args.fixes;
    let mut outcome = Outcome::default();
    let mut judged = if wanted.fix || wanted.diff {
        let mut fixed = fix::run(session, scope, wanted.unsafe_fixes, options);
        let reads_stdin = session.inputs.iter().any(|input| input.path.is_none());
        if wanted.diff {
            fixed.show(session, out);
        } else {
            fixed.write(session, out);
        }
        outcome = Outcome {
            fails: fixed.n_findings > 0 && (wanted.diff || wanted.exit_non_zero_on_fix),
            has_failed: fixed.has_failed,
            has_shown: wanted.diff || reads_stdin,
        };
        if fixed.n_findings > 0 {
            report.asides.push(format!("fixed {}", fixed.summary()));
        }
        fixed.judged
    } else {
        let mut judged = session.judge();
        scope.filter(session, &mut judged);
        judged
    };
    if judged.n_suppressed > 0 {
        report.asides.push(format!("{} suppressed by comments", judged.n_suppressed));
    }
    report.findings = std::mem::take(&mut judged.findings);
    let files = report.files.iter().enumerate();
    let order: HashMap<&str, usize> = files.map(|(i, name)| (name.as_str(), i)).collect();
    report.findings.sort_by_cached_key(|finding| order.get(finding.source.name.as_str()).copied());
    (outcome, judged)
}

/// Which files are rule files, and what holds for them.
fn show(args: &CheckArgs, session: &Session, out: &mut Out) {
    if args.lints.show_files {
        for file in &session.files {
            out.print(&format!("{}\n", file.source.name));
        }
        return;
    }
    for (index, settings) in session.settings.iter().enumerate() {
        let files = session.files.iter().zip(&session.settings_of);
        let files: Vec<&str> =
            files.filter(|(_, of)| **of == index).map(|(file, _)| &*file.source.name).collect();
        out.print(&settings.show(&files));
    }
}
