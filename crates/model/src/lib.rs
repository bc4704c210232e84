//! The words every other crate speaks: label sets, matchers, timestamps, durations, numbers.
//!
//! It holds no samples (see `store`), no syntax (see `promql`) and knows no wire format.
//! Start at [`Labels`], then [`Matcher`].
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod duration;
pub mod float;
pub mod histogram;
pub mod labels;
pub mod matcher;
pub mod number;
pub mod quote;
pub mod regex;
pub mod sample;
mod unicode;

pub use histogram::FloatHistogram;
pub use labels::{Fingerprint, Labels, LabelsBuilder};
pub use matcher::{MatchOp, Matcher};
pub use regex::{Regex, RegexError};
pub use sample::{STALE_NAN_BITS, SampleValue, SeriesColumns, Timestamp, is_stale, stale_nan};

/// The label that holds a metric's name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds an alert's name.
pub const ALERT_NAME: &str = "alertname";
/// The label that holds the upper bound of a classic histogram's bucket.
pub const BUCKET_LABEL: &str = "le";
