//! Which address answers what.
//!
//! One file per family: `query` evaluates expressions, `series` looks series and labels up.

mod query;
mod series;

use std::sync::Arc;

use axum::{
    Router,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{ApiError, Backing, encode, params::Params};

/// All addresses over one table.
pub fn router(backing: Arc<Backing>) -> Router {
    Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
        .route("/api/v1/series", get(series::series).post(series::series))
        .route("/api/v1/labels", get(series::names).post(series::names))
        .route("/api/v1/label/{name}/values", get(series::values))
        .route("/api/v1/status/buildinfo", get(build_info))
        .route("/-/healthy", get(async || "Prometheus Server is Healthy.\n"))
        .route("/-/ready", get(async || "Prometheus Server is Ready.\n"))
        .fallback(async || (axum::http::StatusCode::NOT_FOUND, "404 page not found\n"))
        .with_state(backing)
}

/// A successful answer before it is encoded.
#[derive(Clone, Debug, Default)]
struct Answer {
    /// JSON.
    data: String,
    warnings: Vec<String>,
    infos: Vec<String>,
}

impl Answer {
    /// The first `limit` results, and a warning where there are more.
    fn truncate<T>(&mut self, results: &mut Vec<T>, limit: Option<usize>) {
        if let Some(limit) = limit.filter(|limit| results.len() > *limit) {
            results.truncate(limit);
            self.warnings.push("results truncated due to limit".to_owned());
        }
    }
}

/// Does the work away from the threads that serve connections, and encodes what came of it.
async fn answer(
    backing: Arc<Backing>,
    params: Params,
    work: impl FnOnce(&Backing, &Params) -> Result<Answer, ApiError> + Send + 'static,
) -> Response {
    let timeout = match params.duration_or_none("timeout") {
        Ok(timeout) => timeout.and_then(|ms| std::time::Duration::try_from_secs_f64(ms / 1e3).ok()),
        Err(e) => return count(&backing, e.into_response()),
    };
    let shared = Arc::clone(&backing);
    let done = tokio::task::spawn_blocking(move || work(&shared, &params));
    let done = match timeout {
        Some(timeout) => tokio::time::timeout(timeout, done).await,
        None => Ok(done.await),
    };
    let response = match done {
        Err(_) => ApiError::Timeout.into_response(),
        Ok(Err(e)) => ApiError::Internal(format!("unexpected error: {e}")).into_response(),
        Ok(Ok(Err(e))) => e.into_response(),
        Ok(Ok(Ok(Answer { data, warnings, infos }))) => {
            success(encode::success(&data, &warnings, &infos))
        }
    };
    count(&backing, response)
}

fn success(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

fn count(backing: &Backing, response: Response) -> Response {
    use axum::body::HttpBody;
    let size = response.body().size_hint().exact().unwrap_or(0);
    backing.count_bytes(size);
    response
}

/// The version is the Prometheus whose API this is: clients decide by it what they may ask.
async fn build_info() -> Response {
    let data = concat!(
        r#"{"version":"3.14.0","revision":"watchfire-"#,
        env!("CARGO_PKG_VERSION"),
        r#"","branch":"","buildUser":"","buildDate":"","goVersion":""}"#,
    );
    success(encode::success(data, &[], &[]))
}
