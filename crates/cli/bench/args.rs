//! Flags of `watchfire bench`.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use harness::{Subject, curves::Sizes, range, report::Intake};

use crate::args::milliseconds;

/// Measures what rules cost, here and in the peers that are installed.
///
/// Makes a platform of any number of series and rules over it, lets it be scraped or sends it by
/// remote write in real time, and reads what the kernel counts of each process. Everything runs on
/// loopback, one subject after another, and is ended and removed at the end.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 fine, 1 somebody could not be measured, 2 usage, or interrupted."
)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(super) command: BenchCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BenchCommand {
    Peers(PeersArgs),
    Curves(CurvesArgs),
    Range(RangeArgs),
}

/// Compares Watchfire, with each of its cuts, Prometheus and vmalert over the same rules.
#[derive(Debug, Args)]
#[command(after_help = "Subjects:\n  \
                        source               a Prometheus without rules: what the samples cost alone\n  \
                        prometheus           with its own ruler\n  \
                        vmalert              beside a Prometheus\n  \
                        watchfire:selectors  beside a Prometheus; so are watchfire:shared, watchfire:whole\n  \
                        watchfire:stream     alone: samples come by remote write\n\n\
                        Examples:\n  \
                        watchfire bench peers\n  \
                        watchfire bench peers --series 100k --rules 981 --svg peers.svg --json peers.json\n  \
                        watchfire bench peers --series 1M --subjects watchfire:stream --churn --ticks 20")]
pub(super) struct PeersArgs {
    /// About how many series; 100k and 1M are understood.
    #[arg(long, default_value = "100k", value_name = "N", value_parser = count)]
    pub(super) series: usize,
    /// How many rules: 21 are a pack over all services, all others watch one service each.
    #[arg(long, default_value = "21", value_name = "N", value_parser = count)]
    pub(super) rules: usize,
    #[command(flatten)]
    pub(super) run: RunArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Draws cost against the number of series and against the number of rules.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                        watchfire bench curves --quick --svg curves.svg\n  \
                        watchfire bench curves --subjects prometheus,watchfire:stream --svg curves.svg")]
pub(super) struct CurvesArgs {
    /// Numbers of series.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = count, default_value = "1k,10k,100k,1M")]
    series: Vec<usize>,
    /// Numbers of rules.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = count, default_value = "10,100,1k,10k")]
    rules: Vec<usize>,
    /// How many series there are where rules grow.
    #[arg(long, default_value = "10k", value_name = "N", value_parser = count)]
    pub(super) at_series: usize,
    /// How many rules there are where series grow.
    #[arg(long, default_value = "100", value_name = "N", value_parser = count)]
    pub(super) at_rules: usize,
    /// At most 10k series and 1k rules, every 5 s, with two ticks to warm up and four measured.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Compares a range query over samples in memory: a Prometheus and Watchfire, CPU and time.
///
/// Both answer over HTTP, and the values are compared.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchfire bench range --series 100k --json range.json")]
pub(super) struct RangeArgs {
    /// About how many series; the query reads some three in five of them.
    #[arg(long, default_value = "100k", value_name = "N", value_parser = count)]
    series: usize,
    /// How much time the range spans.
    #[arg(long, default_value = "1h", value_name = "DURATION", value_parser = milliseconds)]
    length: i64,
    /// Between two steps.
    #[arg(long, default_value = "15s", value_name = "DURATION", value_parser = milliseconds)]
    step: i64,
    /// How often it is asked.
    #[arg(long, default_value = "3", value_name = "N", value_parser = count)]
    runs: usize,
    /// Also write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct RunArgs {
    /// Between two evaluations, and between two samples of a series.
    #[arg(long, default_value = "15s", value_name = "DURATION", value_parser = milliseconds)]
    pub(super) interval: i64,
    /// Intervals before those that are measured.
    #[arg(long, default_value = "4", value_name = "N")]
    pub(super) warmup: usize,
    /// Intervals that are measured.
    #[arg(long, default_value = "8", value_name = "N", value_parser = count)]
    pub(super) ticks: usize,
    /// Replace a tenth of the pods meanwhile, one after the other.
    #[arg(long)]
    pub(super) churn: bool,
    /// The share of pods that also export native histograms of durations, 0 to 1, with rules over
    /// them: quantiles, counts, shares. Both come on top of what else is asked for.
    #[arg(long, default_value = "0", value_name = "SHARE", value_parser = share)]
    pub(super) native_histograms: f64,
    /// How a Prometheus comes by its samples: unless given, it scrapes them, and gets native
    /// histograms by remote write.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(super) intake: Option<IntakeArg>,
    /// Among how many threads Watchfire shares an evaluation out; one a core unless given.
    #[arg(long, value_name = "N")]
    pub(super) evaluation_threads: Option<NonZeroUsize>,
    /// Who is measured; everybody unless given.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    subjects: Vec<Subject>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct OutputArgs {
    /// How the table is printed.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: TableFormat,
    /// Also write all figures, tick by tick, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
    /// Also draw a picture.
    #[arg(long, value_name = "FILE")]
    pub(super) svg: Option<PathBuf>,
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Columns.
    Text,
    /// A Markdown table.
    Markdown,
}

/// How a Prometheus comes by its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum IntakeArg {
    /// It scrapes a hundred targets.
    Scrape,
    /// They are sent.
    RemoteWrite,
}

impl From<IntakeArg> for Intake {
    fn from(arg: IntakeArg) -> Self {
        match arg {
            IntakeArg::Scrape => Self::Scrape,
            IntakeArg::RemoteWrite => Self::RemoteWrite,
        }
    }
}

impl RunArgs {
    pub(super) fn subjects(&self) -> Vec<Subject> {
        if self.subjects.is_empty() { Subject::ALL.to_vec() } else { self.subjects.clone() }
    }
}

impl CurvesArgs {
    pub(super) fn run(&self) -> RunArgs {
        let run = self.run.clone();
        if self.quick { RunArgs { interval: 5_000, warmup: 2, ticks: 4, ..run } } else { run }
    }

