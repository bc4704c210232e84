//! The shipped configurations: where each alert goes, and what Prometheus and Alertmanager say.

use crate::servers::{require_or_skip, run};

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
    let text = std::fs::read_to_string(crate::servers::repository().join(ALERTMANAGER)).unwrap();
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
