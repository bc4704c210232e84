//! What a query reports beside its values: Prometheus's annotations.
//!
//! A node keeps raw notices without text; they are worded when somebody reads them.

use std::{fmt, sync::Arc};

use diagnostics::{LineIndex, Span};
use model::{number::format_g, quote::quote};

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
    pub(crate) samples: usize,
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// What a notice did with a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absorbed {
    /// It says something else.
    No,
    /// Its details were taken; the place of the first counts.
    Details,
    /// It says the same; the place of the last counts.
    Whole,
}

impl RawNotice {
    /// Takes what a later notice of the same text tells. Details that the text gives only at the
    /// end do not tell two notices apart.
    pub(crate) fn absorb(&mut self, other: &Self) -> Absorbed {
        use NoticeKind::{ForcedMonotonic, StartOverlap};
        match (&mut self.kind, &other.kind) {
            (ForcedMonotonic(all), ForcedMonotonic(more)) if all.metric == more.metric => {
                all.absorb(more);
                Absorbed::Details
            }
            (StartOverlap { metric, count }, StartOverlap { metric: same, count: more })
                if metric == same =>
            {
                *count += more;
                Absorbed::Details
            }
            (kind, other_kind) if kind == other_kind => {
                self.cite = other.cite;
                Absorbed::Whole
            }
            _ => Absorbed::No,
        }
    }
}

impl ForcedMonotonic {
    /// Adds what was mended of the same metric elsewhere.
    fn absorb(&mut self, more: &Self) {
        self.from = self.from.min(more.from);
        self.to = self.to.max(more.to);
        self.diff = self.diff.max(more.diff);
        self.first = self.first.min(more.first);
        self.last = self.last.max(more.last);
        self.samples += more.samples;
    }
}

/// Adds a notice to others; each text stands once.
pub(crate) fn add(notices: &mut Vec<RawNotice>, notice: RawNotice) {
    if notices.iter_mut().all(|known| known.absorb(&notice) == Absorbed::No) {
        notices.push(notice);
    }
}

impl NoticeKind {
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::InvalidQuantile(_)
            | Self::InvalidRatio { .. }
            | Self::BadBucketLabel { .. }
            | Self::MixedWindow { .. }
            | Self::MixedAggregation
            | Self::MixedClassicNative { .. }
            | Self::HistogramNotCounter { .. }
            | Self::HistogramNotGauge { .. }
            | Self::MixedSchemas { .. }
            | Self::IncompatibleBuckets { .. }
            | Self::ResetCollision(_)
            | Self::StartOverlap { .. }
            | Self::SortIneffective => Level::Warning,
            Self::NotCounter { .. }
            | Self::NotCounterType { .. }
            | Self::ForcedMonotonic(_)
            | Self::IncompatibleTypes { .. }
            | Self::IgnoredInAggregation { .. }
            | Self::IgnoredInWindow { .. }
            | Self::NanQuantileResult { .. }
            | Self::NanQuantileSkew { .. }
            | Self::NanFraction { .. }
            | Self::Reconciled(_) => Level::Info,
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

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level() {
            Level::Warning => "PromQL warning: ",
            Level::Info => "PromQL info: ",
        })?;
        match self {
            Self::InvalidQuantile(q) => {
                write!(f, "quantile value should be between 0 and 1, got {}", format_g(*q))
            }
            Self::InvalidRatio { given, capped } => {
                let (given, capped) = (format_g(*given), format_g(*capped));
                write!(
                    f,
                    "ratio value should be between -1 and 1, got {given}, capping to {capped}"
                )
            }
            Self::BadBucketLabel { value, metric } => {
                let (value, metric) = (quote(value), named(metric.as_ref()));
                write!(
                    f,
                    "bucket label \"le\" is missing or has a malformed value of {value}{metric}"
                )
            }
            Self::MixedWindow { metric } => {
                let metric = quote(metric);
                write!(f, "encountered a mix of histograms and floats for metric name {metric}")
            }
            Self::MixedAggregation => {
                f.write_str("encountered a mix of histograms and floats for aggregation")
            }
            Self::MixedClassicNative { metric } => {
                write!(
                    f,
                    "vector contains a mix of classic and native histograms{}",
                    named(metric.as_ref())
                )
            }
            Self::HistogramNotCounter { metric } => {
                write!(f, "this native histogram metric is not a counter: {}", quote(metric))
            }
            Self::HistogramNotGauge { metric } => {
                write!(f, "this native histogram metric is not a gauge: {}", quote(metric))
            }
            Self::MixedSchemas { metric } => write!(
                f,
                "vector contains a mix of histograms with exponential and custom buckets schemas \
                 for metric name {}",
                quote(metric)
            ),
            Self::IncompatibleBuckets { op } => {
                write!(f, "incompatible bucket layout encountered for binary operator {op}")
            }
            Self::SortIneffective => f.write_str(
                "sort is ineffective for range queries since results are always ordered by labels",
            ),
            Self::ResetCollision(operation) => {
                write!(f, "conflicting counter resets during histogram {operation}")
            }
            Self::StartOverlap { metric, count } => {
                let metric = quote(metric);
                f.write_str("sample has start time that overlaps with previous sample timestamp")?;
                write!(f, " for metric {metric}")?;
                if *count > 1 { write!(f, " ({count} occurrences)") } else { Ok(()) }
            }
            Self::NotCounter { metric } => write!(
                f,
                "metric might not be a counter, name does not end in \
                 _total/_sum/_count/_bucket: {}",
                quote(metric)
            ),
            Self::NotCounterType { metric, type_label } => write!(
                f,
                "metric might not be a counter, __type__ label is not set to \"counter\" or \
                 \"histogram\", got {}: {}",
                quote(type_label),
                quote(metric)
            ),
            Self::ForcedMonotonic(forced) => forced.fmt(f),
            Self::IncompatibleTypes { op, lhs, rhs } => write!(
                f,
                "incompatible sample types encountered for binary operator \"{op}\": {lhs} {op} {rhs}"
            ),
            Self::IgnoredInAggregation { aggregation } => {
                write!(f, "ignored histogram in {aggregation} aggregation")
            }
            Self::IgnoredInWindow { metric } => write!(
                f,
                "ignored histograms in a range containing both floats and histograms for metric \
                 name {}",
                quote(metric)
            ),
            Self::NanQuantileResult { metric } => write!(
                f,
                "input to histogram_quantile has NaN observations, result is NaN{}",
                named(metric.as_ref())
            ),
            Self::NanQuantileSkew { metric } => write!(
                f,
                "input to histogram_quantile has NaN observations, result is skewed higher{}",
                named(metric.as_ref())
            ),
            Self::NanFraction { metric } => write!(
                f,
                "input to histogram_fraction has NaN observations, which are excluded from all \
                 fractions{}",
                named(metric.as_ref())
            ),
            Self::Reconciled(operation) => {
                write!(f, "mismatched custom buckets were reconciled during {operation}")
            }
        }
    }
}

impl fmt::Display for ForcedMonotonic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){}, from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
            named(self.metric.as_ref()),
            format_g(self.from),
            format_g(self.to),
            model::number::format_g_precision(self.diff, 2),
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
