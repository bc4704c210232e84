//! The same rule files in a Prometheus and in Watchfire, compared at every evaluation.
//!
//! All cuts at once, over the samples of one Prometheus and at the same slots, so that nothing may
//! differ but the last bits of arithmetic. Rulers in this process, one per cut that asks, tell every
//! alert's value at every slot, which Prometheus's API is polled for. One `watchfire run` per cut,
//! `stream` among them, writes an event log: all of them must tell the same, with the same values,
//! and Prometheus's own `ALERTS` and `ALERTS_FOR_STATE` must agree with it.
//!
//! A comparison means something only where both took up every slot and every scrape was stored
//! before the next slot. Groups are named so that their slots lie well away from scrapes; a run
//! in which a busy machine broke that is done again.

mod ours;
mod sidecar;
mod streamed;
mod theirs;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use engine::Cut;
use ruler::slots::Slots;
use sidecar::Sidecar;
use streamed::Streamed;

use super::{SOON, Stage, events::Log, scrape_config};
use crate::{exporter::Exporter, servers::eventually};

/// All groups are evaluated, and everything is scraped, every second.
const INTERVAL_MS: i64 = 1_000;

/// At least this long passes from a scrape to a slot, and from a slot to the next scrape.
const CLEARANCE_MS: i64 = 350;

const ATTEMPTS: usize = 3;

/// A group's file and name.
type GroupId = (String, String);

/// The active alerts of a group, by their labels.
type Alerts = BTreeMap<BTreeMap<String, String>, Seen>;

/// What is compared of an alert.
#[derive(Clone, Debug)]
struct Seen {
    state: String,
    active_at_ms: i64,
    value: f64,
    annotations: BTreeMap<String, String>,
}

/// State, and the second since which it is active, of the active alerts by their labels.
type States = BTreeMap<BTreeMap<String, String>, (String, i64)>;

/// The active alerts of every group at every slot.
type Slotwise = BTreeMap<(GroupId, i64), Alerts>;

#[tokio::test(flavor = "multi_thread")]
async fn watchfire_and_prometheus_agree_at_every_slot() {
    for attempt in 1..=ATTEMPTS {
        let Some(stage) = Stage::set().await else { return };
        match compare(&stage).await {
            Ok(()) => return,
            Err(busy) if attempt < ATTEMPTS => eprintln!("again, the machine was too busy: {busy}"),
            Err(busy) => panic!("never on time in {ATTEMPTS} attempts: {busy}"),
        }
    }
}

/// One run; the error says why it can't be judged.
async fn compare(stage: &Stage) -> Result<(), String> {
    let folder = stage.folder.path();
    healthy(&stage.exporter);
    let phase = scrape_phase(stage).await;
    let files = [
        place(folder, "services.yml", SERVICES, phase + CLEARANCE_MS),
        place(folder, "platform.yml", PLATFORM, phase + INTERVAL_MS / 2),
    ];
    let canary = folder.join("canary.yml");
    fs::write(&canary, CANARY).expect("a rule file");
    let [a, b] = files.each_ref().map(|(path, _)| path.as_path());
    let groups = files.each_ref().map(|(_, group)| group.clone());
    let rule_files = [a, b, &canary];
    let asking = ["selectors", "shared", "whole"];
    let mut sidecars: Vec<Sidecar> =
        asking.iter().map(|cut| Sidecar::asking(stage, cut, &rule_files)).collect();
    let (streamed, remote_write) = Streamed::start(stage, &rule_files);
    // What a sender adds to all series, rules do not see.
    let scraping = scrape_config(&stage.exporter, &[a, b])
        .replace("global:\n", "global:\n  external_labels: { environment: test }\n");
    stage.prometheus.reload(&(scraping + &remote_write)).await;
    let ours = [Cut::Selectors, Cut::Shared, Cut::Whole]
        .map(|cut| ours::Watch::start(cut, &[a, b], &stage.prometheus.url));
    let theirs = theirs::Watch::start(&stage.prometheus.url, &groups);
    let mut from_ms = streamed.sidecar.sings().await;
    for sidecar in &sidecars {
        from_ms = from_ms.max(sidecar.sings().await);
    }
    eventually("a window full of samples and evaluations", SOON, async || {
        ours[0].slots_of(&groups[0]).checked_sub(6).ok_or("too few")
    })
    .await;

    incidents(&stage.exporter).await;
    eventually("the end of all incidents", SOON, async || {
        let active = stage.prometheus.query("ALERTS").await?;
        active.is_empty().then_some(()).ok_or_else(|| format!("{active:?}"))
    })
    .await;

    let history = theirs::history(&stage.prometheus).await;
    let ours = ours.map(ours::Watch::stop);
    let theirs = theirs.stop();
    let (streamed, metrics) = streamed.caught_up().await;
    sidecars.push(streamed);
    let logs: Vec<(&str, Log)> = sidecars.iter_mut().map(Sidecar::stop).collect();
    let missed = ours.iter().map(|(_, missed)| missed).sum();
    theirs::on_time(&stage.prometheus, missed, CLEARANCE_MS).await?;
    metrics.show_a_stream();
    for (ours, _) in &ours {
        let compared = same_alerts(ours, &theirs);
        for group in &groups {
            let n = compared.iter().filter(|(id, _)| id == group).count();
            assert!(n >= 40, "only {n} slots of {group:?} were compared");
        }
        covers_the_incidents(ours);
    }
    for (cut, log) in &logs {
        same_history(cut, log, &history, &groups, from_ms);
        sidecar::same_events((cut, log), &logs[0], from_ms);
    }
    Ok(())
}

