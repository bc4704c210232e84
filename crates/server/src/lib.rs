//! The Prometheus HTTP API over a table of samples, evaluated by `engine`.
//!
//! It stores nothing and speaks no TLS: it answers queries about a table that somebody else fills,
//! in the encodings that Prometheus has (`/api/v1/query` and its siblings).
//! Start at [`Backing`], then [`api::router`]; [`serve`] puts it on a socket.

pub mod api;
mod backing;
mod encode;
mod error;
mod listen;
mod params;

pub use backing::{Backing, Traffic};
pub use error::ApiError;
pub use listen::{Serving, serve};
