//! The shipped rules: all alerts of the launch guide, as our own parser and promtool read them.

use std::{collections::BTreeMap, fs};

use promql::ParseOptions;
use rules::{Rule, RuleKind};

use crate::servers::{repository, require_or_skip, run};

const FILES: [&str; 6] = ["performance", "database", "cache", "infrastructure", "business", "sla"];

/// The launch guide's tables: file and category, alert, severity, and what its expression compares.
const GUIDE: [(&str, &str, &str, &[&str]); 22] = [
    ("performance", "HighAPIResponseTime", "warning", &["> 0.5"]),
    ("performance", "CriticalAPIResponseTime", "critical", &["> 0.75"]),
    ("performance", "HighAPIErrorRate", "warning", &["> 0.01"]),
    ("performance", "CriticalAPIErrorRate", "critical", &["> 0.05"]),
    ("database", "HighDBQueryTime", "warning", &["> 0.1"]),
    ("database", "CriticalDBQueryTime", "critical", &["> 0.15"]),
    ("database", "HighDBCPUUsage", "warning", &["> 0.7"]),
    ("database", "HighDBConnections", "warning", &["> 250"]),
    ("database", "CriticalDBConnections", "critical", &["> 280"]),
    ("cache", "LowCacheHitRate", "warning", &["< 0.85", "or", "absent("]),
    ("cache", "CriticalCacheHitRate", "critical", &["< 0.75", "or", "absent("]),
    ("cache", "HighRedisMemoryUsage", "warning", &["> 0.8"]),
    ("infrastructure", "HighPodCPUUsage", "warning", &["> 0.8"]),
    ("infrastructure", "HighPodMemoryUsage", "warning", &["> 0.85"]),
    ("infrastructure", "PodCrashLooping", "critical", &["[5m]", "> 0"]),
    ("infrastructure", "PodNotReady", "critical", &["== 0"]),
    ("infrastructure", "ServiceDown", "critical", &["up == 0", "or", "absent("]),
    ("business", "LowOrderCreationRate", "warning", &["* 60 < 10", "or", "absent("]),
    ("business", "NoActiveDrivers", "critical", &["== 0", "or", "absent("]),
    ("business", "HighOrderCancellationRate", "warning", &["> 0.15"]),
    ("sla", "SLABreachAvailability", "critical", &["< 0.999", "or", "absent("]),
    ("sla", "SLABreachResponseTime", "critical", &["> 1"]),
];

#[test]
fn every_alert_of_the_guide_is_there_with_its_trigger_and_severity() {
    let shipped = alerts();
    assert_eq!(shipped.len(), GUIDE.len(), "{:?}", shipped.keys());
    for (category, alert, severity, parts) in GUIDE {
        let (file, rule) = shipped.get(alert).unwrap_or_else(|| panic!("{alert} is missing"));
        assert_eq!(*file, category, "{alert}");
        assert_eq!(label(rule, "severity"), severity, "{alert}");
        assert_eq!(label(rule, "category"), category, "{alert}");
        let team = label(rule, "team");
        assert!(["platform", "product", "operations", "sre"].contains(&team), "{alert}: {team}");
        for part in parts {
            assert!(rule.expr_text.contains(part), "{alert} has no `{part}`: {}", rule.expr_text);
        }
    }
}

#[test]
fn every_alert_tells_the_person_on_call_what_to_do() {
    for (alert, (_, rule)) in alerts() {
        let RuleKind::Alerting(alerting) = &rule.kind else { unreachable!("only alerts here") };
        let texts: BTreeMap<&str, &str> = alerting
            .annotations
            .iter()
            .map(|(name, template)| (&**name, &*template.text))
            .collect();
        let names: Vec<&str> = texts.keys().copied().collect();
        assert_eq!(names, ["dashboard_url", "description", "runbook_url", "summary"], "{alert}");
        assert!(
            texts.values().all(|text| !text.contains('\n')),
            "{alert}: a text of several lines"
        );
        assert!(texts["runbook_url"].starts_with("https://"), "{alert}");
        assert!(texts["dashboard_url"].starts_with("https://"), "{alert}");
    }
}

