//! The real Alertmanager as the judge of what we send.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::*;

struct Running {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts Alertmanager on a free port; none where it is not installed.
fn start() -> Option<Running> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("alertmanager.yml");
    std::fs::write(&config, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("prometheus-alertmanager")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--cluster.listen-address=")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match child {
        Ok(child) => {
            Some(Running { child, base: format!("http://127.0.0.1:{port}"), _folder: folder })
        }
        Err(error) => {
            eprintln!("skipped: prometheus-alertmanager can not be started ({error}): install it");
            None
        }
    }
}

/// What Alertmanager says it has, active alerts only.
async fn active(base: &str) -> Vec<Value> {
    let url = format!("{base}/api/v2/alerts?active=true");
    let text = client().get(url).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn the_real_alertmanager_takes_what_we_send() {
    let Some(alertmanager) = start() else { return };
    let base = &alertmanager.base;
    let notifier = notifier(base);

    // It may not listen yet: what is refused until then is tried again.
    let firing = update("Up", false);
    notifier.send_alerts(vec![firing.clone(), update("Other", false)]);
    assert_eq!(notifier.drain(PATIENCE).await, Drained::default());
    let alerts = active(base).await;
    let alert = alerts.iter().find(|alert| alert["labels"]["alertname"] == "Up").unwrap();
    assert_eq!(alerts.len(), 2);
    assert_eq!(alert["fingerprint"], firing.fingerprint.to_string());
    assert_eq!(alert["annotations"]["summary"], "Up is \"up\"");
    let time = |field: &str| alert[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("startsAt").as_millisecond(), firing.starts_at.0);
    assert!(time("endsAt").as_millisecond() >= firing.ends_at.0);

    // One that it refuses does not take the others with it.
    let mut bad = update("Bad", false);
    bad.generator_url = "http://[broken".into();
    notifier.send_alerts(vec![bad, update("Good", false), update("Up", true)]);
    assert_eq!(notifier.drain(PATIENCE).await.undelivered_alerts, 1);
    assert_eq!(notifier.stats().alertmanagers[0].quarantined, 1);
    let mut names: Vec<_> =
        active(base).await.iter().map(|a| a["labels"]["alertname"].to_string()).collect();
    names.sort();
    assert_eq!(names, ["\"Good\"", "\"Other\""], "the bad one is missing, the ended one is gone");
}
