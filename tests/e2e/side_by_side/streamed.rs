//! The sidecar of the cut `stream`: Prometheus sends it samples by remote write, and is asked nothing.

use std::{net::TcpListener, path::Path, time::Duration};

use super::sidecar::Sidecar;
use crate::{
    e2e::Stage,
    servers::{http, run},
};

/// A sidecar and where it listens.
pub(super) struct Streamed {
    pub(super) sidecar: Sidecar,
    address: String,
}

/// What it says of itself, as Prometheus scrapes it.
pub(super) struct Metrics(String);

impl Streamed {
    /// Starts it; with it comes what the sender's configuration needs.
    pub(super) fn start(stage: &Stage, rule_files: &[&Path]) -> (Self, String) {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound").to_string();
        drop(free);
        let source = format!("source:\n  url: {}\n", stage.prometheus.url);
        let sidecar = Sidecar::start(stage, "stream", rule_files, |config| {
            config.replace(&source, "source: {cut: stream}\n")
                + &format!("stream: {{listen_address: '{address}'}}\n")
                + "lookback_delta: 5s\n"
        });
        let file = sidecar.folder.join("watchfire.yml").display().to_string();
        let remote_write =
            run(env!("CARGO_BIN_EXE_watchfire"), &["stream-config", "--config", &file]);
        (Self { sidecar, address }, remote_write)
    }

    /// Waits until it evaluated what was sent up to now: evaluations come later than their slots.
    pub(super) async fn caught_up(self) -> (Sidecar, Metrics) {
        tokio::time::sleep(Duration::from_secs(13)).await;
        let metrics = http().get(format!("http://{}/metrics", self.address)).send().await;
        let metrics = metrics.expect("it listens").text().await.expect("metrics are text");
        (self.sidecar, Metrics(metrics))
    }
}

impl Metrics {
    /// It had its samples from the sender alone.
    pub(super) fn show_a_stream(&self) {
        let Self(text) = self;
        assert!(self.value("watchfire_receive_requests_total{result=\"ok\"}") > 5.0, "{text}");
        assert!(
            self.value("watchfire_receive_samples_total{outcome=\"written\"}") > 500.0,
            "{text}"
        );
        assert!(self.value("watchfire_receive_requests_total{result=\"refused\"}") < 1.0, "{text}");
        assert!(self.value("watchfire_source_requests_total") < 1.0, "nothing is asked:\n{text}");
    }

    fn value(&self, name: &str) -> f64 {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name)?.rsplit(' ').next());
        line.and_then(|v| v.parse().ok()).unwrap_or_else(|| panic!("{name}:\n{}", self.0))
    }
}
