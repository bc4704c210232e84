//! What the sidecar serves: metrics of itself, and a place to send samples to.

use std::sync::Arc;

use anyhow::Context;
use receive::Receiver;
use ruler::{Clock, Ruler};
use server::{Metrics, Serving};
use source::Client;

use crate::config::{Config, ListenAddress};

/// Serves metrics if the configuration wants it, and takes samples if there is a receiver, on one
/// socket if nothing else is said. The ruler must be run soon: it is said to be ready.
pub(super) async fn serve<C: Clock>(
    config: &Config,
    client: Client,
    ruler: &Ruler<Client, C>,
    receiver: Option<Arc<Receiver>>,
) -> anyhow::Result<Vec<Serving>> {
    let stream = receiver.as_ref().map(|_| config.stream_address());
    let Some(web) = config.listen.clone().or_else(|| stream.clone()) else { return Ok(Vec::new()) };
    let mut metrics = Metrics::new(env!("CARGO_PKG_VERSION"));
    metrics.add_ruler(ruler.snapshots(), ruler.probe());
    metrics.add_source(client);
    if let Some(receiver) = &receiver {
        metrics.add_receiver(Arc::clone(receiver));
    }
    let mut routes = server::web::routes(Arc::new(metrics));
    let listen = async |address: ListenAddress, routes| {
        let serving = server::listen(address.as_str(), routes).await;
        serving.with_context(|| format!("cannot listen on {address}"))
    };
    let mut all = Vec::new();
    if let Some((address, receiver)) = stream.zip(receiver) {
        let writes = receive::router(receiver);
        if address == web {
            routes = routes.merge(writes);
        } else {
            all.push(listen(address, writes).await?);
        }
    }
    let serving = listen(web, routes).await?;
    tracing::info!("metrics: {}/metrics", serving.url());
    all.push(serving);
    Ok(all)
}
