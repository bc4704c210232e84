//! One subject over measured ticks: fed in real time, looked at where one tick ends and the next
//! begins.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use server::process::Usage;

use crate::{
    BenchError, Deck,
    child::Child,
    exposition::Exposition,
    feed::Feed,
    machine,
    report::{Peak, Tick},
    subject::Stage,
    targets::{SharedDeck, Targets},
};

/// Samples of an interval are sent in so many portions, as scrapes are spread.
const PORTIONS: i64 = 5;
/// Old samples are sent for so many intervals at once: several of a series cost little more than one.
pub(crate) const AT_ONCE: i64 = 20;

/// What all is known of a subject at one moment; everything counts from its start.
#[derive(Debug)]
struct Reading {
    source: Option<(Usage, Exposition)>,
    ruler: Option<(Usage, Exposition)>,
    harness: Usage,
    machine_s: Option<f64>,
    /// Pages that were scraped.
    scrapes: Option<u64>,
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Sends what is due up to now, again and again until that takes no time.
pub(crate) async fn catch_up(
    deck: &mut Deck,
    feed: &Feed,
    interval_ms: i64,
    mut tell: impl FnMut(f64),
) -> Result<(), BenchError> {
    let from_ms = deck.now_ms();
    // A stream is complete from the newest sample of its first request on: with much in that, long
    // windows would not be covered, and rules that read them not be evaluated.
    let mut at_once = 1;
    loop {
        let now = now_ms();
        let t = (deck.now_ms() + at_once * interval_ms).min(now);
        at_once = AT_ONCE;
        feed.send(deck.deal(t)).await?;
        tell((t - from_ms) as f64 / (now_ms() - from_ms).max(1) as f64);
        if t == now {
            return Ok(());
        }
    }
}

/// Feeds in real time until it is dropped or a request is refused.
pub(crate) async fn feed_live(
    deck: SharedDeck,
    feed: Feed,
    interval_ms: i64,
) -> Result<(), BenchError> {
    loop {
        let next = deck.lock().now_ms() + interval_ms / PORTIONS;
        sleep_until(next).await;
        // What could not be sent in time is sent late, but sent.
        let bodies = deck.lock().deal(next);
        feed.send(bodies).await?;
    }
}

/// Measures ticks, the first of which begins at `from_ms`.
pub(crate) async fn ticks(
    stage: &mut Stage,
    from_ms: i64,
    interval_ms: i64,
    n_ticks: usize,
    mut tell: impl FnMut(usize),
) -> Result<(Vec<Tick>, Peak), BenchError> {
    sleep_until(from_ms).await;
    let mut before = Reading::of(stage).await?;
    let mut ticks = Vec::new();
    for n in 1..=n_ticks {
        let n_ms = i64::try_from(n).unwrap_or(i64::MAX);
        sleep_until(from_ms + n_ms * interval_ms).await;
        let after = Reading::of(stage).await?;
        ticks.push(after.since(&before));
        before = after;
        tell(n);
    }
    let peak = |child: &Option<(Usage, Exposition)>| child.as_ref().map(|(u, _)| u.peak_resident);
    Ok((ticks, Peak { source: peak(&before.source), ruler: peak(&before.ruler) }))
}

pub(crate) async fn sleep_until(t_ms: i64) {
    let left = u64::try_from(t_ms - now_ms()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(left)).await;
}

impl Reading {
    async fn of(stage: &mut Stage) -> Result<Self, BenchError> {
        // What the kernel counts comes first: to be asked for metrics is work, too.
        let usages = [usage(stage.source.as_mut())?, usage(stage.ruler.as_mut())?];
        let harness = Usage::own().map_err(BenchError::io("/proc/self"))?;
        let machine_s = machine::busy_s();
        let scrapes = stage.targets.as_ref().map(Targets::n_scrapes);
        let [source, ruler] = usages;
        let source = with_metrics(source, stage.source.as_mut()).await?;
        let ruler = with_metrics(ruler, stage.ruler.as_mut()).await?;
        Ok(Self { source, ruler, harness, machine_s, scrapes })
    }

