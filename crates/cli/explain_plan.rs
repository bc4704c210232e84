//! `watchfire explain-plan`: the graph of all rules, what is shared by whom, and what it costs.

mod print;
mod report;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use engine::{Base, Data, Engine, Need, Steps};
use ruler::{
    RuleSet,
    fetch::{self, Limits},
    gather::{Tables, Told},
};
use source::Client;
use store::Table;

use crate::{
    Exit,
    config::{Config, Cut},
    features::Features,
    output::{self, Out},
    run,
};
use report::Report;

/// Shows how rules are evaluated: one graph of all of them, what the source is asked, who shares
/// what, and what it costs.
///
/// Each node is shown once, with what it computes and how many rules need it. With a source it is
/// all evaluated once, now, and measured.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire explain-plan rules/\n  \
                        watchfire explain-plan --config prometheus.yml --cut selectors\n  \
                        watchfire explain-plan rules/ --source http://127.0.0.1:9090\n  \
                        watchfire explain-plan rules/ --format json | jq '.questions | length'")]
pub(crate) struct ExplainPlanArgs {
    /// Rule files or folders, instead of the `rule_files` of the configuration.
    #[arg(value_name = "RULES", required_unless_present = "config")]
    rules: Vec<PathBuf>,
    /// The configuration: a prometheus.yml or our superset of it.
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Evaluate once, now, over samples from here; without it nothing is asked.
    #[arg(long, short, value_name = "URL")]
    source: Option<String>,
    /// What the source evaluates, instead of the `source.cut` of the configuration.
    #[arg(long, value_enum, value_name = "CUT")]
    cut: Option<Cut>,
    /// How it is shown.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: PlanFormat,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// To read.
    Text,
    /// One JSON object.
    Json,
}

pub(crate) fn run(
    args: &ExplainPlanArgs,
    features: Features,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let mut config = run::with_rules(args.config.as_deref(), &args.rules)?;
    let cut = args.cut.unwrap_or(config.cut);
    config.ruler.cut = cut.into();
    config.ruler.evaluation = features.evaluation();
    let Some(groups) = run::load(&config.rule_files, features.syntax)? else {
        return Ok(Exit::Usage);
    };
    let rules = RuleSet::new(groups, &config.ruler);
    let t = jiff::Timestamp::now().as_millisecond();
    let needs = rules.plan.needs(&all_roots(&rules), Steps::instant(t));
    let mut tables = Tables::new(&rules.plan);
    let requests = tables.requests(&needs);
    let mut report = Report::new(&rules, cut, &requests);
    let mut exit = Exit::Fine;
    if let Some(url) = &args.source {
        config.source.url = url.as_str().into();
        let client = Client::new(config.source.clone())?;
        let patience = config.source.timeout;
        let asked = ask(&client, &mut tables, &needs, t, patience, &mut report);
        let n_failed = run::runtime()?.block_on(asked);
        if n_failed > 0 {
            exit = Exit::Findings;
        }
        evaluate(&rules, &config, tables.tables(), t, &mut report);
    }
    match args.format {
        PlanFormat::Text => out.print(&print::text(&report)),
        PlanFormat::Json => out.print(&format!("{:#}\n", print::json(&report))),
    }
    Ok(exit)
}

fn all_roots(rules: &RuleSet) -> Vec<engine::RootId> {
    rules.groups.iter().flat_map(|group| group.roots()).collect()
}

/// Asks all questions, and notes what each answer cost; how many failed.
async fn ask(
    client: &Client,
    tables: &mut Tables,
    needs: &[Need],
    t: i64,
    patience: Duration,
    report: &mut Report,
) -> usize {
    let limits = Limits { timeout: patience, ..Limits::DEFAULT };
    let (mut requests, mut told) = (tables.requests(needs), Told::default());
    while !requests.is_empty() {
        let mut more = Vec::new();
        for one in fetch::perform(client, requests, limits).await {
            report.answered(&one);
            more.extend(tables.take(one, t, &mut told));
        }
        requests = more;
    }
    for failure in told.failures.values() {
        output::complain(&anyhow::anyhow!("{failure}"));
    }
    told.failures.len()
}

/// Evaluates all expressions over what was fetched, without what rules would have produced.
fn evaluate(rules: &RuleSet, config: &Config, tables: &[Table], t: i64, report: &mut Report) {
    let mut engine = Engine::new(rules.plan.clone());
    let began = Instant::now();
    let clock = || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let base = Base::Fragments(tables);
    let data = Data { base, overlay: None, lookback: config.ruler.lookback_ms, revision: 1 };
    for root in all_roots(rules) {
        match engine.eval_measured(root, Steps::instant(t), &data, &clock) {
            Ok(measured) => report.measured(&measured),
            Err(error) => output::complain(&anyhow::anyhow!("{error}")),
        }
    }
}
