//! Samples into a Prometheus by remote write, the only way in that knows stale markers.
//!
//! As much of protocol buffers and snappy as that takes: messages are written field by field and
//! the compressed form compresses nothing. Start at [`send`].

use reqwest::header::CONTENT_TYPE;

use super::data::{END, START, Series};
use crate::servers::http;

/// Samples further behind the newest than an hour are refused, so that series must go together.
const SLICE: i64 = 20 * 60 * 1000;

/// Sends all samples in slices of time and fails where one is refused.
pub(crate) async fn send(url: &str, series: &[Series]) {
    let client = http();
    for lo in (START..END + SLICE).step_by(usize::try_from(SLICE).expect("a slice is positive")) {
        let body = snappy(&write_request(series, lo..lo + SLICE));
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
fn write_request(series: &[Series], times: std::ops::Range<i64>) -> Vec<u8> {
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
            let mut sample = vec![1 << 3 | 1];
            sample.extend(value.to_le_bytes());
            sample.push(2 << 3);
            varint(&mut sample, t.cast_unsigned());
            bytes(&mut message, 2, &sample);
        }
        if due().next().is_some() {
            bytes(&mut request, 1, &message);
        }
    }
    request
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
