//! Configurations, and what is wrong with them.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Uri},
};
use engine::Regrouping;
use expect_test::{Expect, expect};
use source::RemoteRead;

use super::*;

/// What a configuration becomes, or what is wrong with it, without the lines of the source.
fn check(text: &str, expect: &Expect) {
    let shown = match Config::parse(Path::new("etc/prometheus.yml"), text) {
        Ok(config) => show(&config),
        Err(problems) => {
            let source = diagnostics::Source::new(problems.file.clone(), problems.text.clone());
            let line = |found: &diagnostics::Diagnostic| {
                let at = found.span.map(|span| source.place(span.start));
                let at = at.map_or_else(String::new, |at| format!("{at}: "));
                format!("{}:{at}{}: {}\n", source.name, found.severity.name(), found.message)
            };
            // The whole text is shown, too, but for the snippets.
            let shown = problems.to_string();
            assert!(problems.diagnostics.iter().all(|found| shown.contains(&found.message)));
            problems.diagnostics.iter().map(line).collect()
        }
    };
    expect.assert_eq(&shown);
}

fn show(config: &Config) -> String {
    let ruler = &config.ruler;
    let mut text = format!(
        "every {} offset {} resend {} labels {} url {}\nsource {}\nevents {} {:?} {:?}\n",
        ruler.evaluation_interval_ms,
        ruler.query_offset_ms,
        ruler.resend_delay_ms,
        ruler.external_labels,
        ruler.external_url,
        config.source.url,
        config.events.stdout,
        config.events.file,
        config.events.rotation,
    );
    for target in &config.alertmanagers {
        writeln!(text, "alerts to {} within {:?}", target.base, target.timeout).unwrap();
    }
    text + &format!("ignored {:?}, unmatched {:?}\n", config.ignored, config.unmatched)
}

