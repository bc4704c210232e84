//! Bytes that are no message, or one written in another order: errors or samples, never a panic.

use proptest::prelude::*;
use prost::Message as _;
use receive::{Batch, Message, News, ReceiveError};

use crate::{
    messages::{Label, TimeSeries, labels, sample, v1, v2},
    requests::{receiver, send},
};

fn both() -> [(Message, Vec<u8>); 2] {
    let series = [
        (labels("__name__=x,a=want1"), vec![(10, 1.0), (20, -2.5)]),
        (labels("__name__=x,a=no"), vec![(1_700_000_000_000, 3.0)]),
    ];
    [(Message::V1, v1(&series).encode_to_vec()), (Message::V2, v2(&series, 200).encode_to_vec())]
}

fn run(message: Message, plain: &[u8]) -> (Result<u64, ReceiveError>, Vec<News>, Batch) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (result, news, batch) = runtime.block_on(send(&mut receiver(), message, plain));
    (result.map(|written| written.samples), news, batch)
}

#[test]
fn a_message_may_end_anywhere() {
    for (message, plain) in both() {
        let whole = run(message, &plain).0;
        assert_eq!(whole, Ok(3));
        for end in 0..plain.len() {
            // Ends between two fields are a shorter message.
            if let Err(e) = run(message, &plain[..end]).0 {
                assert!(matches!(e, ReceiveError::Malformed(_)), "{end}: {e}");
            }
        }
    }
}

#[test]
fn numbers_that_are_too_long_and_fields_that_can_not_be() {
    let told = |bytes: &[u8]| run(Message::V1, bytes).0.unwrap_err().to_string();
    let endless = [[0x08].as_slice(), &[0xff; 20]].concat();
    assert!(told(&endless).ends_with("a varint is too long"));
    let over = [[0x08].as_slice(), &[0xff; 9], &[0x02]].concat();
    assert!(told(&over).ends_with("a varint is too long"));
    assert!(told(&[0x00, 0x00]).ends_with("a field has a number that no field can have"));
    assert!(told(&[0x0b]).ends_with("a field has the wrong wire type 3"));
    assert!(told(&[0x08, 0x01]).ends_with("a field has the wrong wire type 0"));
    let long = [[0x0a].as_slice(), &[0xff; 9], &[0x01], b"x"].concat();
    assert!(told(&long).ends_with("unexpected end of the message"));
    assert_eq!(run(Message::V1, &[]).0, Ok(0));
}

#[test]
fn labels_must_refer_to_symbols() {
    let mut request = v2(&[(labels("__name__=x,a=want"), vec![(10, 1.0)])], 0);
    request.timeseries[0].labels_refs[1] = 99;
    let told = run(Message::V2, &request.encode_to_vec()).0.unwrap_err().to_string();
    assert!(told.ends_with("the symbol 99, which the request lacks"), "{told}");
    request.timeseries[0].labels_refs.truncate(1);
    let told = run(Message::V2, &request.encode_to_vec()).0.unwrap_err().to_string();
    assert!(told.ends_with("a series has an odd number of label references"), "{told}");
}

#[test]
fn a_2_0_body_sent_as_1_0_brings_nothing() {
    let [(_, first), (_, second)] = both();
    assert_eq!(run(Message::V1, &second).0, Ok(0));
    assert_eq!(run(Message::V2, &first).0, Ok(0));
}

/// The fields of a series' message, each with its key, in any order and with others between.
fn shuffled(series: &TimeSeries, order: &[u8], unknown: bool) -> Vec<u8> {
    let field = |number: u32, bytes: &[u8]| {
        let mut to = Vec::new();
        prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut to);
        prost::encoding::encode_varint(bytes.len() as u64, &mut to);
        to.extend_from_slice(bytes);
        to
    };
    let labels = series.labels.iter().map(|label| field(1, &label.encode_to_vec()));
    let samples = series.samples.iter().map(|sample| field(2, &sample.encode_to_vec()));
    let mut fields: Vec<Vec<u8>> = labels.collect();
    // Samples keep their order, labels need not.
    let mut at = order.iter().map(|o| usize::from(*o));
    fields.sort_by_key(|_| at.next().unwrap_or(0));
    let mut from = 0;
    for sample in samples {
        from += at.next().unwrap_or(0) % (fields.len() - from + 1);
        fields.insert(from, sample);
        from += 1;
    }
    if unknown {
        fields.insert(fields.len() / 2, vec![0x92, 0x03, 0x02, 0x08, 0x01]);
        fields.push(vec![0x98, 0x03, 0x7f]);
        fields.insert(0, vec![0xa5, 0x03, 1, 2, 3, 4]);
    }
    field(1, &fields.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_samples_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        run(Message::V1, &bytes).0.ok();
        run(Message::V2, &bytes).0.ok();
    }

    #[test]
    fn a_damaged_message_is_samples_or_an_error(at in 0_usize..10_000, byte: u8) {
        for (message, mut plain) in both() {
            let at = at % plain.len();
            plain[at] = byte;
            run(message, &plain).0.ok();
        }
    }

    #[test]
    fn fields_may_stand_in_any_order(
        names in prop::collection::btree_set("[a-z]{1,5}", 0..6),
        // prost leaves out -0 as it does 0.
        values in prop::collection::vec(any::<f64>().prop_map(|v| v + 0.0), 1..4),
        order in prop::collection::vec(any::<u8>(), 12),
        unknown: bool,
    ) {
        let mut wanted = labels("__name__=x").to_builder();
        for name in &names {
            wanted.set(name, "v");
        }
        let wanted = wanted.set("a", "want").build();
        let series = TimeSeries {
            labels: wanted.iter().map(|(n, v)| Label { name: n.into(), value: v.into() }).collect(),
            samples: (-1..).zip(&values).map(|(t, value)| sample(t, *value)).collect(),
            ..TimeSeries::default()
        };
        let (result, news, batch) = run(Message::V1, &shuffled(&series, &order, unknown));
        prop_assert_eq!(result, Ok(values.len() as u64));
        let News::Series { labels, .. } = &news[0] else { panic!() };
        prop_assert_eq!(labels, &wanted);
        let got = batch.samples.iter().map(|s| (s.t, s.value.float().unwrap().to_bits()));
        let want = (-1..).zip(values.iter().map(|value| value.to_bits()));
        prop_assert_eq!(got.collect::<Vec<_>>(), want.collect::<Vec<_>>());
    }
}
