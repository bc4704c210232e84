//! A range query: what it costs a Prometheus, and what it costs here over the same samples.
//!
//! Both answer over HTTP on loopback, from samples in memory. Of the Prometheus its whole process
//! is measured, of Watchfire the process of the harness, so that reading the answer counts, too.

use std::{path::Path, sync::Arc, time::Instant};

use model::duration;
use serde::Serialize;
use serde_json::Value;
use server::{Backing, process::Usage};

use crate::{
    BenchError, Deck, Machine, Subject,
    child::{self, Child},
    measure::{self, now_ms},
    sink,
    subject::{Setting, Stage},
};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// About how many series there are; the query reads some three in five of them.
    pub series: usize,
    /// The expression.
    pub expr: String,
    /// How far back the first step lies, in milliseconds.
    pub length_ms: i64,
    /// Between two steps, in milliseconds.
    pub step_ms: i64,
    /// How often it is asked.
    pub runs: usize,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct RangeReport {
    /// What it ran on.
    pub machine: Machine,
    /// What was asked for.
    pub settings: Settings,
    /// Series that the query reads.
    pub series_read: usize,
    /// Series of the answer.
    pub series_answered: usize,
    /// The Prometheus; none where it is not installed.
    pub prometheus: Option<Cost>,
    /// Watchfire.
    pub watchfire: Cost,
}

/// What a query cost, on average over all runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Seconds of CPU.
    pub cpu_s: f64,
    /// Seconds until the answer was there.
    pub wall_s: f64,
}

/// What samples are needed before the first step: the longest window of the expression.
const LEAD_MS: i64 = 300_000;
/// Between two samples of a series.
const INTERVAL_MS: i64 = 15_000;
/// Values may differ by that much of themselves: not all versions add up in the same way.
const TOLERANCE: f64 = 1e-9;

impl Default for Settings {
    fn default() -> Self {
        Self {
            series: 100_000,
            expr: "sum by (le, service) (rate(http_request_duration_seconds_bucket[5m]))"
                .to_owned(),
            length_ms: 3_600_000,
            step_ms: 15_000,
            runs: 3,
        }
    }
}

/// Measures both. `tell` is told what is done and how far that is, from 0 to 1.
pub async fn run(
    settings: Settings,
    tell: &(dyn Fn(&str, f64) + Send + Sync),
) -> Result<RangeReport, BenchError> {
    let end_ms = now_ms();
    let start_ms = end_ms - settings.length_ms;
    let from_ms = start_ms - LEAD_MS - INTERVAL_MS;
    let folder = tempfile::tempdir().map_err(BenchError::io("a temporary folder"))?;
    let mut stage = match Subject::Source.missing() {
        Some(_) => None,
        None => Some(source(folder.path()).await?),
    };
    let mut deck = Deck::new(settings.series, INTERVAL_MS, from_ms).keeping_all();
    while deck.now_ms() < end_ms {
        let bodies = deck.deal((deck.now_ms() + measure::AT_ONCE * INTERVAL_MS).min(end_ms));
        if let Some(stage) = &stage {
            stage.feed.send(bodies).await?;
        }
        tell("filling", (deck.now_ms() - from_ms) as f64 / (end_ms - from_ms) as f64);
    }
    let table = deck.into_table();
    let name = [model::Matcher::new(
        "__name__",
        model::MatchOp::Equal,
        "http_request_duration_seconds_bucket",
    )
    .expect("it is no pattern")];
    let series_read = table.select(&name).len();
    let asked = Asked { settings: &settings, start_ms, end_ms };
    let theirs = match stage.as_mut().and_then(|stage| stage.source.as_mut()) {
        Some(source) => {
            tell("asking Prometheus", 0.0);
            Some(asked.prometheus(source).await?)
        }
        None => None,
    };
    if let Some(stage) = stage {
        stage.close().await;
    }
    tell("asking Watchfire", 0.0);
    let backing = Arc::new(Backing::fixed(table, end_ms));
    let serving = server::serve(backing, 0).await.map_err(BenchError::io("a free port"))?;
    let (watchfire, ours) = asked.watchfire(&serving.url()).await?;
    serving.stop().await;
    if let Some((_, theirs)) = &theirs {
        compare(theirs, &ours)?;
    }
    Ok(RangeReport {
        machine: Machine::this(),
        series_read,
        series_answered: ours.len(),
        prometheus: theirs.map(|(cost, _)| cost),
        watchfire,
        settings,
    })
}

async fn source(folder: &Path) -> Result<Stage, BenchError> {
    let sink = sink::start().await.map_err(BenchError::io("a free port"))?;
    let setting = Setting {
        folder,
        rules: "groups: []\n",
        interval_ms: INTERVAL_MS,
        native_histograms: false,
        watchfire: Path::new(""),
        evaluation_threads: None,
        alertmanager: &sink.address().to_string(),
    };
    Stage::open(Subject::Source, &setting).await
}

/// A query and its times.
struct Asked<'a> {
    settings: &'a Settings,
    start_ms: i64,
    end_ms: i64,
}

/// Series of an answer, by their labels as JSON.
type Series = std::collections::BTreeMap<String, Value>;

