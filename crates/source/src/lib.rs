//! Fetches samples from any server that speaks the Prometheus HTTP API.
//!
//! It asks, retries within bounds, and parses answers into columns while they arrive; raw samples it
//! reads by remote read where the server has it (`window`). It does not
//! evaluate, keeps no samples and decides nothing about a failed query: that is the ruler's.
//! Start at [`Client`] and [`SourceConfig`]; `answer/decode.rs` reads the JSON.

mod answer;
mod body;
mod client;
mod config;
mod error;
mod remote;
mod request;
mod retry;
mod transport;
mod window;

pub use answer::{Answer, AnswerKind, ResultType};
pub use client::{BuildInfo, Client, Prepared, Traffic};
pub use config::{
    Authorization, BasicAuth, Endpoint, HeaderValues, RemoteRead, RetryConfig, Secret,
    SourceConfig, TlsConfig,
};
pub use error::{Asked, SourceError};
