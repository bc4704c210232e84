//! What a query reports beside its values: Prometheus's annotations.
//!
//! A node keeps raw notices without text; they are worded when somebody reads them.

use std::{fmt, sync::Arc};

use diagnostics::{LineIndex, Span};
use model::number::format_g;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The result is likely not what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

/// A notice about a part of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// Prometheus's text with its prefix, without a position.
    pub message: String,
    /// The part of the expression.
    pub span: Span,
}

impl Notice {
    /// The message with the position in the query: `… (1:5)`.
    pub fn render(&self, query: &str) -> String {
        format!("{} ({})", self.message, LineIndex::new(query).line_col(self.span.start))
    }
}

/// Which part of a node's expression a notice cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cite {
    /// The whole expression.
    Whole,
    /// An argument, from 0; an aggregation's parameter is 0 and its vector 1.
    Arg(u8),
}

/// A notice without text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawNotice {
    pub(crate) cite: Cite,
    pub(crate) kind: NoticeKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoticeKind {
    InvalidQuantile(f64),
    InvalidRatio {
        given: f64,
        capped: f64,
    },
    /// The metric is named only where names stay until the end.
    BadBucketLabel {
        value: Arc<str>,
        metric: Option<Arc<str>>,
    },
    NotCounter {
        metric: Arc<str>,
    },
    ForcedMonotonic(Box<ForcedMonotonic>),
    SortIneffective,
    IncompatibleTypes {
        op: &'static str,
    },
}

/// Buckets that had to be raised, over all steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ForcedMonotonic {
    pub(crate) metric: Option<Arc<str>>,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) diff: f64,
    pub(crate) samples: usize,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl NoticeKind {
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::InvalidQuantile(_)
            | Self::InvalidRatio { .. }
            | Self::BadBucketLabel { .. }
            | Self::SortIneffective => Level::Warning,
            Self::NotCounter { .. } | Self::ForcedMonotonic(_) | Self::IncompatibleTypes { .. } => {
                Level::Info
            }
        }
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.level() {
            Level::Warning => "PromQL warning: ",
            Level::Info => "PromQL info: ",
        };
        f.write_str(prefix)?;
        match self {
            Self::InvalidQuantile(q) => {
                write!(f, "quantile value should be between 0 and 1, got {}", format_g(*q))
            }
            Self::InvalidRatio { given, capped } => write!(
                f,
                "ratio value should be between -1 and 1, got {}, capping to {}",
                format_g(*given),
                format_g(*capped)
            ),
            Self::BadBucketLabel { value, metric } => write!(
                f,
                "bucket label \"le\" is missing or has a malformed value of \"{value}\"{}",
                named(metric.as_deref())
            ),
            Self::NotCounter { metric } => write!(
                f,
                "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{metric}\""
            ),
            Self::ForcedMonotonic(forced) => write!(
                f,
                "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){}, from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
                named(forced.metric.as_deref()),
                format_g(forced.from),
                format_g(forced.to),
                model::number::format_g_precision(forced.diff, 2),
                forced.samples,
                model::Timestamp(forced.first).rfc3339(),
                model::Timestamp(forced.last).rfc3339(),
            ),
            Self::SortIneffective => f.write_str(
                "sort is ineffective for range queries since results are always ordered by labels",
            ),
            Self::IncompatibleTypes { op } => {
                write!(
                    f,
                    "incompatible sample types encountered for binary operator \"{op}\": float {op} float"
                )
            }
        }
    }
}

fn named(metric: Option<&str>) -> String {
    metric.map_or_else(String::new, |name| format!(" for metric name \"{name}\""))
}
