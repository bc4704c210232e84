//! The simulated platform, scraped for a while: what benches and tests measure on.

use engine::{Base, Data};
use model::Labels;
use promql::{Expr, ParseOptions, parse_expr};
use simulator::{Config, Platform};
use store::Table;

/// A platform of about `n_series` series, scraped every 15 s for `minutes`; also the time of the
/// last scrape. Nothing goes wrong on it.
pub fn scraped(n_series: usize, minutes: i64) -> (Table, i64) {
    scraped_into(Table::new(), n_series, minutes)
}

/// The same in a table that is made already.
pub fn scraped_into(mut table: Table, n_series: usize, minutes: i64) -> (Table, i64) {
    let mut config = Config::with_series(n_series);
    config.history_ms = 0;
    let end = config.start_ms + minutes * 60_000;
    Platform::new(config, 1).advance_to(&mut table, end);
    (table, end)
}

/// The table as the only base of an evaluation.
pub fn whole(table: &Table, revision: u64) -> Data<'_> {
    Data { base: Base::Whole(table), overlay: None, lookback: 300_000, revision }
}

/// Parses an expression that is known to be right.
pub fn expr(text: &str) -> Expr {
    parse_expr(text, &ParseOptions::default()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// How many series a metric has.
pub fn count(table: &Table, metric: &str) -> usize {
    let named = |labels: &Labels| labels.metric_name() == metric;
    table.series().filter(|(_, labels)| named(labels)).count()
}
