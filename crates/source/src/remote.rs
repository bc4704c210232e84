//! Remote read: raw samples as protocol buffers, in chunks as the server keeps them.
//!
//! It writes requests (`request`) and makes columns of answers, which are frames of chunks
//! (`chunked`, `frames`, `xor`, `histogram`) or one message of samples (`samples`). An answer is what an instant
//! query of `selector[range]` would give: without stale markers and samples outside of the window,
//! without external labels (`external`). When a source is asked so is decided in `window`.

mod bits;
mod chunked;
mod columns;
mod external;
mod frames;
mod histogram;
mod request;
mod samples;
#[cfg(test)]
mod tests;
mod xor;

use std::io::Read;

use model::SeriesColumns;
use reqwest::{Response, header::CONTENT_TYPE};

use self::{columns::Columns, frames::Frames};
pub(crate) use self::{
    external::{External, Part},
    request::encode,
};
use crate::body::Decode;

/// Why an answer can not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// It is none, or is damaged: what and where.
    #[error("{0}")]
    Malformed(String),
    /// It, or what it says, takes more room than allowed.
    #[error("it takes more room than allowed")]
    TooLarge,
    /// It does not tell what an instant query would: why.
    #[error("{0}")]
    Doubtful(String),
    /// It came of other external labels than assumed: which.
    #[error("{0}")]
    Changed(String),
}

impl From<String> for Unusable {
    fn from(message: String) -> Self {
        Self::Malformed(message)
    }
}

impl From<wire::Malformed> for Unusable {
    fn from(e: wire::Malformed) -> Self {
        Self::Malformed(e.to_string())
    }
}

/// What is needed to read an answer.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The queries of the request.
    pub(crate) parts: Vec<Part>,
    /// The window, left-open and right-closed, in milliseconds.
    pub(crate) window: (i64, i64),
    /// How many bytes a message, or all samples, may take.
    pub(crate) max_bytes: u64,
    /// In which form it comes.
    pub(crate) form: Form,
}

/// The forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Frames with chunks as the server keeps them.
    Chunks,
    /// One message with samples.
    Samples,
}

impl Decode for Reading {
    type Decoded = SeriesColumns;
    type Error = Unusable;

    fn decode(self, mut body: impl Read) -> Result<SeriesColumns, Unusable> {
        let (form, max_bytes) = (self.form, self.max_bytes);
        let mut columns = Columns::new(self);
        match form {
            Form::Chunks => {
                let mut frames = Frames::new(body, max_bytes);
                while let Some(message) = frames.next()? {
                    match chunked::read(message, &mut columns) {
                        Err(Unusable::Malformed(e)) => return Err(frames.wrong_message(&e)),
                        read => read?,
                    }
                }
            }
            Form::Samples => {
                let mut block = Vec::new();
                let read = body.read_to_end(&mut block);
                read.map_err(|e| format!("the body can not be read: {e}"))?;
                samples::read(&block, max_bytes, &mut columns)?;
            }
        }
        columns.finish()
    }
}

/// The form of an answer by its media type; the error is what it is instead.
pub(crate) fn form(response: &Response) -> Result<Form, String> {
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(|| "no content type".to_owned())?;
    match header.split(';').next().unwrap_or("").trim() {
        "application/x-streamed-protobuf" => Ok(Form::Chunks),
        "application/x-protobuf" => Ok(Form::Samples),
        _ => Err(header.to_owned()),
    }
}
