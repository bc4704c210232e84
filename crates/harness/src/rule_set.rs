//! The rules: a pack like the shipped one, and copies of what teams have for each service.

use std::fmt::Write as _;

use model::duration;
use simulator::SERVICES;

/// Windows, in evaluations: 5m and 30m at 15 s.
const SHORT: i64 = 20;
const LONG: i64 = 120;

/// Samples count for so long, in milliseconds, unless a marker ends them.
const LOOKBACK_MS: i64 = 300_000;

/// How far back the rules read at an interval, in milliseconds.
pub(crate) fn reach_ms(interval_ms: i64) -> i64 {
    (LONG * interval_ms).max(LOOKBACK_MS)
}

/// A rule file with so many rules, evaluated every `interval_ms`.
///
/// The first 21 are a pack over all services: quantiles of histograms, error ratios, burn rates,
/// saturation. All others watch one service each, by a matcher, with a warning and a critical
/// threshold; further rounds of copies have other thresholds.
pub fn rule_set(n_rules: usize, interval_ms: i64) -> String {
    let window = |n: i64| duration::format(n * interval_ms);
    let fill = |text: &str| text.replace("SHORT", &window(SHORT)).replace("LONG", &window(LONG));
    let mut text = "groups:\n".to_owned();
    let mut left = n_rules;
    for (group, rules) in PACK {
        let taken = &rules[..left.min(rules.len())];
        left -= taken.len();
        let rules: String = taken.iter().map(|rule| one(rule, &fill(rule.expr))).collect();
        push_group(&mut text, group, interval_ms, &rules);
    }
    let mut copies: Vec<(&str, String)> = SERVICES.map(|s| (s, String::new())).to_vec();
    for index in 0..left {
        // Templates go fastest, so that few copies are of all kinds, then services, then rounds.
        let (template, rest) = (index % TEMPLATES.len(), index / TEMPLATES.len());
        let (service, rest) = (rest % SERVICES.len(), rest / SERVICES.len());
        let (is_critical, round) = (rest % 2 == 1, rest / 2);
        let copy = Copy { template: &TEMPLATES[template], is_critical, round };
        let (name, rules) = &mut copies[service];
        rules.push_str(&fill(&copy.text(name)));
    }
    for (service, rules) in &copies {
        push_group(&mut text, service, interval_ms, rules);
    }
    text
}

/// The same with rules over native histograms behind, as many as [`N_NATIVE`].
pub fn with_native_histograms(mut text: String, interval_ms: i64) -> String {
    let window = duration::format(SHORT * interval_ms);
    let rules: String =
        NATIVE.iter().map(|rule| one(rule, &rule.expr.replace("SHORT", &window))).collect();
    push_group(&mut text, "native-histograms", interval_ms, &rules);
    text
}

fn push_group(file: &mut String, name: &str, interval_ms: i64, rules: &str) {
    if !rules.is_empty() {
        let interval = duration::format(interval_ms);
        write!(file, "  - name: {name}\n    interval: {interval}\n    rules:\n{rules}")
            .expect("writing to a string");
    }
}

/// A rule of the pack.
struct Rule {
    /// Of a recording rule where there is a colon in it.
    name: &'static str,
    expr: &'static str,
}

fn one(rule: &Rule, expr: &str) -> String {
    let kind = if rule.name.contains(':') { "record" } else { "alert" };
    let mut text = format!("      - {kind}: {}\n        expr: {expr}\n", rule.name);
    if kind == "alert" {
        text.push_str("        for: 1m\n        labels: {severity: critical}\n");
    }
    text
}

const fn rule(name: &'static str, expr: &'static str) -> Rule {
    Rule { name, expr }
}

