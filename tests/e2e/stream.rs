//! Samples by remote write beside a source that has the past.

use std::{fs, net::TcpListener};

use super::{SOON, Stage, events::Log, scrape_config};
use crate::servers::{Watchfire, eventually, run};

const RULES: &str = r"
groups:
  - name: stream
    rules:
      - record: connections:max
        expr: max_over_time(connections[2m])
      - alert: ManyConnections
        expr: connections:max > 250
      - alert: Gone
        expr: absent(vanished) and on() connections
";

#[tokio::test(flavor = "multi_thread")]
async fn with_a_source_rules_begin_at_once() {
    let Some(mut stage) = Stage::set().await else { return };
    let folder = stage.folder.path().to_owned();
    let rules = folder.join("stream.yml");
    fs::write(&rules, RULES).unwrap();
    stage.exporter.set("connections", 300.0);
    stage.exporter.set("vanished", 1.0);
    eventually("samples of the past", SOON, async || {
        let found = stage.prometheus.query("count_over_time(vanished[1m]) > 3").await?;
        (!found.is_empty()).then_some(()).ok_or_else(|| "too few".to_owned())
    })
    .await;
    // A series that ended before the stream begins, and a value that only the past has.
    stage.exporter.remove("vanished");
    stage.exporter.set("connections", 100.0);
    eventually("the end of the series", SOON, async || {
        let found = stage.prometheus.query("vanished").await?;
        found.is_empty().then_some(()).ok_or_else(|| "it is there".to_owned())
    })
    .await;

    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let url = format!("source:\n  url: {}\n", stage.prometheus.url);
    let config = stage.config(&[&rules]).replace(&url, &format!("{url}  cut: stream\n"))
        + &format!("stream: {{listen_address: '{address}', delay: 7s}}\n");
    let mut watchfire = Watchfire::run(&folder, &config);
    let file = folder.join("watchfire.yml").display().to_string();
    let remote_write = run(env!("CARGO_BIN_EXE_watchfire"), &["stream-config", "--config", &file]);
    stage.prometheus.reload(&(scrape_config(&stage.exporter, &[]) + &remote_write)).await;

    for alert in ["ManyConnections", "Gone"] {
        eventually("an alert that depends on the past", SOON, async || {
            Log::read(&folder).only(alert, "firing")
        })
        .await;
    }
    // Whoever sent is gone: alerts are held.
    stage.prometheus.kill();
    eventually("the silence in the log", SOON + SOON, async || {
        let event = Log::read(&folder).only("ManyConnections", "error")?;
        let told = event.to_string().contains("no samples received since");
        told.then_some(()).ok_or_else(|| event.to_string())
    })
    .await;
    stage.alertmanager.alert("ManyConnections").await.expect("it is held");
    assert_eq!(watchfire.terminate(), Some(0), "{}", watchfire.log());
    assert!(watchfire.log().contains("the past before the stream is there"), "{}", watchfire.log());
}
