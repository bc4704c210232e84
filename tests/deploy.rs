//! The shipped configurations: where each alert goes, what it says there, which warnings stay silent,
//! and what Prometheus, Alertmanager and Watchfire say of the files.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    servers::{Alertmanager, eventually, repository, require_or_skip, run},
    webhook::Webhook,
};

const ALERTMANAGER: &str = "deploy/alertmanager.yml";

/// Labels of an alert, and the receivers that get it, in the order of the routing tree.
const ROUTES: [(&str, &str); 12] = [
    (
        "severity=critical category=performance team=platform",
        "email-team,pagerduty-platform,critical",
    ),
    ("severity=critical category=sla team=sre", "email-team,pagerduty-platform,critical"),
    ("severity=warning category=database team=platform", "email-team,warning"),
    ("severity=warning category=cache team=platform", "email-team,warning"),
    ("severity=info category=infrastructure", "info"),
    ("severity=warning category=business team=product", "business,email-team,warning"),
    ("severity=info category=business team=product", "business,info"),
    // NoActiveDrivers.
    (
        "severity=critical category=business team=operations",
        "business,operations,pagerduty-operations,sms-operations,email-team,pagerduty-platform,critical",
    ),
    (
        "severity=critical category=operations team=operations",
        "operations,pagerduty-operations,sms-operations,email-team,pagerduty-platform,critical",
    ),
    ("severity=warning category=operations", "operations,pagerduty-operations,email-team,warning"),
    ("severity=none", "unrouted"),
    ("alertname=Watchdog", "unrouted"),
];

#[test]
fn alertmanager_accepts_its_configuration() {
    if require_or_skip(&["amtool"]) {
        let said = run("amtool", &["check-config", ALERTMANAGER]);
        assert!(said.contains("SUCCESS") && said.contains("1 templates"), "{said}");
    }
}

#[test]
fn alerts_go_where_the_routing_table_says() {
    if !require_or_skip(&["amtool"]) {
        return;
    }
    for (labels, receivers) in ROUTES {
        let config = format!("--config.file={ALERTMANAGER}");
        let verify = format!("--verify.receivers={receivers}");
        let mut arguments = vec!["config", "routes", "test", &config, &verify];
        arguments.extend(labels.split(' '));
        run("amtool", &arguments);
    }
}

#[test]
fn every_secret_comes_from_a_file() {
    let text = shipped();
    let secrets =
        ["api_url:", "routing_key:", "service_key:", "password:", "secret_key:", "credentials:"];
    for (n, line) in (1..).zip(text.lines()) {
        assert!(!secrets.iter().any(|key| line.contains(key)), "line {n}: {line}");
    }
}

#[test]
fn prometheus_accepts_its_configuration_and_finds_the_rules() {
    if require_or_skip(&["promtool"]) {
        let said = run("promtool", &["check", "config", "deploy/prometheus.yml"]);
        assert!(said.contains("6 rule files found"), "{said}");
    }
}

