//! Flags and their help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    bench::BenchArgs,
    check::CheckArgs,
    config::{Cut, ListenAddress},
    explain::{ExplainArgs, LintsArgs},
    explain_plan::ExplainPlanArgs,
    features::FeatureArgs,
    output::Color,
};

/// Evaluates Prometheus rules outside Prometheus: as a sidecar, in CI, or as a benchmark.
#[derive(Debug, Parser)]
#[command(
    name = "watchfire",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "Exit codes: 0 fine, 1 findings or failed checks, 2 usage or configuration.\n\n\
                  Examples:\n  \
                  watchfire check rules/\n  \
                  watchfire fmt rules/\n  \
                  watchfire query 'sum by (job) (up)' --source http://127.0.0.1:9090\n  \
                  watchfire run --config prometheus.yml"
)]
pub(crate) struct Args {
    /// When to use colours; `NO_COLOR` is respected.
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(crate) color: Color,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is logged to standard error, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// What to log: error, warn, info, debug, trace, or per crate as in `info,source=debug`.
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        env = "WATCHFIRE_LOG",
        default_value = "info",
        value_name = "LEVEL"
    )]
    pub(crate) log_level: String,
    /// How to log.
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_enum,
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub(crate) log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines to read.
    Text,
    /// One JSON object a line.
    Json,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    StreamConfig(StreamConfigArgs),
    Check(Box<CheckArgs>),
    Test(TestArgs),
    Fmt(FmtArgs),
    Explain(ExplainArgs),
    Lints(LintsArgs),
    ExplainPlan(ExplainPlanArgs),
    Query(QueryArgs),
    Promqltest(PromqltestArgs),
    Demo(DemoArgs),
    Bench(BenchArgs),
    /// Prints a completion script for a shell.
    #[command(after_help = "Example:\n  \
                            watchfire completions bash > /etc/bash_completion.d/watchfire")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Evaluates rules beside a Prometheus and delivers alerts, until it is told to stop.
///
/// Reads a prometheus.yml: of it the sections `global`, `rule_files` and `alerting`, and our own
/// `source`, `events`, `external_url`, `resend_delay` and others. Sections that concern scraping
/// and storage are ignored. SIGTERM and SIGINT end the run after what is queued was delivered.
#[derive(Debug, clap::Args)]
#[command(after_help = "Our own sections of the configuration, with what holds without them:\n  \
                        source: {url: http://127.0.0.1:9090, cut: shared, regrouping: sums, timeout: 30s, max_concurrency: 2, remote_read: auto, basic_auth, authorization, tls_config, headers}\n  \
                        events: {stdout: true, file: PATH, max_size: 100MB, max_files: 10}\n  \
                        stream: {listen_address: 127.0.0.1:9099, delay: 10s, silence, gap: 5m, max_request_bytes: 32MB, max_series} for the cut stream\n  \
                        web: {listen_address: HOST:PORT} where /metrics is served; nowhere\n  \
                        external_url: the source's URL   what links in alerts lead to\n  \
                        resend_delay: 1m                 before an unchanged alert is sent again\n  \
                        query_offset: 0s                 how far in the past rules are evaluated\n  \
                        evaluation_slots: together       groups' times: common ones, or Prometheus's own (spread)\n  \
                        evaluation_threads: one a core   among how many threads an evaluation is shared out\n  \
                        hold: 1h                         how long alerts outlive a source that fails\n  \
                        restore: false                   read ALERTS_FOR_STATE at start\n\n\
                        Examples:\n  \
                        watchfire run --config /etc/prometheus/prometheus.yml\n  \
                        watchfire run --rules rules/ --source http://prometheus:9090\n  \
                        watchfire run --config watchfire.yml --cut stream\n  \
                        watchfire run --config watchfire.yml --once")]
pub(crate) struct RunArgs {
    /// The configuration: a prometheus.yml or our superset of it.
    #[arg(long, short, value_name = "FILE", required_unless_present = "rules")]
    pub(crate) config: Option<PathBuf>,
    /// Rule files or folders, instead of the `rule_files` of the configuration.
    #[arg(long, short, value_name = "PATH", num_args = 1..)]
    pub(crate) rules: Vec<PathBuf>,
    /// Where samples are read from, instead of the `source.url` of the configuration.
    #[arg(long, short, value_name = "URL")]
    pub(crate) source: Option<String>,
    /// Where metrics of our own are served, instead of the `web.listen_address` of the
    /// configuration; a port alone is one of 127.0.0.1.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen_address: Option<ListenAddress>,
    /// What the source evaluates, instead of the `source.cut` of the configuration.
    #[arg(long, value_enum, value_name = "CUT")]
    pub(crate) cut: Option<Cut>,
    /// Evaluate every group once, now, deliver, and end.
    #[arg(long)]
    pub(crate) once: bool,
    /// How long to go on delivering after a signal to stop.
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = milliseconds)]
    pub(crate) drain_timeout: i64,
}

