//! The main job on real servers: a Prometheus that scrapes an exporter which the test drives, an
//! Alertmanager with a webhook behind it, and `watchfire run` between them.
//!
//! Intervals are a second, so that an incident takes as long as a person would wait.

mod delivery;
pub(crate) mod events;
mod outage;
mod side_by_side;
mod stream;

use std::{path::Path, time::Duration};

use tempfile::TempDir;

use crate::{
    exporter::Exporter,
    servers::{Alertmanager, Prometheus, require_or_skip},
    webhook::Webhook,
};

/// How long what must happen within a few evaluations may take on a busy machine.
const SOON: Duration = Duration::from_secs(40);

/// Everything around the engine.
struct Stage {
    exporter: Exporter,
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    webhook: Webhook,
    // Last, so that the servers are stopped before their data goes.
    folder: TempDir,
}

impl Stage {
    /// Starts all servers; none where they are not installed.
    async fn set() -> Option<Self> {
        if !require_or_skip(&["prometheus", "prometheus-alertmanager"]) {
            return None;
        }
        let folder = TempDir::new().expect("a temporary folder");
        let exporter = Exporter::start().await;
        let webhook = Webhook::start().await;
        let scraping = scrape_config(&exporter, &[]);
        let prometheus = Prometheus::start(folder.path(), &scraping).await;
        let routing = webhook.alertmanager_config();
        let alertmanager = Alertmanager::start(folder.path(), &routing).await;
        Some(Self { exporter, prometheus, alertmanager, webhook, folder })
    }

    /// A configuration of ours with these rule files; events go to [`events::Log`]'s file.
    fn config(&self, rule_files: &[&Path]) -> String {
        self.config_in(self.folder.path(), rule_files)
    }

    /// The same for one of several, whose events go to a folder of its own.
    fn config_in(&self, folder: &Path, rule_files: &[&Path]) -> String {
        format!(
            "\
global:
  evaluation_interval: 1s
  external_labels: {{ environment: test }}
rule_files: {rule_files:?}
alerting:
  alertmanagers:
    - static_configs:
        - targets: ['{}']
source:
  url: {}
events:
  file: {}
",
            self.alertmanager.address(),
            self.prometheus.url,
            events::path(folder).display(),
        )
    }
}

/// What Prometheus needs to scrape the exporter every second, and to evaluate these rule files.
fn scrape_config(exporter: &Exporter, rule_files: &[&Path]) -> String {
    format!(
        "\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
rule_files: {rule_files:?}
scrape_configs:
  - job_name: exporter
    static_configs:
      - targets: ['{}']
        labels: {{ instance: pg-primary }}
",
        exporter.address
    )
}
