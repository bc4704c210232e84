//! What goes wrong with a request, as Prometheus words and encodes it.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::encode;

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// A parameter that cannot be read: 400.
    #[error("{0}")]
    BadData(String),
    /// A query that cannot be evaluated: 422.
    #[error("{0}")]
    Execution(String),
    /// A query that took longer than it was given: 503.
    #[error("query timed out in expression evaluation")]
    Timeout,
    /// A fault of this server: 500.
    #[error("{0}")]
    Internal(String),
}

impl ApiError {
    /// `invalid parameter "NAME": why`.
    pub(crate) fn parameter(name: &str, why: impl std::fmt::Display) -> Self {
        Self::BadData(format!("invalid parameter \"{name}\": {why}"))
    }

    /// Prometheus's name for this kind of error.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadData(_) => "bad_data",
            Self::Execution(_) => "execution",
            Self::Timeout => "timeout",
            Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadData(_) => StatusCode::BAD_REQUEST,
            Self::Execution(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = encode::failure(self.kind(), &self.to_string());
        (self.status(), [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}
