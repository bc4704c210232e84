//! What is made of requests: samples, histograms, what is refused.

use std::time::Duration;

use expect_test::expect;
use model::{Labels, SampleValue};
use prost::Message as _;
use receive::{
    Batch, Encoding, Inbox, Limits, Message, News, Outcome, ReceiveError, Receiver, Refusal,
    Written, channel,
};

use crate::messages::{
    BucketSpan, Histogram, Label, Request, TimeSeries, TimeSeries2, WriteRequest, labels, sample,
    snappy, v1, v2,
};

/// Series with `want` in the label `a` are wanted.
pub(crate) fn receiver() -> (Receiver, Inbox) {
    channel(Limits::default(), |labels| {
        labels.value("a").contains("want").then_some((labels, 60_000))
    })
}

/// Sends a message and takes its batch as a ruler does that keeps everything.
pub(crate) async fn send(
    (receiver, inbox): &mut (Receiver, Inbox),
    message: Message,
    plain: &[u8],
) -> (Result<Written, ReceiveError>, Vec<News>, Batch) {
    let body = snappy(plain);
    let mut taken = (Vec::new(), Batch::default());
    let sent = receiver.receive(message, Encoding::Snappy, &body);
    let take = async {
        let Some(one) = inbox.next().await else { return };
        let (news, batch, reply) = one.split();
        let mut outcome = Outcome::default();
        batch.samples.iter().for_each(|s| outcome.wrote(&s.value));
        taken = (news, batch);
        reply(outcome);
        std::future::pending::<()>().await;
    };
    let result = tokio::select! {
        result = sent => result,
        () = take => unreachable!("it waits"),
    };
    (result, taken.0, taken.1)
}

#[tokio::test]
async fn wanted_series_are_told_once_and_others_passed_over() {
    let mut both = receiver();
    let series = [
        (labels("__name__=x,a=want1"), vec![(10, 1.0), (20, 2.0)]),
        (labels("__name__=x,a=other"), vec![(30, 3.0)]),
        (labels("__name__=y,a=want2"), vec![(20, 4.0)]),
    ];
    let all = Written { samples: 4, ..Written::default() };
    for (message, plain) in
        [(Message::V1, v1(&series).encode_to_vec()), (Message::V2, v2(&series, 1).encode_to_vec())]
    {
        let (result, news, batch) = send(&mut both, message, &plain).await;
        assert_eq!(result, Ok(all), "what nobody wants counts as written");
        let told: Vec<_> = news.iter().map(|news| format!("{news:?}")).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains(r#"labels: {__name__="x", a="want1"}, keep_ms: 60000"#),
            "{told:?}"
        );
        let samples = batch.samples.iter().map(|s| (s.handle % 2, s.t, s.value.float().unwrap()));
        assert_eq!(samples.collect::<Vec<_>>(), [(0, 10, 1.0), (0, 20, 2.0), (1, 20, 4.0)]);
        assert_eq!(batch.span_ms, Some((10, 30)));
        let (_, news, again) = send(&mut both, message, &plain).await;
        assert_eq!((news, again), (vec![], batch), "known now");
    }
    let stats = both.0.stats();
    assert_eq!((stats.requests_ok, stats.samples_written, stats.samples_unwanted), (4, 12, 4));
    assert_eq!((stats.series_new, stats.series_wanted, stats.series_unwanted), (6, 4, 2));
    assert_eq!(stats.samples_queued, 0);
}

