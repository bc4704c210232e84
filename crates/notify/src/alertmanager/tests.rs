//! Against a server that plays a strict Alertmanager, and against the real one where installed.

mod real;
mod strict;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use model::{Labels, Timestamp};

use self::strict::{Answer, Strict};
use super::*;
use crate::{AlertUpdate, Drained, Notifier, NotifierHandle, Stats, system_clock};

const PATIENCE: Duration = Duration::from_secs(20);

fn update(name: &str, resolved: bool) -> AlertUpdate {
    let now = system_clock()();
    let labels = Labels::from_pairs([("alertname", name), ("severity", "critical")]);
    AlertUpdate {
        fingerprint: labels.fingerprint(),
        labels,
        annotations: vec![("summary".into(), format!("{name} is \"up\""))],
        starts_at: Timestamp(now.0 - 60_000),
        ends_at: Timestamp(if resolved { now.0 } else { now.0 + 240_000 }),
        generator_url: "http://localhost:9090/graph?g0.expr=up&g0.tab=1".into(),
        resolved,
    }
}

fn client() -> Client {
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn target(base: &str) -> Target {
    let backoff = Backoff { base: Duration::from_millis(1), cap: Duration::from_millis(5) };
    Target { backoff, ..Target::plain(base, client()).unwrap() }
}

fn notifier(base: &str) -> NotifierHandle {
    Notifier::new(vec![target(base)], Vec::new()).spawn().unwrap()
}

/// Sends updates to a server that answers as scripted, then 200; what it took and our counts.
async fn deliver(script: Vec<Answer>, updates: Vec<AlertUpdate>) -> (Strict, Stats, Drained) {
    let server = Strict::start(script).await;
    let notifier = notifier(&server.base);
    notifier.send_alerts(updates);
    let drained = notifier.drain(PATIENCE).await;
    (server, notifier.stats(), drained)
}

#[tokio::test]
async fn alerts_arrive_as_alertmanager_wants_them() {
    let (server, stats, drained) = deliver(vec![], vec![update("Up", false)]).await;
    let alert = &server.taken()[0];
    assert_eq!(alert["labels"], serde_json::json!({"alertname": "Up", "severity": "critical"}));
    assert_eq!(alert["annotations"]["summary"], "Up is \"up\"");
    assert_eq!(alert["generatorURL"], "http://localhost:9090/graph?g0.expr=up&g0.tab=1");
    assert!(alert["startsAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(stats.alertmanagers[0].sent, 1);
    assert_eq!(drained, Drained::default());
}

#[tokio::test]
async fn batches_hold_at_most_so_many_alerts() {
    let updates = (0..600).map(|i| update(&format!("A{i}"), false)).collect();
    let (server, ..) = deliver(vec![], updates).await;
    assert_eq!(server.batch_sizes(), [256, 256, 88]);
}

#[tokio::test]
async fn whatever_is_not_the_alerts_fault_is_tried_again() {
    use Answer::{Close, Status};
    let script = vec![Status(500), Close, Status(429), Status(503), Status(408), Status(404)];
    let (server, stats, drained) = deliver(script, vec![update("Up", false)]).await;
    assert_eq!(server.names(), ["Up"]);
    assert_eq!((stats.alertmanagers[0].sent, stats.alertmanagers[0].errors), (1, 6));
    assert_eq!(stats.alertmanagers[0].last_error, None);
    assert_eq!(drained, Drained::default());
}

#[tokio::test]
async fn a_refused_alert_is_found_and_the_others_go_out() {
    let names = ["A", "B", "Poison", "C", "D"];
    let updates = names.map(|name| update(name, false)).to_vec();
    let (server, stats, drained) = deliver(vec![], updates).await;
    assert_eq!(server.names(), ["A", "B", "C", "D"]);
    let stats = &stats.alertmanagers[0];
    assert_eq!((stats.sent, stats.quarantined, stats.pending), (4, 1, 1));
    let refusal = stats.last_refusal.as_ref().unwrap();
    assert!(refusal.contains("Poison") && refusal.contains("not this one"), "{refusal}");
    assert_eq!(drained.undelivered_alerts, 1);
}

#[tokio::test]
async fn a_slow_alertmanager_delays_only_itself() {
    let slow = Strict::start(vec![Answer::Hang; 50]).await;
    let fast = Strict::start(vec![]).await;
    let targets = vec![target(&slow.base), target(&fast.base)];
    let notifier = Notifier::new(targets, Vec::new()).spawn().unwrap();
    notifier.send_alerts(vec![update("Up", false)]);
    while notifier.stats().alertmanagers[1].sent == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fast.names(), ["Up"]);
    assert_eq!(notifier.drain(Duration::from_millis(1)).await.undelivered_alerts, 1);
}

#[tokio::test]
async fn a_hanging_request_ends_with_its_timeout() {
    let server = Strict::start(vec![Answer::Hang]).await;
    let target = Target { timeout: Duration::from_millis(50), ..target(&server.base) };
    let notifier = Notifier::new(vec![target], Vec::new()).spawn().unwrap();
    notifier.send_alerts(vec![update("Up", false)]);
    assert_eq!(notifier.drain(PATIENCE).await, Drained::default());
    assert_eq!(server.names(), ["Up"]);
}

#[tokio::test]
async fn a_redirect_is_not_a_delivery() {
    let (server, stats, _) = deliver(vec![Answer::Redirect], vec![update("Up", false)]).await;
    assert_eq!(server.names(), ["Up"], "sent again after the redirect");
    assert_eq!(stats.alertmanagers[0].errors, 1);
}

#[tokio::test]
async fn an_alertmanager_that_comes_back_is_told_what_ended_meanwhile() {
    let (listener, base) = strict::listener().await;
    drop(listener);
    let notifier = notifier(&base);
    notifier.send_alerts(vec![update("Up", false)]);
    while notifier.stats().alertmanagers[0].errors < 2 {
        tokio::task::yield_now().await;
    }
    notifier.send_alerts(vec![update("Up", true)]);
    let server = Strict::start_at(base.trim_start_matches("http://"), vec![]).await;
    assert_eq!(notifier.drain(PATIENCE).await, Drained::default());
    let alert = server.taken().pop().unwrap();
    let ends_at: jiff::Timestamp = alert["endsAt"].as_str().unwrap().parse().unwrap();
    assert!(ends_at <= jiff::Timestamp::now(), "it has ended");
}

#[tokio::test]
async fn each_request_asks_for_its_connection() {
    let server = Strict::start(vec![]).await;
    let (plain, tries) = (target(&server.base), AtomicU32::new(0));
    let connect = plain.connect.clone();
    let flaky = move || match tries.fetch_add(1, Ordering::Relaxed) {
        0 => std::future::ready(Err("no such file".to_owned())).boxed(),
        _ => connect(),
    };
    let target = Target { connect: Arc::new(flaky), ..plain };
    let notifier = Notifier::new(vec![target], Vec::new()).spawn().unwrap();
    notifier.send_alerts(vec![update("Up", false)]);
    assert_eq!(notifier.drain(PATIENCE).await, Drained::default());
    assert_eq!(notifier.stats().alertmanagers[0].errors, 1);
}

#[test]
fn addresses_are_checked_and_shown_without_passwords() {
    let target = |base| Target::plain(base, client());
    let shown = target("http://user:secret@am:9093/prefix/").unwrap().name;
    assert_eq!(shown, "http://am:9093/prefix/api/v2/alerts");
    let error = |base| target(base).unwrap_err().to_string();
    assert_eq!(
        error("am:9093"),
        "`am:9093` is not the address of an Alertmanager: it must begin with http:// or https://"
    );
}
