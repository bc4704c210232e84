//! A server that takes only what Alertmanager's `OpenAPI` document allows, and answers as scripted.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::Value;
use tokio::net::TcpListener;

/// What the server does with a request.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// Answers so and takes nothing.
    Status(u16),
    /// Never answers.
    Hang,
    /// Ends the body of an answer early.
    Close,
    /// Sends the client elsewhere.
    Redirect,
}

#[derive(Clone, Default)]
struct Record {
    script: Arc<Mutex<VecDeque<Answer>>>,
    batches: Arc<Mutex<Vec<Vec<Value>>>>,
}

pub(super) struct Strict {
    pub(super) base: String,
    record: Record,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Strict {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    (listener, base)
}

impl Strict {
    pub(super) async fn start(script: Vec<Answer>) -> Self {
        Self::start_at("127.0.0.1:0", script).await
    }

    pub(super) async fn start_at(address: &str, script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let record = Record { script: Arc::new(Mutex::new(script.into())), ..Record::default() };
        let app = Router::new().route("/api/v2/alerts", post(receive)).with_state(record.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, record, task }
    }

    pub(super) fn taken(&self) -> Vec<Value> {
        self.record.batches.lock().unwrap().concat()
    }

    pub(super) fn names(&self) -> Vec<String> {
        let name = |alert: &Value| alert["labels"]["alertname"].as_str().unwrap().to_owned();
        self.taken().iter().map(name).collect()
    }

    pub(super) fn batch_sizes(&self) -> Vec<usize> {
        self.record.batches.lock().unwrap().iter().map(Vec::len).collect()
    }
}

async fn receive(State(record): State<Record>, headers: HeaderMap, body: Bytes) -> Response {
    let scripted = record.script.lock().unwrap().pop_front();
    match scripted {
        Some(Answer::Status(status)) => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Some(Answer::Hang) => std::future::pending().await,
        Some(Answer::Close) => {
            return ([(header::CONTENT_LENGTH, "9")], StatusCode::BAD_GATEWAY).into_response();
        }
        Some(Answer::Redirect) => {
            return (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response();
        }
        None => {}
    }
    match check(&headers, &body) {
        Ok(alerts) => {
            record.batches.lock().unwrap().push(alerts);
            StatusCode::OK.into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

type Refusal = (StatusCode, String);

fn check(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Value>, Refusal> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "not JSON".into()));
    }
    let bad = |what: String| (StatusCode::BAD_REQUEST, what);
    let alerts: Vec<Value> = serde_json::from_slice(body).map_err(|e| bad(e.to_string()))?;
    for alert in &alerts {
        check_alert(alert).map_err(bad)?;
    }
    Ok(alerts)
}

fn check_alert(alert: &Value) -> Result<(), String> {
    let fields = alert.as_object().ok_or("an alert is an object")?;
    let known = ["labels", "annotations", "startsAt", "endsAt", "generatorURL"];
    if let Some(name) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("unknown field {name}"));
    }
    for field in ["labels", "annotations"] {
        let pairs = alert[field].as_object().ok_or_else(|| format!("{field} is an object"))?;
        if !pairs.values().all(Value::is_string) {
            return Err(format!("{field} are strings"));
        }
    }
    let time = |field: &str| {
        let text = alert[field].as_str().ok_or_else(|| format!("{field} is missing"))?;
        text.parse::<jiff::Timestamp>().map_err(|error| format!("{field}: {error}"))
    };
    let url = alert["generatorURL"].as_str().ok_or("generatorURL is missing")?;
    url::Url::parse(url).map_err(|error| error.to_string())?;
    if time("endsAt")? < time("startsAt")? {
        return Err("the end is before the start".into());
    }
    if alert["labels"]["alertname"] == "Poison" {
        return Err("not this one".into());
    }
    Ok(())
}
