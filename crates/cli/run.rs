//! `watchfire run`: the sidecar.

mod signals;
mod summary;
mod web;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use notify::{Notifier, NotifierHandle, jsonl::Sink};
use promql::ParseOptions;
use ruler::{Clock, Delivery, RuleSet, Ruler, Simulated, Snapshot, Wall, Wanted, fetch::Limits};
use source::Client;

use crate::{
    Exit,
    args::RunArgs,
    config::{self, Config, Cut},
    features::Features,
    memory, output, rule_paths,
    rule_paths::Kind,
};
use signals::Signals;

/// The interval of groups that are evaluated once, in milliseconds.
const ONCE_MS: i64 = 1000;

pub(crate) fn run(args: &RunArgs, features: Features) -> anyhow::Result<Exit> {
    memory::take_small_pages();
    memory::give_back_at_once();
    let mut config = configure(args)?;
    config.ruler.evaluation = features.evaluation();
    let Some(mut groups) = load(&config.rule_files, features.syntax)? else {
        return Ok(Exit::Usage);
    };
    if args.once {
        // So that each group has a slot right now.
        for group in &mut groups {
            group.interval = Some(ONCE_MS);
        }
    }
    let rules = RuleSet::new(groups, &config.ruler);
    runtime()?.block_on(evaluate(args, &config, rules))
}

/// The runtime that commands wait in.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().context("cannot start the runtime")
}

/// The configuration file, with what the command line says instead.
fn configure(args: &RunArgs) -> anyhow::Result<Config> {
    let mut config = with_rules(args.config.as_deref(), &args.rules)?;
    if let Some(url) = &args.source {
        let by_default = config.ruler.external_url == config.source.url.to_string();
        config.source.url = url.as_str().into();
        if by_default {
            config.ruler.external_url = config.source.url.to_string();
        }
    }
    if let Some(address) = &args.listen_address {
        config.listen = Some(address.clone());
    }
    if args.source.is_some() {
        config.stream.config.has_source = true;
    }
    let cut = args.cut.unwrap_or(config.cut);
    config.ruler.stream = (cut == Cut::Stream).then(|| config.stream.config.clone());
    anyhow::ensure!(
        !(args.once && cut == Cut::Stream),
        "--once evaluates what a source has: it needs a --cut other than stream"
    );
    config.ruler.cut = cut.into();
    config.ruler.slots = config.slots.unwrap_or(cut.slots());
    for section in &config.ignored {
        tracing::info!(section, "this section does not concern rules and is ignored");
    }
    Ok(config)
}

/// A configuration file, or what holds without one, with rule files that are named instead of its
/// own. There is at least one.
pub(crate) fn with_rules(config: Option<&Path>, rules: &[PathBuf]) -> anyhow::Result<Config> {
    let mut config = match config {
        Some(path) => Config::load(path)?,
        None => Config::without_file(),
    };
    if !rules.is_empty() {
        config.unmatched.clear();
        config.rule_files = rule_files(rules)?;
    }
    for pattern in &config.unmatched {
        tracing::warn!(pattern, "rule_files: the pattern matches no file");
    }
    anyhow::ensure!(
        !config.rule_files.is_empty(),
        "there are no rule files: name some in `rule_files` or on the command line"
    );
    Ok(config)
}

/// The files that are named; in folders, what holds rules.
fn rule_files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let found = rule_paths::expand(path)?;
        let is_folder = path.is_dir();
        files.extend(found.into_iter().filter(|file| {
            // What can not be read is reported when it is loaded.
            let kind = || fs::read_to_string(file).map_or(Kind::Rules, |t| rule_paths::kind(&t));
            !is_folder || kind() == Kind::Rules
        }));
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The groups of all files; none after errors, which go to standard error.
pub(crate) fn load(
    files: &[PathBuf],
    syntax: ParseOptions,
) -> anyhow::Result<Option<Vec<rules::Group>>> {
    let (mut groups, mut n_errors) = (Vec::new(), 0);
    for file in files {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let parsed = rules::parse(&name, &text, &syntax);
        for error in &parsed.errors {
            output::note_diagnostic(&name, &text, &error.diagnostic);
        }
        n_errors += parsed.errors.len();
        groups.extend(parsed.groups);
    }
    if n_errors > 0 {
        let errors = output::count(n_errors, "error");
        output::complain(&anyhow::anyhow!("the rules can not be used: {errors}"));
        return Ok(None);
    }
    Ok(Some(groups))
}

