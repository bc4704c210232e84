//! The keys of a configuration file.
//!
//! Names are Prometheus's where it has them. Keys that Prometheus has and we do not follow are
//! listed too: as ignored, or as refused with an explanation in `resolve.rs`.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf};

use ruler::config::EvaluationSlots;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny},
};
use serde_saphyr::Spanned;
use source::{Authorization, BasicAuth, TlsConfig};

use super::source_section::SourceSection;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    pub(super) global: Option<Global>,
    pub(super) rule_files: Option<Vec<Spanned<String>>>,
    pub(super) alerting: Option<Alerting>,

    pub(super) source: Option<Spanned<SourceSection>>,
    pub(super) events: Option<Events>,
    pub(super) web: Option<Web>,
    pub(super) stream: Option<Stream>,
    pub(super) external_url: Option<Spanned<String>>,
    pub(super) resend_delay: Option<Milliseconds>,
    pub(super) query_offset: Option<Milliseconds>,
    /// When in their intervals groups are evaluated.
    pub(super) evaluation_slots: Option<SlotsKey>,
    /// Among how many threads an evaluation is shared out.
    pub(super) evaluation_threads: Option<NonZeroUsize>,
    pub(super) lookback_delta: Option<Milliseconds>,
    /// How long alerts of a failing rule are kept alive.
    pub(super) hold: Option<Milliseconds>,
    /// Whether pending alerts are restored from `ALERTS_FOR_STATE`.
    pub(super) restore: Option<bool>,
    pub(super) for_outage_tolerance: Option<Milliseconds>,
    pub(super) for_grace_period: Option<Milliseconds>,

    // Sections of Prometheus that do not concern rules.
    pub(super) scrape_configs: Option<IgnoredAny>,
    pub(super) scrape_config_files: Option<IgnoredAny>,
    pub(super) remote_write: Option<IgnoredAny>,
    pub(super) remote_read: Option<IgnoredAny>,
    pub(super) storage: Option<IgnoredAny>,
    pub(super) tracing: Option<IgnoredAny>,
    pub(super) runtime: Option<IgnoredAny>,
    pub(super) otlp: Option<IgnoredAny>,
}

