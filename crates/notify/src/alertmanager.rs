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

use reqwest::{Client, header::HeaderMap};
use url::Url;

use crate::NotifyError;

pub use retry::Backoff;
pub(crate) use worker::Alertmanager;

/// Headers for one request, such as `Authorization`; asked for each time, so that a rotated secret
/// counts at once. The error tells why there are none: the request is tried again later.
pub type Headers = Arc<dyn Fn() -> Result<HeaderMap, String> + Send + Sync>;

/// An Alertmanager and how to speak to it.
#[derive(Clone)]
pub struct Target {
    /// The whole address, with `/api/v2/alerts`.
    pub url: Url,
    /// The client; it must not follow redirects, which would turn a POST into a GET.
    pub client: Client,
    /// Sent with every request.
    pub headers: Headers,
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
    /// An Alertmanager at `base`, such as `http://127.0.0.1:9093` or one with a path prefix, with
    /// the usual limits: 10 s a request, 256 alerts a batch.
    pub fn new(base: &str, client: Client) -> Result<Self, NotifyError> {
        let address = |reason: String| NotifyError::Address { text: base.to_owned(), reason };
        let text = format!("{}/api/v2/alerts", base.trim_end_matches('/'));
        let url = Url::parse(&text).map_err(|error| address(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(address("it must begin with http:// or https://".to_owned()));
        }
        Ok(Self {
            url,
            client,
            headers: Arc::new(|| Ok(HeaderMap::new())),
            timeout: Duration::from_secs(10),
            max_batch: 256,
            backoff: Backoff::default(),
        })
    }

    /// The address without user name and password.
    pub fn name(&self) -> String {
        let mut url = self.url.clone();
        // Both fail only where an address can hold neither.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }
}

/// Headers and the client may hold secrets.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("name", &self.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
