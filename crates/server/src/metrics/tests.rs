//! What a scrape shows.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use ::ruler::{
    Config, RuleSet, Snapshot,
    status::{GroupStatus, Health},
};
use engine::Binds;
use expect_test::expect;
use model::Timestamp;

use super::*;

const RULES: &str = "
groups:
  - name: latency
    interval: 15s
    rules:
      - record: a:b
        expr: sum(b)
      - alert: Slow
        expr: a:b > 1
";

fn snapshot() -> Snapshot {
    let groups = rules::parse("rules/\"a\".yml", RULES, &promql::ParseOptions::default()).groups;
    let rules = RuleSet::new(groups, &Config::default());
    let mut status = GroupStatus::new(Arc::clone(&rules.groups[0]));
    (status.iterations, status.missed) = (5, 1);
    status.last_evaluation = Some(Timestamp(1_700_000_000_500));
    status.evaluation_time = Duration::from_millis(40);
    for (n, rule) in (1..).zip(&mut status.rules) {
        (rule.evaluations, rule.failures, rule.health) = (4, n - 1, Health::Ok);
        rule.total_time = Duration::from_millis(n);
    }
    Snapshot { groups: vec![Arc::new(status)] }
}

#[test]
fn rules_and_what_is_held_for_them() {
    let held = Some(StoreStatus {
        series: 7,
        samples: 70,
        bytes: 700,
        binds: Binds { full: 3, by_difference: 5, rows: 11, time_ns: 1_500_000_000 },
    });
    let (_keep, snapshots) = watch::channel(snapshot());
    let mut registry = Registry::default();
    let rules = ruler::Rules { snapshots, held: Arc::new(Mutex::new(held)) };
    registry.register_collector(Box::new(rules));
    let mut shown = String::new();
    text::encode(&mut shown, &registry).unwrap();
    expect![[r##"
        # HELP watchfire_rule_evaluations Evaluations of rules
        # TYPE watchfire_rule_evaluations counter
        watchfire_rule_evaluations_total{rule_group="rules/\"a\".yml;latency"} 8.0
        # HELP watchfire_rule_evaluation_failures Evaluations of rules that failed
        # TYPE watchfire_rule_evaluation_failures counter
        watchfire_rule_evaluation_failures_total{rule_group="rules/\"a\".yml;latency"} 1.0
        # HELP watchfire_rule_warnings Warnings that came with results
        # TYPE watchfire_rule_warnings counter
        watchfire_rule_warnings_total{rule_group="rules/\"a\".yml;latency"} 0.0
        # HELP watchfire_group_iterations Slots of groups that passed, missed ones included
        # TYPE watchfire_group_iterations counter
        watchfire_group_iterations_total{rule_group="rules/\"a\".yml;latency"} 5.0
        # HELP watchfire_group_iterations_missed Slots missed because the one before took too long
        # TYPE watchfire_group_iterations_missed counter
        watchfire_group_iterations_missed_total{rule_group="rules/\"a\".yml;latency"} 1.0
        # HELP watchfire_evaluation_seconds Time spent on computing rules, without fetching
        # TYPE watchfire_evaluation_seconds counter
        # UNIT watchfire_evaluation_seconds seconds
        watchfire_evaluation_seconds_total{rule_group="rules/\"a\".yml;latency"} 0.003
        # HELP watchfire_group_rules Rules of a group
        # TYPE watchfire_group_rules gauge
        watchfire_group_rules{rule_group="rules/\"a\".yml;latency"} 2.0
        # HELP watchfire_group_rules_waiting Rules whose windows a stream does not cover yet
        # TYPE watchfire_group_rules_waiting gauge
        watchfire_group_rules_waiting{rule_group="rules/\"a\".yml;latency"} 0.0
        # HELP watchfire_group_interval_seconds Between two evaluations
        # TYPE watchfire_group_interval_seconds gauge
        # UNIT watchfire_group_interval_seconds seconds
        watchfire_group_interval_seconds{rule_group="rules/\"a\".yml;latency"} 15.0
        # HELP watchfire_group_last_duration_seconds How long the last evaluation took, with fetching
        # TYPE watchfire_group_last_duration_seconds gauge
        # UNIT watchfire_group_last_duration_seconds seconds
        watchfire_group_last_duration_seconds{rule_group="rules/\"a\".yml;latency"} 0.04
        # HELP watchfire_group_last_evaluation_timestamp_seconds The slot that was evaluated last
        # TYPE watchfire_group_last_evaluation_timestamp_seconds gauge
        # UNIT watchfire_group_last_evaluation_timestamp_seconds seconds
        watchfire_group_last_evaluation_timestamp_seconds{rule_group="rules/\"a\".yml;latency"} 1700000000.5
        # HELP watchfire_alerts Active alerts
        # TYPE watchfire_alerts gauge
        watchfire_alerts{alertstate="pending"} 0.0
        watchfire_alerts{alertstate="firing"} 0.0
        # HELP watchfire_store_series Series held, fetched and produced
        # TYPE watchfire_store_series gauge
        watchfire_store_series 7.0
        # HELP watchfire_store_samples Samples held, fetched and produced
        # TYPE watchfire_store_samples gauge
        watchfire_store_samples 70.0
        # HELP watchfire_store_bytes Memory that samples take, without label sets
        # TYPE watchfire_store_bytes gauge
        # UNIT watchfire_store_bytes bytes
        watchfire_store_bytes 700.0
        # HELP watchfire_bind_nodes Nodes bound to series that came or went, from what they knew
        # TYPE watchfire_bind_nodes counter
        watchfire_bind_nodes_total{from="nothing"} 3.0
        watchfire_bind_nodes_total{from="difference"} 5.0
        # HELP watchfire_bind_rows Rows whose labels were looked at when nodes were bound
        # TYPE watchfire_bind_rows counter
        watchfire_bind_rows_total 11.0
        # HELP watchfire_bind_seconds Time spent on binding nodes: with the cut stream mostly before slots are due, otherwise as part of evaluation
        # TYPE watchfire_bind_seconds counter
        # UNIT watchfire_bind_seconds seconds
        watchfire_bind_seconds_total 1.5
        # EOF
    "##]].assert_eq(&shown);
}

#[tokio::test]
async fn a_process_tells_of_itself() {
    let shown = Metrics::new("1.2.3").text().await.unwrap();
    assert!(shown.contains("\nwatchfire_build_info{version=\"1.2.3\"} 1.0\n"), "{shown}");
    assert!(shown.ends_with("# EOF\n"), "{shown}");
    if cfg!(target_os = "linux") {
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes"] {
            assert!(shown.contains(&format!("\n{name} ")), "{shown}");
        }
    }
}