#[tokio::test]
async fn histograms_and_starts() {
    let integer = Histogram {
        count_int: Some(12),
        sum: 18.4,
        schema: 1,
        zero_threshold: 0.001,
        zero_count_int: Some(2),
        positive_spans: vec![
            BucketSpan { offset: 0, length: 2 },
            BucketSpan { offset: 1, length: 2 },
        ],
        positive_deltas: vec![1, 1, -1, 0],
        negative_spans: vec![BucketSpan { offset: -1, length: 1 }],
        negative_deltas: vec![5],
        reset_hint: 3,
        timestamp: 40,
        start_timestamp: 7,
        ..Histogram::default()
    };
    let custom = Histogram {
        count_float: Some(2.5),
        sum: 3.0,
        schema: -53,
        positive_spans: vec![BucketSpan { offset: 1, length: 2 }],
        positive_counts: vec![1.0, 1.5],
        custom_values: vec![0.5, 1.0],
        timestamp: 50,
        ..Histogram::default()
    };
    let series = TimeSeries2 {
        labels_refs: vec![1, 2, 3, 4],
        samples: vec![sample(30, 1.0)],
        histograms: vec![integer, custom],
        exemplars: vec![vec![]],
        created_timestamp: 5,
        ..TimeSeries2::default()
    };
    let symbols = ["", "__name__", "h", "a", "want"].map(str::to_owned).to_vec();
    let plain = Request { symbols, timeseries: vec![series] }.encode_to_vec();
    let (result, _, batch) = send(&mut receiver(), Message::V2, &plain).await;
    assert_eq!(result, Ok(Written { samples: 1, histograms: 2, exemplars: 1 }));
    let shown: String = batch
        .samples
        .iter()
        .map(|s| match &s.value {
            SampleValue::Float(value) => format!("{} since {}: {value}\n", s.t, s.start),
            SampleValue::Histogram(h) => format!("{} since {}: {h} {:?}\n", s.t, s.start, h.hint),
        })
        .collect();
    expect![[r#"
        30 since 5: 1
        40 since 7: {count:12, sum:18.4, [-0.7071067811865475,-0.5):5, [-0.001,0.001]:2, (0.7071067811865475,1]:1, (1,1.414213562373095]:2, (2,2.82842712474619]:1, (2.82842712474619,4]:1} Gauge
        50 since 5: {count:2.5, sum:3, (0.5,1]:1, (1,+Inf]:1.5} Unknown
    "#]]
    .assert_eq(&shown);
}

#[tokio::test]
async fn bad_labels_are_told_and_the_rest_is_written() {
    let label = |name: &str, value: &str| Label { name: name.into(), value: value.into() };
    let series = |labels: Vec<Label>| TimeSeries {
        labels,
        samples: vec![sample(10, 1.0)],
        ..TimeSeries::default()
    };
    let request = WriteRequest {
        timeseries: vec![
            series(vec![label("a", "want")]),
            series(vec![label("__name__", "x"), label("a", "want"), label("a", "b")]),
            series(vec![label("__name__", "x"), label("", "want")]),
            series(vec![label("b", ""), label("a", "want"), label("__name__", "x")]),
        ],
        metadata: vec![b"\x12\x01x".to_vec()],
    };
    let mut both = receiver();
    let (result, news, batch) = send(&mut both, Message::V1, &request.encode_to_vec()).await;
    let Err(ReceiveError::Refused { written, message }) = result else { panic!("{result:?}") };
    assert_eq!((written.samples, batch.samples.len()), (1, 1));
    let [News::Series { labels, .. }] = &news[..] else { panic!("{news:?}") };
    assert_eq!(labels.to_string(), r#"{__name__="x", a="want"}"#, "sorted, nothing empty");
    expect![[r#"
        invalid metric name or labels, got {a="want"}
        invalid labels for series, labels {__name__="x", a="want", a="b"}, duplicated label a
        invalid metric name or labels, got {="want", __name__="x"}"#]]
    .assert_eq(&message);
    assert_eq!(both.0.stats().samples_invalid, 3);
}

#[tokio::test]
async fn names_that_are_no_text_are_refused() {
    let mut plain = v1(&[(labels("__name__=x,a=want"), vec![(10, 1.0)])]).encode_to_vec();
    let at = plain.windows(4).position(|w| w == b"want").unwrap();
    plain[at] = 0xff;
    let (result, ..) = send(&mut receiver(), Message::V1, &plain).await;
    let Err(ReceiveError::Refused { message, .. }) = result else { panic!("{result:?}") };
    assert_eq!(message, "invalid metric name or labels, got {__name__=\"x\", a=\"\u{fffd}ant\"}");
}

#[tokio::test]
async fn histograms_that_make_no_sense_are_refused() {
    let of = |histogram: Histogram| {
        let labels = ["__name__", "x", "a", "want"]
            .chunks(2)
            .map(|pair| Label { name: pair[0].to_owned(), value: pair[1].to_owned() });
        let (labels, histograms) = (labels.collect(), vec![histogram]);
        let timeseries = vec![TimeSeries { labels, histograms, ..TimeSeries::default() }];
        WriteRequest { timeseries, metadata: vec![] }.encode_to_vec()
    };
    let span = BucketSpan { offset: 0, length: u32::MAX };
    let endless = of(Histogram { positive_spans: vec![span], ..Histogram::default() });
    let (result, ..) = send(&mut receiver(), Message::V1, &endless).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "the body is no remote-write message: a histogram's spans and buckets do not fit: there \
         are not as many buckets as the spans say"
    );
    let (result, ..) =
        send(&mut receiver(), Message::V1, &of(Histogram { schema: 77, ..Histogram::default() }))
            .await;
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with("histogram has an invalid schema"), "{message}");
}

#[tokio::test]
async fn what_the_owner_refuses_is_told() {
    let (receiver, mut inbox) = receiver();
    let body = snappy(&v1(&[(labels("__name__=x,a=want"), vec![(10, 1.0)])]).encode_to_vec());
    let refuse = async {
        let (_, _, reply) = inbox.next().await.unwrap().split();
        let mut outcome = Outcome::default();
        for t in 0..12 {
            outcome.refuse(Refusal::OutOfOrder, &labels("__name__=x"), t);
        }
        reply(outcome);
    };
    let (result, ()) = tokio::join!(receiver.receive(Message::V1, Encoding::Snappy, &body), refuse);
    let message = result.unwrap_err().to_string();
    assert!(message.starts_with("out of order sample for series {__name__=\"x\"} at 0\n"));
    assert!(message.ends_with("\nand 2 more samples"), "{message}");
}

#[tokio::test]
async fn too_much_at_once_is_to_be_sent_again() {
    let limits = Limits {
        max_queued_samples: 2,
        queue_timeout: Duration::from_millis(5),
        ..Limits::default()
    };
    let (receiver, mut inbox) = channel(limits, |labels: Labels| Some((labels, 1)));
    let series = |n: i64| {
        let samples = (0..n).map(|t| (t, 1.0)).collect();
        snappy(&v1(&[(labels("__name__=x"), samples)]).encode_to_vec())
    };
    let (large, small) = (series(5), series(1));
    let first = receiver.receive(Message::V1, Encoding::Snappy, &large);
    tokio::pin!(first);
    let waits = tokio::time::timeout(Duration::from_millis(1), &mut first).await;
    assert!(waits.is_err(), "more than fits is taken alone");
    assert_eq!(receiver.stats().samples_queued, 2);
    let second = receiver.receive(Message::V1, Encoding::Snappy, &small).await;
    assert_eq!(second, Err(ReceiveError::Busy));
    let (_, batch, reply) = inbox.next().await.unwrap().split();
    assert_eq!(batch.samples.len(), 5);
    reply(Outcome { floats: 5, ..Outcome::default() });
    assert!(first.await.is_ok());
    drop(inbox);
    let late = receiver.receive(Message::V1, Encoding::Snappy, &small).await;
    assert_eq!(late, Err(ReceiveError::Stopped));
    assert_eq!(receiver.stats().requests_busy, 2);
}

#[tokio::test]
async fn sizes_are_bounded() {
    let limits = Limits { max_plain_bytes: 1000, ..Limits::default() };
    let (receiver, _inbox) = channel(limits, |_: Labels| None);
    for encoding in [Encoding::Snappy, Encoding::Zstd] {
        let bomb = match encoding {
            Encoding::Snappy => snappy(&[0; 2000]),
            Encoding::Zstd => zstd(&[0; 2000]),
        };
        let result = receiver.receive(Message::V1, encoding, &bomb).await;
        assert_eq!(result, Err(ReceiveError::TooLarge { limit: 1000 }));
        let result = receiver.receive(Message::V1, encoding, b"no frame").await;
        assert!(matches!(result, Err(ReceiveError::Compression(_))), "{result:?}");
    }
}

/// A frame of one block as it is.
pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Uncompressed)
}
