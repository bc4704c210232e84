//! Timestamps, the stale marker, and samples in columns.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{Labels, histogram::FloatHistogram};

/// Milliseconds since the Unix epoch; negative before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Seconds as a float, as PromQL's `time()` gives them.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// RFC 3339 in UTC with milliseconds where there are any: `2015-06-23T13:19:44.128Z`.
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| format!("{} ms since the Unix epoch", self.0), |t| t.to_string())
    }
}

impl fmt::Display for Timestamp {
    /// Seconds with three decimals, as `@` is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.seconds())
    }
}

/// The bits of the NaN that ends a series' validity.
pub const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The stale marker.
pub fn stale_nan() -> f64 {
    f64::from_bits(STALE_NAN_BITS)
}

/// Whether a value is the stale marker; ordinary NaNs are not.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN_BITS
}

/// What a sample holds.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleValue {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<FloatHistogram>),
}

impl SampleValue {
    /// The number, if it is one.
    pub fn float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Histogram(_) => None,
        }
    }

    /// The histogram, if it is one.
    pub fn histogram(&self) -> Option<&Arc<FloatHistogram>> {
        match self {
            Self::Float(_) => None,
            Self::Histogram(value) => Some(value),
        }
    }

    /// Whether it ends its series' validity.
    pub fn is_stale(&self) -> bool {
        match self {
            Self::Float(value) => is_stale(*value),
            Self::Histogram(value) => value.is_stale(),
        }
    }
}

impl From<f64> for SampleValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<FloatHistogram> for SampleValue {
    fn from(value: FloatHistogram) -> Self {
        Self::Histogram(Arc::new(value))
    }
}

impl From<Arc<FloatHistogram>> for SampleValue {
    fn from(value: Arc<FloatHistogram>) -> Self {
        Self::Histogram(value)
    }
}

/// Samples of many series in columns, as they come from a source.
///
/// Series `i` has the label set `labels[i]` and the samples
/// `ends[i - 1]..ends[i]` of `timestamps` (milliseconds, ascending) and `values`.
#[derive(Clone, Debug, Default)]
pub struct SeriesColumns {
    /// One label set per series.
    pub labels: Vec<Labels>,
    /// Per series, the end of its samples in the columns.
    pub ends: Vec<u32>,
    /// Milliseconds since the Unix epoch.
    pub timestamps: Vec<i64>,
    /// Sample values.
    pub values: Vec<f64>,
    /// The native histograms of those series that have any, by series number, in ascending order
    /// of time. No time of a series is among its floats as well.
    pub histograms: BTreeMap<u32, Vec<(i64, Arc<FloatHistogram>)>>,
}

impl SeriesColumns {
    /// Label set, timestamps and floats of each series in turn.
    pub fn iter(&self) -> impl Iterator<Item = (&Labels, &[i64], &[f64])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.labels.iter().zip(starts.zip(&self.ends)).map(|(labels, (from, &to))| {
            let range = from as usize..to as usize;
            (labels, &self.timestamps[range.clone()], &self.values[range])
        })
    }

    /// The native histograms of a series, in ascending order of time.
    pub fn histograms_of(&self, series: usize) -> &[(i64, Arc<FloatHistogram>)] {
        let number = u32::try_from(series).ok();
        number.and_then(|number| self.histograms.get(&number)).map_or(&[], Vec::as_slice)
    }

    /// Gives native histograms to the series that is ended next.
    pub fn push_histograms(&mut self, histograms: Vec<(i64, Arc<FloatHistogram>)>) {
        if !histograms.is_empty() {
            let next = u32::try_from(self.labels.len()).expect("under 4 G series an answer");
            self.histograms.insert(next, histograms);
        }
    }

    /// Ends the series whose samples were pushed last.
    pub fn end_series(&mut self, labels: Labels) {
        self.labels.push(labels);
        self.ends.push(u32::try_from(self.timestamps.len()).expect("under 4 G samples an answer"));
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}
