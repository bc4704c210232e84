//! One task per Alertmanager: takes batches, posts them, splits what is refused, waits after
//! failures.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{Response, StatusCode, header};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time,
};
use url::Url;

use super::{Connection, Target, TargetStats, queue::Item, queue::Queue, retry, wire};
use crate::{AlertUpdate, Clock};

/// Of an answer that is not 2xx, this much is reported.
const REPORTED: usize = 1024;

/// A running target.
pub(crate) struct Alertmanager {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: Target,
    clock: Clock,
    state: Mutex<State>,
    wake: Notify,
    /// Alerts that could still be delivered.
    deliverable: watch::Sender<usize>,
    draining: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    queue: Queue,
    sent: u64,
    errors: u64,
    last_error: Option<String>,
    last_refusal: Option<String>,
}

/// How one request ended.
enum Outcome {
    Delivered,
    /// Something in the batch is not as it should be.
    Refused(String),
    /// Not the batch's fault.
    Failed {
        message: String,
        wait: Option<Duration>,
    },
}

impl Alertmanager {
    pub(crate) fn spawn(target: Target, clock: Clock) -> Self {
        let shared = Arc::new(Shared {
            target,
            clock,
            state: Mutex::default(),
            wake: Notify::new(),
            deliverable: watch::channel(0).0,
            draining: watch::channel(false).0,
        });
        let task = tokio::spawn(Arc::clone(&shared).run());
        Self { shared, task }
    }

    /// Queues states; never waits.
    pub(crate) fn push(&self, updates: &[Arc<AlertUpdate>]) {
        let (now, at) = ((self.shared.clock)(), Instant::now());
        let mut state = self.shared.lock();
        for update in updates {
            state.queue.push(Arc::clone(update), now, at);
        }
        self.shared.deliverable.send_replace(state.queue.n_deliverable());
        self.shared.wake.notify_one();
    }

    pub(crate) fn stats(&self) -> TargetStats {
        let state = self.shared.lock();
        TargetStats {
            name: self.shared.target.name.clone(),
            sent: state.sent,
            errors: state.errors,
            dropped: state.queue.dropped(),
            quarantined: state.queue.n_apart(),
            pending: state.queue.len(),
            last_error: state.last_error.clone(),
            last_refusal: state.last_refusal.clone(),
        }
    }

    /// Tries at once, and returns when nothing is left that could be delivered.
    pub(crate) async fn drained(&self) {
        self.shared.draining.send_replace(true);
        // The sender lives in `shared`, which `self` holds.
        let _ = self.shared.deliverable.subscribe().wait_for(|n| *n == 0).await;
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Self>) {
        let mut draining = self.draining.subscribe();
        let mut failures = 0;
        loop {
            let batch = self.take();
            if batch.is_empty() {
                self.idle().await;
                continue;
            }
            match self.deliver(batch).await {
                Ok(()) => failures = 0,
                Err(wait) => {
                    failures += 1;
                    let backoff = self.target.backoff.delay(failures);
                    let wait = wait.map_or(backoff, |wait| wait.max(backoff));
                    // A drain begins with an attempt at once.
                    let _ = time::timeout(wait, draining.changed()).await;
                }
            }
        }
    }

    fn take(&self) -> Vec<Item> {
        let now = (self.clock)();
        let mut state = self.lock();
        let dropped = state.queue.dropped();
        let batch = state.queue.take(self.target.max_batch, now, Instant::now());
        let given_up = state.queue.dropped() - dropped;
        if given_up > 0 {
            let alertmanager = &self.target.name;
            tracing::warn!(%alertmanager, alerts = given_up, "resolved alerts were given up after 15 minutes");
        }
        self.publish(&state);
        batch
    }

    /// Waits for an alert, or for the time of one that was refused.
    async fn idle(&self) {
        let next = self.lock().queue.next_trial();
        let wait =
            next.map_or(Duration::from_hours(1), |at| at.saturating_duration_since(Instant::now()));
        let _ = time::timeout(wait, self.wake.notified()).await;
    }

