//! Asks a source, many questions at once but not too many, the dearest first.
//!
//! What to ask and what becomes of the answers is in `gather`.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use engine::{BatchId, FragmentId, Regroup, Steps};
use futures_util::{StreamExt, stream};
use model::Matcher;
use promql::{ExprKind, ast::TimeModifiers};
use source::{Answer, Client, ResultType, SourceError};

use crate::tick::{Answers, Found, Question};

/// Something that answers PromQL.
pub trait Source: Send + Sync + 'static {
    /// Why it did not answer.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The value of an expression at a time in milliseconds.
    fn query(
        &self,
        expr: &str,
        t_ms: i64,
    ) -> impl Future<Output = Result<Answer, Self::Error>> + Send;

    /// The values of an expression from `start_ms` to `end_ms` inclusive, `step_ms` apart.
    fn query_range(
        &self,
        expr: &str,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
    ) -> impl Future<Output = Result<Answer, Self::Error>> + Send;

    /// The raw samples in `(lo, hi]`, in milliseconds, of what `matchers` select: what `query`, a
    /// selector with a range, gives at `hi`.
    fn query_window(
        &self,
        query: &str,
        _matchers: &[Matcher],
        (_lo, hi): (i64, i64),
    ) -> impl Future<Output = Result<Answer, Self::Error>> + Send {
        self.query(query, hi)
    }

    /// Whether the source answered, and refused just this question: it may accept others.
    fn is_refusal(_: &Self::Error) -> bool {
        false
    }
}

/// How many questions at once, and how long to wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Questions under way at the same time.
    pub concurrency: usize,
    /// How long one may take, whatever the source's own limit is.
    pub timeout: Duration,
}

/// A question for the data of a fragment, or of several at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The fragments that the answer serves, one at least.
    pub serves: Arc<[FragmentId]>,
    /// What they have in common, where they are several.
    pub batch: Option<BatchId>,
    /// The questions whose place it takes, where there are some.
    pub parts: Option<Arc<[Part]>>,
    /// What is asked, as PromQL.
    pub query: Arc<str>,
    /// In which form, and for when.
    pub ask: Ask,
}

/// A question that is not asked, because the answer to a finer one holds its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The fragments that it serves.
    pub serves: Arc<[FragmentId]>,
    /// What they have in common, where they are several.
    pub batch: Option<BatchId>,
    /// What would be asked, as PromQL.
    pub query: Arc<str>,
    /// How its rows come of the answer's.
    pub regroup: Regroup,
}

/// The form of a question. Times are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Values at one time.
    Instant(i64),
    /// Values at many times.
    Grid(Steps),
    /// Raw samples in `(lo, hi]`.
    Window {
        /// Exclusive.
        lo: i64,
        /// Inclusive.
        hi: i64,
    },
}

/// A question with its answer.
#[derive(Debug)]
pub struct Fetched {
    /// What was asked.
    pub request: Request,
    /// What came of it.
    pub result: Result<Answer, FetchError>,
    /// How long that took.
    pub took: Duration,
}

/// A question without an answer. Display names the query and says what the source said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchError {
    /// The query as it was sent.
    pub query: String,
    /// What went wrong.
    pub message: String,
    /// Whether the source answered, and refused just this question.
    pub is_refusal: bool,
}

impl Source for Client {
    type Error = SourceError;

    async fn query(&self, expr: &str, t_ms: i64) -> Result<Answer, SourceError> {
        Client::query(self, expr, t_ms).await
    }

    async fn query_range(
        &self,
        expr: &str,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
    ) -> Result<Answer, SourceError> {
        Client::query_range(self, expr, start_ms, end_ms, step_ms).await
    }

    async fn query_window(
        &self,
        query: &str,
        matchers: &[Matcher],
        window: (i64, i64),
    ) -> Result<Answer, SourceError> {
        Client::query_window(self, query, matchers, window).await
    }

    fn is_refusal(error: &SourceError) -> bool {
        match error {
            SourceError::Api { error_type, .. } => error_type != "unavailable",
            // The request, its address or its answer is too long.
            SourceError::Status { code, .. } => matches!(code, 400 | 413 | 414 | 422),
            SourceError::TooLarge { .. } => true,
            _ => false,
        }
    }
}

impl Limits {
    /// Eight questions at once, ten seconds each.
    pub const DEFAULT: Self = Self { concurrency: 8, timeout: Duration::from_secs(10) };
}

/// Asks all questions; answers come in the order of the questions.
pub async fn perform<S: Source>(
    source: &S,
    requests: Vec<Request>,
    limits: Limits,
) -> Vec<Fetched> {
    let asked = stream::iter(requests).map(|request| one(source, request, limits.timeout));
    asked.buffered(limits.concurrency.max(1)).collect().await
}