const PACK: [(&str, &[Rule]); 6] = [
    (
        "performance",
        &[
            rule(
                "service:http_request_duration_seconds:p95",
                "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[SHORT])))",
            ),
            rule(
                "service:http_requests:error_ratio",
                "sum by (service) (rate(http_requests_total{status=~\"5..\"}[SHORT])) / (sum by (service) (rate(http_requests_total[SHORT])) > 0)",
            ),
            rule("SlowAnswers", "service:http_request_duration_seconds:p95 > 0.5"),
            rule("VerySlowAnswers", "service:http_request_duration_seconds:p95 > 0.75"),
            rule("Errors", "service:http_requests:error_ratio > 0.01"),
            rule("ManyErrors", "service:http_requests:error_ratio > 0.05"),
        ],
    ),
    (
        "sla",
        &[
            rule(
                "platform:http_requests:availability",
                "1 - (sum(rate(http_requests_total{status=~\"5..\"}[SHORT])) or vector(0)) / (sum(rate(http_requests_total[SHORT])) > 0)",
            ),
            rule(
                "platform:http_request_duration_seconds:p99",
                "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[SHORT])))",
            ),
            rule("Availability", "platform:http_requests:availability < 0.999"),
            rule("ResponseTime", "platform:http_request_duration_seconds:p99 > 1"),
        ],
    ),
    (
        "budget",
        &[
            rule(
                "FastBurn",
                "sum by (service) (rate(http_requests_total{status=~\"5..\"}[SHORT])) / sum by (service) (rate(http_requests_total[SHORT])) > 0.0144 and sum by (service) (rate(http_requests_total{status=~\"5..\"}[LONG])) / sum by (service) (rate(http_requests_total[LONG])) > 0.0144",
            ),
            rule(
                "SlowBurn",
                "sum by (service) (rate(http_requests_total{status=~\"5..\"}[LONG])) / sum by (service) (rate(http_requests_total[LONG])) > 0.006",
            ),
        ],
    ),
    (
        "infrastructure",
        &[
            rule(
                "PodCPU",
                "sum by (service, namespace, pod, container) (rate(container_cpu_usage_seconds_total{container!=\"\"}[SHORT])) / max by (service, namespace, pod, container) (kube_pod_container_resource_limits{resource=\"cpu\"}) > 0.9",
            ),
            rule(
                "PodMemory",
                "max by (service, namespace, pod, container) (container_memory_working_set_bytes{container!=\"\"}) / max by (service, namespace, pod, container) (kube_pod_container_resource_limits{resource=\"memory\"}) > 0.9",
            ),
            rule(
                "PodCrashLooping",
                "max by (service, namespace, pod, container) (increase(kube_pod_container_status_restarts_total[SHORT])) > 0",
            ),
            rule(
                "PodNotReady",
                "min by (service, namespace, pod) (kube_pod_status_ready{condition=\"true\"}) == 0",
            ),
            rule("ServiceDown", "avg by (service) (up) < 0.5"),
        ],
    ),
    (
        "database",
        &[
            rule(
                "SlowQueries",
                "histogram_quantile(0.95, sum by (service, instance, le) (rate(pg_stat_statements_duration_seconds_bucket[SHORT]))) > 0.15",
            ),
            rule(
                "DatabaseCPU",
                "1 - avg by (service, instance) (rate(node_cpu_seconds_total{job=\"postgres-node\", mode=\"idle\"}[SHORT])) > 0.7",
            ),
            rule("Connections", "sum by (service, instance) (pg_stat_activity) > 280"),
        ],
    ),
    (
        "cache",
        &[rule(
            "CacheHits",
            "sum by (service) (rate(redis_cache_hits_total[SHORT])) / (sum by (service) (rate(redis_cache_hits_total[SHORT])) + sum by (service) (rate(redis_cache_misses_total[SHORT]))) < 0.8",
        )],
    ),
];

/// How many rules there are over native histograms.
pub const N_NATIVE: usize = NATIVE.len();

/// Quantiles, counts and shares of native histograms, of which all need one sum of rates.
const NATIVE: [Rule; 6] = [
    rule(
        "service:http_request_duration_native_seconds:p99",
        "histogram_quantile(0.99, sum by (service) (rate(http_request_duration_native_seconds[SHORT])))",
    ),
    rule(
        "service:http_request_duration_native_seconds:requests",
        "histogram_count(sum by (service) (rate(http_request_duration_native_seconds[SHORT])))",
    ),
    rule(
        "service:http_request_duration_native_seconds:mean",
        "histogram_sum(sum by (service) (rate(http_request_duration_native_seconds[SHORT]))) / histogram_count(sum by (service) (rate(http_request_duration_native_seconds[SHORT])))",
    ),
    rule("SlowNativeAnswers", "service:http_request_duration_native_seconds:p99 > 0.5"),
    rule("NoNativeTraffic", "service:http_request_duration_native_seconds:requests < 1"),
    rule(
        "SlowNativeShare",
        "1 - histogram_fraction(0, 0.5, sum by (service) (rate(http_request_duration_native_seconds[SHORT]))) > 0.05",
    ),
];

/// What is watched of one service.
struct Template {
    name: &'static str,
    /// `SERVICE` stands for the matcher.
    expr: &'static str,
    /// The comparison, and where a warning begins.
    operator: &'static str,
    warning: f64,
    /// How many times worse is critical.
    critical: f64,
}

struct Copy<'a> {
    template: &'a Template,
    is_critical: bool,
    round: usize,
}

impl Copy<'_> {
    fn text(&self, service: &str) -> String {
        let Template { name, expr, operator, warning, critical } = self.template;
        let severity = if self.is_critical { "critical" } else { "warning" };
        // Worse by a twentieth each round: up for what must not be high, down for what must not be low.
        let worse = 1.0 + self.round as f64 / 20.0;
        let factor = if self.is_critical { *critical } else { 1.0 };
        let factor = if *operator == "<" { factor / worse } else { factor * worse };
        let threshold = (warning * factor * 1e6).round() / 1e6;
        let expr = expr.replace("SERVICE", &format!("service=\"{service}\""));
        format!(
            "      - alert: {name}{round}\n        expr: {expr} {operator} {threshold}\n        \
             for: 1m\n        labels: {{severity: {severity}, service: {service}}}\n",
            round = self.round,
        )
    }
}

const fn above(name: &'static str, expr: &'static str, warning: f64, critical: f64) -> Template {
    Template { name, expr, operator: ">", warning, critical }
}

