//! An answer, and how one in JSON becomes one: parsed into columns while it arrives.

mod decode;

use std::{fmt, io::Read, sync::atomic::AtomicU64};

use model::SeriesColumns;

use self::decode::Document;
use crate::{
    Asked, SourceError,
    body::{self, Arrived, Decode, End},
    error::excerpt,
};

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
    /// How long the answer was, in bytes after decompression of what the transport compressed.
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
        let body = body::read_start(&mut response, 4096).await;
        let message = format!("expected JSON, got {other}: {}", excerpt(&body));
        return Err(SourceError::Malformed { asked: asked.clone(), message });
    }
    let Arrived { made, end, bytes } = body::read(response, Json, max_bytes, received).await;
    let malformed = |message| SourceError::Malformed { asked: asked.clone(), message };
    match (made, end) {
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

/// Reads JSON. A document tells where it ends, so that one that is complete counts however the body
/// ends.
struct Json;

impl Decode for Json {
    type Decoded = Document;
    type Error = String;

    fn decode(self, body: impl Read) -> Result<Document, String> {
        decode::decode(body)
    }
}

/// The media type where it cannot be JSON. Servers that name none get the benefit of the doubt.
fn not_json(response: &reqwest::Response) -> Option<String> {
    let media_type = response.headers().get(reqwest::header::CONTENT_TYPE)?.to_str().ok()?;
    media_type.starts_with("text/html").then(|| media_type.to_owned())
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