async fn evaluate(args: &RunArgs, config: &Config, rules: RuleSet) -> anyhow::Result<Exit> {
    let client = Client::new(config.source.clone())?;
    let notifier = notifier(config)?;
    tracing::info!("{}", summary::started(args.once, config, &rules, client.url()));
    let mut signals = Signals::listen()?;
    let snapshot = if args.once {
        // The latest slot of each group, evaluated as fast as the source answers.
        let now = Wall.now_ns();
        let clock = Simulated::new(now - ONCE_MS * 1_000_000, f64::INFINITY);
        watch(ruler(rules, config, client, clock, &notifier).until(now), &mut signals).await
    } else {
        let wanted = Wanted::new(&rules, config.ruler.external_labels.clone());
        let mut evaluation = ruler(rules, config, client.clone(), Wall, &notifier);
        let mut receiver = None;
        if config.ruler.stream.is_some() {
            let take = move |labels| wanted.take(labels);
            let (sender, inbox) = receive::channel(config.stream.limits, take);
            evaluation = evaluation.with_inbox(inbox);
            receiver = Some(Arc::new(sender));
        }
        let web = web::serve(config, client, &evaluation, receiver).await?;
        let snapshot = watch(evaluation, &mut signals).await;
        for serving in web {
            serving.stop().await;
        }
        snapshot
    };
    let timeout = Duration::from_millis(args.drain_timeout.unsigned_abs());
    let delivered = tokio::select! {
        drained = notifier.drain(timeout) => summary::ended(drained, &notifier.stats()),
        () = signals.stop() => {
            tracing::warn!("stopped again: what is queued is given up");
            false
        }
    };
    let failed = summary::failed_rules(&snapshot);
    Ok(if args.once && (failed > 0 || !delivered) { Exit::Findings } else { Exit::Fine })
}

fn notifier(config: &Config) -> anyhow::Result<NotifierHandle> {
    let targets = config.alertmanagers.iter().map(config::target).collect::<Result<_, _>>()?;
    let mut sinks = Vec::new();
    if config.events.stdout {
        sinks.push(Sink::stdout());
    }
    if let Some(file) = &config.events.file {
        sinks.push(Sink::file(file, config.events.rotation)?);
    }
    Ok(Notifier::new(targets, sinks).spawn()?)
}

fn ruler<C: Clock>(
    rules: RuleSet,
    config: &Config,
    client: Client,
    clock: C,
    notifier: &NotifierHandle,
) -> Ruler<Client, C> {
    let notifier = notifier.clone();
    let deliver = move |delivery: Delivery| {
        for event in &delivery.events {
            notifier.emit(event);
        }
        if !delivery.alerts.is_empty() {
            notifier.send_alerts(delivery.alerts);
        }
    };
    let concurrency = config.source.max_concurrency.get();
    let limits = Limits { timeout: config.source.timeout, concurrency };
    Ruler::new(rules, config.ruler.clone(), Arc::new(client), clock, deliver)
        .with_limits(limits)
        .with_threads(config.threads.get())
}

/// Runs until a signal or the end; the last state of all groups.
async fn watch<C: Clock>(ruler: Ruler<Client, C>, signals: &mut Signals) -> Snapshot {
    let snapshots = ruler.snapshots();
    ruler.run(signals.stop()).await;
    snapshots.borrow().clone()
}
