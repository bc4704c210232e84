//! Why a request was not taken, and which status says so.

use std::time::Duration;

use axum::http::StatusCode;

use crate::{Malformed, Written};

/// Why a request, or a part of it, was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// A message that is not understood: 415.
    #[error("{0}")]
    MediaType(String),
    /// A compression that is not understood: 415.
    #[error("`{0}` encoding (compression) is not accepted; accepted are snappy and zstd")]
    Encoding(String),
    /// More bytes than are taken: 413.
    #[error("the request is larger than {limit} bytes; lower `max_samples_per_send`")]
    TooLarge {
        /// In bytes.
        limit: usize,
    },
    /// A body that can't be decompressed: 400.
    #[error("the body can not be decompressed: {0}")]
    Compression(String),
    /// Bytes that are no message: 400.
    #[error("the body is no remote-write message: {0}")]
    Malformed(#[from] Malformed),
    /// Some samples were refused for good, the others were written: 400.
    #[error("{message}")]
    Refused {
        /// What was written all the same.
        written: Written,
        /// The first reasons, and how many there are.
        message: String,
    },
    /// A body that did not come in time: 408.
    #[error("the body did not come within {0:?}")]
    Slow(Duration),
    /// A connection that broke: 400.
    #[error("the body can not be read: {0}")]
    Body(String),
    /// Too much is waiting already: 503, to be sent again.
    #[error("too many samples are waiting to be taken, send again later")]
    Busy,
    /// Nobody takes samples any more: 503, to be sent again.
    #[error("samples are not taken any more: shutting down")]
    Stopped,
}

impl ReceiveError {
    /// The HTTP status. Senders drop what got a 4xx and send again what got a 5xx.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MediaType(_) | Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Compression(_) | Self::Malformed(_) | Self::Refused { .. } | Self::Body(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// After how many seconds to send again.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Busy => Some(1),
            Self::Stopped => Some(5),
            _ => None,
        }
    }
}
