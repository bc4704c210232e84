//! Windows: raw samples by remote read where the source has it and the answer is sure to be that of
//! an instant query, else by an instant query. A question is never lost to this choice: what remote
//! read does not answer within half of the time is asked as PromQL at once.
//!
//! External labels are the source's configuration, which may change under way. Whenever an answer
//! holds other series than the last one of its selector did, the configuration is looked at again,
//! and an answer that came of another one is not taken.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{Matcher, SeriesColumns};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    Answer, AnswerKind, Client, RemoteRead, SourceError,
    body::{self, Arrived, End},
    client::{Limit, Payload},
    error::excerpt,
    remote::{self, External, Form, Reading, Unusable},
};

const READ: &str = "/api/v1/read";
const CONFIG: &str = "/api/v1/status/config";
/// The longest configuration that is looked at.
const MAX_CONFIG_BYTES: usize = 16 << 20;
/// So many failures one after the other turn remote read off for a while.
const FAILURES: u32 = 3;
const PAUSE: Duration = Duration::from_mins(10);
/// What was refused is tried again after this time: the source may be another one by then.
const LONG: Duration = Duration::from_hours(1);
/// So many selectors are remembered.
const MAX_SELECTORS: usize = 10_000;

/// What is known about remote read of a source.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    state: Mutex<State>,
    /// When the configuration was looked at last, as it was assumed to be; held while it is.
    looking: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct State {
    off: Option<Off>,
    /// What the configuration said when it was looked at.
    external: Option<Arc<Look>>,
    /// Failures one after the other.
    failures: u32,
    /// Whether it was said that remote read is used.
    told: bool,
    selectors: HashMap<String, Selector>,
}

/// Until when remote read is not used.
#[derive(Clone, Copy, Debug)]
enum Off {
    /// It was refused, or would not tell what queries do.
    ForLong(Instant),
    Until(Instant),
}

/// What the configuration says; with `always`, where a source does not show it, nothing.
#[derive(Debug, Default)]
struct Look {
    external: External,
    was_told: bool,
}

/// What is known about a selector.
#[derive(Clone, Copy, Debug)]
enum Selector {
    /// The series of its last answer, which is sure.
    Read(Fingerprint),
    /// Its answers do not tell what queries do, or it failed.
    Query { until: Instant },
}

/// How many series there are and the sum of their hashes.
type Fingerprint = (usize, u64);

impl Off {
    fn for_long() -> Self {
        Self::ForLong(Instant::now() + LONG)
    }
}

impl Client {
    /// The raw samples in `(lo, hi]`, in milliseconds, of what `matchers` select. `query` says the
    /// same as an instant query at `hi`, and is asked where remote read will not do.
    pub async fn query_window(
        &self,
        query: &str,
        matchers: &[Matcher],
        (lo, hi): (i64, i64),
    ) -> Result<Answer, SourceError> {
        match self.read_window(query, matchers, (lo, hi)).await {
            Some(answer) => Ok(answer),
            None => self.query(query, hi).await,
        }
    }

    /// The same by remote read, or nothing where that will not do.
    async fn read_window(
        &self,
        query: &str,
        matchers: &[Matcher],
        window: (i64, i64),
    ) -> Option<Answer> {
        let windows = &self.0.windows;
        let key = matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        if !matchers.iter().all(Matcher::is_utf8) || !self.may_read(&key) {
            return None;
        }
        let limit = Limit::new(self.0.config.timeout / 2);
        let look = self.look(limit).await?;
        let parts = look.external.parts(matchers)?;
        let max_bytes = self.0.config.max_bytes;
        let reading = Reading { parts, window, max_bytes, form: Form::Chunks };
        match self.read(query, reading, limit).await {
            Ok(Ok((data, bytes))) => {
                let is_sure = self.sure(key, &look, &data, limit).await;
                let (warnings, infos) = (Vec::new(), Vec::new());
                let kind = AnswerKind::Matrix;
                is_sure.then_some(Answer { data, kind, warnings, infos, bytes })
            }
            Ok(Err(Unusable::Changed(why))) => {
                windows.forget();
                windows.failed(self.url(), &why);
                None
            }
            Ok(Err(why)) => {
                tracing::debug!(query, %why, "asking PromQL, not remote read");
                windows.pause(key);
                None
            }
            // The query meets the same, and says it.
            Err(SourceError::Connect { .. } | SourceError::Credentials { .. }) => None,
            Err(e) if is_refused(&e) => {
                windows.turn_off(self.url(), &e.to_string(), Off::for_long());
                None
            }
            Err(e) => {
                windows.pause(key);
                windows.failed(self.url(), &e.to_string());
                None
            }
        }
    }

