//! `POST /api/v1/write`, as Prometheus has it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::StreamExt;

use crate::{Encoding, Message, ReceiveError, Receiver, Written};

const SAMPLES: HeaderName = HeaderName::from_static("x-prometheus-remote-write-samples-written");
const HISTOGRAMS: HeaderName =
    HeaderName::from_static("x-prometheus-remote-write-histograms-written");
const EXEMPLARS: HeaderName =
    HeaderName::from_static("x-prometheus-remote-write-exemplars-written");

/// The route, to be served alone or beside others.
pub fn router(receiver: Arc<Receiver>) -> Router {
    Router::new().route("/api/v1/write", post(write)).with_state(receiver)
}

async fn write(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Body) -> Response {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let message = Message::from_content_type(text(CONTENT_TYPE));
    let result = match (&message, Encoding::from_content_encoding(text(CONTENT_ENCODING))) {
        (Ok(message), Ok(encoding)) => match read(&receiver, &headers, body).await {
            Ok(body) => receiver.receive(*message, encoding, &body).await,
            Err(e) => Err(failed(&receiver, e)),
        },
        (Err(e), _) => Err(failed(&receiver, e.clone())),
        (_, Err(e)) => Err(failed(&receiver, e)),
    };
    answer(result, message.is_ok_and(|message| message == Message::V2))
}

fn failed(receiver: &Receiver, error: ReceiveError) -> ReceiveError {
    receiver.count_failed(&error);
    error
}

/// The body, if it is neither too large nor too slow.
async fn read(
    receiver: &Receiver,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, ReceiveError> {
    let limits = receiver.limits();
    let limit = limits.max_request_bytes;
    let announced = headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    let announced: usize = announced.unwrap_or(0);
    if announced > limit {
        return Err(ReceiveError::TooLarge { limit });
    }
    let whole = async {
        let mut bytes = Vec::with_capacity(announced.min(1 << 20));
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|e| ReceiveError::Body(e.to_string()))?;
            if bytes.len() + chunk.len() > limit {
                return Err(ReceiveError::TooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let whole = tokio::time::timeout(limits.body_timeout, whole).await;
    whole.unwrap_or(Err(ReceiveError::Slow(limits.body_timeout)))
}

/// 2.0 wants to know what was written, whatever came of it.
fn answer(result: Result<Written, ReceiveError>, is_v2: bool) -> Response {
    let (mut response, written) = match result {
        Ok(written) => (StatusCode::NO_CONTENT.into_response(), written),
        Err(e) => {
            tracing::debug!("remote write: {e}");
            let mut response = (e.status(), format!("{e}\n")).into_response();
            if let Some(seconds) = e.retry_after() {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            let written = match e {
                ReceiveError::Refused { written, .. } => written,
                _ => Written::default(),
            };
            (response, written)
        }
    };
    if is_v2 {
        let headers = response.headers_mut();
        headers.insert(SAMPLES, HeaderValue::from(written.samples));
        headers.insert(HISTOGRAMS, HeaderValue::from(written.histograms));
        headers.insert(EXEMPLARS, HeaderValue::from(written.exemplars));
    }
    response
}
