//! A server that answers as a test says, and remembers what it was asked.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::Request,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use source::{Client, RetryConfig, SourceConfig};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// Of the body, or of the URL.
    pub(crate) params: BTreeMap<String, String>,
}

pub(crate) struct Play {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Play {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Play {
    /// Starts a server; the function gets each request with its number, from 1 on.
    pub(crate) async fn start<R: IntoResponse>(
        answer: impl Fn(usize, &Seen) -> R + Clone + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = Arc::clone(&seen);
        let app = Router::new().fallback(async move |request: Request| -> Response {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
            let query = parts.uri.query().unwrap_or_default().to_owned();
            let form = if body.is_empty() { Bytes::from(query) } else { body };
            let request = Seen {
                method: parts.method.to_string(),
                path: parts.uri.path().to_owned(),
                headers: parts.headers,
                params: url::form_urlencoded::parse(&form).into_owned().collect(),
            };
            let n = {
                let mut all = remembered.lock().unwrap();
                all.push(request.clone());
                all.len()
            };
            answer(n, &request).into_response()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen, server }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub(crate) fn only(&self) -> Seen {
        let [seen] = <[Seen; 1]>::try_from(self.seen()).expect("one request");
        seen
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(config(&self.url)).unwrap()
    }
}

/// A configuration that retries without long pauses.
pub(crate) fn config(url: &str) -> SourceConfig {
    let pause = std::time::Duration::from_millis(1);
    let retries = RetryConfig { max_attempts: 3, min_backoff: pause, max_backoff: pause };
    SourceConfig { retries, ..SourceConfig::new(url) }
}

pub(crate) fn json(body: impl Into<String>) -> Response {
    ([("content-type", "application/json")], body.into()).into_response()
}

/// A good answer of one series, `up`, with the value 1.
pub(crate) fn up() -> Response {
    json(
        r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"up"},"value":[1435781451.781,"1"]}]}}"#,
    )
}