    /// One request: the samples and how long the answer was, or why it can not be used.
    async fn read(
        &self,
        query: &str,
        reading: Reading,
        limit: Limit,
    ) -> Result<Result<(SeriesColumns, u64), Unusable>, SourceError> {
        let body = remote::encode(&reading.parts, reading.window);
        let payload = Payload::ReadRequest(body.into());
        let received = &self.0.counts.bytes;
        self.bounded(query, READ, payload, limit, async |ask| {
            let mut response = ask.send().await?;
            let asked = || ask.asked.clone();
            let malformed = |message| SourceError::Malformed { asked: asked(), message };
            let form = match remote::form(&response) {
                Ok(form) => form,
                Err(other) => {
                    let body = body::read_start(&mut response, 4096).await;
                    let body = excerpt(&body);
                    return Err(malformed(format!("remote read, got {other}: {body}")));
                }
            };
            let max_bytes = reading.max_bytes;
            let reading = Reading { form, ..reading };
            let Arrived { made, end, bytes } =
                body::read(response, reading, max_bytes, received).await;
            match (made, end) {
                (_, End::TooLarge) => Ok(Err(Unusable::TooLarge)),
                (_, End::Broken(e)) => {
                    Err(malformed(format!("remote read broke off after {bytes} bytes: {e}")))
                }
                (Err(Unusable::Malformed(e)), _) => Err(malformed(format!("remote read: {e}"))),
                (Err(unusable), _) => Ok(Err(unusable)),
                (Ok(data), End::Complete) => Ok(Ok((data, bytes))),
            }
        })
        .await
    }

    /// What the source's configuration says; nothing where remote read is not to be used.
    async fn look(&self, limit: Limit) -> Option<Arc<Look>> {
        let windows = &self.0.windows;
        if let Some(look) = windows.look() {
            return Some(look);
        }
        let always = self.0.config.remote_read == RemoteRead::Always;
        let look = match self.external(limit).await {
            Ok(external) => Look { external, was_told: true },
            Err(e) if is_refused(&e) && always => Look::default(),
            Err(e) if is_refused(&e) => {
                windows.turn_off(self.url(), "its external labels are not known", Off::for_long());
                return None;
            }
            Err(SourceError::Connect { .. } | SourceError::Credentials { .. }) => return None,
            Err(e) => {
                windows.failed(self.url(), &e.to_string());
                return None;
            }
        };
        if look.external.reads_elsewhere && !always {
            windows.turn_off(self.url(), "it reads from other servers itself", Off::for_long());
            return None;
        }
        Some(windows.looked(look))
    }

    /// External labels as the source has them now.
    async fn external(&self, limit: Limit) -> Result<External, SourceError> {
        #[derive(Deserialize)]
        struct Body {
            data: Data,
        }
        #[derive(Deserialize)]
        struct Data {
            yaml: String,
        }
        self.bounded("config", CONFIG, Payload::Nothing, limit, async |ask| {
            let mut response = ask.send().await?;
            let body = body::read_start(&mut response, MAX_CONFIG_BYTES).await;
            let config = serde_json::from_slice(&body).map_err(|e| e.to_string());
            let external = config.and_then(|body: Body| External::from_config(&body.data.yaml));
            let asked = ask.asked.clone();
            external.map_err(|message| SourceError::Malformed { asked, message })
        })
        .await
    }

    /// Whether an answer came of the configuration that was assumed.
    async fn sure(&self, key: String, assumed: &Look, data: &SeriesColumns, limit: Limit) -> bool {
        let windows = &self.0.windows;
        let sum = data.labels.iter().fold(0, |sum: u64, l| sum.wrapping_add(l.hash64()));
        let series = (data.len(), sum);
        if assumed.was_told
            && !windows.is_known(&key, series)
            && !self.is_as_assumed(assumed, limit).await
        {
            windows.forget();
            return false;
        }
        windows.remember(key, Selector::Read(series));
        windows.worked(self.url());
        true
    }

