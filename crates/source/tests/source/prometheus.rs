//! A real Prometheus, where one is installed.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use source::{AnswerKind, Client, ResultType, SourceError};
use tempfile::TempDir;

use crate::play::config;

/// A server of its own, which scrapes itself; it ends with the value.
struct Prometheus {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prometheus {
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prometheus.yml");
        let scrape =
            format!("[{{job_name: self, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]");
        let text = format!("global: {{scrape_interval: 1s}}\nscrape_configs: {scrape}\n");
        std::fs::write(&file, text).unwrap();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--web.external-url=http://localhost/prom/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(Self { process, url: format!("http://127.0.0.1:{port}/prom"), _folder: folder })
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_real_server_answers() {
    let Some(server) = Prometheus::start() else {
        eprintln!("skipped: install prometheus (Debian package prometheus) to run this test");
        return;
    };
    let client = Client::new(config(&server.url)).unwrap();
    let mut up = None;
    // Until it listens and has scraped itself once, for a minute at most.
    for _ in 0..600 {
        up = client.query("up", now()).await.ok().filter(|answer| !answer.data.is_empty());
        if up.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let up = up.expect("it scrapes itself within a minute");
    assert_eq!((up.kind, up.data.len()), (AnswerKind::Vector, 1));
    assert_eq!(up.data.labels[0].value("job"), "self");
    assert!(!client.buildinfo().await.unwrap().version.is_empty());

    let t = now();
    let raw = client.query_type("up[1m]", t, ResultType::Matrix).await.unwrap();
    assert!(raw.data.timestamps.iter().all(|ts| (t - 60_000..=t).contains(ts)));
    let range = client.query_range("vector(1) / 0", t - 30_000, t, 15_000).await.unwrap();
    assert_eq!(range.data.timestamps, [t - 30_000, t - 15_000, t]);
    assert!(range.data.values.iter().all(|v| *v == f64::INFINITY));
    let scalar = client.query_type("time()", t, ResultType::Scalar).await.unwrap();
    assert_eq!(scalar.data.values, [t as f64 / 1000.0]);
    let text = client.query("\"a\\nb\"", t).await.unwrap();
    assert_eq!(text.kind, AnswerKind::String("a\nb".into()));
    let error = client.query("up +", t).await.unwrap_err();
    assert!(matches!(&error, SourceError::Api { error_type, .. } if error_type == "bad_data"));
    let error = client.query("up * on(job) group_left {job=~'.+'}", t).await.unwrap_err();
    assert!(matches!(&error, SourceError::Api { error_type, .. } if error_type == "execution"));
}
