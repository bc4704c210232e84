//! Servers that die while alerts fire, and come back.

use std::fs;

use super::{
    SOON, Stage,
    events::{Log, ms},
};
use crate::servers::{Watchfire, eventually};

const RULES: &str = r"
groups:
  - name: outage
    rules:
      - alert: HighDBConnections
        expr: sum by (instance) (pg_stat_activity) > 250
        for: 1s
        labels: { severity: warning }
      - alert: NoActiveDrivers
        expr: sum(drivers_available) == 0
        labels: { severity: critical }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_prometheus_resolves_nothing_and_a_dead_alertmanager_loses_nothing() {
    let Some(mut stage) = Stage::set().await else { return };
    let folder = stage.folder.path().to_owned();
    let rules = folder.join("outage.yml");
    fs::write(&rules, RULES).unwrap();
    stage.exporter.set("pg_stat_activity", 251.0);
    stage.exporter.set("drivers_available", 40.0);
    let mut watchfire = Watchfire::run(&folder, &stage.config(&[&rules]));
    let before = eventually("the first alert", SOON, async || {
        stage.alertmanager.alert("HighDBConnections").await
    })
    .await;

    stage.prometheus.kill();
    eventually("the rule's failure in the log", SOON, async || {
        Log::read(&folder).only("HighDBConnections", "error")
    })
    .await;
    let meanwhile = stage.alertmanager.alert("HighDBConnections").await.unwrap();
    assert_eq!(ms(&meanwhile["startsAt"]), ms(&before["startsAt"]));
    stage.prometheus.resume().await;
    eventually("the rule's recovery in the log", SOON, async || {
        Log::read(&folder).only("HighDBConnections", "recovered")
    })
    .await;
    let statuses = Log::read(&folder);
    assert_eq!(
        statuses.statuses("HighDBConnections"),
        ["pending", "firing", "error", "recovered"],
        "the alert went on"
    );

    stage.alertmanager.kill();
    stage.exporter.set("pg_stat_activity", 200.0);
    stage.exporter.set("drivers_available", 0.0);
    let fired = eventually("what happened meanwhile in the log", SOON, async || {
        let log = Log::read(&folder);
        log.only("HighDBConnections", "resolved")?;
        log.only("NoActiveDrivers", "firing")
    })
    .await;
    stage.alertmanager.resume().await;
    let delivered = eventually("the new alert after the outage", SOON, async || {
        stage.alertmanager.alert("NoActiveDrivers").await
    })
    .await;
    assert_eq!(ms(&delivered["startsAt"]), ms(&fired["data"]["fired_at"]));
    let alerts = stage.alertmanager.alerts().await.unwrap();
    assert_eq!(alerts.len(), 1, "what resolved meanwhile is over: {alerts:?}");

    stage.exporter.set("drivers_available", 40.0);
    eventually("the end at the webhook", SOON, async || {
        stage.webhook.alert("NoActiveDrivers", "resolved")
    })
    .await;
    assert_eq!(stage.alertmanager.alerts().await.unwrap(), Vec::<serde_json::Value>::new());
    let log = eventually("the end in the log", SOON, async || {
        let log = Log::read(&folder);
        log.only("NoActiveDrivers", "resolved").map(|_| log)
    })
    .await;
    assert_eq!(
        log.statuses("HighDBConnections"),
        ["pending", "firing", "error", "recovered", "resolved"]
    );
    assert_eq!(log.of("NoActiveDrivers", "firing").len(), 1);
    assert!(!watchfire.ended(), "{}", watchfire.log());
    assert_eq!(watchfire.terminate(), Some(0), "{}", watchfire.log());
}
