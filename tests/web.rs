//! What the sidecar serves of itself, over a source in this process.

use std::{
    fs,
    net::TcpListener,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::Labels;
use server::Backing;
use store::Table;

use crate::servers::{Watchfire, eventually, http};

const RULES: &str = "
groups:
  - name: self
    interval: 1s
    rules:
      - record: up:sum
        expr: sum(up)
      - alert: Down
        expr: up == 0
";

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the end of time")
}

/// Two series that are there at all times that are asked about.
fn advance(table: &mut Table, t: i64) {
    for (job, value) in [("a", 1.0), ("b", 0.0)] {
        let id = table.series_id(&Labels::from_pairs([("__name__", "up"), ("job", job)]));
        table.append(id, t, value);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_shows_its_figures() {
    let source = server::serve(Arc::new(Backing::new(Table::new(), advance, now_ms)), 0).await;
    let source = source.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("rules.yml"), RULES).expect("the rules");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let config = format!(
        "rule_files: [rules.yml]\nsource: {{url: '{}'}}\nweb: {{listen_address: '{address}'}}\n",
        source.url()
    );
    let mut watchfire = Watchfire::run(folder.path(), &config);
    let ask = async |path: &str| {
        let answer = http().get(format!("http://{address}{path}")).send().await?;
        answer.error_for_status()?.text().await
    };
    eventually("metrics", Duration::from_secs(30), || async {
        let shown = ask("/metrics").await.map_err(|e| e.to_string())?;
        let value = |name: &str| -> f64 {
            let rest = shown.lines().find_map(|line| line.strip_prefix(name)?.rsplit(' ').next());
            rest.and_then(|value| value.parse().ok()).unwrap_or(-1.0)
        };
        let evaluated = value("watchfire_rule_evaluations_total") >= 2.0;
        let timed = value("watchfire_evaluation_seconds_total") > 0.0;
        let asked = value("watchfire_source_requests_total") >= 1.0;
        let received = value("watchfire_source_received_bytes_total") > 100.0;
        let firing = value("watchfire_alerts{alertstate=\"firing\"}") >= 1.0;
        // Fetched, recorded, and those of the alert.
        let held = value("watchfire_store_series") >= 5.0;
        if evaluated && timed && asked && received && firing && held { Ok(()) } else { Err(shown) }
    })
    .await;
    assert_eq!(ask("/-/ready").await.ok().as_deref(), Some("Watchfire is ready.\n"));
    assert!(ask("/else").await.is_err());
    assert_eq!(watchfire.terminate(), Some(0), "{}", watchfire.log());
}