/// Two rule files. `GROUP` is replaced by a name that gives the group a good slot.
const SERVICES: &str = r#"
groups:
  - name: GROUP
    rules:
      - record: service:request_seconds:p90
        expr: histogram_quantile(0.9, sum by (service, le) (rate(request_seconds_bucket[5s])))
      - alert: HighLatency
        expr: service:request_seconds:p90 > 0.5
        for: 3s
        keep_firing_for: 3s
        labels: { severity: warning }
        annotations:
          summary: '{{ $labels.service }} needs {{ $value | humanizeDuration }}'
      - alert: CriticalLatency
        expr: service:request_seconds:p90 > 0.75
        for: 1s
        labels: { severity: critical, page: 'on-call-{{ $labels.service }}' }
      - alert: ErrorRatio
        expr: >-
          sum by (service) (rate(requests_total{status=~"5.."}[5s]))
          / (sum by (service) (rate(requests_total[5s])) > 0) > 0.05
        for: 2s
        annotations:
          summary: '{{ $value | humanizePercentage }} of errors'
      # Reads what the rules above wrote in the same evaluation.
      - alert: ManyFiring
        expr: count(ALERTS{alertstate="firing", alertname=~"HighLatency|CriticalLatency"}) > 1
"#;

const PLATFORM: &str = r"
groups:
  - name: GROUP
    rules:
      - alert: NoActiveDrivers
        expr: sum(drivers_available) == 0 or -1 * absent(drivers_available)
        for: 2s
        keep_firing_for: 2s
        annotations:
          summary: '{{ if lt $value 0.0 }}unknown{{ else }}none{{ end }}'
      - alert: DriversGone
        expr: drivers_available offset 4s unless drivers_available
      - alert: TargetDown
        expr: up == 0
        for: 2s
        labels: { severity: critical }
      - alert: ManyConnections
        expr: connections > 250
        for: 1s
        annotations:
          summary: '{{ $labels.instance }}: {{ $value | humanize }}'
";

/// For sidecars alone: reads as far back as any of the others, and sings when they can be evaluated.
const CANARY: &str = "
groups:
  - name: canary
    rules:
      - alert: Canary
        expr: sum(up offset 5s) >= 0
";

/// Everything as it should be.
fn healthy(exporter: &Exporter) {
    for service in ["rides", "orders"] {
        latency(exporter, service, 100.0);
        errors(exporter, service, 0.0);
    }
    exporter.set("connections", 100.0);
    exporter.set("drivers_available{zone=\"centre\"}", 40.0);
    exporter.set("drivers_available{zone=\"north\"}", 9.0);
}

/// Of 100 requests a second, so many take less than half a second and the rest up to one.
fn latency(exporter: &Exporter, service: &str, fast: f64) {
    let bucket = |le: &str| format!("request_seconds_bucket{{service=\"{service}\",le=\"{le}\"}}");
    exporter.grow(&bucket("0.5"), fast);
    exporter.grow(&bucket("1"), 100.0);
    exporter.grow(&bucket("+Inf"), 100.0);
}

/// Of 100 requests a second, so many fail.
fn errors(exporter: &Exporter, service: &str, failing: f64) {
    let requests =
        |status: u16| format!("requests_total{{service=\"{service}\",status=\"{status}\"}}");
    exporter.grow(&requests(200), 100.0 - failing);
    exporter.grow(&requests(503), failing);
}

/// Three incidents: a slow service, series that vanish, a target that does not answer.
async fn incidents(exporter: &Exporter) {
    // Time for `for` to pass, or for an alert to end.
    let wait = async |seconds| tokio::time::sleep(Duration::from_secs(seconds)).await;

    latency(exporter, "rides", 10.0);
    errors(exporter, "orders", 20.0);
    // More at every scrape, so that every slot has a value of its own.
    exporter.grow("connections", 30.0);
    wait(9).await;
    latency(exporter, "rides", 100.0);
    errors(exporter, "orders", 0.0);
    exporter.set("connections", 100.0);
    wait(9).await;

    exporter.set("drivers_available{zone=\"centre\"}", 0.0);
    exporter.set("drivers_available{zone=\"north\"}", 0.0);
    wait(4).await;
    exporter.remove("drivers_available{zone=\"centre\"}");
    exporter.remove("drivers_available{zone=\"north\"}");
    wait(7).await;
    exporter.set("drivers_available{zone=\"centre\"}", 12.0);
    wait(6).await;

    exporter.fail(true);
    wait(6).await;
    exporter.fail(false);
    wait(6).await;
}