    pub(super) fn sizes(&self) -> Sizes {
        let up_to = |all: &[usize], most: usize| {
            all.iter().copied().filter(|n| !self.quick || *n <= most).collect()
        };
        Sizes { series: up_to(&self.series, 10_000), rules: up_to(&self.rules, 1_000) }
    }
}

impl RangeArgs {
    pub(super) fn settings(&self) -> range::Settings {
        range::Settings {
            series: self.series,
            length_ms: self.length,
            step_ms: self.step,
            runs: self.runs,
            ..range::Settings::default()
        }
    }
}

/// A number above 0: `21`, `100k`, `1M`.
fn count(text: &str) -> Result<usize, String> {
    let (digits, factor) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let number = digits.parse::<usize>().ok().and_then(|n| n.checked_mul(factor));
    let most = 10_000_000;
    number
        .filter(|n| (1..=most).contains(n))
        .ok_or_else(|| "expected a number from 1 to 10M, such as 21, 100k or 1M".to_owned())
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    number.ok_or_else(|| "expected a number from 0 to 1, such as 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{count, share};

    #[test]
    fn shares_are_from_0_to_1() {
        assert_eq!(["0", "0.25", "1"].map(share), [Ok(0.0), Ok(0.25), Ok(1.0)]);
        for bad in ["-0.1", "1.5", "NaN", "50%", ""] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_may_have_a_unit() {
        assert_eq!(["21", "100k", "1M"].map(count), [Ok(21), Ok(100_000), Ok(1_000_000)]);
        for bad in ["0", "", "k", "-1", "1.5k", "11M", "99999999999999999999", "1G"] {
            assert!(count(bad).is_err(), "{bad}");
        }
    }
}
