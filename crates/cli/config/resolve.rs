//! From the keys of a file to what the other crates want.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use diagnostics::Diagnostic;
use model::{Labels, labels::is_legacy_label_name};
use notify::jsonl::Rotation;
use ruler::StreamConfig;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;
use source::SourceConfig;

use super::{
    AlertmanagerConfig, Config, Cut, DEFAULT_SOURCE, Events, ListenAddress, MAX_THREADS, Stream,
    http::HttpOptions,
    places::error_at,
    sections::{
        Alerting, Alertmanager, Document, Events as EventsSection, Milliseconds,
        Stream as StreamSection,
    },
    source_section::SourceSection,
};

/// What a document says, with the defaults for what it does not, and what is wrong with it.
/// `environment` looks up variables for external labels.
pub(super) fn resolve(
    document: Document,
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> (Config, Vec<Diagnostic>) {
    let mut resolver = Resolver { folder, environment, found: Vec::new() };
    let config = resolver.config(document);
    (config, resolver.found)
}

struct Resolver<'a> {
    folder: &'a Path,
    environment: &'a dyn Fn(&str) -> Option<String>,
    found: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn config(&mut self, document: Document) -> Config {
        let ignored = document.ignored();
        let ruler = self.ruler(&document);
        let (rule_files, unmatched) = self.rule_files(document.rule_files.unwrap_or_default());
        let slots = document.evaluation_slots.map(Into::into);
        let has_source = document.source.as_ref().is_some_and(|s| !s.value.has_no_url());
        let regrouping = document.source.as_ref().and_then(|s| s.value.regrouping);
        let (source, cut) = self.source(document.source);
        let lookback_ms = ruler.lookback_ms;
        let stream = self.stream(document.stream.unwrap_or_default(), lookback_ms, has_source);
        let ruler = ruler::Config {
            external_url: match document.external_url {
                Some(url) => self.web_address(url),
                // The source has an expression browser, as a rule.
                None => source.url.to_string(),
            },
            regrouping: regrouping.map(Into::into).unwrap_or_default(),
            ..ruler
        };
        let alertmanagers = document.alerting.map(|alerting| self.alerting(alerting));
        Config {
            ruler,
            rule_files,
            source,
            cut,
            stream,
            slots,
            threads: document.evaluation_threads.unwrap_or_else(threads),
            alertmanagers: alertmanagers.unwrap_or_default(),
            events: self.events(document.events),
            listen: document.web.and_then(|web| self.listen(&web.listen_address?)),
            ignored,
            unmatched,
        }
    }

    fn ruler(&mut self, document: &Document) -> ruler::Config {
        let defaults = ruler::Config::default();
        let or = |given: Option<Milliseconds>, default| given.map_or(default, |ms| ms.0);
        let global = document.global.as_ref();
        let interval = global.and_then(|global| global.evaluation_interval);
        let offset = global.and_then(|global| global.rule_query_offset);
        ruler::Config {
            // Prometheus takes an interval of nothing as none given.
            evaluation_interval_ms: or(
                interval.filter(|ms| ms.0 > 0),
                defaults.evaluation_interval_ms,
            ),
            query_offset_ms: or(document.query_offset.or(offset), defaults.query_offset_ms),
            lookback_ms: or(document.lookback_delta, defaults.lookback_ms),
            resend_delay_ms: or(document.resend_delay, defaults.resend_delay_ms),
            hold_ms: or(document.hold, defaults.hold_ms),
            restore: document.restore.unwrap_or(defaults.restore),
            outage_tolerance_ms: or(document.for_outage_tolerance, defaults.outage_tolerance_ms),
            for_grace_period_ms: or(document.for_grace_period, defaults.for_grace_period_ms),
            external_labels: self.external_labels(global.and_then(|g| g.external_labels.as_ref())),
            ..defaults
        }
    }

    fn external_labels(&mut self, given: Option<&BTreeMap<String, Spanned<String>>>) -> Labels {
        for (name, value) in given.into_iter().flatten() {
            if !is_legacy_label_name(name) {
                let message = format!("`{name}` is not a valid label name");
                self.found.push(error_at(value.referenced, message));
            }
        }
        let pairs = given.into_iter().flatten();
        Labels::from_pairs(pairs.map(|(n, v)| (n, expand(&v.value, self.environment))))
    }

    /// The files that match, and the patterns that match none.
    fn rule_files(&mut self, patterns: Vec<Spanned<String>>) -> (Vec<PathBuf>, Vec<String>) {
        let (mut files, mut unmatched) = (Vec::new(), Vec::new());
        for pattern in patterns {
            let path = self.folder.join(&pattern.value);
            match glob::glob(&path.to_string_lossy()) {
                Ok(matches) => {
                    let before = files.len();
                    files.extend(matches.filter_map(Result::ok).filter(|path| path.is_file()));
                    if files.len() == before {
                        unmatched.push(pattern.value);
                    }
                }
                Err(error) => {
                    let message = format!("`{}` is not a pattern: {}", pattern.value, error.msg);
                    self.found.push(error_at(pattern.referenced, message));
                }
            }
        }
        files.sort();
        files.dedup();
        (files, unmatched)
    }

    fn source(&mut self, given: Option<Spanned<SourceSection>>) -> (SourceConfig, Cut) {
        let Some(given) = given else { return (SourceConfig::new(DEFAULT_SOURCE), Cut::DEFAULT) };
        let SourceSection { client: mut source, cut, .. } = given.value;
        if source.url.expose().is_empty() {
            source.url = DEFAULT_SOURCE.into();
        }
        source.set_folder(self.folder);
        if let Err(error) = source::Client::new(source.clone()) {
            self.found.push(error_at(given.referenced, error.to_string()));
        }
        (source, cut.unwrap_or(Cut::DEFAULT))
    }

    fn web_address(&mut self, given: Spanned<String>) -> String {
        if let Err(reason) = check_address(&given.value) {
            let message = format!("`external_url` is not an address: {reason}");
            self.found.push(error_at(given.referenced, message));
        }
        given.value
    }

    fn events(&mut self, given: Option<EventsSection>) -> Events {
        let Some(given) = given else {
            return Events { stdout: true, file: None, rotation: Rotation::default() };
        };
        let defaults = Rotation::default();
        Events {
            stdout: given.stdout.unwrap_or(false),
            file: given.file.map(|file| self.folder.join(file)),
            rotation: Rotation {
                max_size: given.max_size.map_or(defaults.max_size, |size| size.0),
                max_files: given.max_files.unwrap_or(defaults.max_files),
            },
        }
    }

    fn stream(&mut self, given: StreamSection, lookback_ms: i64, has_source: bool) -> Stream {
        let defaults = StreamConfig::default();
        let limits = receive::Limits::default();
        let max_request_bytes = given.max_request_bytes.map(|bytes| bytes.0);
        let max_request_bytes = max_request_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let max_request_bytes = max_request_bytes.unwrap_or(limits.max_request_bytes);
        Stream {
            listen: given.listen_address.and_then(|address| self.listen(&address)),
            config: StreamConfig {
                delay_ms: given.delay.map_or(defaults.delay_ms, |ms| ms.0),
                silence_ms: given.silence.map(|ms| ms.0),
                gap_ms: given.gap.map_or(lookback_ms.max(60_000), |ms| ms.0),
                has_source,
            },
            limits: receive::Limits {
                max_request_bytes,
                max_plain_bytes: limits.max_plain_bytes.max(4 * max_request_bytes),
                max_series: given.max_series.unwrap_or(limits.max_series),
                ..limits
            },
        }
    }

    fn listen(&mut self, given: &Spanned<String>) -> Option<ListenAddress> {
        let parsed = given.value.parse();
        parsed.map_err(|error: String| self.found.push(error_at(given.referenced, error))).ok()
    }

    fn alerting(&mut self, given: Alerting) -> Vec<AlertmanagerConfig> {
        self.refuse_relabelling("alert_relabel_configs", given.alert_relabel_configs.as_ref());
        let groups = given.alertmanagers.unwrap_or_default();
        groups.into_iter().flat_map(|group| self.alertmanagers(group)).collect()
    }

    /// The Alertmanagers of one group of targets.
    fn alertmanagers(&mut self, mut group: Alertmanager) -> Vec<AlertmanagerConfig> {
        self.refuse_unsupported(&group);
        let scheme = group
            .scheme
            .take()
            .map_or("http".to_owned(), |scheme| self.one_of("scheme", scheme, &["http", "https"]));
        if let Some(version) = group.api_version.take() {
            self.one_of("api_version", version, &["v2"]);
        }
        let prefix = group.path_prefix.unwrap_or_default();
        let prefix = prefix.trim_matches('/');
        let http = HttpOptions::new(
            group.basic_auth,
            group.authorization,
            group.tls_config.unwrap_or_default(),
            self.folder,
        );
        let timeout = group.timeout.map_or(10_000, |ms| u64::try_from(ms.0).unwrap_or(0).max(1));
        let targets = group.static_configs.unwrap_or_default();
        let targets = targets.into_iter().flat_map(|config| config.targets.unwrap_or_default());
        let mut alertmanagers = Vec::new();
        for target in targets {
            let host = target.value.as_str();
            if host.is_empty() || host.contains(['/', '@', '?', '#']) {
                let message =
                    format!("`{host}` is not a target, expected HOST:PORT such as localhost:9093");
                self.found.push(error_at(target.referenced, message));
                continue;
            }
            let slash = if prefix.is_empty() { "" } else { "/" };
            let base = format!("{scheme}://{host}{slash}{prefix}");
            let timeout = Duration::from_millis(timeout);
            let config = AlertmanagerConfig { base, timeout, http: http.clone() };
            if let Err(error) = super::target(&config) {
                self.found.push(error_at(target.referenced, format!("{error:#}")));
            }
            alertmanagers.push(config);
        }
        alertmanagers
    }

    fn refuse_unsupported(&mut self, group: &Alertmanager) {
        self.refuse_relabelling("relabel_configs", group.relabel_configs.as_ref());
        self.refuse_relabelling("alert_relabel_configs", group.alert_relabel_configs.as_ref());
        let discovery = "Alertmanagers are not discovered: list them in `static_configs`";
        let other = "this is not supported for Alertmanagers";
        for (value, why) in [
            (&group.consul_sd_configs, discovery),
            (&group.dns_sd_configs, discovery),
            (&group.ec2_sd_configs, discovery),
            (&group.file_sd_configs, discovery),
            (&group.http_sd_configs, discovery),
            (&group.kubernetes_sd_configs, discovery),
            (&group.proxy_url, other),
            (&group.proxy_from_environment, other),
            (&group.oauth2, other),
            (&group.sigv4, other),
            (&group.http_headers, other),
        ] {
            if let Some(value) = value {
                self.found.push(error_at(value.referenced, why));
            }
        }
    }

    /// Alerts that silently keep labels which a relabelling was to drop would be routed wrongly.
    fn refuse_relabelling(&mut self, key: &str, given: Option<&Spanned<Vec<IgnoredAny>>>) {
        if let Some(given) = given.filter(|given| !given.value.is_empty()) {
            let message = format!(
                "`{key}` is not supported: set labels in the rules, or route by others in Alertmanager"
            );
            self.found.push(error_at(given.referenced, message));
        }
    }

    fn one_of(&mut self, key: &str, given: Spanned<String>, known: &[&str]) -> String {
        if !known.contains(&given.value.as_str()) {
            let message = format!("`{key}` must be {}, not `{}`", known.join(" or "), given.value);
            self.found.push(error_at(given.referenced, message));
        }
        given.value
    }
}

