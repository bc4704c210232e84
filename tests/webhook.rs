//! A receiver of webhooks, Alertmanager's or Slack's, that records what it gets.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{Json, Router, extract::State, routing::post};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// A webhook on a free loopback port, until it is dropped.
#[derive(Debug)]
pub(crate) struct Webhook {
    /// Where Alertmanager posts to.
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Value>>>,
    server: JoinHandle<()>,
}

impl Webhook {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let received = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&received));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the webhook serves");
        });
        Self { url: format!("http://{address}/hook"), received, server }
    }

    /// A configuration of Alertmanager that sends everything here without delay, each alert alone.
    pub(crate) fn alertmanager_config(&self) -> String {
        format!(
            "\
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs:
      - url: {}
        send_resolved: true
",
            self.url
        )
    }

    /// The first message of this kind.
    pub(crate) fn message(&self, is_meant: impl Fn(&Value) -> bool) -> Result<Value, String> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let found = received.iter().find(|message| is_meant(message)).cloned();
        found.ok_or_else(|| format!("not in {received:?}"))
    }

    /// The alert of this name in the first message that has it with this status.
    pub(crate) fn alert(&self, name: &str, status: &str) -> Result<Value, String> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let alerts =
            received.iter().flat_map(|message| message["alerts"].as_array().into_iter().flatten());
        let mut of_name = alerts.filter(|alert| alert["labels"]["alertname"] == name);
        let found = of_name.find(|alert| alert["status"] == status).cloned();
        found.ok_or_else(|| format!("no {status} {name} in {received:?}"))
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(received): State<Arc<Mutex<Vec<Value>>>>, Json(message): Json<Value>) {
    received.lock().unwrap_or_else(PoisonError::into_inner).push(message);
}