/// Prints what makes a Prometheus send the samples that rules need.
///
/// For `run` with the cut `stream`: the section `remote_write` of a prometheus.yml, with relabelling
/// that keeps series of metrics that some rule selects, and `up`, which tells that the stream lives.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire stream-config --config watchfire.yml\n  \
                        watchfire stream-config --rules rules/ --url http://watchfire:9099/api/v1/write")]
pub(crate) struct StreamConfigArgs {
    /// The configuration: a prometheus.yml or our superset of it.
    #[arg(long, short, value_name = "FILE", required_unless_present = "rules")]
    pub(crate) config: Option<PathBuf>,
    /// Rule files or folders, instead of the `rule_files` of the configuration.
    #[arg(long, short, value_name = "PATH", num_args = 1..)]
    pub(crate) rules: Vec<PathBuf>,
    /// Where Prometheus reaches us, instead of where we listen.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

/// Runs unit tests of rules, offline: what promtool's test files say, on simulated time.
///
/// Rules are evaluated and alerts handled by the code that does it live. Verdicts are promtool's;
/// of what failed is shown what differs, where it is written, and what each part of the
/// expression returned. In folders, YAML files with a list `tests:` are run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Beyond promtool's, test files may have these keys (promtool refuses them, and so does --compat):\n  \
                        use_group_intervals: true   in the file or a test: groups are evaluated at their own intervals\n  \
                        exp_labels_subset: {..}     in exp_alerts: labels that the alert has, among others\n  \
                        exp_annotations_subset: {}  in exp_alerts: annotations that it has, among others\n\n\
                        Where this differs from promtool, unless --compat is given:\n  \
                        - values of several lines are read whole; promtool loses all samples behind the line\n  \
                        - features of --enable-feature work in evaluations too; there is no limit of 10000 samples\n  \
                        - a rule that fails ends nothing; the test fails\n  \
                        - an expected NaN is equal to NaN, and a number beside an expected histogram is ignored\n  \
                        - the template functions externalURL and pathPrefix work\n\n\
                        Exit codes: 0 all passed, 1 something failed, 2 usage, or a file cannot be read.\n\n\
                        Examples:\n  \
                        watchfire test rules/\n  \
                        watchfire test 'rules/*.test.yml' --run 'latency|errors'\n  \
                        watchfire test rules/ --coverage --coverage-min 90\n  \
                        watchfire test rules/ --junit report.xml"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct TestArgs {
    /// Files of unit tests, folders, or globs.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run only the tests whose name matches somewhere; may be repeated.
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    pub(crate) run: Vec<model::Regex>,
    /// Show which rules, alerts and branches of `or` and `unless` the tests exercise.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Fail if the tests exercise less than this.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) coverage_min: Option<f64>,
    /// Also write the results as `JUnit` XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print all samples of each test, as they are after it.
    #[arg(long)]
    pub(crate) debug: bool,
    /// Let fields of rule files pass that nobody knows.
    #[arg(long)]
    pub(crate) ignore_unknown_fields: bool,
    /// Do and print what promtool does, word for word.
    #[arg(long)]
    pub(crate) compat: bool,
    /// With --compat, show alerts that differ as promtool's --diff does.
    #[arg(long)]
    pub(crate) diff: bool,
}