/// Asks one question.
pub async fn one<S: Source>(source: &S, request: Request, timeout: Duration) -> Fetched {
    let started = tokio::time::Instant::now();
    let result = ask(source, &request, timeout).await;
    Fetched { request, result, took: started.elapsed() }
}

/// Asks questions that are no fragments, one after the other.
pub async fn ask_all<S: Source>(
    source: &S,
    questions: Vec<Question>,
    timeout: Duration,
) -> Answers {
    let mut answers = Answers::new();
    for question in questions {
        let answer = bounded::<S>(source.query(&question.query, question.t_ms), timeout).await;
        let answer = answer
            .map(|answer| newest(&answer))
            .map_err(|e| FetchError { query: question.query.clone(), ..e }.to_string());
        answers.insert(question, answer);
    }
    answers
}

/// The newest sample of each series.
fn newest(answer: &Answer) -> Vec<Found> {
    let series = answer.data.iter().enumerate().filter_map(|(i, (labels, ts, values))| {
        let float = ts.last().zip(values.last()).map(|(t, value)| (*t, (*value).into()));
        let histogram = answer.data.histograms_of(i).last().map(|(t, h)| (*t, h.clone().into()));
        let newest = [float, histogram].into_iter().flatten().max_by_key(|(t, _)| *t);
        newest.map(|(t_ms, value)| Found { labels: labels.clone(), t_ms, value })
    });
    series.collect()
}

async fn ask<S: Source>(
    source: &S,
    request: &Request,
    timeout: Duration,
) -> Result<Answer, FetchError> {
    let query = request.text();
    let answer = match request.ask {
        Ask::Instant(t) => bounded::<S>(source.query(&query, t), timeout).await,
        Ask::Window { lo, hi } => match matchers(&request.query) {
            Some(matchers) => {
                let asked = source.query_window(&query, &matchers, (lo, hi));
                // Where another way was tried before, the query has all of its time.
                bounded::<S>(asked, timeout + timeout / 2).await
            }
            None => bounded::<S>(source.query(&query, hi), timeout).await,
        },
        Ask::Grid(steps) => {
            let asked = source.query_range(&query, steps.start, steps.end(), steps.step.max(1));
            bounded::<S>(asked, timeout).await
        }
    };
    let expected = request.expected();
    let checked = answer.and_then(|answer| match answer.result_type() {
        got if got == expected => Ok(answer),
        got => Err(FetchError::new(format!("expected a {expected}, got a {got}"), false)),
    });
    checked.map_err(|e| FetchError { query, ..e })
}

/// The matchers of a bare selector: nothing else is one of its windows.
fn matchers(query: &str) -> Option<Vec<Matcher>> {
    let expr = promql::parse_expr(query, &promql::ParseOptions::default()).ok()?;
    match expr.kind {
        ExprKind::Selector(selector)
            if selector.time == TimeModifiers::default() && selector.extended.is_none() =>
        {
            Some(selector.matchers)
        }
        _ => None,
    }
}

/// The answer, or an error that does not name the query yet.
async fn bounded<S: Source>(
    answer: impl Future<Output = Result<Answer, S::Error>>,
    timeout: Duration,
) -> Result<Answer, FetchError> {
    match tokio::time::timeout(timeout, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(e)) => Err(FetchError::new(chain(&e), S::is_refusal(&e))),
        Err(_) => Err(FetchError::new(format!("no answer within {timeout:?}"), false)),
    }
}

/// An error with its causes; a cause that the text before it already tells is left out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

impl FetchError {
    fn new(message: String, is_refusal: bool) -> Self {
        Self { query: String::new(), message, is_refusal }
    }
}

impl Request {
    /// A question for one fragment.
    pub(crate) fn alone(fragment: FragmentId, query: &Arc<str>, ask: Ask) -> Self {
        let (serves, query) = (Arc::new([fragment]), Arc::clone(query));
        Self { serves, batch: None, parts: None, query, ask }
    }

    /// The query as it is sent.
    pub fn text(&self) -> String {
        match self.ask {
            Ask::Instant(_) | Ask::Grid(_) => self.query.to_string(),
            Ask::Window { lo, hi } => {
                format!("{}[{}]", self.query, model::duration::format(hi - lo))
            }
        }
    }

    fn expected(&self) -> ResultType {
        match self.ask {
            Ask::Instant(_) => ResultType::Vector,
            Ask::Grid(_) | Ask::Window { .. } => ResultType::Matrix,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.contains("query `") {
            // The source's own errors name the query already, and the server.
            return f.write_str(&self.message);
        }
        write!(f, "query `{}`: {}", self.query, self.message)
    }
}

impl std::error::Error for FetchError {}