#[test]
fn an_existing_prometheus_configuration_is_understood() {
    check(
        r#"
global:
  scrape_interval: 15s
  evaluation_interval: 30s
  external_labels:
    cluster: eu-1
rule_files:
  - "rules/*.yml"
alerting:
  alert_relabel_configs: []
  alertmanagers:
    - scheme: https
      path_prefix: /am/
      timeout: 3s
      api_version: v2
      static_configs:
        - targets: [am-1:9093, am-2:9093]
scrape_configs:
  - job_name: x
remote_write: []
"#,
        &expect![[r#"
            every 30000 offset 0 resend 60000 labels {cluster="eu-1"} url http://127.0.0.1:9090/
            source http://127.0.0.1:9090/
            events true None Rotation { max_size: 104857600, max_files: 10 }
            alerts to https://am-1:9093/am within 3s
            alerts to https://am-2:9093/am within 3s
            ignored ["scrape_configs", "remote_write"], unmatched ["rules/*.yml"]
        "#]],
    );
}

#[test]
fn our_own_sections() {
    check(
        r#"
source:
  url: http://prom:9090/prom
  timeout: 20s
  basic_auth: {username: me, password_file: secret}
  retries: {max_attempts: 2}
events: {file: log/events.jsonl, max_size: 1MB, max_files: 3}
external_url: http://watch.example/
resend_delay: 2m
query_offset: 10s
"#,
        &expect![[r#"
            every 15000 offset 10000 resend 120000 labels {} url http://watch.example/
            source http://prom:9090/prom
            events false Some("etc/log/events.jsonl") Rotation { max_size: 1048576, max_files: 3 }
            ignored [], unmatched []
        "#]],
    );
}

#[test]
fn cut_and_slots() {
    let config = |text: &str| Config::parse(Path::new("c.yml"), text).unwrap();
    let given = config("source: {timeout: 20s, cut: selectors}\nevaluation_slots: together\n");
    assert_eq!((given.cut, given.slots), (Cut::Selectors, Some(EvaluationSlots::Together)));
    assert_eq!(given.source.timeout, Duration::from_secs(20));
    let exact = config("source: {regrouping: exact, url: 'http://p:9090'}\n");
    assert_eq!((exact.ruler.regrouping, exact.cut), (Regrouping::Exact, Cut::DEFAULT));
    let one = config("source: {max_concurrency: 1}\n");
    assert_eq!(one.source.max_concurrency.get(), 1);
    let never = config("source: {remote_read: never}\n");
    assert_eq!(never.source.remote_read, RemoteRead::Never);
    let threads = config("evaluation_threads: 3\n").threads.get();
    assert_eq!(threads, 3);
    let none = config("source: {timeout: 20s}\n");
    assert!((1..=8).contains(&none.threads.get()));
    assert_eq!(none.source.max_concurrency.get(), 2);
    assert_eq!(none.source.remote_read, RemoteRead::Auto);
    assert_eq!(none.ruler.regrouping, Regrouping::Sums);
    assert_eq!((none.cut, none.slots), (Cut::DEFAULT, None));
    check(
        "source: {cut: half}\n",
        &expect![[r#"
        etc/prometheus.yml:1:15: error: unknown variant `half`
    "#]],
    );
    check(
        "source: {regrouping: none}\n",
        &expect![[r#"
        etc/prometheus.yml:1:22: error: unknown variant `none`
    "#]],
    );
    check(
        "source: {remote_read: sometimes}\n",
        &expect![[r#"
        etc/prometheus.yml:1:23: error: unknown variant `sometimes`
    "#]],
    );
    check(
        "source: {max_concurrency: 0}\n",
        &expect![[r#"
        etc/prometheus.yml:1:10: error: invalid value: integer `0`, expected a nonzero usize
    "#]],
    );
    check(
        "source:\n  cut: selectors\n  timeoutt: 1s\n",
        &expect![[r#"
        etc/prometheus.yml:3:3: error: unknown field `timeoutt`
    "#]],
    );
    check(
        "source:\n  timeout: 1\n",
        &expect![[r#"
        etc/prometheus.yml:2:12: error: not a valid duration string: "1"
    "#]],
    );
    check(
        "evaluation_slots: never\n",
        &expect![[r#"
        etc/prometheus.yml:1:19: error: unknown variant `never`
    "#]],
    );
    check(
        "source:\n  cut: selectors\n  cut: selectors\n",
        &expect![[r#"
        etc/prometheus.yml:3:3: error: duplicate mapping key: cut
    "#]],
    );
    check(
        "source: 5\n",
        &expect![[r#"
        etc/prometheus.yml:1:9: error: expected a mapping (key: value)
    "#]],
    );
}

#[test]
fn nothing_at_all_has_defaults() {
    check(
        "",
        &expect![[r#"
        every 15000 offset 0 resend 60000 labels {} url http://127.0.0.1:9090/
        source http://127.0.0.1:9090/
        events true None Rotation { max_size: 104857600, max_files: 10 }
        ignored [], unmatched []
    "#]],
    );
}

#[test]
fn mistakes_have_places() {
    check(
        "global:\n  evaluation_intervall: 15s\n",
        &expect![[r#"
        etc/prometheus.yml:2:3: error: unknown field `evaluation_intervall`
    "#]],
    );
    check(
        "rulefiles: [a]\n",
        &expect![[r#"
        etc/prometheus.yml:1:1: error: unknown field `rulefiles`
    "#]],
    );
    check(
        "global:\n  evaluation_interval: 15\n",
        &expect![[r#"
        etc/prometheus.yml:2:24: error: not a valid duration string: "15", expected one such as 15s or 1m30s
    "#]],
    );
    check(
        "rule_files: a.yml\n",
        &expect![[r#"
        etc/prometheus.yml:1:13: error: expected a list
    "#]],
    );
    check(
        "alerting: {alertmanagers: {}}\n",
        &expect![[r#"
        etc/prometheus.yml:1:27: error: expected a list
    "#]],
    );
    check(
        "global:\n\tx: 1\n",
        &expect![[r#"
        etc/prometheus.yml:2:2: error: tabs disallowed within this context (block indentation)
    "#]],
    );
    check(
        "source: {url: 'ftp://x'}\n",
        &expect![[r#"
        etc/prometheus.yml:1:9: error: source: url ftp://x/: expected http://host or https://host
    "#]],
    );
    check(
        "events: {max_size: big}\n",
        &expect![[r#"
        etc/prometheus.yml:1:20: error: `big` is not a size, expected one such as 100MB
    "#]],
    );
}

#[test]
fn several_mistakes_are_reported_at_once() {
    check(
        r#"
external_url: nowhere
rule_files: ["a[.yml"]
global:
  external_labels: {a-b: x}
alerting:
  alert_relabel_configs:
    - action: labeldrop
  alertmanagers:
    - api_version: v1
      scheme: ftp
      dns_sd_configs: [{names: [x]}]
      proxy_url: http://proxy
      static_configs: [{targets: ["http://am:9093/"]}]
"#,
        &expect![[r#"
            etc/prometheus.yml:2:15: error: `external_url` is not an address: relative URL without a base
            etc/prometheus.yml:3:14: error: `a[.yml` is not a pattern: invalid range pattern
            etc/prometheus.yml:5:26: error: `a-b` is not a valid label name
            etc/prometheus.yml:8:5: error: `alert_relabel_configs` is not supported: set labels in the rules, or route by others in Alertmanager
            etc/prometheus.yml:10:20: error: `api_version` must be v2, not `v1`
            etc/prometheus.yml:11:15: error: `scheme` must be http or https, not `ftp`
            etc/prometheus.yml:12:23: error: Alertmanagers are not discovered: list them in `static_configs`
            etc/prometheus.yml:13:18: error: this is not supported for Alertmanagers
            etc/prometheus.yml:14:35: error: `http://am:9093/` is not a target, expected HOST:PORT such as localhost:9093
        "#]],
    );
}

#[test]
fn secrets_in_the_file_are_refused_and_not_shown() {
    let text = "source:\n  basic_auth:\n    username: me\n    password: hunter2\n\
                alerting:\n  alertmanagers:\n    - authorization: {credentials: hunter2}\n";
    check(
        text,
        &expect![[r#"
        etc/prometheus.yml:4:15: error: secrets are read from files or the environment: use `password_file` or `password_env` instead of `password`
        etc/prometheus.yml:7:36: error: secrets are read from files or the environment: use `credentials_file` or `credentials_env` instead of `credentials`
    "#]],
    );
    let problems = Config::parse(Path::new("c.yml"), text).unwrap_err();
    assert!(!problems.to_string().contains("hunter2"), "{problems}");
}

#[test]
fn rule_files_are_found_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b.yml", "a.yml", "c.txt"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let path = folder.path().join("prometheus.yml");
    let text = "rule_files: ['*.yml', b.yml, missing.yml]";
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let names: Vec<_> = config.rule_files.iter().map(|p| p.file_name().unwrap()).collect();
    assert_eq!(names, ["a.yml", "b.yml", "prometheus.yml"]);
    assert_eq!(config.unmatched, ["missing.yml"]);
}

/// What an Alertmanager sees of a request: its path and its credentials.
async fn seen(State(requests): State<Requests>, uri: Uri, headers: HeaderMap) {
    let credentials = headers.get("authorization").map(|h| h.to_str().unwrap().to_owned());
    requests.lock().unwrap().push((uri.path().to_owned(), credentials.unwrap_or_default()));
}

type Requests = Arc<Mutex<Vec<(String, String)>>>;

#[tokio::test]
async fn alerts_are_posted_below_the_prefix_with_the_secret_of_the_moment() {
    let (requests, folder) = (Requests::default(), tempfile::tempdir().unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(seen).with_state(Arc::clone(&requests));
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let text = format!(
        "alerting:\n  alertmanagers:\n  - path_prefix: /am\n    \
         authorization: {{credentials_file: token}}\n    \
         static_configs: [{{targets: ['{address}']}}]\n"
    );
    let config = Config::parse(&folder.path().join("prometheus.yml"), &text).unwrap();
    let target = target(&config.alertmanagers[0]).unwrap();
    let notifier = notify::Notifier::new(vec![target], Vec::new()).spawn().unwrap();
    for secret in ["first", "second"] {
        std::fs::write(folder.path().join("token"), secret).unwrap();
        notifier.send_alerts(vec![firing()]);
        let drained = notifier.drain(Duration::from_secs(20)).await;
        assert_eq!(drained, notify::Drained::default());
    }
    server.abort();
    let expected = ["Bearer first", "Bearer second"];
    let expected = expected.map(|secret| ("/am/api/v2/alerts".to_owned(), secret.to_owned()));
    assert_eq!(*requests.lock().unwrap(), expected);
}

fn firing() -> notify::AlertUpdate {
    let labels = model::Labels::from_pairs([("alertname", "A")]);
    notify::AlertUpdate {
        fingerprint: labels.fingerprint(),
        labels,
        annotations: Vec::new(),
        starts_at: model::Timestamp(0),
        ends_at: model::Timestamp(1),
        generator_url: String::new(),
        resolved: false,
    }
}

#[test]
fn addresses_to_listen_on_are_checked() {
    check(
        "web: {listen_address: 'http://host:80'}",
        &expect![[r#"
            etc/prometheus.yml:1:23: error: `http://host:80` is no address, expected one such as 127.0.0.1:9099
        "#]],
    );
    let config = Config::parse(Path::new("x.yml"), "web: {listen_address: ':9099'}").unwrap();
    assert_eq!(config.listen.map(|a| a.to_string()).as_deref(), Some("127.0.0.1:9099"));
    assert_eq!(Config::without_file().listen, None, "nothing is served unless it is said");
}