/// Lays out the expressions of rule files, in place.
///
/// As `promtool promql format`: one line where 100 characters are enough, several otherwise.
/// Comments stay, inside expressions and around them, and so does everything else in the file,
/// byte for byte. Expressions that do not parse are reported and left as they are. Rule files of
/// Prometheus, `PrometheusRule` manifests and rule files inside of `ConfigMap`s are known; in
/// folders, files named `*.yml` and `*.yaml` are looked at. Exit code 1 says that a file would
/// change (`--check`, `--diff`) or that something could not be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire fmt rules/\n  \
                        watchfire fmt --check rules/\n  \
                        watchfire fmt --diff rules/ | less -R\n  \
                        watchfire fmt - < rules.yml\n  \
                        watchfire fmt --expr 'sum(rate(x[300s]))by(job)'")]
pub(crate) struct FmtArgs {
    /// Rule files, folders, globs, or `-` for standard input, which is written to standard output.
    #[arg(required_unless_present = "expr", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write nothing; name the files that would change.
    #[arg(long, conflicts_with = "diff")]
    pub(crate) check: bool,
    /// Write nothing; show what would change.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Print this expression as it should be.
    #[arg(long, short, value_name = "EXPR", conflicts_with_all = ["paths", "check", "diff"])]
    pub(crate) expr: Option<String>,
}

/// Evaluates one expression here, over samples from a server.
///
/// At one time, or over a range when `--start` is given. Times are RFC 3339 or seconds since the
/// Unix epoch; the end of a range is now unless it is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire query up\n  \
                        watchfire query 'rate(http_requests_total[5m])' --time 2026-01-02T03:04:05Z\n  \
                        watchfire query 'sum(up)' --start 1767323045 --step 1m --format json\n  \
                        watchfire query 'sum by (job) (rate(x[5m]))' --explain")]
pub(crate) struct QueryArgs {
    /// The expression.
    #[arg(value_name = "EXPR")]
    pub(crate) expr: String,
    /// Where samples are read from; port 9090 of this machine unless given.
    #[arg(long, short, env = "WATCHFIRE_SOURCE", value_name = "URL")]
    pub(crate) source: Option<String>,
    /// A configuration whose `source` is read from, with its credentials and certificates.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The time to evaluate at; now unless given.
    #[arg(long, short, value_name = "TIME", value_parser = time, conflicts_with = "start")]
    pub(crate) time: Option<i64>,
    /// The first time of a range.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) start: Option<i64>,
    /// The last time of a range.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "start")]
    pub(crate) end: Option<i64>,
    /// Between two times of a range.
    #[arg(long, value_name = "DURATION", value_parser = milliseconds, default_value = "1m")]
    pub(crate) step: i64,
    /// Print the plan, what is asked of the source, and what it answered.
    #[arg(long)]
    pub(crate) explain: bool,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) format: QueryFormat,
    /// How long one request to the source may take; 2m unless given here or in the configuration.
    #[arg(long, value_name = "DURATION", value_parser = milliseconds)]
    pub(crate) timeout: Option<i64>,
}

/// How a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// To read.
    Table,
    /// As the HTTP API of Prometheus answers.
    Json,
}

