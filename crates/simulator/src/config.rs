//! How large the platform is, when it starts, and what goes wrong in it.

use crate::{Incident, SERVICES, exporter, script};

/// What is simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Time zero of the incidents, in milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// How long before that scraping began.
    pub history_ms: i64,
    /// Between two scrapes of a target.
    pub interval_ms: i64,
    /// How many pods all services have together; the first services get what does not divide.
    pub pods: usize,
    /// How many endpoints each service has.
    pub endpoints: usize,
    /// The share of pods that also export native histograms of how long requests took, from 0 to 1.
    /// Their series come on top of all others.
    pub native_histograms: f64,
    /// What goes wrong.
    pub incidents: Vec<Incident>,
}

impl Default for Config {
    /// A platform of some 2,300 series on a Monday evening, with the incidents of the demo.
    fn default() -> Self {
        Self { incidents: script::demo_script(), ..Self::healthy(38, 2) }
    }
}

impl Config {
    /// A platform on which nothing goes wrong.
    pub fn healthy(pods: usize, endpoints: usize) -> Self {
        Self {
            start_ms: 1_768_237_200_000, // 2026-01-12 17:00:00 UTC
            history_ms: 600_000,
            interval_ms: 15_000,
            pods: pods.max(SERVICES.len()),
            endpoints: endpoints.max(1),
            native_histograms: 0.0,
            incidents: Vec::new(),
        }
    }

    /// A healthy platform of about `n` series, for benchmarks; at least some 650, what one pod a
    /// service has.
    pub fn with_series(n: usize) -> Self {
        let endpoints = if n < 20_000 { 1 } else { 12 };
        let rest = n.saturating_sub(exporter::SERIES_BESIDE_PODS);
        Self::healthy(rest.div_ceil(exporter::series_per_pod(endpoints)), endpoints)
    }
}
