//! The client: queries in, answers out.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use reqwest::{Method, Response, header::LOCATION};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{
    Answer, Asked, ResultType, SourceConfig, SourceError, answer, body,
    config::shown,
    error::{causes, excerpt},
    request::Target,
    retry,
    transport::Transport,
    window::Windows,
};

/// How much of a refusal's body is looked at.
const REFUSAL_BYTES: usize = 64 << 10;

/// Asks one source; clones share connections.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: SourceConfig,
    target: Target,
    /// The URL for messages.
    shown: String,
    transport: Transport,
    /// Whether the server refused POST.
    get_only: AtomicBool,
    pub(crate) counts: Counts,
    pub(crate) windows: Windows,
}

#[derive(Default)]
pub(crate) struct Counts {
    requests: AtomicU64,
    failures: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

/// What was asked of a source and what came of it, by a client and its clones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests that were sent, repeated ones too.
    pub requests: u64,
    /// Queries and the like that were given up without a good answer.
    pub failures: u64,
    /// Bytes of answers, after decompression.
    pub bytes: u64,
}

/// What is needed to send a request of another kind to the same server.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// With the certificates as they are now.
    pub client: reqwest::Client,
    /// The whole address, without credentials.
    pub url: url::Url,
    /// With the credentials as they are now.
    pub headers: reqwest::header::HeaderMap,
}

/// What a server says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct BuildInfo {
    /// Its version, `3.14.0`.
    #[serde(default)]
    pub version: String,
    /// The commit it was built from.
    #[serde(default)]
    pub revision: String,
}

/// A request that can be sent several times.
pub(crate) struct Ask<'a> {
    pub(crate) asked: Asked,
    path: &'static str,
    payload: Payload,
    deadline: Instant,
    inner: &'a Inner,
}

/// What a request carries.
#[derive(Clone)]
pub(crate) enum Payload {
    /// Nothing: it is sent by GET.
    Nothing,
    /// The parameters of a query.
    Query(Vec<(&'static str, String)>),
    /// A request of remote read, compressed.
    ReadRequest(Bytes),
}

/// How long something may take.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    deadline: Instant,
    after: Duration,
}

impl Limit {
    /// From now on.
    pub(crate) fn new(after: Duration) -> Self {
        Self { deadline: Instant::now() + after, after }
    }
}

/// A failed attempt; `again` is whether and after which pause to repeat it.
struct Failure {
    error: SourceError,
    again: Again,
}

enum Again {
    Never,
    Soon,
    After(Duration),
}

impl Client {
    /// A client for a source. It connects when it is asked for something.
    pub fn new(config: SourceConfig) -> Result<Self, SourceError> {
        config.check().map_err(SourceError::Config)?;
        let target = Target::new(&config).map_err(SourceError::Config)?;
        let shown = shown(target.base());
        let transport = Transport::new();
        let get_only = AtomicBool::new(false);
        let counts = Counts::default();
        let windows = Windows::default();
        Ok(Self(Arc::new(Inner { config, target, shown, transport, get_only, counts, windows })))
    }

    /// The source's URL for messages, without credentials.
    pub fn url(&self) -> &str {
        &self.0.shown
    }

    /// What was asked so far, and what came of it.
    pub fn traffic(&self) -> Traffic {
        let Counts { requests, failures, bytes } = &self.0.counts;
        let [requests, failures, bytes] =
            [requests, failures, bytes].map(|count| count.load(Ordering::Relaxed));
        Traffic { requests, failures, bytes }
    }

    /// Client, address and headers for a request that is not a query, such as one to an
    /// Alertmanager. The error names the file or variable that can not be read.
    pub async fn prepare(&self, path: &str) -> Result<Prepared, String> {
        let Inner { config, target, transport, .. } = &*self.0;
        let client = transport.client(config, target.base()).await?;
        let (url, headers) = target.parts(path, config).await?;
        Ok(Prepared { client, url, headers })
    }