#[test]
fn watchfire_accepts_the_configuration_of_prometheus_and_the_rules() {
    let said = run(env!("CARGO_BIN_EXE_watchfire"), &["check", "deploy/prometheus.yml", "rules/"]);
    assert!(said.contains("no problems"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_silent_beside_its_critical_sibling_and_nothing_else_is() {
    let Some((_, _folder, alertmanager)) = offline().await else { return };
    let rides = json!({ "environment": "production", "service": "rides" });
    let primary = json!({ "environment": "production", "service": "postgres", "instance": "pg-primary:9187" });
    let alerts = [
        alert("CriticalAPIErrorRate", "critical", &rides),
        alert("HighAPIErrorRate", "warning", &rides),
        alert("HighAPIResponseTime", "warning", &rides),
        alert(
            "HighAPIErrorRate",
            "warning",
            &json!({ "environment": "production", "service": "auth" }),
        ),
        alert(
            "HighAPIErrorRate",
            "warning",
            &json!({ "environment": "staging", "service": "rides" }),
        ),
        alert("CriticalDBConnections", "critical", &primary),
        alert("HighDBConnections", "warning", &primary),
        alert("HighDBQueryTime", "warning", &primary),
    ];
    alertmanager.post(&json!(alerts)).await;
    let silent = eventually("silence for both siblings", Duration::from_secs(20), async || {
        let silent = suppressed(&alertmanager.alerts().await?);
        if silent.len() < 2 { Err(format!("{silent:?}")) } else { Ok(silent) }
    })
    .await;
    assert_eq!(
        silent,
        ["HighAPIErrorRate production rides", "HighDBConnections production postgres"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_says_what_is_wrong_and_where_to_look() {
    let Some((slack, _folder, alertmanager)) = offline().await else { return };
    let labels =
        json!({ "environment": "production", "service": "rides", "category": "performance" });
    let mut fired = alert("CriticalAPIErrorRate", "critical", &labels);
    fired["annotations"] = json!({
        "summary": "rides fails 6% of its requests",
        "description": "6% of the requests to rides end with a 5xx.",
        "runbook_url": "https://runbooks.example/HighAPIErrorRate",
        "dashboard_url": "https://grafana.example/d/api",
    });
    fired["generatorURL"] = json!("http://watchfire.example/graph?g0.expr=x");
    alertmanager.post(&json!([fired])).await;
    let message = eventually("a message in Slack", Duration::from_secs(40), async || {
        slack.message(|message| message["channel"] == "#alerts-critical")
    })
    .await;
    let attachment = &message["attachments"][0];
    assert_eq!(attachment["title"], "Critical: rides fails 6% of its requests");
    assert_eq!(attachment["color"], "danger");
    let text = "\
6% of the requests to rides end with a 5xx.
Runbook: https://runbooks.example/HighAPIErrorRate
Dashboard: https://grafana.example/d/api
Expression: http://watchfire.example/graph?g0.expr=x
";
    assert_eq!(attachment["text"], text);
}

fn shipped() -> String {
    fs::read_to_string(repository().join(ALERTMANAGER)).expect("a shipped configuration")
}

/// An Alertmanager with the shipped configuration that reaches nothing but a Slack on loopback.
async fn offline() -> Option<(Webhook, TempDir, Alertmanager)> {
    if !require_or_skip(&["prometheus-alertmanager"]) {
        return None;
    }
    let (slack, folder) = (Webhook::start().await, TempDir::new().expect("a temporary folder"));
    let secret = folder.path().join("slack-webhook-url");
    fs::write(&secret, &slack.url).expect("a secret");
    let secrets = Path::new("/etc/alertmanager/secrets");
    let config = shipped()
        .replace(
            &secrets.join("slack-webhook-url").display().to_string(),
            &secret.display().to_string(),
        )
        .replace("smtp.tripo04os.example:587", "127.0.0.1:1")
        .replace("global:\n", "global:\n  pagerduty_url: http://127.0.0.1:1/\n")
        .replace("sigv4: {", "api_url: http://127.0.0.1:1/\n        sigv4: {")
        .replace("templates/", &format!("{}/", repository().join("deploy/templates").display()));
    let alertmanager = Alertmanager::start(folder.path(), &config).await;
    Some((slack, folder, alertmanager))
}

fn alert(name: &str, severity: &str, labels: &Value) -> Value {
    let mut labels = labels.clone();
    labels["alertname"] = json!(name);
    labels["severity"] = json!(severity);
    json!({ "labels": labels })
}

/// Name, environment and service of the alerts that nobody is told of.
fn suppressed(alerts: &[Value]) -> Vec<String> {
    let silent = alerts.iter().filter(|alert| alert["status"]["state"] == "suppressed");
    let text = |label: &Value| label.as_str().unwrap_or_default().to_owned();
    let mut names: Vec<String> = silent
        .map(|alert| &alert["labels"])
        .map(|l| ["alertname", "environment", "service"].map(|name| text(&l[name])).join(" "))
        .collect();
    names.sort();
    names
}