impl Asked<'_> {
    async fn prometheus(&self, source: &mut Child) -> Result<(Cost, Series), BenchError> {
        let before = source.usage()?;
        let url = source.url.clone();
        let (wall_s, series) = self.all_runs(&url).await?;
        let cpu_s = source.usage()?.cpu_s() - before.cpu_s();
        Ok((self.cost(cpu_s, wall_s), series))
    }

    async fn watchfire(&self, url: &str) -> Result<(Cost, Series), BenchError> {
        let own = || Usage::own().map_err(BenchError::io("/proc/self"));
        let before = own()?;
        let (wall_s, series) = self.all_runs(url).await?;
        Ok((self.cost(own()?.cpu_s() - before.cpu_s(), wall_s), series))
    }

    fn cost(&self, cpu_s: f64, wall_s: f64) -> Cost {
        let runs = self.settings.runs.max(1) as f64;
        Cost { cpu_s: cpu_s / runs, wall_s: wall_s / runs }
    }

    /// How long all runs took, and the last answer.
    async fn all_runs(&self, url: &str) -> Result<(f64, Series), BenchError> {
        let began = Instant::now();
        let mut answer = String::new();
        for _ in 0..self.settings.runs.max(1) {
            answer = self.once(url).await?;
        }
        let wall_s = began.elapsed().as_secs_f64();
        Ok((wall_s, read(url, &answer)?))
    }

    async fn once(&self, url: &str) -> Result<String, BenchError> {
        let url = format!("{url}/api/v1/query_range");
        let failed =
            |e: reqwest::Error| BenchError::Answer { url: url.clone(), message: e.to_string() };
        let seconds = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
        let form = [
            ("query", self.settings.expr.clone()),
            ("start", seconds(self.start_ms)),
            ("end", seconds(self.end_ms)),
            ("step", duration::format(self.settings.step_ms)),
        ];
        let answer = child::client().post(&url).form(&form).send().await.map_err(failed)?;
        answer.error_for_status().map_err(failed)?.text().await.map_err(failed)
    }
}

fn read(url: &str, answer: &str) -> Result<Series, BenchError> {
    let wrong = |message: String| BenchError::Answer { url: url.to_owned(), message };
    let answer: Value = serde_json::from_str(answer).map_err(|e| wrong(e.to_string()))?;
    let series = answer["data"]["result"].as_array().filter(|series| !series.is_empty());
    let series = series.ok_or_else(|| wrong("the answer has no series".to_owned()))?;
    // A map of JSON is sorted by its keys.
    Ok(series.iter().map(|one| (one["metric"].to_string(), one["values"].clone())).collect())
}

/// The same series with the same values at the same times, or why not.
fn compare(theirs: &Series, ours: &Series) -> Result<(), BenchError> {
    let differs = |what: &str| Err(BenchError::Wrong(format!("the answers differ: {what}")));
    if !theirs.keys().eq(ours.keys()) {
        return differs("they have other series");
    }
    for ((labels, theirs), ours) in theirs.iter().zip(ours.values()) {
        let (theirs, ours) = (points(theirs), points(ours));
        let is_close = |a: f64, b: f64| (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
        let same = |((t, a), (u, b)): (&(f64, f64), &(f64, f64))| {
            is_close(*t, *u) && (is_close(*a, *b) || a.to_bits() == b.to_bits())
        };
        if theirs.len() != ours.len() || !theirs.iter().zip(&ours).all(same) {
            return differs(labels);
        }
    }
    Ok(())
}

/// Times and values; what is no number becomes NaN.
fn points(values: &Value) -> Vec<(f64, f64)> {
    let point = |point: &Value| {
        let value = point[1].as_str().and_then(model::number::parse_float);
        (point[0].as_f64().unwrap_or(f64::NAN), value.unwrap_or(f64::NAN))
    };
    values.as_array().into_iter().flatten().map(point).collect()
}

impl RangeReport {
    /// As JSON, for machines.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("keys are strings") + "\n"
    }

    /// To read.
    pub fn text(&self) -> String {
        let Settings { expr, length_ms, step_ms, runs, .. } = &self.settings;
        let (length, step) = (duration::format(*length_ms), duration::format(*step_ms));
        let mut text = format!(
            "{expr}\n{length} at {step}, over {} series, {} in the answer; mean of {runs} runs\n\n",
            self.series_read, self.series_answered
        );
        let shown = |name: &str, cost: &Cost| {
            format!(
                "{name:<11} {:.3} s of CPU, {:.3} s until the answer\n",
                cost.cpu_s, cost.wall_s
            )
        };
        match &self.prometheus {
            Some(cost) => text += &shown("prometheus", cost),
            None => text += "prometheus  left out: it is not installed\n",
        }
        text += &shown("watchfire", &self.watchfire);
        if let Some(theirs) = &self.prometheus {
            let ratio = theirs.cpu_s / self.watchfire.cpu_s.max(1e-3);
            let verdict =
                format!("\nThe same values; Prometheus needs {ratio:.1} times the CPU.\n");
            text += &verdict;
        }
        text + "Whole processes; of Watchfire the one that also reads the answer.\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(text: &str) -> Series {
        read("x", &format!(r#"{{"data": {{"result": [{text}]}}}}"#)).unwrap()
    }

    #[test]
    fn answers_are_compared() {
        let a = series(r#"{"metric": {"a": "1"}, "values": [[1, "3"], [2, "NaN"]]}"#);
        let close =
            series(r#"{"metric": {"a": "1"}, "values": [[1, "3.0000000000001"], [2, "NaN"]]}"#);
        assert!(compare(&a, &a).is_ok() && compare(&a, &close).is_ok());
        for other in [
            r#"{"metric": {"a": "2"}, "values": [[1, "3"], [2, "NaN"]]}"#,
            r#"{"metric": {"a": "1"}, "values": [[1, "3"]]}"#,
            r#"{"metric": {"a": "1"}, "values": [[1, "3.1"], [2, "NaN"]]}"#,
            r#"{"metric": {"a": "1"}, "values": [[5, "3"], [2, "NaN"]]}"#,
        ] {
            assert!(compare(&a, &series(other)).is_err(), "{other}");
        }
        assert!(read("x", r#"{"data": {"result": []}}"#).is_err());
    }
}
