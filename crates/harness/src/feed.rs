//! Sends requests to whoever takes them, by remote write.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};

use crate::{BenchError, child};

/// Requests under way at the same time; they hold different series.
const CONCURRENCY: usize = 4;
/// How often a request is sent until it is given up.
const ATTEMPTS: u32 = 8;

/// Somebody who takes samples.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    /// Of `/api/v1/write`.
    pub(crate) url: String,
}

impl Feed {
    /// Where a server at this address takes samples.
    pub(crate) fn to(server: &str) -> Self {
        Self { url: format!("{server}/api/v1/write") }
    }

    /// Sends all requests; returns when all were taken.
    pub(crate) async fn send(&self, bodies: Vec<Vec<u8>>) -> Result<(), BenchError> {
        let sent = stream::iter(bodies).map(|body| self.send_one(body));
        sent.buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// A server that is too busy is asked again, as remote write does.
    async fn send_one(&self, body: Vec<u8>) -> Result<(), BenchError> {
        let mut refusal = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            let request = child::client()
                .post(&self.url)
                .header(CONTENT_TYPE, "application/x-protobuf")
                .header(CONTENT_ENCODING, "snappy")
                .header("X-Prometheus-Remote-Write-Version", "0.1.0")
                .body(body.clone());
            match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => {
                    let status = answer.status();
                    let text = answer.text().await.unwrap_or_default();
                    refusal = format!("{}: {status}: {}", self.url, text.trim());
                    if !status.is_server_error() && status.as_u16() != 429 {
                        break;
                    }
                }
                Err(e) => refusal = e.to_string(),
            }
        }
        Err(BenchError::Refused(refusal))
    }
}