const fn below(name: &'static str, expr: &'static str, warning: f64, critical: f64) -> Template {
    Template { name, expr, operator: "<", warning, critical }
}

const TEMPLATES: [Template; 14] = [
    above(
        "P95",
        "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{SERVICE}[SHORT])))",
        0.5,
        1.5,
    ),
    above(
        "EndpointP99",
        "histogram_quantile(0.99, sum by (le, endpoint) (rate(http_request_duration_seconds_bucket{SERVICE}[SHORT])))",
        1.5,
        1.5,
    ),
    above(
        "Errors",
        "sum(rate(http_requests_total{SERVICE, status=~\"5..\"}[SHORT])) / (sum(rate(http_requests_total{SERVICE}[SHORT])) > 0)",
        0.01,
        5.0,
    ),
    above(
        "EndpointErrors",
        "sum by (endpoint) (rate(http_requests_total{SERVICE, status=~\"5..\"}[SHORT])) / (sum by (endpoint) (rate(http_requests_total{SERVICE}[SHORT])) > 0)",
        0.02,
        5.0,
    ),
    below("Traffic", "sum(rate(http_requests_total{SERVICE}[SHORT]))", 1.0, 0.1),
    above(
        "Refused",
        "sum(rate(http_requests_total{SERVICE, status=~\"4..\"}[SHORT])) / (sum(rate(http_requests_total{SERVICE}[SHORT])) > 0)",
        0.2,
        2.0,
    ),
    above(
        "MeanDuration",
        "sum(rate(http_request_duration_seconds_sum{SERVICE}[SHORT])) / (sum(rate(http_request_duration_seconds_count{SERVICE}[SHORT])) > 0)",
        0.4,
        1.5,
    ),
    above(
        "Burn",
        "sum(rate(http_requests_total{SERVICE, status=~\"5..\"}[LONG])) / (sum(rate(http_requests_total{SERVICE}[LONG])) > 0)",
        0.006,
        2.4,
    ),
    above(
        "BusiestPod",
        "max by (pod) (rate(container_cpu_usage_seconds_total{SERVICE, container!=\"\"}[SHORT]))",
        0.8,
        1.15,
    ),
    above(
        "LargestPod",
        "max by (pod) (container_memory_working_set_bytes{SERVICE, container!=\"\"})",
        450_000_000.0,
        1.1,
    ),
    below("ReadyPods", "sum(kube_pod_status_ready{SERVICE, condition=\"true\"})", 1.0, 0.5),
    below("Up", "avg(up{SERVICE})", 0.9, 0.6),
    above(
        "Restarts",
        "sum(increase(kube_pod_container_status_restarts_total{SERVICE}[SHORT]))",
        0.5,
        4.0,
    ),
    above(
        "SlowShare",
        "1 - sum(rate(http_request_duration_seconds_bucket{SERVICE, le=\"0.5\"}[SHORT])) / (sum(rate(http_request_duration_seconds_count{SERVICE}[SHORT])) > 0)",
        0.05,
        4.0,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(text: &str) -> Vec<rules::Group> {
        let parsed = rules::parse("rules.yml", text, &promql::ParseOptions::default());
        assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
        parsed.groups
    }

    #[test]
    fn there_are_as_many_rules_as_asked_for() {
        for n in [1, 10, 21, 22, 981, 1_000, 10_000] {
            let groups = groups(&rule_set(n, 15_000));
            assert_eq!(groups.iter().map(|g| g.rules.len()).sum::<usize>(), n);
            assert!(groups.iter().all(|g| g.interval == Some(15_000)));
        }
        assert_eq!(groups(&rule_set(21, 1_000)).len(), 6);
        assert_eq!(groups(&rule_set(1_000, 15_000)).len(), 6 + 17);
    }

    #[test]
    fn rules_over_native_histograms_come_on_top() {
        let text = with_native_histograms(rule_set(25, 15_000), 15_000);
        let all = groups(&text);
        assert_eq!(all.iter().map(|g| g.rules.len()).sum::<usize>(), 25 + N_NATIVE);
        assert!(text.starts_with(&rule_set(25, 15_000)) && !text.contains("SHORT"), "{text}");
        let count = |function: &str| text.matches(function).count();
        for function in [
            "histogram_count(sum",
            "histogram_fraction(0,",
            "histogram_quantile(0.99, sum by (service)",
        ] {
            assert!(count(function) > 0, "{function}");
        }
    }

    #[test]
    fn the_same_rules_come_every_time() {
        let text = rule_set(500, 15_000);
        assert_eq!(text, rule_set(500, 15_000));
        assert!(text.contains("[5m]") && text.contains("[30m]"));
        assert!(rule_set(21, 1_000).contains("[20s]") && !rule_set(21, 1_000).contains("SHORT"));
        assert!(text.starts_with(&rule_set(21, 15_000)), "more rules come behind");
    }

    #[test]
    fn warnings_come_before_what_is_critical() {
        for template in &TEMPLATES {
            let rises = template.operator == ">";
            assert_eq!(rises, template.critical > 1.0, "{}", template.name);
        }
    }
}