/// The part of a second at which the exporter is scraped, in milliseconds.
async fn scrape_phase(stage: &Stage) -> i64 {
    let samples = eventually("three scrapes", SOON, async || {
        let found = stage.prometheus.query("up{job=\"exporter\"}[10s]").await?;
        let samples = found.first().and_then(|series| series["values"].as_array().cloned());
        samples.filter(|samples| samples.len() >= 3).ok_or_else(|| "too few".to_owned())
    })
    .await;
    theirs::seconds_to_ms(&samples[2][0]).rem_euclid(INTERVAL_MS)
}

/// Writes a rule file with a group whose slots lie shortly after this part of a second.
fn place(folder: &Path, name: &str, text: &str, phase_ms: i64) -> (PathBuf, GroupId) {
    const WIDTH_MS: i64 = INTERVAL_MS / 2 - CLEARANCE_MS;
    let path = folder.join(name);
    let file = path.to_str().expect("a temporary folder has a plain name").to_owned();
    let well_placed = |group: &String| {
        let offset_ms = slots(&file, group).offset_ns / 1_000_000;
        let since_scrape = (offset_ms - phase_ms).rem_euclid(INTERVAL_MS);
        since_scrape < WIDTH_MS && offset_ms == prometheus_2_offset_ms(&file, group)
    };
    let group = (0..1_000_000)
        .map(|n| format!("group-{n}"))
        .find(well_placed)
        .expect("one name in thousands");
    fs::write(&path, text.replace("GROUP", &group)).expect("a rule file");
    (path, (file, group))
}

/// Prometheus 3 hashes a group's identity in another encoding than 2 did, so that slots differ; a
/// name whose slots agree to the millisecond makes the comparison possible with both.
fn prometheus_2_offset_ms(file: &str, group: &str) -> i64 {
    let labels = [b"file".as_slice(), file.as_bytes(), b"name", group.as_bytes(), b""];
    let hash = xxhash_rust::xxh64::xxh64(&labels.join(&0xff), 0);
    let offset = hash % (INTERVAL_MS.unsigned_abs() * 1_000_000);
    i64::try_from(offset / 1_000_000).expect("below a second")
}

fn slots(file: &str, group: &str) -> Slots {
    Slots::of_group(file, group, INTERVAL_MS * 1_000_000)
}

/// Every slot that both saw has the same alerts; returns those slots.
fn same_alerts(ours: &Slotwise, theirs: &Slotwise) -> Vec<(GroupId, i64)> {
    let mut compared = Vec::new();
    for (slot, ours) in ours {
        let Some(theirs) = theirs.get(slot) else { continue };
        let names = |alerts: &Alerts| alerts.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(ours), names(theirs), "at {slot:?}\nours {ours:#?}\ntheirs {theirs:#?}");
        for (labels, a) in ours {
            let b = &theirs[labels];
            let context = format!("{labels:?} at {slot:?}\nours {a:?}\ntheirs {b:?}");
            assert_eq!(a.state, b.state, "{context}");
            assert_eq!(a.active_at_ms, b.active_at_ms, "{context}");
            assert_eq!(a.annotations, b.annotations, "{context}");
            // Prometheus 2 multiplies in another order than 3 does.
            assert!((a.value - b.value).abs() <= 1e-9 * b.value.abs(), "{context}");
        }
        compared.push(slot.clone());
    }
    compared
}

/// The event log, replayed, gives the states and starts that Prometheus recorded.
fn same_history(cut: &str, log: &Log, history: &theirs::History, groups: &[GroupId], from_ms: i64) {
    for group in groups {
        let slots = history.slots(slots(&group.0, &group.1));
        let slots: Vec<i64> = slots.filter(|slot| *slot >= from_ms).collect();
        assert!(slots.len() >= 40, "only {} slots in the history of {group:?}", slots.len());
        for slot in slots {
            let (ours, theirs) = (ours::replayed(log, group, slot), history.at(slot));
            assert_eq!(ours, theirs, "cut {cut}, {group:?} at {slot}");
        }
    }
}

/// The script did what it promises: every alert fired, and the vanished series had its turn.
fn covers_the_incidents(ours: &Slotwise) {
    let seen = || ours.values().flat_map(|alerts| alerts.iter());
    for alert in [
        "HighLatency",
        "CriticalLatency",
        "ErrorRatio",
        "ManyFiring",
        "NoActiveDrivers",
        "DriversGone",
        "TargetDown",
        "ManyConnections",
    ] {
        let fired =
            seen().any(|(labels, seen)| labels["alertname"] == alert && seen.state == "firing");
        assert!(fired, "{alert} never fired");
    }
    let values: Vec<f64> = seen()
        .filter(|(labels, _)| labels["alertname"] == "NoActiveDrivers")
        .map(|(_, seen)| seen.value)
        .collect();
    let has = |value: f64| values.iter().any(|v| (v - value).abs() < f64::EPSILON);
    assert!(has(0.0) && has(-1.0), "{values:?}");
}
