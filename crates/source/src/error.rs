//! Why a query failed, in words that name the query and the server and hide credentials.

use std::{error::Error, fmt, time::Duration};

use crate::ResultType;

/// How much of a query a message shows, in characters.
const SHOWN_QUERY: usize = 120;
/// How much of an answer a message shows, in characters.
const SHOWN_BODY: usize = 300;

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The configuration cannot work.
    #[error("source: {0}")]
    Config(String),
    /// A secret or a certificate cannot be read at the moment.
    #[error("{asked}: {message}")]
    Credentials {
        /// What was asked.
        asked: Asked,
        /// Which file or variable, and why.
        message: String,
    },
    /// The server was not reached, or the connection broke before it answered.
    #[error("{asked}: cannot reach the server: {message}")]
    Connect {
        /// What was asked.
        asked: Asked,
        /// The chain of causes.
        message: String,
        /// The client library's error.
        #[source]
        cause: Box<reqwest::Error>,
    },
    /// The answer was not complete in time.
    #[error("{asked}: no complete answer within {after:?}")]
    Timeout {
        /// What was asked.
        asked: Asked,
        /// The time limit.
        after: Duration,
    },
    /// The server refused, other than by an API error.
    #[error("{asked}: the server answered {code}{}", excerpt_text(.excerpt))]
    Status {
        /// What was asked.
        asked: Asked,
        /// The HTTP status.
        code: u16,
        /// The start of its body.
        excerpt: String,
    },
    /// The server understood the request and reports an error.
    #[error("{asked}: {error_type}: {message}")]
    Api {
        /// What was asked.
        asked: Asked,
        /// Prometheus's `errorType`: `bad_data`, `execution`, `timeout` …
        error_type: String,
        /// Its `error`.
        message: String,
    },
    /// The answer is not what the API promises, or it broke off.
    #[error("{asked}: malformed answer: {message}")]
    Malformed {
        /// What was asked.
        asked: Asked,
        /// What is wrong and where.
        message: String,
    },
    /// The answer is longer than allowed.
    #[error("{asked}: the answer is longer than max_bytes ({limit}); ask for less or raise it")]
    TooLarge {
        /// What was asked.
        asked: Asked,
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer is of another type than the caller can use.
    #[error("{asked}: expected a {expected}, got a {got}")]
    WrongType {
        /// What was asked.
        asked: Asked,
        /// What the caller can use.
        expected: ResultType,
        /// What came.
        got: ResultType,
    },
}

/// What was asked, and where: the query on one line and shortened, the URL without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The query.
    pub query: String,
    /// The server's URL.
    pub url: String,
}

impl Asked {
    pub(crate) fn new(query: &str, url: &str) -> Self {
        Self { query: shortened(query, SHOWN_QUERY), url: url.to_owned() }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query `{}` at {}", self.query, self.url)
    }
}

impl SourceError {
    /// What was asked; none where it was not about a query.
    pub fn asked(&self) -> Option<&Asked> {
        match self {
            Self::Config(_) => None,
            Self::Credentials { asked, .. }
            | Self::Connect { asked, .. }
            | Self::Timeout { asked, .. }
            | Self::Status { asked, .. }
            | Self::Api { asked, .. }
            | Self::Malformed { asked, .. }
            | Self::TooLarge { asked, .. }
            | Self::WrongType { asked, .. } => Some(asked),
        }
    }

    /// A word for metrics and events: `connect`, `timeout`, `status` …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::Credentials { .. } => "credentials",
            Self::Connect { .. } => "connect",
            Self::Timeout { .. } => "timeout",
            Self::Status { .. } => "status",
            Self::Api { .. } => "api",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too_large",
            Self::WrongType { .. } => "wrong_type",
        }
    }
}

/// The start of an answer's body for a message.
pub(crate) fn excerpt(body: &[u8]) -> String {
    shortened(&String::from_utf8_lossy(body), SHOWN_BODY)
}

fn excerpt_text(excerpt: &str) -> String {
    if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") }
}

/// A text on one line, without control characters, of at most `limit` characters.
fn shortened(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut n = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        for c in (n > 0).then_some(' ').into_iter().chain(word.chars()) {
            if n == limit {
                out.pop();
                out.push('…');
                return out;
            }
            out.push(c);
            n += 1;
        }
    }
    out
}

/// The messages of an error and its causes, each once, without URLs.
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        parts.push(cause.to_string());
        next = cause.source();
    }
    parts.dedup();
    // The first says only that sending failed.
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_short_and_on_one_line() {
        let query = format!("sum by (a) (\n    rate(x[5m])\n) + {}", "é".repeat(500));
        let asked = Asked::new(&query, "http://host/");
        assert!(asked.to_string().starts_with("query `sum by (a) ( rate(x[5m]) ) + éé"));
        assert_eq!(asked.query.chars().count(), 120);
        let error =
            SourceError::Status { asked, code: 502, excerpt: excerpt(b"<h1>\n\tno\x07</h1>") };
        assert!(
            error
                .to_string()
                .ends_with("…` at http://host/: the server answered 502: <h1> no </h1>")
        );
        assert_eq!(excerpt(&[b'x'; 1000]).chars().count(), 300);
    }
}