/// Runs scripts of Prometheus's test language: samples, expressions and what should come of them.
///
/// Every evaluation that passes is run again as a range query and with `@` at its selectors, and
/// must give the same. All features are on, as in Prometheus's own runner, which judges alike. In
/// folders, files named `*.test` are run.
#[derive(Debug, clap::Args)]
#[command(after_help = "A script:\n  \
                        load 1m\n    \
                        http_requests_total{code=\"200\"} 0+60x10\n    \
                        latency {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x10\n\n  \
                        eval instant at 5m rate(http_requests_total[5m])\n    \
                        expect no_warn\n    \
                        {code=\"200\"} 1\n\n  \
                        eval range from 0 to 2m step 1m histogram_count(latency)\n    \
                        {} 4 4 4\n\n\
                        Examples:\n  \
                        watchfire promqltest tests/\n  \
                        watchfire promqltest tests/rates.test:7\n  \
                        watchfire promqltest tests/ --filter 'histogram_.*quantile'\n  \
                        generate | watchfire promqltest -")]
pub(crate) struct PromqltestArgs {
    /// Scripts, folders, `FILE:LINE` for the evaluation at a line alone, or `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run only the evaluations whose expression matches somewhere.
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    pub(crate) filter: Option<model::Regex>,
}

/// Shows the main job with nothing installed: alerts that fire and resolve on a simulated platform.
///
/// Simulates Tripo04OS behind a Prometheus HTTP API on loopback, lets incidents happen to it, and
/// evaluates the shipped rules as `run` does, on simulated time. Ends by itself, with exit code 0
/// if alerts of every category fired and resolved and no rule failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        watchfire demo\n  \
                        watchfire demo --speed max\n  \
                        watchfire demo --format json | jq 'select(.type | endswith(\"firing.v1\"))'")]
pub(crate) struct DemoArgs {
    /// How many times faster than real time, or `max`.
    #[arg(long, default_value = "60", value_name = "FACTOR", value_parser = speed)]
    pub(crate) speed: f64,
    /// How much simulated time passes.
    #[arg(long, default_value = "2h", value_name = "DURATION", value_parser = milliseconds)]
    pub(crate) duration: i64,
    /// Evaluate these rule files, or those of this folder, instead of the shipped ones.
    #[arg(long, value_name = "PATH")]
    pub(crate) rules: Option<PathBuf>,
    /// How it is shown.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) format: DemoFormat,
}

/// How a demo is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoFormat {
    /// To read.
    Text,
    /// One JSON object a line: events as in event logs, incidents, and a summary.
    Json,
}

/// A regular expression of Go's dialect that matches anywhere.
fn regex(text: &str) -> Result<model::Regex, String> {
    model::Regex::unanchored(text).map_err(|error| error.0)
}

/// A number from 0 to 100.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let percent = model::number::parse_float(number).filter(|p| (0.0..=100.0).contains(p));
    percent.ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

/// A factor above 0, or `max` for infinity.
fn speed(text: &str) -> Result<f64, String> {
    if text == "max" {
        return Ok(f64::INFINITY);
    }
    let factor = model::number::parse_float(text).filter(|f| *f > 0.0 && f.is_finite());
    factor.ok_or_else(|| "expected a number above 0, such as 60, or max".to_owned())
}

/// A Prometheus duration, in milliseconds, longer than nothing.
pub(crate) fn milliseconds(text: &str) -> Result<i64, String> {
    match model::duration::parse(text)? {
        0 => Err("it must be longer than 0".to_owned()),
        ms => Ok(ms),
    }
}

/// RFC 3339 or seconds since the Unix epoch, in milliseconds.
fn time(text: &str) -> Result<i64, String> {
    if let Some(seconds) = model::number::parse_float(text).filter(|s| s.abs() < 1e12) {
        #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
        return Ok((seconds * 1000.0).round() as i64);
    }
    text.parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_millisecond)
        .map_err(|_| "expected RFC 3339, such as 2026-01-02T03:04:05Z, or seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn times_are_dates_or_seconds() {
        assert_eq!(time("1700000000.5"), Ok(1_700_000_000_500));
        assert_eq!(time("2023-11-14T22:13:20Z"), Ok(1_700_000_000_000));
        assert_eq!(time("2023-11-14T23:13:20+01:00"), Ok(1_700_000_000_000));
        assert!(time("yesterday").is_err() && time("NaN").is_err());
    }
}
