//! `watchfire demo`: the main job with nothing installed.
//!
//! A simulated platform behind a real HTTP API on loopback, the shipped rules, and the ruler that
//! `run` uses, on simulated time. What it shows is in `screen`, what it counts in `score`.

mod clock;
mod score;
mod screen;
mod shipped;
mod stage;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use model::Labels;
use ruler::{Delivery, RuleSet, Ruler};
use source::{Client, RemoteRead, SourceConfig};
use tokio::sync::mpsc;

use crate::{Exit, args::DemoArgs, output::Out, run};
use clock::Paced;
use score::Score;
use screen::Screen;
use stage::Stage;

/// The seed of the simulated platform: every run is the same.
const SEED: u64 = 4;

pub(crate) fn run(args: &DemoArgs, out: &mut Out) -> anyhow::Result<Exit> {
    let files = match &args.rules {
        Some(path) => shipped::read(path)?,
        None => shipped::files(),
    };
    let Some(groups) = shipped::parse(&files) else { return Ok(Exit::Usage) };
    run::runtime()?.block_on(play(args, groups, out))
}

async fn play(args: &DemoArgs, groups: Vec<rules::Group>, out: &mut Out) -> anyhow::Result<Exit> {
    let began = Instant::now();
    let platform = simulator::Config::default();
    let (start_ms, end_ms) = (platform.start_ms, platform.start_ms + args.duration);
    let clock = Paced::new(start_ms * 1_000_000, args.speed);
    let stage = Stage::open(platform, SEED, clock.clone()).await?;

    let mut score = Score::new(&groups);
    let config = ruler_config(stage.url());
    let rules = RuleSet::new(groups, &config);
    // The stage has none.
    let remote_read = RemoteRead::Never;
    let client = Client::new(SourceConfig { remote_read, ..SourceConfig::new(stage.url()) })?;
    let (tell, told) = mpsc::unbounded_channel();
    let deliver = move |delivery: Delivery| {
        // Nobody listens once the screen is closed.
        let _ = tell.send(delivery);
    };

    let mut screen = Screen::new(out, args.format, stage.incidents(), start_ms, end_ms);
    screen.open(&stage, &rules, args.speed);
    let evaluation = Ruler::new(rules, config, Arc::new(client), clock.clone(), deliver)
        .until(end_ms * 1_000_000);
    let snapshots = evaluation.snapshots();
    let stopped = AtomicBool::new(false);
    let stop = async {
        interrupted().await;
        stopped.store(true, Ordering::Relaxed);
    };
    tokio::join!(evaluation.run(stop), watch(told, &clock, &mut screen, &mut score));

    let ended_ms = if stopped.into_inner() { clock.now_ms() } else { end_ms };
    screen.advance_to(ended_ms, score.n_firing());
    score.finish(&snapshots.borrow(), stage.traffic(), ended_ms - start_ms, began.elapsed());
    screen.close(&score);
    stage.close().await;
    Ok(if score.passed() { Exit::Fine } else { Exit::Findings })
}

fn ruler_config(url: &str) -> ruler::Config {
    let external = [("environment", "production"), ("platform", "tripo04os")];
    ruler::Config {
        external_labels: Labels::from_pairs(external),
        external_url: url.to_owned(),
        // Simulated samples are never late.
        overlap_ms: Some(0),
        ..ruler::Config::default()
    }
}

/// Shows and counts what the ruler tells, until it has no more to tell.
async fn watch(
    mut told: mpsc::UnboundedReceiver<Delivery>,
    clock: &Paced,
    screen: &mut Screen<'_>,
    score: &mut Score,
) {
    let mut refresh = tokio::time::interval(std::time::Duration::from_millis(100));
    loop {
        tokio::select! {
            biased;
            delivery = told.recv() => {
                let Some(delivery) = delivery else { break };
                for event in &delivery.events {
                    score.count(event);
                    screen.event(event);
                }
            }
            _ = refresh.tick() => {
                let now_ms = clock.now_ms();
                // What was told up to now comes first.
                if told.is_empty() {
                    screen.advance_to(now_ms, score.n_firing());
                }
            }
        }
    }
}

/// Returns when somebody wants it to end.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                Ok(()) = tokio::signal::ctrl_c() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