    /// Delivers a batch in as many requests as it takes. What could not be delivered is back in
    /// the queue afterwards; the error is the wait that the Alertmanager asked for.
    async fn deliver(&self, batch: Vec<Item>) -> Result<(), Option<Duration>> {
        let mut pieces = vec![batch];
        while let Some(mut piece) = pieces.pop() {
            match self.post(&piece).await {
                Outcome::Delivered => self.delivered(&piece),
                Outcome::Refused(_) if piece.len() > 1 => {
                    // Sorted out by halves: Alertmanager refuses a batch for one bad alert.
                    self.lock().errors += 1;
                    let right = piece.split_off(piece.len() / 2);
                    pieces.extend([right, piece]);
                }
                Outcome::Refused(message) => self.refused(&piece[0], &message),
                Outcome::Failed { message, wait } => {
                    pieces.push(piece);
                    self.failed(&pieces, message);
                    return Err(wait);
                }
            }
        }
        Ok(())
    }

    fn delivered(&self, items: &[Item]) {
        let mut state = self.lock();
        state.queue.delivered(items);
        state.sent += items.iter().map(|item| item.len() as u64).sum::<u64>();
        if state.last_error.take().is_some() {
            tracing::info!(alertmanager = self.target.name, "alerts are delivered again");
        }
        self.publish(&state);
    }

    fn refused(&self, item: &Item, message: &str) {
        let mut state = self.lock();
        state.errors += 1;
        if state.queue.refused(item, Instant::now()) {
            let (alertmanager, labels) = (&self.target.name, item.labels());
            tracing::error!(%alertmanager, %labels, error = message, "the alert is refused; others go on, this one is tried again alone");
        }
        state.last_refusal = Some(format!("{}: {message}", item.labels()));
        self.publish(&state);
    }

    /// Puts all pieces back, the last one first: they are a stack.
    fn failed(&self, pieces: &[Vec<Item>], message: String) {
        let mut state = self.lock();
        state.errors += 1;
        for piece in pieces {
            state.queue.failed(piece);
        }
        if state.last_error.as_ref() != Some(&message) {
            let (alertmanager, waiting) = (&self.target.name, state.queue.len());
            tracing::warn!(%alertmanager, waiting, error = message, "alerts are not delivered, will try again");
        }
        state.last_error = Some(message);
        self.publish(&state);
    }

    fn publish(&self, state: &State) {
        self.deliverable.send_replace(state.queue.n_deliverable());
    }

    async fn post(&self, items: &[Item]) -> Outcome {
        let target = &self.target;
        let Connection { client, url, headers } = match (target.connect)().await {
            Ok(connection) => connection,
            Err(message) => return Outcome::Failed { message, wait: None },
        };
        let request = client
            .post(url.clone())
            .timeout(target.timeout)
            .headers(headers)
            .header(header::CONTENT_TYPE, "application/json")
            .body(wire::body(items.iter().flat_map(Item::updates)));
        match request.send().await {
            Ok(response) => self.judge(response, &url).await,
            Err(error) => Outcome::Failed { message: describe(&error), wait: None },
        }
    }

    async fn judge(&self, response: Response, url: &Url) -> Outcome {
        let status = response.status();
        if status.is_redirection() || response.url() != url {
            let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let to = to.unwrap_or(response.url().path());
            let message = format!("it redirects to {to}: configure the address that it means");
            return Outcome::Failed { message, wait: None };
        }
        if status.is_success() {
            return Outcome::Delivered;
        }
        let now = jiff::Timestamp::from_millisecond((self.clock)().0).unwrap_or_default();
        let wait = retry::retry_after(response.headers(), now);
        let message = format!("{status}: {}", beginning(response).await);
        match status {
            StatusCode::BAD_REQUEST
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Outcome::Refused(message),
            _ => Outcome::Failed { message, wait },
        }
    }
}

/// The beginning of an answer's text, on one line.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < REPORTED
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(REPORTED);
    String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An error with its causes; without the address, which may hold a password.
fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut source = std::error::Error::source(error);
    let mut text = String::from("the request failed");
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
