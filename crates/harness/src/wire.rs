//! Remote write 1.0: protocol buffers, compressed by snappy.
//!
//! A series is encoded once, with a sample of fixed length at its end; later samples are written
//! over it, so that feeding a hundred thousand series costs the harness little more than a copy.

use model::Labels;

/// Bytes of a sample's content: a tag and a float, a tag and a time.
const SAMPLE: usize = 1 + 8 + 1 + TIME;
/// Bytes of a time: that many for milliseconds from 1971 to 2109.
const TIME: usize = 6;

/// A `prometheus.TimeSeries` with one sample, inside of a `prometheus.WriteRequest`.
#[derive(Clone, Debug)]
pub struct Encoded(Box<[u8]>);

impl Encoded {
    /// A series whose sample is to be written.
    pub fn new(labels: &Labels) -> Self {
        let mut series = Vec::new();
        for (name, value) in labels.iter() {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut series, 1, &label);
        }
        let mut sample = vec![1 << 3 | 1];
        sample.extend([0; 8]);
        sample.push(2 << 3);
        sample.extend([0x80; TIME - 1]);
        sample.push(0);
        field(&mut series, 2, &sample);
        let mut message = Vec::new();
        field(&mut message, 1, &series);
        Self(message.into())
    }
}

/// A request on its way to be complete.
#[derive(Debug, Default)]
pub struct Request {
    raw: Vec<u8>,
    n_samples: usize,
}

impl Request {
    /// Adds a sample, at a time in milliseconds, of a series.
    pub fn push(&mut self, series: &Encoded, t: i64, value: f64) {
        self.raw.extend_from_slice(&series.0);
        let start = self.raw.len() - SAMPLE;
        let sample = &mut self.raw[start..];
        sample[1..9].copy_from_slice(&value.to_le_bytes());
        let mut rest = t;
        for byte in &mut sample[SAMPLE - TIME..] {
            // The bits that say that more follows are there already.
            *byte = *byte & 0x80 | u8::try_from(rest & 0x7f).expect("seven bits");
            rest >>= 7;
        }
        debug_assert_eq!(rest, 0, "a time after 2109 or before 1970");
        self.n_samples += 1;
    }

    /// How many samples were added.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// The body to send; the request is empty again.
    pub fn take(&mut self) -> Vec<u8> {
        let body = snap::raw::Encoder::new().compress_vec(&self.raw);
        self.raw.clear();
        self.n_samples = 0;
        body.expect("a request is far shorter than 4 GiB")
    }
}

/// A field that has a length.
fn field(to: &mut Vec<u8>, number: u8, content: &[u8]) {
    to.push(number << 3 | 2);
    let mut length = content.len();
    while length >= 0x80 {
        to.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    to.push(u8::try_from(length).expect("seven bits are left"));
    to.extend_from_slice(content);
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

    /// Label sets with their sample, as any reader of protocol buffers sees them.
    fn decode(body: &[u8]) -> Vec<(Labels, i64, f64)> {
        let raw = snap::raw::Decoder::new().decompress_vec(body).unwrap();
        let series = fields(&raw).into_iter().map(|(tag, series)| {
            assert_eq!(tag, 1);
            let (mut labels, mut sample) = (Vec::new(), None);
            for (tag, content) in fields(series) {
                if tag == 1 {
                    let pair: Vec<&str> = fields(content)
                        .into_iter()
                        .map(|(_, text)| std::str::from_utf8(text).unwrap())
                        .collect();
                    labels.push((pair[0], pair[1]));
                } else {
                    assert_eq!((tag, content[0], content[9]), (2, 0x09, 0x10));
                    let value = f64::from_le_bytes(content[1..9].try_into().unwrap());
                    let mut rest = &content[10..];
                    let t = number(&mut rest).cast_signed();
                    assert!(rest.is_empty());
                    sample = Some((t, value));
                }
            }
            let (t, value) = sample.expect("a sample");
            (Labels::from_pairs(labels), t, value)
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
        let mut request = Request::default();
        for round in 0..2 {
            let encoded = sets.each_ref().map(Encoded::new);
            let samples = [(1_700_000_000_123 + round, 1.5), (34_359_738_368, model::stale_nan())];
            for (series, (t, value)) in encoded.iter().zip(samples) {
                request.push(series, t, value);
            }
            assert_eq!(request.n_samples(), 2);
            let found = decode(&request.take());
            for ((labels, t, value), (set, sample)) in found.iter().zip(sets.iter().zip(samples)) {
                assert_eq!((labels, *t), (set, sample.0));
                assert_eq!(value.to_bits(), sample.1.to_bits());
            }
            assert_eq!((found.len(), request.n_samples()), (2, 0));
        }
    }

    #[test]
    fn later_samples_leave_nothing_of_earlier_ones() {
        let series = Encoded::new(&Labels::from_pairs([("__name__", "up")]));
        let mut request = Request::default();
        request.push(&series, 4_398_046_511_103, f64::MAX);
        request.push(&series, 1_000_000_000_000, 0.0);
        let found = decode(&request.take());
        assert_eq!((found[0].1, found[1].1), (4_398_046_511_103, 1_000_000_000_000));
        assert_eq!(found[1].2.to_bits(), 0);
    }
}
