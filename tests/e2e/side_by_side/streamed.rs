//! The same, with samples that Prometheus sends by remote write: nothing is asked of it.

use std::{fs, net::TcpListener};

use super::{
    CANARY, CLEARANCE_MS, INTERVAL_MS, PLATFORM, SERVICES, healthy, incidents, place, same_history,
    scrape_phase, theirs,
};
use crate::{
    e2e::{
        SOON, Stage,
        events::{Log, ms},
        scrape_config,
    },
    servers::{Watchfire, eventually, http, run},
};

const ATTEMPTS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_gives_the_alerts_of_prometheus() {
    for attempt in 1..=ATTEMPTS {
        let Some(stage) = Stage::set().await else { return };
        match compare(&stage).await {
            Ok(()) => return,
            Err(busy) if attempt < ATTEMPTS => eprintln!("again, the machine was too busy: {busy}"),
            Err(busy) => panic!("never on time in {ATTEMPTS} attempts: {busy}"),
        }
    }
}

async fn compare(stage: &Stage) -> Result<(), String> {
    let folder = stage.folder.path();
    healthy(&stage.exporter);
    let phase = scrape_phase(stage).await;
    let files = [
        place(folder, "services.yml", SERVICES, phase + CLEARANCE_MS),
        place(folder, "platform.yml", PLATFORM, phase + INTERVAL_MS / 2),
    ];
    let canary = folder.join("canary.yml");
    // Reads as far back as any of the others: it sings when they can be evaluated.
    fs::write(&canary, CANARY.replace("vector(1)", "sum(up offset 5s) >= 0")).expect("a rule file");
    let [a, b] = files.each_ref().map(|(path, _)| path.as_path());
    let groups = files.each_ref().map(|(_, group)| group.clone());

    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let source = format!("source:\n  url: {}\n", stage.prometheus.url);
    let config = stage.config(&[a, b, &canary]).replace(&source, "source: {cut: stream}\n")
        + &format!("stream: {{listen_address: '{address}'}}\n")
        + "lookback_delta: 5s\nevaluation_slots: spread\n";
    let mut sidecar = Watchfire::run(folder, &config);
    let file = folder.join("watchfire.yml").display().to_string();
    let remote_write = run(env!("CARGO_BIN_EXE_watchfire"), &["stream-config", "--config", &file]);
    // What a sender adds to all series, rules do not see.
    let scraping = scrape_config(&stage.exporter, &[a, b])
        .replace("global:\n", "global:\n  external_labels: { environment: test }\n");
    stage.prometheus.reload(&(scraping + &remote_write)).await;

    let sings = eventually("the first evaluation after warming up", SOON, async || {
        Log::read(folder).only("Canary", "firing")
    })
    .await;
    incidents(&stage.exporter).await;
    eventually("the end of all incidents", SOON, async || {
        let active = stage.prometheus.query("ALERTS").await?;
        active.is_empty().then_some(()).ok_or_else(|| format!("{active:?}"))
    })
    .await;
    let history = theirs::history(&stage.prometheus).await;
    // Evaluations come later than their slots.
    tokio::time::sleep(std::time::Duration::from_secs(13)).await;
    let metrics = http().get(format!("http://{address}/metrics")).send().await;
    let metrics = metrics.expect("it listens").text().await.expect("metrics are text");
    assert_eq!(sidecar.terminate(), Some(0), "{}", sidecar.log());

    theirs::on_time(&stage.prometheus, 0, CLEARANCE_MS).await?;
    let value = |name: &str| -> f64 {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.rsplit(' ').next());
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}:\n{metrics}"))
    };
    assert!(value("watchfire_receive_requests_total{result=\"ok\"}") > 5.0, "{metrics}");
    assert!(value("watchfire_receive_samples_total{outcome=\"written\"}") > 500.0, "{metrics}");
    assert!(value("watchfire_receive_requests_total{result=\"refused\"}") < 1.0, "{metrics}");
    assert!(value("watchfire_source_requests_total") < 1.0, "nothing is asked:\n{metrics}");
    same_history(&Log::read(folder), &history, &groups, ms(&sings["time"]));
    Ok(())
}
