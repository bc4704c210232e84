//! What the sidecar serves of itself.

use std::sync::Arc;

use anyhow::Context;
use ruler::{Clock, Ruler};
use server::{Metrics, Serving};
use source::Client;

use crate::config::Config;

/// Serves metrics if the configuration wants it. The ruler must be run soon: it is said to be ready.
pub(super) async fn serve<C: Clock>(
    config: &Config,
    client: Client,
    ruler: &Ruler<Client, C>,
) -> anyhow::Result<Option<Serving>> {
    let Some(address) = &config.listen else { return Ok(None) };
    let mut metrics = Metrics::new(env!("CARGO_PKG_VERSION"));
    metrics.add_ruler(ruler.snapshots(), ruler.probe());
    metrics.add_source(client);
    let routes = server::web::routes(Arc::new(metrics));
    let serving = server::listen(address.as_str(), routes).await;
    let serving = serving.with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!("metrics: {}/metrics", serving.url());
    Ok(Some(serving))
}