#[test]
fn every_recording_rule_is_read_by_an_alert_of_its_group() {
    for file in FILES {
        for group in parse(file).groups {
            for (at, rule) in group.rules.iter().enumerate() {
                if let RuleKind::Recording { record } = &rule.kind {
                    let read = group.rules[at + 1..]
                        .iter()
                        .any(|later| later.expr_text.contains(record.as_str()));
                    assert!(read, "{file}.yml: nothing reads {record}");
                }
            }
        }
    }
}

#[test]
fn a_missing_service_is_noticed_for_every_job_that_is_scraped() {
    let scraped = fs::read_to_string(repository().join("deploy/prometheus.yml")).unwrap();
    let (_, rule) = &alerts()["ServiceDown"];
    let services: Vec<&str> = scraped
        .lines()
        .filter_map(|line| {
            line.trim().strip_prefix("- ")?.strip_suffix(".tripo04os.svc.cluster.local")
        })
        .collect();
    assert_eq!(services.len(), 17, "{services:?}");
    for service in services {
        let branch = format!("absent(up{{job=\"tripo04os-services\", service=\"{service}\"}})");
        assert!(rule.expr_text.contains(&branch), "no {branch}");
    }
    let jobs = scraped.lines().filter_map(|line| line.trim().strip_prefix("- job_name: "));
    // Prometheus itself is there whenever its rules are evaluated.
    for job in jobs.filter(|job| *job != "prometheus") {
        let branch = format!("absent(up{{job=\"{job}\"");
        assert!(rule.expr_text.contains(&branch), "no {branch}");
    }
}

#[test]
fn an_independent_parser_accepts_every_expression() {
    let mut n = 0;
    for rule in FILES.iter().flat_map(|name| parse(name).groups).flat_map(|group| group.rules) {
        let accepted = promql_parser::parser::parse(&rule.expr_text);
        assert!(accepted.is_ok(), "{}: {:?}", rule.expr_text, accepted.err());
        n += 1;
    }
    assert!(n >= 22, "only {n} expressions");
}

#[test]
fn promtool_accepts_the_rules_and_their_tests_pass() {
    if !require_or_skip(&["promtool"]) {
        return;
    }
    let files = FILES.map(|name| format!("rules/{name}.yml"));
    let tests = FILES.map(|name| format!("rules/{name}.test.yml"));
    let checked = run("promtool", &words(&["check", "rules"], &files));
    assert_eq!(checked.matches("SUCCESS").count(), FILES.len(), "{checked}");
    let tested = run("promtool", &words(&["test", "rules"], &tests));
    assert_eq!(tested.matches("SUCCESS").count(), FILES.len(), "{tested}");
}

fn words<'a>(command: &[&'a str], files: &'a [String]) -> Vec<&'a str> {
    command.iter().copied().chain(files.iter().map(String::as_str)).collect()
}

fn parse(name: &str) -> rules::RuleFile {
    let file = format!("rules/{name}.yml");
    let text = fs::read_to_string(repository().join(&file)).expect("a shipped rule file");
    let parsed = rules::parse(&file, &text, &ParseOptions::default());
    assert!(parsed.errors.is_empty(), "{file}: {:?}", parsed.errors);
    parsed
}

/// Every alert of the pack with the name of its file.
fn alerts() -> BTreeMap<String, (&'static str, Rule)> {
    let mut found = BTreeMap::new();
    for file in FILES {
        for rule in parse(file).groups.into_iter().flat_map(|group| group.rules) {
            if let RuleKind::Alerting(alerting) = &rule.kind {
                let twin = found.insert(alerting.alert.clone(), (file, rule));
                assert!(twin.is_none(), "two alerts of one name in {file}.yml");
            }
        }
    }
    found
}

fn label<'a>(rule: &'a Rule, name: &str) -> &'a str {
    let label = rule.labels.iter().find(|(label, _)| **label == *name);
    label.map_or("", |(_, template)| &template.text)
}