fn check_address(text: &str) -> Result<(), String> {
    let url = url::Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" => Ok(()),
        scheme => Err(format!("its scheme is `{scheme}`, expected http or https")),
    }
}

/// `$NAME` and `${NAME}` become variables, `$$` a dollar sign, as Prometheus has it in external
/// labels.
fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, left) = if let Some(after) = after.strip_prefix('$') {
            ("$", after)
        } else if let Some((name, left)) = after.strip_prefix('{').and_then(|a| a.split_once('}')) {
            (name, left)
        } else {
            after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()))
        };
        match name {
            "$" | "" => expanded.push('$'),
            name => expanded.push_str(&variable(name).unwrap_or_default()),
        }
        rest = left;
    }
    expanded + rest
}

/// As many threads as there are cores.
fn threads() -> NonZeroUsize {
    std::thread::available_parallelism().map_or(NonZeroUsize::MIN, |n| n.min(MAX_THREADS))
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn variables_in_external_labels() {
        let variable = |name: &str| (name == "POD").then(|| "p-1".to_owned());
        let expand = |text| expand(text, &variable);
        assert_eq!(expand("a-$POD.x-${POD}y"), "a-p-1.x-p-1y");
        assert_eq!(expand("$$POD $MISSING| 5$"), "$POD | 5$");
    }
}
