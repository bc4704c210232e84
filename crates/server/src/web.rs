//! What the sidecar answers about itself.
//!
//! Other parts of the program merge routes of theirs into [`routes`].

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{Metrics, metrics};

/// `/metrics`, `/-/healthy` and `/-/ready`: it listens once it is ready.
pub fn routes(metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/metrics", get(show))
        .route("/-/healthy", get(async || "Watchfire is healthy.\n"))
        .route("/-/ready", get(async || "Watchfire is ready.\n"))
        .with_state(metrics)
}

async fn show(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text().await {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{e}\n")).into_response(),
    }
}
