//! `watchfire bench`: what rules cost here and elsewhere.
//!
//! It reads flags and prints; all measuring is in `harness`.

mod args;
mod progress;

use std::{fs, path::Path};

use anyhow::Context;
use harness::{
    Subject, chart, curves, peers,
    range::{self, RangeReport},
    report::{Intake, Settings},
    table,
};

use crate::{Exit, demo, output, output::Out, run};
pub(crate) use args::BenchArgs;
use args::{BenchCommand, CurvesArgs, OutputArgs, PeersArgs, RangeArgs, RunArgs};
use progress::Progress;

pub(crate) fn run(args: &BenchArgs, out: &mut Out) -> anyhow::Result<Exit> {
    run::runtime()?.block_on(async {
        let measuring = async {
            match &args.command {
                BenchCommand::Peers(args) => peers(args, out).await,
                BenchCommand::Curves(args) => curves(args, out).await,
                BenchCommand::Range(args) => range(args, out).await,
            }
        };
        // What was started is ended when its owner is dropped.
        tokio::select! {
            done = measuring => done,
            () = demo::interrupted() => anyhow::bail!("interrupted; what was started is ended"),
        }
    })
}

async fn peers(args: &PeersArgs, out: &mut Out) -> anyhow::Result<Exit> {
    let options = options(&args.run, args.series, args.rules)?;
    let progress = Progress::new(options.subjects.len());
    let tell = |subject: Subject, stage: &str, share| progress.show(subject, stage, share);
    let report = peers::run(&options, &tell).await?;
    drop(progress);
    out.print(&table::render(&report, args.output.layout()));
    save(args.output.json.as_deref(), || report.json())?;
    save(args.output.svg.as_deref(), || chart::bars(&report))?;
    Ok(exit(report.is_complete()))
}

async fn curves(args: &CurvesArgs, out: &mut Out) -> anyhow::Result<Exit> {
    let options = options(&args.run(), args.at_series, args.at_rules)?;
    let sizes = args.sizes();
    let progress = Progress::new(options.subjects.len());
    let next = |settings: &Settings| progress.begin(settings);
    let tell = |subject: Subject, stage: &str, share| progress.show(subject, stage, share);
    let curves = curves::run(&options, &sizes, &next, &tell).await?;
    drop(progress);
    out.print(&curves.table(args.output.layout()));
    save(args.output.json.as_deref(), || curves.json())?;
    save(args.output.svg.as_deref(), || curves.svg())?;
    Ok(exit(curves.is_complete()))
}

async fn range(args: &RangeArgs, out: &mut Out) -> anyhow::Result<Exit> {
    let progress = Progress::new(1);
    let tell = |stage: &str, share| progress.show(Subject::Source, stage, share);
    let report: RangeReport = range::run(args.settings(), &tell).await?;
    drop(progress);
    out.print(&report.text());
    save(args.json.as_deref(), || report.json())?;
    Ok(Exit::Fine)
}

fn options(args: &RunArgs, series: usize, rules: usize) -> anyhow::Result<peers::Options> {
    let watchfire = std::env::current_exe().context("cannot find this program")?;
    let RunArgs { interval: interval_ms, warmup, ticks, churn, native_histograms, .. } = *args;
    let intake = args.intake.map_or(Intake::Scrape, Into::into);
    let intake = if native_histograms > 0.0 {
        anyhow::ensure!(
            args.intake.is_none() || intake == Intake::RemoteWrite,
            "native histograms have no text form: they go by remote write"
        );
        Intake::RemoteWrite
    } else {
        intake
    };
    let evaluation_threads = args.evaluation_threads;
    let settings = Settings {
        series,
        rules,
        interval_ms,
        warmup,
        ticks,
        churn,
        native_histograms,
        intake,
        evaluation_threads,
    };
    if cfg!(debug_assertions) {
        output::note("warning", "this is a debug build: its figures say nothing about a release");
    }
    Ok(peers::Options { settings, subjects: args.subjects(), watchfire })
}

fn save(path: Option<&Path>, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    fs::write(path, text()).with_context(|| format!("cannot write {}", path.display()))
}

fn exit(is_complete: bool) -> Exit {
    if is_complete { Exit::Fine } else { Exit::Findings }
}

impl OutputArgs {
    fn layout(&self) -> table::Layout {
        match self.format {
            args::TableFormat::Text => table::Layout::Text,
            args::TableFormat::Markdown => table::Layout::Markdown,
        }
    }
}
