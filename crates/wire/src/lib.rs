//! Prometheus's protocol buffers, read over the bytes: what remote write and remote read share.
//!
//! It knows the messages that both are made of (labels, samples, native histograms) and the fields
//! that any message is made of; requests and answers themselves are `receive`'s and `source`'s.
//! Any input gives values or an error, never a panic. Start at [`Fields`].

mod fields;
mod histogram;
mod series;

pub use fields::{Fields, Malformed, Value, doubles, varints, zigzag};
pub use histogram::{Decoded, decode as histogram, indices, time as histogram_time};
pub use series::{Float, float, label};
