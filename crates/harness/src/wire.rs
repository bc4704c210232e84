//! Remote write 1.0: protocol buffers, compressed by snappy.
//!
//! The labels of a series are encoded once, and samples have a fixed length, so that feeding a
//! hundred thousand series costs the harness little more than a copy.

mod histogram;

use std::sync::Arc;

use model::{FloatHistogram, Labels};

/// Bytes of a sample: a tag, its length and its content.
const SAMPLE: usize = 2 + LENGTH as usize;
/// The length of that: a tag and a float, a tag and a time, which takes six bytes for milliseconds
/// from 1971 to 2109.
const LENGTH: u8 = 16;

/// The labels of a `prometheus.TimeSeries`.
#[derive(Clone, Debug)]
pub struct Encoded(Box<[u8]>);

impl Encoded {
    /// Encodes a label set.
    pub fn new(labels: &Labels) -> Self {
        let mut series = Vec::new();
        for (name, value) in labels.iter() {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut series, 1, &label);
        }
        Self(series.into())
    }
}

/// A `prometheus.WriteRequest` on its way to be complete.
#[derive(Debug, Default)]
pub struct Request(Vec<u8>);

impl Request {
    /// Adds samples of a series, at times in milliseconds, ascending.
    pub fn push(&mut self, series: &Encoded, samples: impl ExactSizeIterator<Item = (i64, f64)>) {
        head(&mut self.0, 1, series.0.len() + SAMPLE * samples.len());
        self.0.extend_from_slice(&series.0);
        for (t, value) in samples {
            self.0.extend_from_slice(&sample(t, value));
        }
    }

    /// Adds native histograms of a series with whole counts, at times in milliseconds, ascending.
    pub fn push_histograms<'h>(
        &mut self,
        series: &Encoded,
        samples: impl Iterator<Item = (i64, &'h Arc<FloatHistogram>)>,
    ) {
        let mut content = series.0.to_vec();
        for (t, value) in samples {
            field(&mut content, 4, &histogram::message(t, value));
        }
        field(&mut self.0, 1, &content);
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes before compression.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The body to send; the request is empty again.
    pub fn take(&mut self) -> Vec<u8> {
        let body = snap::raw::Encoder::new().compress_vec(&self.0);
        self.0.clear();
        body.expect("a request is far shorter than 4 GiB")
    }
}

/// `prometheus.Sample` as a field of its series.
fn sample(t: i64, value: f64) -> [u8; SAMPLE] {
    let mut bytes = [0x80; SAMPLE];
    bytes[..3].copy_from_slice(&[2 << 3 | 2, LENGTH, 1 << 3 | 1]);
    bytes[3..11].copy_from_slice(&value.to_le_bytes());
    bytes[11] = 2 << 3;
    let mut rest = t;
    for byte in &mut bytes[12..] {
        *byte |= u8::try_from(rest & 0x7f).expect("seven bits");
        rest >>= 7;
    }
    debug_assert_eq!(rest, 0, "a time after 2109 or before 1970");
    bytes[SAMPLE - 1] &= 0x7f;
    bytes
}

/// A field that has a length.
fn field(to: &mut Vec<u8>, number: u8, content: &[u8]) {
    head(to, number, content.len());
    to.extend_from_slice(content);
}

/// What stands before the content of such a field.
fn head(to: &mut Vec<u8>, number: u8, length: usize) {
    to.push(number << 3 | 2);
    varint(to, length as u64);
}

/// A number in as few bytes as it takes.
fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    to.push(u8::try_from(number).expect("seven bits are left"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a varint.
    fn number(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }

    /// The fields of a message that have a length, by their numbers.
    fn fields(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
        let mut found = Vec::new();
        while let [tag, rest @ ..] = bytes {
            assert_eq!(tag & 7, 2, "a field with a length");
            bytes = rest;
            let length = usize::try_from(number(&mut bytes)).unwrap();
            let (content, rest) = bytes.split_at(length);
            found.push((tag >> 3, content));
            bytes = rest;
        }
        found
    }

    /// Label sets with their samples, as any reader of protocol buffers sees them.
    fn decode(body: &[u8]) -> Vec<(Labels, Vec<(i64, u64)>)> {
        let raw = snap::raw::Decoder::new().decompress_vec(body).unwrap();
        let series = fields(&raw).into_iter().map(|(tag, series)| {
            assert_eq!(tag, 1);
            let (mut labels, mut samples) = (Vec::new(), Vec::new());
            for (tag, content) in fields(series) {
                if tag == 1 {
                    let pair: Vec<&str> = fields(content)
                        .into_iter()
                        .map(|(_, text)| std::str::from_utf8(text).unwrap())
                        .collect();
                    labels.push((pair[0], pair[1]));
                } else {
                    assert_eq!((tag, content[0], content[9]), (2, 0x09, 0x10));
                    let bits = u64::from_le_bytes(content[1..9].try_into().unwrap());
                    let mut rest = &content[10..];
                    samples.push((number(&mut rest).cast_signed(), bits));
                    assert!(rest.is_empty());
                }
            }
            (Labels::from_pairs(labels), samples)
        });
        series.collect()
    }

    #[test]
    fn requests_say_what_was_meant() {
        let long = "x".repeat(300);
        let sets = [
            Labels::from_pairs([("__name__", "up"), ("job", "a")]),
            Labels::from_pairs([("__name__", "b"), ("text", long.as_str()), ("ü", "é")]),
        ];
        let few = vec![(1_700_000_000_123, 1.5)];
        let many = vec![
            (34_359_738_368, -0.0),
            (1_700_000_000_000, f64::MAX),
            (4_398_046_511_103, model::stale_nan()),
        ];
        let mut request = Request::default();
        for _ in 0..2 {
            for (labels, samples) in sets.iter().zip([&few, &many]) {
                request.push(&Encoded::new(labels), samples.iter().copied());
            }
            let bits =
                |samples: &[(i64, f64)]| samples.iter().map(|(t, v)| (*t, v.to_bits())).collect();
            let expected = vec![(sets[0].clone(), bits(&few)), (sets[1].clone(), bits(&many))];
            assert!(request.len() > 300);
            assert_eq!(decode(&request.take()), expected);
            assert!(request.is_empty());
        }
    }
}
