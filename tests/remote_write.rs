//! Samples into a Prometheus by remote write, the only way in that knows stale markers and native
//! histograms with float counts.
//!
//! As much of protocol buffers and snappy as that takes: messages are written field by field and
//! the compressed form compresses nothing. Start at [`send`].

use std::ops::Range;

use model::{
    FloatHistogram, Labels, SampleValue,
    histogram::{CounterResetHint, Span},
};
use reqwest::header::CONTENT_TYPE;

use crate::servers::http;

/// A series with its samples: milliseconds, ascending.
pub(crate) type Series = (Labels, Vec<(i64, SampleValue)>);

/// Samples further behind the newest than an hour are refused, so that series must go together.
const SLICE: i64 = 20 * 60 * 1000;

/// How native histograms are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counts {
    Floats,
    /// What they have must be whole numbers.
    Integers,
}

/// Sends all samples in slices of time and fails where one is refused.
pub(crate) async fn send(url: &str, series: &[Series]) {
    send_counted(url, series, Counts::Floats).await;
}

/// The same with histograms of one kind or the other.
pub(crate) async fn send_counted(url: &str, series: &[Series], counts: Counts) {
    let client = http();
    let times = || series.iter().flat_map(|(_, samples)| samples).map(|(t, _)| *t);
    let (first, last) = (times().min().expect("samples"), times().max().expect("samples"));
    for lo in (first..=last).step_by(usize::try_from(SLICE).expect("a slice is positive")) {
        let body = snappy(&write_request(series, &(lo..lo + SLICE), counts));
        let answer = client
            .post(format!("{url}/api/v1/write"))
            .header("Content-Encoding", "snappy")
            .header(CONTENT_TYPE, "application/x-protobuf")
            .body(body)
            .send()
            .await
            .expect("Prometheus takes samples");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }
}

/// `prometheus.WriteRequest`.
fn write_request(series: &[Series], times: &Range<i64>, counts: Counts) -> Vec<u8> {
    let mut request = Vec::new();
    for (labels, samples) in series {
        let mut message = Vec::new();
        for (name, value) in labels.iter() {
            let mut label = Vec::new();
            bytes(&mut label, 1, name.as_bytes());
            bytes(&mut label, 2, value.as_bytes());
            bytes(&mut message, 1, &label);
        }
        let due = || samples.iter().filter(|(t, _)| times.contains(t));
        for (t, value) in due() {
            match value {
                SampleValue::Float(value) => bytes(&mut message, 2, &float(*t, *value)),
                SampleValue::Histogram(value) => {
                    bytes(&mut message, 4, &histogram(*t, value, counts));
                }
            }
        }
        if due().next().is_some() {
            bytes(&mut request, 1, &message);
        }
    }
    request
}

/// `prometheus.Sample`.
fn float(t: i64, value: f64) -> Vec<u8> {
    let mut sample = Vec::new();
    double(&mut sample, 1, value);
    number(&mut sample, 2, t.cast_unsigned());
    sample
}

/// `prometheus.Histogram`.
fn histogram(t: i64, h: &FloatHistogram, counts: Counts) -> Vec<u8> {
    let mut message = Vec::new();
    match counts {
        Counts::Floats => double(&mut message, 2, h.count),
        Counts::Integers => number(&mut message, 1, whole(h.count).cast_unsigned()),
    }
    double(&mut message, 3, h.sum);
    number(&mut message, 4, zigzag(h.schema().into()));
    double(&mut message, 5, h.zero_threshold());
    match counts {
        Counts::Floats => double(&mut message, 7, h.zero_count),
        Counts::Integers => number(&mut message, 6, whole(h.zero_count).cast_unsigned()),
    }
    let (positive, negative) = h.counts().split_at(h.layout().n_positive());
    side(&mut message, 8, &h.layout().negative_spans(), negative, counts);
    side(&mut message, 11, &h.layout().positive_spans(), positive, counts);
    let hint = match h.hint {
        CounterResetHint::Unknown => 0,
        CounterResetHint::Reset => 1,
        CounterResetHint::NotReset => 2,
        CounterResetHint::Gauge => 3,
    };
    number(&mut message, 14, hint);
    number(&mut message, 15, t.cast_unsigned());
    message
}

/// Spans and counts of the buckets on one side of zero, from this field on.
fn side(message: &mut Vec<u8>, field: u8, of: &[Span], values: &[f64], counts: Counts) {
    for span in of {
        let mut content = Vec::new();
        number(&mut content, 1, zigzag(span.offset.into()));
        number(&mut content, 2, span.length.into());
        bytes(message, field, &content);
    }
    match counts {
        Counts::Floats => {
            let packed: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            bytes(message, field + 2, &packed);
        }
        Counts::Integers => {
            let (mut packed, mut before) = (Vec::new(), 0);
            for value in values.iter().map(|value| whole(*value)) {
                varint(&mut packed, zigzag(value - before));
                before = value;
            }
            bytes(message, field + 1, &packed);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers, and small")]
fn whole(count: f64) -> i64 {
    assert!(count.fract() == 0.0, "{count} is no whole number");
    count as i64
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

fn double(to: &mut Vec<u8>, field: u8, value: f64) {
    to.push(field << 3 | 1);
    to.extend(value.to_le_bytes());
}

fn number(to: &mut Vec<u8>, field: u8, value: u64) {
    to.push(field << 3);
    varint(to, value);
}

/// A field that has a length.
fn bytes(to: &mut Vec<u8>, field: u8, content: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, content.len() as u64);
    to.extend(content);
}

fn varint(to: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        to.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    to.push(u8::try_from(n).expect("seven bits are left"));
}

/// The block format, made of literals only.
fn snappy(content: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    varint(&mut block, content.len() as u64);
    for chunk in content.chunks(1 << 16) {
        block.push(61 << 2);
        let last = u16::try_from(chunk.len() - 1).expect("a chunk is that short");
        block.extend(last.to_le_bytes());
        block.extend(chunk);
    }
    block
}
