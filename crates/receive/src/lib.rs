//! Samples that come by Prometheus remote write, 1.0 and 2.0.
//!
//! A request is decompressed, scanned over its bytes and resolved to dense numbers of series here,
//! on the tasks that serve requests; whoever owns the samples takes finished [`Batch`]es from the
//! [`Inbox`] and says what became of them. It keeps no samples and knows no rules: which series are
//! wanted a closure says. A series' labels are decoded when it is met first; afterwards a hash of
//! their bytes tells it (`dictionary`).
//!
//! Start at [`channel`], then [`Receiver::receive`]; [`router`] puts it behind HTTP.

mod content;
mod dictionary;
mod error;
mod message;
mod queue;
mod receiver;
mod route;
mod samples;
mod stats;
mod v1;
mod v2;

pub use content::{Encoding, Message};
pub use error::ReceiveError;
pub use queue::{Batch, Inbox, News, Outcome, Refusal, Refused, Sample, Taken};
pub use receiver::{Limits, Receiver, Written, channel};
pub use route::router;
pub use samples::Samples;
pub use stats::Stats;
pub use wire::Malformed;

/// A dense number for a wanted series; reused long after the series is gone.
pub type Handle = u32;