    /// An instant query at a time in milliseconds.
    pub async fn query(&self, expr: &str, t_ms: i64) -> Result<Answer, SourceError> {
        self.ask(expr, "/api/v1/query", vec![("time", seconds(t_ms))]).await
    }

    /// An instant query whose answer must be of a certain type.
    pub async fn query_type(
        &self,
        expr: &str,
        t_ms: i64,
        expected: ResultType,
    ) -> Result<Answer, SourceError> {
        self.of_type(self.query(expr, t_ms).await?, expected, expr)
    }

    /// A range query from `start` to `end`, both included, in milliseconds; the answer is a matrix.
    pub async fn query_range(
        &self,
        expr: &str,
        start: i64,
        end: i64,
        step_ms: i64,
    ) -> Result<Answer, SourceError> {
        let times = [("start", start), ("end", end), ("step", step_ms)];
        let params = times.map(|(name, ms)| (name, seconds(ms))).to_vec();
        let answer = self.ask(expr, "/api/v1/query_range", params).await?;
        self.of_type(answer, ResultType::Matrix, expr)
    }

    /// What the server says about itself. It also opens a connection for the queries to come.
    pub async fn buildinfo(&self) -> Result<BuildInfo, SourceError> {
        #[derive(Deserialize)]
        struct Body {
            data: BuildInfo,
        }
        let path = "/api/v1/status/buildinfo";
        self.bounded("buildinfo", path, Payload::Nothing, self.limit(), async |ask| {
            let mut response = ask.send().await?;
            let body = body::read_start(&mut response, REFUSAL_BYTES).await;
            let malformed = |e: serde_json::Error| SourceError::Malformed {
                asked: ask.asked.clone(),
                message: format!("{e}: {}", excerpt(&body)),
            };
            serde_json::from_slice(&body).map(|body: Body| body.data).map_err(malformed)
        })
        .await
    }

