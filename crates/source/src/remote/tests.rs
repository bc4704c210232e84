//! Answers as a server writes them, and damaged ones.

use model::{Matcher, STALE_NAN_BITS};
use proptest::prelude::*;
use prost::Message;

use super::{frames::frame, xor::tests::encode as xor, *};

#[derive(Clone, PartialEq, Message)]
struct ChunkedReadResponse {
    #[prost(message, repeated, tag = "1")]
    chunked_series: Vec<ChunkedSeries>,
    #[prost(int64, tag = "2")]
    query_index: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ChunkedSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    chunks: Vec<Chunk>,
}

#[derive(Clone, PartialEq, Message)]
struct Chunk {
    #[prost(int32, tag = "3")]
    encoding: i32,
    #[prost(bytes, tag = "4")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct ReadResponse {
    #[prost(message, repeated, tag = "1")]
    results: Vec<QueryResult>,
}

#[derive(Clone, PartialEq, Message)]
struct QueryResult {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

/// Without buckets.
#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(double, tag = "2")]
    count: f64,
    #[prost(double, tag = "3")]
    sum: f64,
    #[prost(int64, tag = "15")]
    timestamp: i64,
}

const STALE: f64 = f64::from_bits(STALE_NAN_BITS);

fn labels(pairs: &[(&str, &str)]) -> Vec<Label> {
    let label = |(name, value): &(&str, &str)| Label {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(label).collect()
}

fn floats(samples: &[(i64, f64)]) -> Chunk {
    let bits: Vec<(i64, u64)> = samples.iter().map(|(t, v)| (*t, v.to_bits())).collect();
    Chunk { encoding: 1, data: xor(&bits) }
}

/// A frame of one series.
fn chunks(query_index: i64, pairs: &[(&str, &str)], chunks: Vec<Chunk>) -> Vec<u8> {
    let series = ChunkedSeries { labels: labels(pairs), chunks };
    let message = ChunkedReadResponse { chunked_series: vec![series], query_index };
    frame(&message.encode_to_vec())
}

fn samples(results: Vec<Vec<TimeSeries>>) -> Vec<u8> {
    let results = results.into_iter().map(|timeseries| QueryResult { timeseries }).collect();
    let message = ReadResponse { results }.encode_to_vec();
    snap::raw::Encoder::new().compress_vec(&message).unwrap()
}

fn reading(form: Form) -> Reading {
    let parts = External::default().parts(&[Matcher::equal("__name__", "x")]).unwrap();
    Reading { parts, window: (100, 200), max_bytes: 1 << 20, form }
}

/// Label sets without the name that all have.
fn unnamed(text: &str) -> String {
    text.replace("__name__=\"x\", ", "").replace("__name__=\"x\"", "")
}

/// A line for each series: labels, floats, and times of histograms.
fn shown(read: Result<SeriesColumns, Unusable>) -> String {
    let columns = match read {
        Ok(columns) => columns,
        Err(e) => return unnamed(&format!("{e:?}").replace('\\', "")),
    };
    let lines = columns.iter().enumerate().map(|(i, (labels, ts, values))| {
        let floats = ts.iter().zip(values).map(|(t, v)| format!(" {v}@{t}"));
        let histograms = columns.histograms_of(i).iter();
        let histograms = histograms.map(|(t, h)| format!(" {{{}}}@{t}", h.count));
        let samples: String = floats.chain(histograms).collect();
        format!("{}{samples}\n", unnamed(&labels.to_string()))
    });
    lines.collect()
}

fn check(reading: Reading, body: &[u8], expect: &str) {
    assert_eq!(shown(reading.decode(body)), expect);
}

#[test]
fn chunks_are_cut_to_the_window_and_end_without_markers() {
    let x = [("__name__", "x"), ("a", "1")];
    let body = [
        chunks(0, &x, vec![floats(&[(90, 0.5), (100, 1.0), (101, 2.0)]), floats(&[(110, STALE)])]),
        chunks(0, &x, vec![floats(&[(120, 3.0), (200, 4.0), (201, 5.0)])]),
        chunks(0, &[("__name__", "x"), ("a", "2")], vec![floats(&[(100, 1.0), (150, STALE)])]),
        chunks(0, &[("a", "3"), ("__name__", "x"), ("b", "")], vec![floats(&[(150, -0.0)])]),
    ];
    let expect = "{a=\"1\"} 2@101 3@120 4@200\n{a=\"3\"} -0@150\n";
    check(reading(Form::Chunks), &body.concat(), expect);
    check(reading(Form::Chunks), &[], "");
}

#[test]
fn samples_are_cut_to_the_window_and_end_without_markers() {
    let sample = |(timestamp, value): &(i64, f64)| Sample { value: *value, timestamp: *timestamp };
    let series = |a: &str, floats: &[(i64, f64)], histograms: &[(i64, f64)]| TimeSeries {
        labels: labels(&[("__name__", "x"), ("a", a)]),
        samples: floats.iter().map(sample).collect(),
        histograms: histograms
            .iter()
            .map(|(t, sum)| Histogram { count: 7.0, sum: *sum, timestamp: *t })
            .collect(),
    };
    let body = samples(vec![vec![
        series("1", &[(100, 1.0), (101, 2.0), (110, STALE), (201, 3.0)], &[]),
        series("2", &[(130, 4.0)], &[(100, 1.0), (120, 1.0), (125, STALE), (200, 1.0)]),
        series("3", &[(130, STALE)], &[(120, STALE)]),
    ]]);
    let expect = "{a=\"1\"} 2@101\n{a=\"2\"} 4@130 {7}@120 {7}@200\n";
    check(reading(Form::Samples), &body, expect);
    let body = samples(vec![vec![series("1", &[(120, 1.0), (110, 1.0)], &[])]]);
    let expect = r#"Malformed("{a="1"}: times do not ascend at 110 ms")"#;
    check(reading(Form::Samples), &body, expect);
    let body = samples(vec![vec![series("1", &[(120, 1.0)], &[(120, 1.0)])]]);
    let expect = r#"Malformed("{a="1"} has two samples of one time")"#;
    check(reading(Form::Samples), &body, expect);
}

#[test]
fn what_chunks_do_not_tell_is_asked_for_otherwise() {
    let x = [("__name__", "x")];
    let overlap = chunks(0, &x, vec![floats(&[(110, 1.0), (130, 1.0)]), floats(&[(120, 1.0)])]);
    check(reading(Form::Chunks), &overlap, r#"Doubtful("chunks of {} overlap")"#);
    for encoding in [0, 4, 5, 99] {
        let other = chunks(0, &x, vec![Chunk { encoding, data: vec![1, 2, 3] }]);
        let expect = format!("Doubtful(\"there are chunks of encoding {encoding}\")");
        check(reading(Form::Chunks), &other, &expect);
    }
    let y = chunks(0, &[("__name__", "y")], vec![floats(&[(110, 1.0)])]);
    let x = chunks(0, &x, vec![floats(&[(110, 1.0)])]);
    let twice = [x.clone(), y, x].concat();
    check(reading(Form::Chunks), &twice, r#"Doubtful("{} came twice")"#);
}

#[test]
fn damaged_answers_are_errors_that_say_where() {
    let x = [("__name__", "x")];
    let good = chunks(0, &x, vec![floats(&[(110, 1.0)])]);
    let check = |bad: Vec<u8>, expect: &str| {
        let shown = shown(reading(Form::Chunks).decode(&[good.clone(), bad].concat()[..]));
        assert!(shown.contains(expect), "{shown}");
    };
    let mut chunk = floats(&[(120, 1.0)]);
    chunk.data.pop();
    let damaged = "frame 2: a chunk is damaged: it ends in the middle of a sample";
    check(chunks(0, &x, vec![chunk]), damaged);
    check(chunks(0, &x, vec![Chunk { encoding: 1, data: vec![] }]), damaged);
    check(chunks(1, &x, vec![]), "frame 2: it answers query 1 of 1");
    check(chunks(-1, &x, vec![]), "frame 2: it answers query");
    check(frame(&[0x0a, 9]), "frame 2: unexpected end of the message");
    check(chunks(0, &[("a", "1"), ("a", "2")], vec![]), "a series has the label \"a\" twice");
    check(good[..good.len() - 1].to_vec(), "frame 2, which begins at byte");
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    check(flipped, "its checksum is another");

    let check = |block: &[u8], expect: &str| {
        let shown = shown(reading(Form::Samples).decode(block));
        assert!(shown.contains(expect), "{shown}");
    };
    let block = samples(vec![Vec::new(), Vec::new()]);
    assert_eq!(shown(reading(Form::Samples).decode(&block[..])), "");
    check(&block[..block.len() - 1], "the body can not be decompressed");
    check(b"", "the body can not be decompressed");
    check(&[0xff, 0xff, 0xff, 0x7f, 0], "can not hold");
}

#[test]
fn room_is_bounded() {
    let times: Vec<(i64, f64)> = (101..=200).map(|t| (t, 1.0)).collect();
    let body = chunks(0, &[("__name__", "x")], vec![floats(&times)]);
    assert!(body.len() < 100, "100 samples take {} bytes", body.len());
    let with = |max_bytes, form| Reading { max_bytes, ..reading(form) };
    check(with(1599, Form::Chunks), &body, "TooLarge");
    assert!(with(1600, Form::Chunks).decode(&body[..]).is_ok());
    check(with(10, Form::Chunks), &body, "TooLarge");
    let zeros = snap::raw::Encoder::new().compress_vec(&vec![0; 5000]).unwrap();
    check(with(4999, Form::Samples), &zeros, "TooLarge");
}

#[test]
fn external_labels_are_taken_off_where_that_is_sure() {
    let external = [("c", "eu"), ("r", "1")].map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    let external = External { labels: external, reads_elsewhere: false };
    let parts = external.parts(&[Matcher::equal("__name__", "x")]).unwrap();
    let reading = || Reading { parts: parts.clone(), ..reading(Form::Chunks) };
    let one = |query, pairs: &[(&str, &str)]| chunks(query, pairs, vec![floats(&[(110, 1.0)])]);
    let body = [
        one(0, &[("__name__", "x"), ("c", "eu"), ("r", "1")]),
        one(0, &[("__name__", "x"), ("a", "2"), ("c", "eu"), ("r", "1")]),
        one(1, &[("__name__", "x"), ("c", "us"), ("r", "2")]),
        one(2, &[("__name__", "x"), ("c", "eu"), ("r", "1")]),
    ];
    let expect = "{} 1@110\n{a=\"2\"} 1@110\n{c=\"us\", r=\"2\"} 1@110\n{r=\"1\"} 1@110\n";
    check(reading(), &body.concat(), expect);
    // Whether `r` was added can not be seen.
    let body = one(1, &[("__name__", "x"), ("c", "us"), ("r", "1")]);
    let expect = r#"Doubtful("some series have the external label r themselves")"#;
    check(reading(), &body, expect);
    let body = one(0, &[("__name__", "x"), ("c", "eu")]);
    check(reading(), &body, r#"Changed("the external label r="1" was not added")"#);
}

proptest! {
    #[test]
    fn any_message_gives_columns_or_an_error(
        message in prop::collection::vec(any::<u8>(), 0..200),
        is_samples in any::<bool>(),
    ) {
        let (form, body) = if is_samples {
            (Form::Samples, snap::raw::Encoder::new().compress_vec(&message).unwrap())
        } else {
            (Form::Chunks, frame(&message))
        };
        let _ = reading(form).decode(&body[..]);
        let _ = reading(form).decode(&message[..]);
    }

    #[test]
    fn any_damage_to_a_good_message_gives_columns_or_an_error(
        damage in prop::collection::vec((0_usize..200, any::<u8>()), 0..8),
        times in prop::collection::vec(1_i64..40, 0..30),
    ) {
        let times: Vec<(i64, f64)> = times
            .iter()
            .scan(90, |t, step| { *t += step; Some((*t, f64::from(i32::try_from(*t).unwrap()))) })
            .collect();
        let series = ChunkedSeries {
            labels: labels(&[("__name__", "x"), ("a", "1")]),
            chunks: vec![floats(&times)],
        };
        let message = ChunkedReadResponse { chunked_series: vec![series], query_index: 0 };
        let mut message = message.encode_to_vec();
        let n = message.len();
        for (at, xor) in damage {
            message[at % n] ^= xor;
        }
        let _ = reading(Form::Chunks).decode(&frame(&message)[..]);
    }
}