    fn since(&self, before: &Self) -> Tick {
        let cpu = |now: &Option<(Usage, _)>, before: &Option<(Usage, _)>| {
            Some(now.as_ref()?.0.cpu_s() - before.as_ref()?.0.cpu_s())
        };
        let source_cpu_s = cpu(&self.source, &before.source);
        let ruler_cpu_s = cpu(&self.ruler, &before.ruler);
        let harness_cpu_s = self.harness.cpu_s() - before.harness.cpu_s();
        let ours = source_cpu_s.unwrap_or(0.0) + ruler_cpu_s.unwrap_or(0.0) + harness_cpu_s;
        let machine_s = self.machine_s.zip(before.machine_s).map(|(now, before)| now - before);
        let figure = |name: Figure| Some(name.read(self)? - name.read(before).unwrap_or(0.0));
        Tick {
            source_cpu_s,
            ruler_cpu_s,
            harness_cpu_s,
            elsewhere_cpu_s: machine_s.map(|all| (all - ours).max(0.0)),
            evaluation_s: figure(Figure::Evaluation),
            bind_s: figure(Figure::Bind),
            iterations: figure(Figure::Iterations),
            missed: figure(Figure::Missed),
            failures: figure(Figure::Failures),
            queries: figure(Figure::Queries),
            query_bytes: figure(Figure::QueryBytes),
            waiting: Figure::Waiting.read(self),
            scrapes: self.scrapes.zip(before.scrapes).map(|(now, before)| now - before),
        }
    }
}

fn usage(child: Option<&mut Child>) -> Result<Option<Usage>, BenchError> {
    child.map(Child::usage).transpose()
}

async fn with_metrics(
    usage: Option<Usage>,
    child: Option<&mut Child>,
) -> Result<Option<(Usage, Exposition)>, BenchError> {
    match usage.zip(child) {
        Some((usage, child)) => Ok(Some((usage, child.metrics().await?))),
        None => Ok(None),
    }
}

/// Figures that the subjects tell under names of their own.
#[derive(Clone, Copy, Debug)]
enum Figure {
    Evaluation,
    Bind,
    Waiting,
    Iterations,
    Missed,
    Failures,
    Queries,
    QueryBytes,
}

impl Figure {
    fn read(self, reading: &Reading) -> Option<f64> {
        if let Some(on_source) = self.on_source() {
            let (_, metrics) = reading.source.as_ref()?;
            // Bodies as they are sent; other requests are ours.
            let is_query = |labels: &str| {
                ["query", "query_range", "read"]
                    .iter()
                    .any(|path| labels.contains(&format!("handler=\"/api/v1/{path}\"")))
            };
            return Some(metrics.sum_where(on_source, is_query).unwrap_or(0.0));
        }
        let (_, metrics) = reading.ruler.as_ref().or(reading.source.as_ref())?;
        self.names().iter().find_map(|name| metrics.sum(name))
    }

    fn on_source(self) -> Option<&'static str> {
        match self {
            Self::Queries => Some("prometheus_http_requests_total"),
            Self::QueryBytes => Some("prometheus_http_response_size_bytes_sum"),
            Self::Evaluation
            | Self::Bind
            | Self::Waiting
            | Self::Iterations
            | Self::Missed
            | Self::Failures => None,
        }
    }

    /// In Watchfire, Prometheus and vmalert.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Evaluation => &[
                "watchfire_evaluation_seconds_total",
                "prometheus_rule_evaluation_duration_seconds_sum",
                "vmalert_iteration_duration_seconds_sum",
            ],
            Self::Bind => &["watchfire_bind_seconds_total"],
            Self::Waiting => &["watchfire_group_rules_waiting"],
            Self::Iterations => &[
                "watchfire_group_iterations_total",
                "prometheus_rule_group_iterations_total",
                "vmalert_iteration_total",
            ],
            Self::Missed => &[
                "watchfire_group_iterations_missed_total",
                "prometheus_rule_group_iterations_missed_total",
                "vmalert_iteration_missed_total",
            ],
            Self::Failures => &[
                "watchfire_rule_evaluation_failures_total",
                "prometheus_rule_evaluation_failures_total",
                "vmalert_execution_errors_total",
            ],
            Self::Queries | Self::QueryBytes => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(cpu_s: f64, source: &str, ruler: Option<&str>) -> Reading {
        let usage = Usage { user_s: cpu_s, ..Usage::default() };
        let told = |text: &str| Some((usage, Exposition::new(text.to_owned())));
        let ruler = ruler.and_then(told);
        let machine_s = Some(10.0 * cpu_s);
        Reading { source: told(source), ruler, harness: usage, machine_s, scrapes: None }
    }

    #[test]
    fn a_tick_is_what_came_between_two_readings() {
        let served = |n: u32| {
            format!(
                "prometheus_http_requests_total{{code=\"200\",handler=\"/api/v1/query\"}} {n}\n\
                 prometheus_http_requests_total{{code=\"200\",handler=\"/api/v1/write\"}} 99\n\
                 prometheus_rule_evaluation_duration_seconds_sum 77\n"
            )
        };
        let told = |s: f64| format!("watchfire_evaluation_seconds_total{{rule_group=\"a\"}} {s}\n");
        let waiting = |n: u32| format!("watchfire_group_rules_waiting{{rule_group=\"a\"}} {n}\n");
        let before = reading(1.0, &served(5), Some(&(told(2.0) + &waiting(3))));
        let tick = reading(1.5, &served(8), Some(&(told(2.25) + &waiting(2)))).since(&before);
        assert_eq!(tick.waiting, Some(2.0), "as it stands, not what came");
        assert_eq!((tick.source_cpu_s, tick.ruler_cpu_s), (Some(0.5), Some(0.5)));
        assert_eq!((tick.queries, tick.query_bytes), (Some(3.0), Some(0.0)));
        assert_eq!((tick.evaluation_s, tick.missed), (Some(0.25), None));
        assert_eq!(tick.elsewhere_cpu_s, Some(3.5), "5 s of the machine, 1.5 s of them ours");
    }

    #[test]
    fn a_source_with_rules_tells_of_them() {
        let told = |s| format!("prometheus_rule_evaluation_duration_seconds_sum {s}\n");
        let tick = reading(1.0, &told(3), None).since(&reading(0.0, &told(1), None));
        assert_eq!((tick.evaluation_s, tick.ruler_cpu_s), (Some(2.0), None));
    }
}