    async fn ask(
        &self,
        expr: &str,
        path: &'static str,
        times: Vec<(&'static str, String)>,
    ) -> Result<Answer, SourceError> {
        let params = Payload::Query([vec![("query", expr.to_owned())], times].concat());
        self.bounded(expr, path, params, self.limit(), async |ask| {
            let response = ask.send().await?;
            answer::read(response, self.0.config.max_bytes, &ask.asked, &self.0.counts.bytes).await
        })
        .await
    }

    fn limit(&self) -> Limit {
        Limit::new(self.0.config.timeout)
    }

    pub(crate) async fn bounded<T>(
        &self,
        what: &str,
        path: &'static str,
        payload: Payload,
        Limit { deadline, after }: Limit,
        work: impl AsyncFnOnce(&Ask<'_>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let inner = &*self.0;
        let asked = Asked::new(what, &inner.shown);
        let ask = Ask { asked, path, payload, deadline, inner };
        let done = match tokio::time::timeout_at(deadline, work(&ask)).await {
            Ok(done) => done,
            Err(_) => Err(SourceError::Timeout { asked: ask.asked, after }),
        };
        inner.counts.failures.fetch_add(u64::from(done.is_err()), Ordering::Relaxed);
        done
    }

    fn of_type(
        &self,
        answer: Answer,
        expected: ResultType,
        expr: &str,
    ) -> Result<Answer, SourceError> {
        let got = answer.result_type();
        if got == expected {
            return Ok(answer);
        }
        Err(SourceError::WrongType { asked: Asked::new(expr, &self.0.shown), expected, got })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.0.shown)
    }
}

impl Ask<'_> {
    /// Sends until there is a good response, within the bounds of the configuration.
    pub(crate) async fn send(&self) -> Result<Response, SourceError> {
        let retries = &self.inner.config.retries;
        // What is not read remotely is asked as a query, which is repeated.
        let is_read = matches!(self.payload, Payload::ReadRequest(_));
        let attempts = if is_read { 1 } else { retries.max_attempts };
        let mut attempt = 1;
        loop {
            let Failure { error, again } = match self.attempt().await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let pause = match again {
                Again::Soon => retry::pause(retries, attempt),
                Again::After(pause) => pause,
                Again::Never => return Err(error),
            };
            if attempt >= attempts || Instant::now() + pause >= self.deadline {
                return Err(error);
            }
            tracing::debug!(%error, attempt, ?pause, "query failed, trying again");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self) -> Result<Response, Failure> {
        let is_query = matches!(self.payload, Payload::Query(_));
        let post = match self.payload {
            Payload::Nothing => false,
            Payload::Query(_) => !self.inner.get_only.load(Ordering::Relaxed),
            Payload::ReadRequest(_) => true,
        };
        let response = self.send_once(if post { Method::POST } else { Method::GET }).await?;
        if post && is_query && matches!(response.status().as_u16(), 405 | 501) {
            self.inner.get_only.store(true, Ordering::Relaxed);
            return self.judged(self.send_once(Method::GET).await?).await;
        }
        self.judged(response).await
    }

    async fn send_once(&self, method: Method) -> Result<Response, Failure> {
        let Inner { config, target, transport, .. } = self.inner;
        let credentials = |message| Failure {
            error: SourceError::Credentials { asked: self.asked.clone(), message },
            again: Again::Never,
        };
        let client = transport.client(config, target.base()).await.map_err(credentials)?;
        let request = match &self.payload {
            Payload::Nothing => target.request(&client, method, self.path, &[], config).await,
            Payload::Query(params) => {
                // The server gives up when we do.
                let left = self.deadline.saturating_duration_since(Instant::now());
                let timeout = ("timeout", format!("{}ms", left.as_millis().max(1)));
                let params = [&params[..], &[timeout]].concat();
                target.request(&client, method, self.path, &params, config).await
            }
            Payload::ReadRequest(body) => {
                target.read_request(&client, self.path, body.clone(), config).await
            }
        };
        self.inner.counts.requests.fetch_add(1, Ordering::Relaxed);
        let sent = request.map_err(credentials)?.send().await;
        sent.map_err(|e| {
            let (cause, asked) = (e.without_url(), self.asked.clone());
            // A certificate that is not trusted now will not be in a second.
            let message = causes(&cause);
            let hopeless = cause.is_builder() || message.contains("certificate");
            Failure {
                again: if hopeless { Again::Never } else { Again::Soon },
                error: SourceError::Connect { asked, message, cause: Box::new(cause) },
            }
        })
    }

    /// The response where it is good, else why not.
    async fn judged(&self, mut response: Response) -> Result<Response, Failure> {
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let asked = self.asked.clone();
        if let Some(excerpt) = redirection(&response) {
            let error = SourceError::Status { asked, code, excerpt };
            return Err(Failure { error, again: Again::Never });
        }
        let after = retry::retry_after(&response);
        let body = body::read_start(&mut response, REFUSAL_BYTES).await;
        let (error, is_final) = match answer::api_error(&body) {
            Some((error_type, message)) => {
                let is_final = retry::is_final(&error_type);
                (SourceError::Api { asked, error_type, message }, is_final)
            }
            None => (SourceError::Status { asked, code, excerpt: excerpt(&body) }, false),
        };
        let again = match after {
            _ if is_final || !retry::is_transient(code) => Again::Never,
            Some(pause) => Again::After(pause),
            None => Again::Soon,
        };
        Err(Failure { error, again })
    }
}

/// Where a response leads, if it leads elsewhere.
fn redirection(response: &Response) -> Option<String> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
    let to = response.url().join(location?.to_str().ok()?).ok()?;
    Some(format!("it redirects to {}, which is not followed; change the url", shown(&to)))
}

/// Milliseconds as seconds with three decimals.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds() {
        let check = |ms, expect: &str| assert_eq!(seconds(ms), expect);
        check(1_435_781_451_781, "1435781451.781");
        check(15_000, "15.000");
        check(-1, "-0.001");
        check(-61_500, "-61.500");
    }
}
