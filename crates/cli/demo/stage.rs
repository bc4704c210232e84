//! The simulated platform behind its HTTP API.

use std::sync::Arc;

use anyhow::Context;
use server::{Backing, Serving, Traffic};
use simulator::{Config, Incident, Platform};
use store::Table;

use super::clock::Paced;

/// A platform that is served.
pub(super) struct Stage {
    serving: Serving,
    url: String,
    backing: Arc<Backing>,
    incidents: Vec<Incident>,
    n_series: usize,
    interval_ms: i64,
}

impl Stage {
    /// Simulates a platform up to the clock's time and serves it on a free loopback port. From
    /// then on each query brings it up to the time that is asked about.
    pub(super) async fn open(config: Config, seed: u64, clock: Paced) -> anyhow::Result<Self> {
        let interval_ms = config.interval_ms;
        let mut platform = Platform::new(config, seed);
        let incidents = platform.incidents().into_iter().cloned().collect();
        let mut table = Table::new();
        platform.advance_to(&mut table, clock.now_ms());
        let n_series = table.n_series();
        let now_ms = move || clock.now_ms();
        let latest = now_ms.clone();
        let advance = move |table: &mut Table, t: i64| {
            // The future is not known to a real server either.
            platform.advance_to(table, t.min(latest()));
        };
        let backing = Arc::new(Backing::new(table, advance, now_ms));
        let serving = server::serve(Arc::clone(&backing), 0).await;
        let serving = serving.context("cannot listen on 127.0.0.1")?;
        let url = serving.url();
        Ok(Self { serving, url, backing, incidents, n_series, interval_ms })
    }

    /// Where the API is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What goes wrong, in the order of its beginning.
    pub(super) fn incidents(&self) -> Vec<Incident> {
        self.incidents.clone()
    }

    /// How many series the platform had at first.
    pub(super) fn n_series(&self) -> usize {
        self.n_series
    }

    /// Between two scrapes, in milliseconds.
    pub(super) fn interval_ms(&self) -> i64 {
        self.interval_ms
    }

    /// What was read through the API.
    pub(super) fn traffic(&self) -> Traffic {
        self.backing.traffic()
    }

    /// Ends the server.
    pub(super) async fn close(self) {
        self.serving.stop().await;
    }
}