    /// Whether the configuration is still what was assumed. Answers that came before somebody began
    /// to look need no look of their own.
    async fn is_as_assumed(&self, assumed: &Look, limit: Limit) -> bool {
        let (windows, arrived) = (&self.0.windows, Instant::now());
        let mut looking = windows.looking.lock().await;
        if looking.is_some_and(|began| began >= arrived) {
            return windows.look().is_some_and(|look| look.external == assumed.external);
        }
        let began = Instant::now();
        let external = self.external(limit).await;
        if external.is_err() {
            windows.failed(self.url(), "its configuration can not be looked at again");
        }
        let is_same = external.ok().as_ref() == Some(&assumed.external);
        *looking = is_same.then_some(began);
        is_same
    }

    /// Whether remote read may answer for a selector now.
    fn may_read(&self, key: &str) -> bool {
        let (windows, config) = (&self.0.windows, &self.0.config);
        match config.remote_read {
            RemoteRead::Never => false,
            _ if !windows.is_open(key) => false,
            RemoteRead::Auto if !config.params.is_empty() => {
                let why = "params may mean something to queries alone";
                windows.turn_off(self.url(), why, Off::for_long());
                false
            }
            _ => true,
        }
    }
}

impl Windows {
    /// Whether nothing is known against it.
    fn is_open(&self, key: &str) -> bool {
        let state = self.state();
        let is_over = |until: Instant| Instant::now() >= until;
        let is_on = match state.off {
            Some(Off::ForLong(until) | Off::Until(until)) => is_over(until),
            None => true,
        };
        is_on
            && match state.selectors.get(key) {
                Some(Selector::Query { until }) => is_over(*until),
                Some(Selector::Read(_)) | None => true,
            }
    }

    fn look(&self) -> Option<Arc<Look>> {
        self.state().external.clone()
    }

    fn looked(&self, look: Look) -> Arc<Look> {
        let look = Arc::new(look);
        self.state().external = Some(Arc::clone(&look));
        look
    }

    /// The configuration is another one.
    fn forget(&self) {
        let mut state = self.state();
        state.external = None;
        state.selectors.clear();
    }

    fn is_known(&self, key: &str, series: Fingerprint) -> bool {
        let state = self.state();
        matches!(state.selectors.get(key), Some(Selector::Read(last)) if *last == series)
    }

    fn remember(&self, key: String, selector: Selector) {
        let mut state = self.state();
        if state.selectors.len() >= MAX_SELECTORS {
            state.selectors.clear();
        }
        state.selectors.insert(key, selector);
    }

    fn worked(&self, url: &str) {
        let mut state = self.state();
        state.failures = 0;
        if !std::mem::replace(&mut state.told, true) {
            tracing::info!(source = url, "windows are asked for by remote read");
        }
    }

    /// A selector is asked for as PromQL for a while.
    fn pause(&self, key: String) {
        self.remember(key, Selector::Query { until: Instant::now() + PAUSE });
    }

    /// Remote read failed; several failures one after the other are not about a selector.
    fn failed(&self, url: &str, why: &str) {
        let mut state = self.state();
        state.failures += 1;
        let n = state.failures;
        drop(state);
        if n >= FAILURES {
            self.turn_off(url, why, Off::Until(Instant::now() + PAUSE));
        } else {
            tracing::debug!(source = url, why, "remote read failed, asking PromQL");
        }
    }

    fn turn_off(&self, url: &str, why: &str, off: Off) {
        let mut state = self.state();
        let was_off = matches!(state.off, Some(Off::ForLong(_)));
        state.failures = 0;
        state.told = false;
        state.off = Some(off);
        drop(state);
        match off {
            _ if was_off => {}
            Off::ForLong(_) => {
                tracing::info!(
                    source = url,
                    why,
                    "windows are asked for as PromQL, not by remote read"
                );
            }
            Off::Until(_) => tracing::warn!(
                source = url,
                why,
                "windows are asked for as PromQL, not by remote read, for ten minutes"
            ),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server says that it will not do this.
fn is_refused(error: &SourceError) -> bool {
    match error {
        SourceError::Status { code, .. } => match code {
            401 | 403 | 408 | 425 | 429 => false,
            300..=499 | 501 | 505 => true,
            _ => false,
        },
        SourceError::Api { error_type, .. } => error_type != "unavailable",
        _ => false,
    }
}