impl Document {
    /// The sections that are there and ignored.
    pub(super) fn ignored(&self) -> Vec<&'static str> {
        let sections = [
            ("scrape_configs", &self.scrape_configs),
            ("scrape_config_files", &self.scrape_config_files),
            ("remote_write", &self.remote_write),
            ("remote_read", &self.remote_read),
            ("storage", &self.storage),
            ("tracing", &self.tracing),
            ("runtime", &self.runtime),
            ("otlp", &self.otlp),
        ];
        sections.iter().filter(|(_, there)| there.is_some()).map(|(name, _)| *name).collect()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Global {
    pub(super) evaluation_interval: Option<Milliseconds>,
    pub(super) rule_query_offset: Option<Milliseconds>,
    pub(super) external_labels: Option<BTreeMap<String, Spanned<String>>>,

    scrape_interval: Option<IgnoredAny>,
    scrape_timeout: Option<IgnoredAny>,
    scrape_protocols: Option<IgnoredAny>,
    scrape_native_histograms: Option<IgnoredAny>,
    scrape_failure_log_file: Option<IgnoredAny>,
    query_log_file: Option<IgnoredAny>,
    body_size_limit: Option<IgnoredAny>,
    sample_limit: Option<IgnoredAny>,
    label_limit: Option<IgnoredAny>,
    label_name_length_limit: Option<IgnoredAny>,
    label_value_length_limit: Option<IgnoredAny>,
    target_limit: Option<IgnoredAny>,
    keep_dropped_targets: Option<IgnoredAny>,
    metric_name_validation_scheme: Option<IgnoredAny>,
    metric_name_escaping_scheme: Option<IgnoredAny>,
    convert_classic_histograms_to_nhcb: Option<IgnoredAny>,
    always_scrape_classic_histograms: Option<IgnoredAny>,
    extra_scrape_metrics: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Alerting {
    pub(super) alertmanagers: Option<Vec<Alertmanager>>,
    pub(super) alert_relabel_configs: Option<Spanned<Vec<IgnoredAny>>>,
}

/// A group of Alertmanagers that are spoken to in the same way.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Alertmanager {
    pub(super) static_configs: Option<Vec<StaticConfig>>,
    pub(super) scheme: Option<Spanned<String>>,
    pub(super) path_prefix: Option<String>,
    pub(super) timeout: Option<Milliseconds>,
    pub(super) api_version: Option<Spanned<String>>,
    pub(super) basic_auth: Option<BasicAuth>,
    pub(super) authorization: Option<Authorization>,
    pub(super) tls_config: Option<TlsConfig>,

    /// Never followed here: a redirected POST is not a delivery.
    follow_redirects: Option<bool>,
    enable_http2: Option<bool>,

    pub(super) relabel_configs: Option<Spanned<Vec<IgnoredAny>>>,
    pub(super) alert_relabel_configs: Option<Spanned<Vec<IgnoredAny>>>,
    pub(super) proxy_url: Option<Spanned<IgnoredAny>>,
    pub(super) proxy_from_environment: Option<Spanned<IgnoredAny>>,
    pub(super) oauth2: Option<Spanned<IgnoredAny>>,
    pub(super) sigv4: Option<Spanned<IgnoredAny>>,
    pub(super) http_headers: Option<Spanned<IgnoredAny>>,
    pub(super) consul_sd_configs: Option<Spanned<IgnoredAny>>,
    pub(super) dns_sd_configs: Option<Spanned<IgnoredAny>>,
    pub(super) ec2_sd_configs: Option<Spanned<IgnoredAny>>,
    pub(super) file_sd_configs: Option<Spanned<IgnoredAny>>,
    pub(super) http_sd_configs: Option<Spanned<IgnoredAny>>,
    pub(super) kubernetes_sd_configs: Option<Spanned<IgnoredAny>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StaticConfig {
    pub(super) targets: Option<Vec<Spanned<String>>>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Events {
    pub(super) stdout: Option<bool>,
    pub(super) file: Option<PathBuf>,
    pub(super) max_size: Option<Bytes>,
    pub(super) max_files: Option<usize>,
}

/// What we serve.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Web {
    pub(super) listen_address: Option<Spanned<String>>,
}

/// Samples that come by remote write.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Stream {
    pub(super) listen_address: Option<Spanned<String>>,
    pub(super) delay: Option<Milliseconds>,
    pub(super) silence: Option<Milliseconds>,
    pub(super) gap: Option<Milliseconds>,
    pub(super) max_request_bytes: Option<Bytes>,
    pub(super) max_series: Option<usize>,
}

/// When in their intervals groups are evaluated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SlotsKey {
    Spread,
    Together,
}

impl From<SlotsKey> for EvaluationSlots {
    fn from(key: SlotsKey) -> Self {
        match key {
            SlotsKey::Spread => Self::Spread,
            SlotsKey::Together => Self::Together,
        }
    }
}

/// A Prometheus duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Milliseconds(pub(super) i64);

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = |error| format!("{error}, expected one such as 15s or 1m30s");
        model::duration::parse(&text).map(Self).map_err(|e| D::Error::custom(expected(e)))
    }
}

/// A number of bytes, such as `64MB` or `1GiB`; Prometheus counts both by 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) u64);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let error = || format!("`{text}` is not a size, expected one such as 100MB");
        parse_bytes(&text).map(Self).ok_or_else(|| D::Error::custom(error()))
    }
}

fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().trim_end_matches('B').trim_end_matches('i');
    let shift = ["", "K", "M", "G", "T"].iter().position(|known| *known == unit)?;
    number.parse::<u64>().ok()?.checked_mul(1 << (10 * shift)).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::parse_bytes;

    #[test]
    fn sizes() {
        assert_eq!(parse_bytes("100MB"), Some(100 << 20));
        assert_eq!(parse_bytes("1GiB"), Some(1 << 30));
        assert_eq!(parse_bytes("512"), Some(512));
        assert_eq!(parse_bytes("4 KB"), Some(4096));
        for bad in ["", "0", "MB", "-1", "1XB", "99999999999T"] {
            assert_eq!(parse_bytes(bad), None, "{bad}");
        }
    }
}
