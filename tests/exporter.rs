//! An exporter that a test drives: series are set, made to grow, and taken away while Prometheus
//! scrapes it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::{net::TcpListener, task::JoinHandle};

/// A `/metrics` endpoint on a free loopback port, until it is dropped.
#[derive(Debug)]
pub(crate) struct Exporter {
    /// Host and port, as a scrape configuration names it.
    pub(crate) address: String,
    metrics: Arc<Mutex<Metrics>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Metrics {
    failing: bool,
    series: BTreeMap<String, Line>,
}

/// A straight line through time.
#[derive(Clone, Copy, Debug)]
struct Line {
    since: Instant,
    value: f64,
    per_second: f64,
}

impl Exporter {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let metrics = Arc::new(Mutex::new(Metrics::default()));
        let router = Router::new().route("/metrics", get(scrape)).with_state(Arc::clone(&metrics));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the exporter serves");
        });
        Self { address, metrics, server }
    }

    /// The series, written as in the exposition format, has this value from now on.
    pub(crate) fn set(&self, series: &str, value: f64) {
        self.draw(series, value, 0.0);
    }

    /// The series goes on from where it is and grows by so much a second.
    pub(crate) fn grow(&self, series: &str, per_second: f64) {
        let now = self.with(|metrics| metrics.series.get(series).map_or(0.0, Line::now));
        self.draw(series, now, per_second);
    }

    /// The series vanishes from the next scrape on.
    pub(crate) fn remove(&self, series: &str) {
        self.with(|metrics| metrics.series.remove(series));
    }

    /// Whether scrapes are answered with an error.
    pub(crate) fn fail(&self, failing: bool) {
        self.with(|metrics| metrics.failing = failing);
    }

    fn draw(&self, series: &str, value: f64, per_second: f64) {
        let line = Line { since: Instant::now(), value, per_second };
        self.with(|metrics| metrics.series.insert(series.to_owned(), line));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Metrics) -> T) -> T {
        change(&mut self.metrics.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Line {
    fn now(&self) -> f64 {
        self.value + self.per_second * self.since.elapsed().as_secs_f64()
    }
}

async fn scrape(State(metrics): State<Arc<Mutex<Metrics>>>) -> Result<String, StatusCode> {
    let metrics = metrics.lock().unwrap_or_else(PoisonError::into_inner);
    if metrics.failing {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut text = String::new();
    for (series, line) in &metrics.series {
        writeln!(text, "{series} {}", line.now()).expect("a String takes everything");
    }
    Ok(text)
}
