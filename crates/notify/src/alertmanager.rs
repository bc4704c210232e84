//! Alertmanager's `POST /api/v2/alerts`.
//!
//! One [`Target`] per Alertmanager: post to every peer of a cluster, never through a balancer.
//! What waits is decided in `queue.rs`, purely; `worker.rs` posts it and tries again until it is
//! delivered or superseded; `wire.rs` is the JSON. How a client is built (TLS, passwords) is the
//! caller's business, as is when a firing alert is sent again.

mod queue;
mod retry;
mod wire;
mod worker;

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{Client, header::HeaderMap};
use url::Url;

use crate::NotifyError;

pub use retry::Backoff;
pub(crate) use worker::Alertmanager;

/// Where alerts are posted, below an Alertmanager's address.
pub const ALERTS_PATH: &str = "api/v2/alerts";

/// What one request is sent with.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client; it must not follow redirects, which would turn a POST into a GET.
    pub client: Client,
    /// The whole address, with `/api/v2/alerts`.
    pub url: Url,
    /// Headers besides the content type, such as `Authorization`.
    pub headers: HeaderMap,
}

/// Gives a connection for each request, so that a rotated secret counts at once. The error tells
/// why there is none: the request is tried again later.
pub type Connect = Arc<dyn Fn() -> BoxFuture<'static, Result<Connection, String>> + Send + Sync>;

/// An Alertmanager and how to speak to it.
#[derive(Clone)]
pub struct Target {
    /// Its name for messages: an address without secrets.
    pub name: String,
    /// How it is spoken to.
    pub connect: Connect,
    /// How long one request may take.
    pub timeout: Duration,
    /// How many alerts go into one request.
    pub max_batch: usize,
    /// How long to wait after a failure.
    pub backoff: Backoff,
}

/// Counts of one Alertmanager.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetStats {
    /// Its address, without a password.
    pub name: String,
    /// Alerts it took.
    pub sent: u64,
    /// Requests that failed.
    pub errors: u64,
    /// Resolved alerts given up 15 minutes after their end.
    pub dropped: u64,
    /// Alerts that it refuses now; each is tried alone from time to time.
    pub quarantined: usize,
    /// Alerts waiting, those in quarantine included.
    pub pending: usize,
    /// What the last failure was; none since the last success.
    pub last_error: Option<String>,
    /// Which alert it refused last, and with which words.
    pub last_refusal: Option<String>,
}

impl Target {
    /// An Alertmanager with the usual limits: 10 s a request, 256 alerts a batch.
    pub fn new(name: &str, connect: Connect) -> Self {
        Self {
            name: name.to_owned(),
            connect,
            timeout: Duration::from_secs(10),
            max_batch: 256,
            backoff: Backoff::default(),
        }
    }

    /// An Alertmanager at `base`, such as `http://127.0.0.1:9093` or one with a path prefix, that
    /// wants no credentials but those in its address.
    pub fn plain(base: &str, client: Client) -> Result<Self, NotifyError> {
        let address = |reason: String| NotifyError::Address { text: base.to_owned(), reason };
        let text = format!("{}/{ALERTS_PATH}", base.trim_end_matches('/'));
        let url = Url::parse(&text).map_err(|error| address(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(address("it must begin with http:// or https://".to_owned()));
        }
        let mut shown = url.clone();
        // Both fail only where an address can hold neither.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        let connection = Connection { client, url, headers: HeaderMap::new() };
        let connect = move || std::future::ready(Ok(connection.clone())).boxed();
        Ok(Self::new(shown.as_str(), Arc::new(connect)))
    }
}

/// Headers and the client may hold secrets.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
