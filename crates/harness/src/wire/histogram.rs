//! `prometheus.Histogram` with whole counts, as clients count.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, Span},
};

use super::{field, varint};

/// The message of a histogram at a time in milliseconds.
pub(super) fn message(t: i64, h: &FloatHistogram) -> Vec<u8> {
    let mut message = Vec::new();
    number(&mut message, 1, whole(h.count).cast_unsigned());
    double(&mut message, 3, h.sum);
    number(&mut message, 4, zigzag(h.schema().into()));
    double(&mut message, 5, h.zero_threshold());
    number(&mut message, 6, whole(h.zero_count).cast_unsigned());
    let (positive, negative) = h.counts().split_at(h.layout().n_positive());
    side(&mut message, (8, 9), &h.layout().negative_spans(), negative);
    side(&mut message, (11, 12), &h.layout().positive_spans(), positive);
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

/// Spans of the buckets on one side of zero, and by how much each count differs from the one before.
fn side(message: &mut Vec<u8>, (spans, deltas): (u8, u8), of: &[Span], counts: &[f64]) {
    for span in of {
        let mut content = Vec::new();
        number(&mut content, 1, zigzag(span.offset.into()));
        number(&mut content, 2, span.length.into());
        field(message, spans, &content);
    }
    let (mut packed, mut before) = (Vec::new(), 0);
    for count in counts.iter().map(|count| whole(*count)) {
        varint(&mut packed, zigzag(count - before));
        before = count;
    }
    field(message, deltas, &packed);
}

#[expect(clippy::cast_possible_truncation, reason = "counts of the simulator are small and whole")]
fn whole(count: f64) -> i64 {
    debug_assert!(count.fract() == 0.0 && (0.0..1e15).contains(&count), "{count} is no count");
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

#[cfg(test)]
mod tests {
    use model::histogram::Parts;

    use super::*;

    #[test]
    fn messages_are_as_protocol_buffers_have_them() {
        let positive = vec![(-3, 300.0), (-2, 1.0), (1, 2.0)];
        let negative = vec![(2, 4.0)];
        let parts = Parts { schema: 3, zero_threshold: 0.5, zero_count: 1.0, ..Parts::default() };
        let value = Parts { count: 308.0, sum: -2.0, positive, negative, ..parts };
        let expected: &[&[u8]] = &[
            // The count, the sum, the schema, the zero bucket.
            &[1 << 3, 0xb4, 2],
            &[3 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0xc0],
            &[4 << 3, 6],
            &[5 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f],
            &[6 << 3, 1],
            // Below zero: a span that begins at 2, and 4.
            &[8 << 3 | 2, 4, 1 << 3, 4, 2 << 3, 1],
            &[9 << 3 | 2, 1, 8],
            // Above: two from -3 on, one two further; 300, 299 less, one more.
            &[11 << 3 | 2, 4, 1 << 3, 5, 2 << 3, 2],
            &[11 << 3 | 2, 4, 1 << 3, 4, 2 << 3, 1],
            &[12 << 3 | 2, 5, 0xd8, 4, 0xd5, 4, 2],
            // No hint, and the time.
            &[14 << 3, 0],
            &[15 << 3, 0xac, 2],
        ];
        assert_eq!(message(300, &value.into()), expected.concat());
    }
}
