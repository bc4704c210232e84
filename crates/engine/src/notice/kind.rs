//! Every kind of notice, and its words: those of prometheus `util/annotations`.

use std::{fmt, sync::Arc};

use model::{
    number::{format_g, format_g_precision},
    quote::quote,
};

use super::Level;

/// What happened. A metric is named in notices of `histogram_*` only where names stay until the end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NoticeKind {
    InvalidQuantile(f64),
    InvalidRatio {
        given: f64,
        capped: f64,
    },
    BadBucketLabel {
        value: Arc<str>,
        metric: Option<Arc<str>>,
    },
    /// Floats and histograms in one window.
    MixedWindow {
        metric: Arc<str>,
    },
    /// Floats and histograms in one group.
    MixedAggregation,
    MixedClassicNative {
        metric: Option<Arc<str>>,
    },
    HistogramNotCounter {
        metric: Arc<str>,
    },
    HistogramNotGauge {
        metric: Arc<str>,
    },
    /// Exponential and custom buckets; no metric for aggregations.
    MixedSchemas {
        metric: Arc<str>,
    },
    IncompatibleBuckets {
        op: &'static str,
    },
    SortIneffective,
    ResetCollision(HistogramOperation),
    StartOverlap {
        metric: Arc<str>,
        count: usize,
    },
    NotCounter {
        metric: Arc<str>,
    },
    /// The label `__type__` says that it is no counter.
    NotCounterType {
        metric: Arc<str>,
        type_label: Arc<str>,
    },
    ForcedMonotonic(Box<ForcedMonotonic>),
    IncompatibleTypes {
        op: &'static str,
        lhs: Kind,
        rhs: Kind,
    },
    IgnoredInAggregation {
        aggregation: &'static str,
    },
    IgnoredInWindow {
        metric: Arc<str>,
    },
    NanQuantileResult {
        metric: Option<Arc<str>>,
    },
    NanQuantileSkew {
        metric: Option<Arc<str>>,
    },
    NanFraction {
        metric: Option<Arc<str>>,
    },
    Reconciled(HistogramOperation),
}

/// The kinds of operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Float,
    Histogram,
}

/// What was done to histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HistogramOperation {
    Addition,
    Subtraction,
    Aggregation,
}

/// Buckets that had to be raised, over all steps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ForcedMonotonic {
    pub(crate) metric: Option<Arc<str>>,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) diff: f64,
    pub(crate) samples: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl ForcedMonotonic {
    /// Adds what was mended of the same metric elsewhere.
    pub(crate) fn absorb(&mut self, more: &Self) {
        self.from = self.from.min(more.from);
        self.to = self.to.max(more.to);
        self.diff = self.diff.max(more.diff);
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
        self.samples = self.samples.wrapping_add(more.samples);
    }
}

impl NoticeKind {
    /// Whether the texts are equal. NaN is told as NaN, though it equals nothing.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
        match (self, other) {
            (Self::InvalidQuantile(a), Self::InvalidQuantile(b)) => same(*a, *b),
            _ => self == other,
        }
    }

    pub(crate) fn level(&self) -> Level {
        self.row().level
    }

    fn row(&self) -> &'static NoticeText {
        &NOTICES[match self {
            Self::InvalidQuantile(_) => 0,
            Self::InvalidRatio { .. } => 1,
            Self::BadBucketLabel { .. } => 2,
            Self::MixedWindow { .. } => 3,
            Self::MixedAggregation => 4,
            Self::MixedClassicNative { .. } => 5,
            Self::HistogramNotCounter { .. } => 6,
            Self::HistogramNotGauge { .. } => 7,
            Self::MixedSchemas { .. } => 8,
            Self::IncompatibleBuckets { .. } => 9,
            Self::SortIneffective => 10,
            Self::ResetCollision(_) => 11,
            Self::StartOverlap { .. } => 12,
            Self::NotCounter { .. } => 13,
            Self::NotCounterType { .. } => 14,
            Self::ForcedMonotonic(_) => 15,
            Self::IncompatibleTypes { .. } => 16,
            Self::IgnoredInAggregation { .. } => 17,
            Self::IgnoredInWindow { .. } => 18,
            Self::NanQuantileResult { .. } => 19,
            Self::NanQuantileSkew { .. } => 20,
            Self::NanFraction { .. } => 21,
            Self::Reconciled(_) => 22,
        }]
    }
}

/// A notice's level and the part of its text that is always the same.
#[derive(Clone, Copy, Debug)]
pub struct NoticeText {
    /// How much it matters.
    pub level: Level,
    /// What its text begins with, after the prefix that tells the level.
    pub text: &'static str,
}

