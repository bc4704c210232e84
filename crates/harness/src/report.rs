//! What came of a benchmark, as data.

use std::num::NonZeroUsize;

use serde::Serialize;

use crate::Machine;

/// A whole benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Of Watchfire.
    pub version: String,
    /// What it ran on.
    pub machine: Machine,
    /// What was measured.
    pub settings: Settings,
    /// One per subject, in the order in which they were measured.
    pub results: Vec<Outcome>,
    /// Who was not measured because a program is not installed.
    pub left_out: Vec<LeftOut>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// How many series were asked for.
    pub series: usize,
    /// How many rules.
    pub rules: usize,
    /// Between two evaluations and between two samples, in milliseconds.
    pub interval_ms: i64,
    /// Ticks before those that are measured.
    pub warmup: usize,
    /// Ticks that are measured.
    pub ticks: usize,
    /// Whether a tenth of the pods is replaced meanwhile.
    pub churn: bool,
    /// The share of pods that export native histograms, from 0 to 1; with any, there are rules over
    /// them on top of the others.
    pub native_histograms: f64,
    /// How a Prometheus comes by its samples.
    pub intake: Intake,
    /// Among how many threads Watchfire shares an evaluation out; none for one a core.
    pub evaluation_threads: Option<NonZeroUsize>,
}

/// How a Prometheus comes by its samples. Who takes them without one gets them by remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intake {
    /// It scrapes targets, as it mostly does.
    Scrape,
    /// They are sent.
    RemoteWrite,
}

/// A subject and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Its name.
    pub subject: String,
    /// How many series there were when it began.
    pub series: usize,
    /// How many of them had native histograms.
    pub native_series: usize,
    /// Each tick, in order; none where something went wrong.
    pub ticks: Vec<Tick>,
    /// The most memory.
    pub peak: Peak,
    /// Why it could not be measured.
    pub error: Option<String>,
}

/// Who was left out and for what.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// The subject.
    pub subject: String,
    /// The program that is not installed.
    pub missing: String,
}

/// The most bytes that a process ever had in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Peak {
    /// Of the Prometheus, if there is one.
    pub source: Option<u64>,
    /// Of who evaluates rules, if that is not the Prometheus.
    pub ruler: Option<u64>,
}

/// An interval. What a subject does not tell, or does not have, is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tick {
    /// Seconds of CPU of the Prometheus.
    pub source_cpu_s: Option<f64>,
    /// Seconds of CPU of who evaluates rules, if that is not the Prometheus.
    pub ruler_cpu_s: Option<f64>,
    /// Seconds of CPU that feeding took; in no other figure.
    pub harness_cpu_s: f64,
    /// Seconds of CPU that processes used that have nothing to do with this.
    pub elsewhere_cpu_s: Option<f64>,
    /// Seconds spent on evaluating rules: in Watchfire without fetching, in vmalert with it.
    pub evaluation_s: Option<f64>,
    /// Seconds in which Watchfire bound nodes to series that came or went: mostly before the
    /// evaluation with the cut `stream`, otherwise in it.
    pub bind_s: Option<f64>,
    /// Evaluations of groups.
    pub iterations: Option<f64>,
    /// Slots of groups that were missed.
    pub missed: Option<f64>,
    /// Evaluations of rules that failed.
    pub failures: Option<f64>,
    /// Queries to the source.
    pub queries: Option<f64>,
    /// Bytes that the source answered them with, on the wire.
    pub query_bytes: Option<f64>,
    /// Rules that Watchfire did not evaluate at the end of it because a stream did not cover their
    /// windows yet.
    pub waiting: Option<f64>,
    /// Pages of targets that the source scraped.
    pub scrapes: Option<u64>,
}

/// Of the ticks that have a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// In the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// All together.
    pub sum: f64,
}

impl Settings {
    /// Whether there are native histograms and rules over them.
    pub(crate) fn has_native_histograms(&self) -> bool {
        self.native_histograms > 0.0
    }
}

impl Tick {
    /// Seconds of CPU of all processes of the subject.
    pub fn cpu_s(&self) -> f64 {
        self.source_cpu_s.unwrap_or(0.0) + self.ruler_cpu_s.unwrap_or(0.0)
    }
}

impl Outcome {
    /// How a figure is spread over the ticks; none where no tick has it.
    pub fn spread(&self, figure: impl Fn(&Tick) -> Option<f64>) -> Option<Spread> {
        let mut values: Vec<f64> = self.ticks.iter().filter_map(figure).collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        };
        Some(Spread { median, min, max, sum: values.iter().sum() })
    }
}

impl Report {
    /// Whether everybody who was to be measured was.
    pub fn is_complete(&self) -> bool {
        self.results.iter().all(|outcome| outcome.error.is_none())
    }

    /// How many series there were; as many as were asked for where nobody was measured.
    pub fn series(&self) -> usize {
        let counted = self.results.iter().map(|outcome| outcome.series).max();
        counted.filter(|n| *n > 0).unwrap_or(self.settings.series)
    }

    /// How many of them had native histograms.
    pub fn native_series(&self) -> usize {
        self.results.iter().map(|outcome| outcome.native_series).max().unwrap_or(0)
    }

    /// As JSON, for machines.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("keys are strings");
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads() {
        let ticks =
            [3.0, 1.0, 2.0, 10.0].map(|s| Tick { source_cpu_s: Some(s), ..Tick::default() });
        let mut outcome = Outcome {
            subject: String::new(),
            series: 0,
            native_series: 0,
            ticks: ticks.to_vec(),
            peak: Peak::default(),
            error: None,
        };
        let cpu = |o: &Outcome| o.spread(|t| Some(t.cpu_s()));
        let expected = Spread { median: 2.5, min: 1.0, max: 10.0, sum: 16.0 };
        assert_eq!(cpu(&outcome), Some(expected));
        outcome.ticks.pop();
        assert_eq!(cpu(&outcome).map(|s| s.median), Some(2.0));
        assert_eq!(outcome.spread(|t| t.queries), None);
    }
}
