//! Both messages, as `prost` has them.

use model::Labels;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) timeseries: Vec<TimeSeries>,
    /// `MetricMetadata`, as bytes: it is skipped.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub(crate) metadata: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub(crate) exemplars: Vec<Vec<u8>>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Label {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Sample {
    #[prost(double, tag = "1")]
    pub(crate) value: f64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
    /// 2.0 only.
    #[prost(int64, tag = "3")]
    pub(crate) start_timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Request {
    #[prost(string, repeated, tag = "4")]
    pub(crate) symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) timeseries: Vec<TimeSeries2>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TimeSeries2 {
    #[prost(uint32, repeated, tag = "1")]
    pub(crate) labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) histograms: Vec<Histogram>,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub(crate) exemplars: Vec<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(crate) metadata: Option<Vec<u8>>,
    #[prost(int64, tag = "6")]
    pub(crate) created_timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) count_int: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) count_float: Option<f64>,
    #[prost(double, tag = "3")]
    pub(crate) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(crate) schema: i32,
    #[prost(double, tag = "5")]
    pub(crate) zero_threshold: f64,
    #[prost(uint64, optional, tag = "6")]
    pub(crate) zero_count_int: Option<u64>,
    #[prost(double, optional, tag = "7")]
    pub(crate) zero_count_float: Option<f64>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub(crate) negative_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "10")]
    pub(crate) negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub(crate) positive_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "13")]
    pub(crate) positive_counts: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub(crate) reset_hint: i32,
    #[prost(int64, tag = "15")]
    pub(crate) timestamp: i64,
    #[prost(double, repeated, tag = "16")]
    pub(crate) custom_values: Vec<f64>,
    #[prost(int64, tag = "17")]
    pub(crate) start_timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BucketSpan {
    #[prost(sint32, tag = "1")]
    pub(crate) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(crate) length: u32,
}

/// A series of a test: labels and floats.
pub(crate) type Series = (Labels, Vec<(i64, f64)>);

pub(crate) fn labels(text: &str) -> Labels {
    Labels::from_pairs(text.split(',').filter_map(|pair| pair.split_once('=')))
}

/// As a 1.0 sender writes it.
pub(crate) fn v1(series: &[Series]) -> WriteRequest {
    let timeseries = series.iter().map(|(labels, samples)| TimeSeries {
        labels: labels.iter().map(|(n, v)| Label { name: n.into(), value: v.into() }).collect(),
        samples: samples.iter().map(|(t, v)| sample(*t, *v)).collect(),
        ..TimeSeries::default()
    });
    WriteRequest { timeseries: timeseries.collect(), metadata: vec![] }
}

/// As a 2.0 sender writes it; `salt` symbols that nobody refers to come first, so that references
/// differ between requests.
pub(crate) fn v2(series: &[Series], salt: usize) -> Request {
    let mut symbols = vec![String::new()];
    symbols.extend((0..salt).map(|i| format!("salt{i}")));
    let mut timeseries = Vec::new();
    for (labels, samples) in series {
        let mut labels_refs = Vec::new();
        for text in labels.iter().flat_map(|(n, v)| [n, v]) {
            let at = symbols.iter().position(|s| s == text).unwrap_or_else(|| {
                symbols.push(text.to_owned());
                symbols.len() - 1
            });
            labels_refs.push(u32::try_from(at).unwrap());
        }
        let samples = samples.iter().map(|(t, v)| sample(*t, *v)).collect();
        timeseries.push(TimeSeries2 { labels_refs, samples, ..TimeSeries2::default() });
    }
    Request { symbols, timeseries }
}

pub(crate) fn sample(t: i64, value: f64) -> Sample {
    Sample { value, timestamp: t, start_timestamp: 0 }
}

pub(crate) fn snappy(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}