/// Every notice that there is.
pub const NOTICES: [NoticeText; 23] = {
    const fn warning(text: &'static str) -> NoticeText {
        NoticeText { level: Level::Warning, text }
    }
    const fn info(text: &'static str) -> NoticeText {
        NoticeText { level: Level::Info, text }
    }
    [
        warning("quantile value should be between 0 and 1, got "),
        warning("ratio value should be between -1 and 1, got "),
        warning("bucket label \"le\" is missing or has a malformed value of "),
        warning("encountered a mix of histograms and floats for metric name "),
        warning("encountered a mix of histograms and floats for aggregation"),
        warning("vector contains a mix of classic and native histograms"),
        warning("this native histogram metric is not a counter: "),
        warning("this native histogram metric is not a gauge: "),
        warning(
            "vector contains a mix of histograms with exponential and custom buckets schemas for \
             metric name ",
        ),
        warning("incompatible bucket layout encountered for binary operator "),
        warning("sort is ineffective for range queries since results are always ordered by labels"),
        warning("conflicting counter resets during histogram "),
        warning("sample has start time that overlaps with previous sample timestamp for metric "),
        info("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "),
        info(
            "metric might not be a counter, __type__ label is not set to \"counter\" or \
             \"histogram\", got ",
        ),
        info(
            "input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
        ),
        info("incompatible sample types encountered for binary operator "),
        info("ignored histogram in "),
        info(
            "ignored histograms in a range containing both floats and histograms for metric name ",
        ),
        info("input to histogram_quantile has NaN observations, result is NaN"),
        info("input to histogram_quantile has NaN observations, result is skewed higher"),
        info(
            "input to histogram_fraction has NaN observations, which are excluded from all \
             fractions",
        ),
        info("mismatched custom buckets were reconciled during "),
    ]
};

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoticeText { level, text } = self.row();
        f.write_str(match level {
            Level::Warning => "PromQL warning: ",
            Level::Info => "PromQL info: ",
        })?;
        f.write_str(text)?;
        match self {
            Self::MixedAggregation | Self::SortIneffective => Ok(()),
            Self::InvalidQuantile(q) => f.write_str(&format_g(*q)),
            Self::InvalidRatio { given, capped } => {
                write!(f, "{}, capping to {}", format_g(*given), format_g(*capped))
            }
            Self::BadBucketLabel { value, metric } => {
                write!(f, "{}{}", quote(value), named(metric.as_ref()))
            }
            Self::MixedWindow { metric }
            | Self::HistogramNotCounter { metric }
            | Self::HistogramNotGauge { metric }
            | Self::MixedSchemas { metric }
            | Self::NotCounter { metric }
            | Self::IgnoredInWindow { metric }
            | Self::StartOverlap { metric, count: 1 } => f.write_str(&quote(metric)),
            Self::MixedClassicNative { metric }
            | Self::NanQuantileResult { metric }
            | Self::NanQuantileSkew { metric }
            | Self::NanFraction { metric } => f.write_str(&named(metric.as_ref())),
            Self::IncompatibleBuckets { op } => f.write_str(op),
            Self::ResetCollision(operation) | Self::Reconciled(operation) => operation.fmt(f),
            Self::StartOverlap { metric, count } => {
                write!(f, "{} ({count} occurrences)", quote(metric))
            }
            Self::NotCounterType { metric, type_label } => {
                write!(f, "{}: {}", quote(type_label), quote(metric))
            }
            Self::ForcedMonotonic(forced) => forced.fmt(f),
            Self::IncompatibleTypes { op, lhs, rhs } => {
                write!(f, "\"{op}\": {lhs} {op} {rhs}")
            }
            Self::IgnoredInAggregation { aggregation } => write!(f, "{aggregation} aggregation"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Float => "float",
            Self::Histogram => "histogram",
        })
    }
}

impl fmt::Display for HistogramOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Addition => "addition",
            Self::Subtraction => "subtraction",
            Self::Aggregation => "aggregation",
        })
    }
}

impl fmt::Display for ForcedMonotonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
            named(self.metric.as_ref()),
            format_g(self.from),
            format_g(self.to),
            format_g_precision(self.diff, 2),
            self.samples,
            whole_seconds(self.first),
            whole_seconds(self.last),
        )
    }
}

/// RFC 3339 without the milliseconds.
fn whole_seconds(ms: i64) -> String {
    model::Timestamp(ms / 1000 * 1000).rfc3339()
}

fn named(metric: Option<&Arc<str>>) -> String {
    metric.map_or_else(String::new, |m| format!(" for metric name {}", quote(m)))
}
