//! What is served over HTTP: the Prometheus API over a table of samples, evaluated by `engine`, and
//! what the sidecar tells of itself.
//!
//! It stores nothing and speaks no TLS: it answers queries about a table that somebody else fills,
//! in the encodings that Prometheus has (`/api/v1/query` and its siblings), and shows the figures
//! of a ruler that somebody else runs.
//! Start at [`Backing`], then [`api::router`]; for the sidecar at [`web`] and [`Metrics`].
//! [`listen()`] puts routes on a socket.

pub mod api;
mod backing;
mod encode;
mod error;
mod listen;
pub mod metrics;
mod params;
pub mod process;
pub mod web;

pub use backing::{Backing, Traffic};
pub use error::ApiError;
pub use listen::{Serving, listen, serve};
pub use metrics::Metrics;
