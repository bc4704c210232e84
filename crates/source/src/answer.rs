//! An answer, read while it arrives: chunks of a long body go through a bounded channel to a thread
//! that parses them into columns. It holds no more of the body than those chunks.

mod decode;

use std::{
    fmt,
    io::{self, BufReader, Read},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use model::SeriesColumns;
use tokio::sync::mpsc;

use self::decode::Document;
use crate::{
    Asked, SourceError,
    error::{causes, excerpt},
};

/// Bodies up to about this length are parsed when they are complete.
const SMALL_BYTES: usize = 64 << 10;
/// Chunks that may wait for the parser.
const WAITING_CHUNKS: usize = 8;

/// What a source said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The samples. A scalar is one series without labels; a string is none.
    pub data: SeriesColumns,
    /// Of which type the answer is.
    pub kind: AnswerKind,
    /// The server's warnings, and ours about what was left out.
    pub warnings: Vec<String>,
    /// The server's notices that are no warnings.
    pub infos: Vec<String>,
    /// How long the answer was, in bytes after decompression.
    pub bytes: u64,
}

/// The type of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// One number.
    Scalar,
    /// A text.
    String(String),
    /// One sample per series, all of the same time.
    Vector,
    /// Any number of samples per series.
    Matrix,
}

/// The types of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// One number.
    Scalar,
    /// A text.
    String,
    /// One sample per series, all of the same time.
    Vector,
    /// Any number of samples per series.
    Matrix,
}

impl Answer {
    /// Of which type the answer is.
    pub fn result_type(&self) -> ResultType {
        match self.kind {
            AnswerKind::Scalar => ResultType::Scalar,
            AnswerKind::String(_) => ResultType::String,
            AnswerKind::Vector => ResultType::Vector,
            AnswerKind::Matrix => ResultType::Matrix,
        }
    }
}

impl ResultType {
    pub(crate) fn from_api(name: &str) -> Option<Self> {
        let all = [Self::Scalar, Self::String, Self::Vector, Self::Matrix];
        all.into_iter().find(|kind| kind.api_name() == name)
    }

    fn api_name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "vector",
            Self::Matrix => "matrix",
        }
    }
}

impl fmt::Display for ResultType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.api_name())
    }
}

/// Reads the body of a good response; adds the bytes that came to `received`.
pub(crate) async fn read(
    mut response: reqwest::Response,
    max_bytes: u64,
    asked: &Asked,
    received: &AtomicU64,
) -> Result<Answer, SourceError> {
    if let Some(other) = not_json(&response) {
        let body = read_start(&mut response, 4096).await;
        let message = format!("expected JSON, got {other}: {}", excerpt(&body));
        return Err(SourceError::Malformed { asked: asked.clone(), message });
    }
    let mut body = Body { response, bytes: 0, max_bytes, received };
    let (parsed, end) = match body.start().await {
        (start, Some(end)) => (decode::decode(&start[..]), end),
        (start, None) => parse_beside(start, &mut body).await,
    };
    let bytes = body.bytes;
    let malformed = |message| SourceError::Malformed { asked: asked.clone(), message };
    match (parsed, end) {
        (Ok(document), _) => finish(document, bytes, asked),
        (Err(_), End::TooLarge) => {
            Err(SourceError::TooLarge { asked: asked.clone(), limit: max_bytes })
        }
        (Err(_), End::Broken(cause)) => {
            Err(malformed(format!("broke off after {bytes} bytes: {cause}")))
        }
        (Err(message), End::Complete) => Err(malformed(message)),
    }
}

/// The media type where it cannot be JSON. Servers that name none get the benefit of the doubt.
fn not_json(response: &reqwest::Response) -> Option<String> {
    let media_type = response.headers().get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?;
    media_type.starts_with("text/html").then(|| media_type.to_owned())
}

/// The first bytes of a body, or what there is of it.
pub(crate) async fn read_start(response: &mut reqwest::Response, limit: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < limit
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(limit);
    body
}

/// A body on its way.
struct Body<'a> {
    response: reqwest::Response,
    /// How much there was so far.
    bytes: u64,
    max_bytes: u64,
    /// The bytes of all bodies.
    received: &'a AtomicU64,
}

/// How a body ended.
enum End {
    Complete,
    TooLarge,
    Broken(String),
}

impl Body<'_> {
    async fn next(&mut self) -> Result<Bytes, End> {
        match self.response.chunk().await {
            Ok(Some(chunk)) => {
                self.bytes += chunk.len() as u64;
                self.received.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                if self.bytes > self.max_bytes { Err(End::TooLarge) } else { Ok(chunk) }
            }
            Ok(None) => Err(End::Complete),
            Err(e) => Err(End::Broken(causes(&e.without_url()))),
        }
    }

    /// The start of the body, and how it ended if that was all.
    async fn start(&mut self) -> (Vec<u8>, Option<End>) {
        let mut start = Vec::new();
        while start.len() < SMALL_BYTES {
            match self.next().await {
                Ok(chunk) => start.extend_from_slice(&chunk),
                Err(end) => return (start, Some(end)),
            }
        }
        (start, None)
    }

    /// Hands the rest of the body over as it comes.
    async fn pump(&mut self, chunks: mpsc::Sender<Bytes>) -> End {
        loop {
            let chunk = match self.next().await {
                Ok(chunk) => chunk,
                Err(end) => return end,
            };
            if chunks.send(chunk).await.is_err() {
                // The parser has seen enough, and says why.
                return End::Complete;
            }
        }
    }
}

/// Parses a long body on a thread of its own while it arrives.
async fn parse_beside(start: Vec<u8>, body: &mut Body<'_>) -> (Result<Document, String>, End) {
    let (chunks, received) = mpsc::channel(WAITING_CHUNKS);
    let parser = tokio::task::spawn_blocking(move || {
        let chunks = Chunks { received, chunk: start.into() };
        decode::decode(BufReader::with_capacity(1 << 16, chunks))
    });
    let end = body.pump(chunks).await;
    let parsed = parser.await.unwrap_or_else(|e| Err(format!("the parser stopped: {e}")));
    (parsed, end)
}

/// The body as the parser's thread reads it; it ends where the sender goes away.
struct Chunks {
    received: mpsc::Receiver<Bytes>,
    chunk: Bytes,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.received.blocking_recv() {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let n = self.chunk.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.chunk.split_to(n));
        Ok(n)
    }
}

fn finish(document: Document, bytes: u64, asked: &Asked) -> Result<Answer, SourceError> {
    if let Some((error_type, message)) = document.api_error() {
        return Err(SourceError::Api { asked: asked.clone(), error_type, message });
    }
    document
        .into_answer(bytes)
        .map_err(|message| SourceError::Malformed { asked: asked.clone(), message })
}

/// The API error in the body of a refusal, if that is what the body is.
pub(crate) fn api_error(body: &[u8]) -> Option<(String, String)> {
    decode::decode(body).ok()?.api_error()
}
