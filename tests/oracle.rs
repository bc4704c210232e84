//! Our engine against a Prometheus 2.42 that holds the same samples: thousands of queries.
//!
//! Where the answers differ, the difference must be one that [`known`] proves to come from what
//! changed between 2.42 and 3.14; the summary counts each. Start at [`data`] for the samples, at
//! [`queries`] for what is asked, at [`known`] for the differences.

mod answer;
mod data;
mod known;
mod queries;
mod summary;
mod theirs;
mod world;

use answer::{Comparison, compare};
use futures_util::{StreamExt as _, stream};
use summary::Summary;
use world::World;

use crate::{
    remote_write,
    servers::{Prometheus, http, require_or_skip},
};

/// Questions under way at once.
const PARALLEL: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_equal_those_of_prometheus() {
    if !require_or_skip(&["prometheus"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--web.enable-remote-write-receiver"];
    let prometheus = Prometheus::start_with(folder.path(), "global: {}\n", &flags).await;
    let series = data::series();
    remote_write::send(&prometheus.url, &data::written(&series)).await;
    let world = World::new(http(), &prometheus.url, &series);
    let mut verdicts = stream::iter(queries::all(&series))
        .map(|case| async {
            let theirs = world.theirs(&case.text, case.when).await;
            let ours = world.ours(&case.text, case.when);
            let comparison = compare(&ours, &theirs, case.ordered());
            let rows = match comparison {
                Comparison::Different(_) => known::explain(&case, &ours, &world).await,
                _ => None,
            };
            (case, theirs, comparison, rows)
        })
        .buffered(PARALLEL);
    let mut summary = Summary::default();
    while let Some((case, theirs, comparison, rows)) = verdicts.next().await {
        summary.add(&case, &theirs, &comparison, rows);
    }
    summary.print();
    assert!(summary.unexplained.is_empty(), "differences without an explanation, see above");
    assert!(summary.n_instant >= 3000, "only {} instant queries", summary.n_instant);
    assert!(summary.n_range >= 500, "only {} range queries", summary.n_range);
    for (row, n) in known::KNOWN.iter().zip(summary.needed) {
        assert!(n > 0, "no query shows any more that {}", row.name);
    }
}
