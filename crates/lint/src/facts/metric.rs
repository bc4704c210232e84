//! What metrics are documented to be: a table of names.
//!
//! What it says holds as long as exporters do what their documentation says, so that it is never a
//! proof.

use diagnostics::Span;
use model::ALERT_NAME;

use super::{Bound, Label, LabelSet, MetricKind, OneOf, Reason, Values, Why};

/// What is known of a metric's series.
pub(super) struct Metric<'e> {
    pub(super) labels: LabelSet<'e>,
    pub(super) values: Values,
}

impl Metric<'_> {
    /// Any series.
    pub(super) fn unknown() -> Self {
        Self { labels: LabelSet::open(), values: Values::any() }
    }
}

/// What is documented of a metric whose name tells its kind.
pub(super) fn of(name: &str, kind: MetricKind, span: Span) -> Metric<'static> {
    let why = Why::new(span, Reason::Metric);
    let mut labels = LabelSet::open();
    let guaranteed = |values| Label::guaranteed(values, why);
    match name {
        "ALERTS" => {
            let states = ["firing", "pending"].map(std::borrow::Cow::Borrowed);
            labels.set(ALERT_NAME, guaranteed(None));
            labels.set("alertstate", guaranteed(OneOf::new(states)));
        }
        "ALERTS_FOR_STATE" => labels.set(ALERT_NAME, guaranteed(None)),
        "up" | "scrape_duration_seconds" | "scrape_samples_scraped" => {
            labels.set("job", guaranteed(None));
            labels.set("instance", guaranteed(None));
        }
        _ => {}
    }
    Metric { labels, values: values(name, kind, why) }
}

fn values(name: &str, kind: MetricKind, why: Why) -> Values {
    match kind {
        MetricKind::Bool => Values::truth(why),
        MetricKind::Info if name != "target_info" => Values::constant(1.0, why),
        MetricKind::Counter | MetricKind::Count | MetricKind::Bucket => Values::at_least(0.0, why),
        MetricKind::Timestamp if name.ends_with("_seconds") || name.ends_with("_created") => {
            let any = Values::any_float();
            Values { lower: Bound::closed(0.0, why), ..any }
        }
        _ => match name {
            "ALERTS" | "kube_pod_owner" | "kube_node_spec_taint" => Values::constant(1.0, why),
            "ceph_health_status" => Values::range(0.0, 2.0, why).whole(),
            _ => Values::any(),
        },
    }
}

/// Whether a metric is 0 or 1.
pub(super) fn is_bool(name: &str) -> bool {
    match name.strip_prefix("kube_") {
        Some(name) => KUBE.contains(&name),
        None => OTHERS.contains(&name),
    }
}

/// Metrics of kube-state-metrics that are 0 or 1, without `kube_`.
const KUBE: &[&str] = &[
    "cronjob_spec_suspend",
    "deployment_spec_paused",
    "deployment_status_condition",
    "horizontalpodautoscaler_status_condition",
    "job_complete",
    "job_failed",
    "namespace_status_phase",
    "node_spec_unschedulable",
    "node_status_condition",
    "persistentvolume_status_phase",
    "persistentvolumeclaim_status_condition",
    "persistentvolumeclaim_status_phase",
    "pod_container_status_last_terminated_reason",
    "pod_container_status_ready",
    "pod_container_status_running",
    "pod_container_status_terminated",
    "pod_container_status_terminated_reason",
    "pod_container_status_waiting",
    "pod_container_status_waiting_reason",
    "pod_init_container_status_ready",
    "pod_init_container_status_running",
    "pod_init_container_status_terminated",
    "pod_init_container_status_waiting",
    "pod_status_phase",
    "pod_status_ready",
    "pod_status_reason",
    "pod_status_scheduled",
    "pod_status_unschedulable",
];

/// Other metrics that are 0 or 1.
const OTHERS: &[&str] = &[
    "alertmanager_config_last_reload_successful",
    "etcd_server_has_leader",
    "etcd_server_is_leader",
    "mysql_up",
    "node_filesystem_device_error",
    "node_filesystem_readonly",
    "node_network_carrier",
    "node_network_up",
    "node_scrape_collector_success",
    "node_systemd_unit_state",
    "node_timex_sync_status",
    "pg_up",
    "probe_dns_lookup_success",
    "probe_http_ssl",
    "probe_success",
    "prometheus_config_last_reload_successful",
    "redis_up",
    "up",
];
