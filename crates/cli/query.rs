//! `watchfire query`: one expression, evaluated here over samples from a server.

mod print;

use std::time::{Duration, Instant};

use diagnostics::Diagnostic;
use engine::{
    Base, EvalError, Level, Steps,
    query::{Prepared, QueryOptions, QueryResult},
};
use promql::{Expr, ParseOptions};
use ruler::{
    fetch::Limits,
    gather::{self, Tables},
};
use source::{Client, SourceConfig};

use crate::{
    Exit,
    args::{QueryArgs, QueryFormat},
    config::{Config, DEFAULT_SOURCE},
    features::Features,
    output::{self, Out},
    run::runtime,
};

/// Prometheus refuses ranges with more steps; they are a mistake, as a rule.
const MAX_STEPS: usize = 11_000;

/// How long a request may take unless somebody says.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) fn run(args: &QueryArgs, features: Features, out: &mut Out) -> anyhow::Result<Exit> {
    let Some(expr) = parse(&args.expr, features.syntax) else { return Ok(Exit::Usage) };
    let now = jiff::Timestamp::now().as_millisecond();
    let steps = steps(args, now)?;
    let end = args.start.map(|_| args.end.unwrap_or(now));
    let prepared = match prepare(&expr, steps, end, features) {
        Ok(prepared) => prepared,
        Err(error) => {
            complain_about(&args.expr, &error);
            return Ok(Exit::Usage);
        }
    };
    anyhow::ensure!(
        steps.count <= MAX_STEPS,
        "the range has {} steps, at most {MAX_STEPS} are evaluated: use a longer --step",
        steps.count
    );
    let source = source(args)?;
    let timeout = source.timeout;
    let client = Client::new(source)?;
    runtime()?.block_on(evaluate(args, prepared, steps, &client, now, timeout, out))
}

async fn evaluate(
    args: &QueryArgs,
    prepared: Prepared,
    steps: Steps,
    client: &Client,
    now: i64,
    timeout: Duration,
    out: &mut Out,
) -> anyhow::Result<Exit> {
    let (plan, root) = prepared.plan();
    let needs = prepared.needs();
    let mut tables = Tables::new(plan);
    let limits = Limits { timeout, ..Limits::DEFAULT };
    let requests = tables.requests(&needs);
    let started = Instant::now();
    let (failures, warnings) = gather::gather(client, &mut tables, &needs, now, limits).await;
    let asked = print::asked(client.url(), &requests, tables.tables(), started.elapsed());
    if !failures.is_empty() {
        if args.explain {
            out.print(&plan.explain(root));
            out.print(&asked);
        }
        for failure in failures.values() {
            output::complain(&anyhow::anyhow!("{failure}"));
        }
        return Ok(Exit::Findings);
    }
    let started = Instant::now();
    let (result, explained) = match prepared.evaluate_explained(Base::Fragments(tables.tables())) {
        Ok(result) => result,
        Err(error) => {
            complain_about(&args.expr, &error);
            return Ok(Exit::Findings);
        }
    };
    if args.explain {
        out.print(&explained);
        out.print(&asked);
        out.print(&format!("evaluated here in {:.1?}\n\n", started.elapsed()));
    }
    print(args, &result, steps, &warnings, out);
    Ok(Exit::Fine)
}

fn print(args: &QueryArgs, result: &QueryResult, steps: Steps, warnings: &[String], out: &mut Out) {
    match args.format {
        QueryFormat::Json => {
            out.print(&print::json(&args.expr, result, steps.start, warnings));
        }
        QueryFormat::Table => {
            out.print(&print::table(&result.value));
            for warning in warnings {
                output::note("warning", warning);
            }
            for notice in &result.notices {
                let (word, text) = (word(notice.level), notice.render(&args.expr));
                let prefix = format!("PromQL {word}: ");
                output::note(word, text.strip_prefix(&prefix).unwrap_or(&text));
            }
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Warning => "warning",
        Level::Info => "info",
    }
}

/// The source of the configuration, with what the command line says instead.
fn source(args: &QueryArgs) -> anyhow::Result<SourceConfig> {
    let mut source = match &args.config {
        Some(path) => Config::load(path)?.source,
        None => SourceConfig { timeout: PATIENCE, ..SourceConfig::new(DEFAULT_SOURCE) },
    };
    if let Some(url) = &args.source {
        source.url = url.as_str().into();
    }
    if let Some(ms) = args.timeout {
        source.timeout = Duration::from_millis(ms.unsigned_abs());
    }
    Ok(source)
}

/// The expression; its errors go to standard error.
fn parse(text: &str, syntax: ParseOptions) -> Option<Expr> {
    let parsed = promql::parse(text, &syntax);
    for error in &parsed.errors {
        let message = format!("parse error: {}", error.message);
        output::note_diagnostic("query", text, &Diagnostic { message, ..error.clone() });
    }
    parsed.expr.filter(|_| parsed.errors.is_empty())
}

fn prepare(
    expr: &Expr,
    steps: Steps,
    end: Option<i64>,
    features: Features,
) -> Result<Prepared, EvalError> {
    let options = QueryOptions { end, ..features.query_options() };
    let prepared = Prepared::new(expr, steps, &options)?;
    if end.is_some() { prepared.as_range(expr) } else { Ok(prepared) }
}

fn steps(args: &QueryArgs, now: i64) -> anyhow::Result<Steps> {
    let Some(start) = args.start else { return Ok(Steps::instant(args.time.unwrap_or(now))) };
    let end = args.end.unwrap_or(now);
    anyhow::ensure!(start <= end, "the range ends before it starts");
    Ok(Steps::range(start, end, args.step))
}

fn complain_about(expr: &str, error: &EvalError) {
    match error.span {
        Some(span) => {
            let diagnostic = Diagnostic::error("query", span, error.message.clone());
            output::note_diagnostic("query", expr, &diagnostic);
        }
        None => output::complain(&anyhow::anyhow!("{error}")),
    }
}
