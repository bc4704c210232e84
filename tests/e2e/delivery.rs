//! An alert from a scraped sample to Alertmanager and a webhook, and its end.

use std::fs;

use serde_json::json;

use super::{
    SOON, Stage,
    events::{Log, ms},
};
use crate::servers::{Watchfire, eventually};

const RULES: &str = r"
groups:
  - name: delivery
    rules:
      - record: instance:connections:sum
        expr: sum by (instance) (pg_stat_activity)
      - alert: HighDBConnections
        expr: instance:connections:sum > 250
        for: 2s
        labels:
          severity: warning
          team: 'db-{{ $labels.instance }}'
        annotations:
          summary: '{{ $labels.instance }} holds {{ $value }} connections'
          runbook_url: https://runbooks.example/HighDBConnections
";

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_fires_at_alertmanager_and_resolves_there() {
    let Some(stage) = Stage::set().await else { return };
    let folder = stage.folder.path();
    let rules = folder.join("delivery.yml");
    fs::write(&rules, RULES).unwrap();
    let active = "pg_stat_activity{state=\"active\"}";
    stage.exporter.set(active, 120.0);
    stage.exporter.set("pg_stat_activity{state=\"idle\"}", 100.0);
    let mut watchfire = Watchfire::run(folder, &stage.config(&[&rules]));
    eventually("the first samples", SOON, async || {
        let found = stage.prometheus.query("sum(pg_stat_activity) == 220").await?;
        (!found.is_empty()).then_some(()).ok_or_else(|| "none".to_owned())
    })
    .await;

    stage.exporter.set(active, 151.0);
    let shown = eventually("the alert at Alertmanager", SOON, async || {
        stage.alertmanager.alert("HighDBConnections").await
    })
    .await;
    let logged = async |status| {
        eventually("the event in the log", SOON, async || {
            Log::read(folder).only("HighDBConnections", status)
        })
        .await
    };
    let fired = logged("firing").await;
    let labels = json!({
        "alertname": "HighDBConnections",
        "environment": "test",
        "instance": "pg-primary",
        "severity": "warning",
        "team": "db-pg-primary",
    });
    let annotations = json!({
        "summary": "pg-primary holds 251 connections",
        "runbook_url": "https://runbooks.example/HighDBConnections",
    });
    assert_eq!(shown["labels"], labels);
    assert_eq!(shown["annotations"], annotations);
    assert_eq!(ms(&shown["startsAt"]), ms(&fired["data"]["fired_at"]));
    assert_eq!(ms(&fired["data"]["fired_at"]) - ms(&fired["data"]["active_at"]), 2_000);
    // Four times the resend delay of a minute after the evaluation that sent it.
    assert_eq!(ms(&shown["endsAt"]) - ms(&shown["startsAt"]), 240_000);
    let link = shown["generatorURL"].as_str().unwrap();
    assert!(
        link.contains("/graph?g0.expr=instance%3Aconnections%3Asum") && link.ends_with("&g0.tab=1"),
        "{link}"
    );

    let hooked = eventually("the firing alert at the webhook", SOON, async || {
        stage.webhook.alert("HighDBConnections", "firing")
    })
    .await;
    assert_eq!(hooked["labels"], labels);
    assert_eq!(hooked["annotations"], annotations);
    assert_eq!(ms(&hooked["startsAt"]), ms(&shown["startsAt"]));

    stage.exporter.set(active, 120.0);
    let hooked = eventually("the resolved alert at the webhook", SOON, async || {
        stage.webhook.alert("HighDBConnections", "resolved")
    })
    .await;
    let resolved = logged("resolved").await;
    assert_eq!(hooked["labels"], labels);
    assert_eq!(ms(&hooked["startsAt"]), ms(&shown["startsAt"]));
    assert_eq!(ms(&hooked["endsAt"]), ms(&resolved["data"]["resolved_at"]));
    let log = Log::read(folder);
    assert_eq!(log.statuses("HighDBConnections"), ["pending", "firing", "resolved"]);
    assert_eq!(stage.alertmanager.alerts().await.unwrap(), Vec::<serde_json::Value>::new());
    assert_eq!(watchfire.terminate(), Some(0), "{}", watchfire.log());
}
