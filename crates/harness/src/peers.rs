//! Everybody over the same samples and rules, one after another.

use std::path::PathBuf;

use tokio::task::JoinHandle;

use crate::{
    BenchError, Deck, Machine, Report, Subject,
    measure::{self, catch_up, feed_live, now_ms},
    report::{Intake, LeftOut, Outcome, Peak, Settings, Tick},
    rule_set, sink,
    subject::{Setting, Stage},
    targets::{SharedDeck, Targets},
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// What is measured.
    pub settings: Settings,
    /// Who.
    pub subjects: Vec<Subject>,
    /// The program `watchfire`.
    pub watchfire: PathBuf,
}

/// Told while it runs: the subject, what is done, and how far that is, from 0 to 1.
pub type Tell<'a> = &'a (dyn Fn(Subject, &str, f64) + Send + Sync);

/// Measures everybody that is installed. What goes wrong with a subject is in its outcome.
pub async fn run(options: &Options, tell: Tell<'_>) -> Result<Report, BenchError> {
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: Machine::this(),
        settings: options.settings.clone(),
        results: Vec::new(),
        left_out: Vec::new(),
    };
    for subject in &options.subjects {
        if let Some(missing) = subject.missing() {
            let (subject, missing) = (subject.to_string(), missing.to_owned());
            report.left_out.push(LeftOut { subject, missing });
        } else {
            report.results.push(outcome(*subject, options, tell).await);
        }
    }
    Ok(report)
}

async fn outcome(subject: Subject, options: &Options, tell: Tell<'_>) -> Outcome {
    let measured = one(subject, options, tell).await;
    let mut outcome = Outcome {
        subject: subject.to_string(),
        series: 0,
        native_series: 0,
        ticks: Vec::new(),
        peak: Peak::default(),
        error: None,
    };
    match measured {
        Ok(Measured { series, native_series, ticks, peak }) => {
            (outcome.series, outcome.native_series) = (series, native_series);
            (outcome.ticks, outcome.peak) = (ticks, peak);
        }
        Err(error) => outcome.error = Some(chain(&error)),
    }
    outcome
}

struct Measured {
    series: usize,
    native_series: usize,
    ticks: Vec<Tick>,
    peak: Peak,
}

/// Stops feeding when it is dropped.
struct Feeding(JoinHandle<Result<(), BenchError>>);

impl Drop for Feeding {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn one(subject: Subject, options: &Options, tell: Tell<'_>) -> Result<Measured, BenchError> {
    let Settings { interval_ms, warmup, ticks, churn, .. } = options.settings;
    let folder = tempfile::tempdir().map_err(BenchError::io("a temporary folder"))?;
    let alertmanager = sink::start().await.map_err(BenchError::io("an Alertmanager"))?;
    let rules = rules(&options.settings);
    let setting = Setting {
        folder: folder.path(),
        rules: &rules,
        interval_ms,
        native_histograms: options.settings.has_native_histograms(),
        watchfire: &options.watchfire,
        evaluation_threads: options.settings.evaluation_threads,
        alertmanager: &alertmanager.address().to_string(),
    };
    tell(subject, "starting", 0.0);
    let mut stage = Stage::open(subject, &setting).await?;
    let from_ms = now_ms() - rule_set::reach_ms(interval_ms) - interval_ms;
    let Settings { series, native_histograms, .. } = options.settings;
    let mut deck = Deck::with_native_histograms(series, native_histograms, interval_ms, from_ms);
    let filling = |share| tell(subject, "filling", share);
    catch_up(&mut deck, &stage.feed, interval_ms, filling).await?;
    let (series, native_series) = (deck.n_series(), deck.n_native());
    let deck = SharedDeck::new(deck);
    let is_scraped = stage.source.is_some() && options.settings.intake == Intake::Scrape;
    if is_scraped {
        let targets = Targets::serve(deck.clone()).await;
        stage.targets = Some(targets.map_err(BenchError::io("a free port"))?);
    }
    stage.begin(&setting).await?;
    if let Some(targets) = &stage.targets {
        targets.begun(interval_ms).await?;
    }

    let length_of = |ticks: usize| i64::try_from(ticks).unwrap_or(0) * interval_ms;
    let first_ms = now_ms() + length_of(warmup);
    if churn {
        deck.lock().churn(first_ms, first_ms + length_of(ticks));
    }
    let taker = stage.feed.clone();
    let mut feeding = Feeding(tokio::spawn(async move {
        if is_scraped {
            std::future::pending().await
        } else {
            feed_live(deck, taker, interval_ms).await
        }
    }));
    tell(subject, "warming up", 0.0);
    let measuring = measure::ticks(&mut stage, first_ms, interval_ms, ticks, |n| {
        tell(subject, "measuring", n as f64 / ticks as f64);
    });
    let (ticks, peak) = tokio::select! {
        measured = measuring => measured?,
        fed = &mut feeding.0 => return Err(match fed {
            Ok(Err(refused)) => refused,
            _ => BenchError::Wrong("feeding stopped".to_owned()),
        }),
    };
    drop(feeding);
    stage.close().await;
    Ok(Measured { series, native_series, ticks, peak })
}

fn rules(settings: &Settings) -> String {
    let rules = rule_set(settings.rules, settings.interval_ms);
    if settings.has_native_histograms() {
        return rule_set::with_native_histograms(rules, settings.interval_ms);
    }
    rules
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    let mut text = error.to_string();
    for cause in causes.map(ToString::to_string).filter(|cause| !error.to_string().contains(cause))
    {
        text = format!("{text}: {cause}");
    }
    text
}
