//! Remote read of a server that refuses it, hangs, or answers nonsense: the question is asked as
//! PromQL within the same call, and nothing is lost.

use std::time::Duration;

use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use model::{MatchOp, Matcher};
use source::{Answer, Client, RemoteRead, SourceConfig, SourceError};

use crate::play::{Play, Seen, config, json};

const QUERY: &str = r#"{__name__="x"}[1m]"#;
const STREAM: &str = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";

/// What the query says: 1. Remote read says 2.
fn queried() -> Response {
    json(
        r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"x"},"values":[[50,"1"]]}]}}"#,
    )
}

fn shown_config(global: &str) -> Response {
    json(format!(r#"{{"status":"success","data":{{"yaml":"global:\n{global}"}}}}"#))
}

/// A field that has a length.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short field");
    assert!(length < 0x80);
    [&[number << 3 | 2, length], content].concat()
}

/// A frame with one sample, 2 at 50 seconds, of a series of this name and of labels.
fn frame(pairs: &[(&str, &str)]) -> Vec<u8> {
    let labels = pairs.iter().flat_map(|(name, value)| {
        field(1, &[field(1, name.as_bytes()), field(2, value.as_bytes())].concat())
    });
    // 100,000 is 50,000 as a signed number.
    let chunk = [&[0, 1, 0xa0, 0x8d, 6], &2_f64.to_be_bytes()[..]].concat();
    let chunk = field(2, &[vec![3 << 3, 1], field(4, &chunk)].concat());
    let message = field(1, &labels.chain(chunk).collect::<Vec<u8>>());
    let head = [u8::try_from(message.len()).expect("a short message")];
    [&head[..], &crc32c::crc32c(&message).to_be_bytes(), &message].concat()
}

fn stream(body: impl Into<Body>) -> Response {
    ([("content-type", STREAM)], body.into()).into_response()
}

/// A source that has remote read as a function says.
async fn source<R: IntoResponse>(
    read: impl Fn(usize, &Seen) -> R + Clone + Send + Sync + 'static,
) -> Play {
    Play::start(move |n, seen| match &*seen.path {
        "/api/v1/read" => read(n, seen).into_response(),
        "/api/v1/status/config" => shown_config(""),
        _ => queried(),
    })
    .await
}

async fn ask(client: &Client) -> Result<Answer, SourceError> {
    client.query_window(QUERY, &[Matcher::equal("__name__", "x")], (0, 60_000)).await
}

/// The only value of the answer.
async fn value(client: &Client) -> String {
    let answer = ask(client).await.unwrap();
    assert_eq!(answer.data.timestamps, [50_000]);
    answer.data.values[0].to_string()
}

fn paths(play: &Play) -> Vec<String> {
    let seen = play.seen().into_iter();
    seen.map(|seen| seen.path.trim_start_matches("/api/v1/").to_owned()).collect()
}

fn with(url: &str, remote_read: RemoteRead) -> Client {
    Client::new(SourceConfig { remote_read, ..config(url) }).unwrap()
}

#[tokio::test]
async fn windows_come_by_remote_read() {
    let play = source(|_, _| stream(frame(&[("__name__", "x")]))).await;
    let client = play.client();
    assert_eq!(value(&client).await, "2");
    assert_eq!(value(&client).await, "2");
    let seen = play.seen();
    // Answers with series that were not there before are confirmed by another look.
    assert_eq!(paths(&play), ["status/config", "read", "status/config", "read"]);
    let header = |name: &str| seen[1].headers[name].to_str().unwrap().to_owned();
    assert_eq!((&*seen[1].method, &*header("content-encoding")), ("POST", "snappy"));
    assert_eq!(header("content-type"), "application/x-protobuf");
    assert_eq!(header("x-prometheus-remote-read-version"), "0.1.0");
    assert_eq!(client.traffic().failures, 0);
}

#[tokio::test]
async fn never_asks_as_before() {
    let play = source(|_, _| stream(frame(&[("__name__", "x")]))).await;
    assert_eq!(value(&with(&play.url, RemoteRead::Never)).await, "1");
    assert_eq!(paths(&play), ["query"]);
}

#[tokio::test]
async fn a_source_that_refuses_is_asked_once() {
    for code in [400, 404, 405, 415, 501] {
        let code = StatusCode::from_u16(code).unwrap();
        let play = source(move |_, _| (code, "no such thing")).await;
        for mode in [RemoteRead::Auto, RemoteRead::Always] {
            let n = play.seen().len();
            let client = with(&play.url, mode);
            assert_eq!(value(&client).await, "1", "{code}");
            assert_eq!(value(&client).await, "1", "{code}");
            assert_eq!(paths(&play)[n..], ["status/config", "read", "query", "query"], "{code}");
            assert_eq!(play.seen()[n + 2].method, "POST", "queries are sent as before");
        }
    }
}

#[tokio::test]
async fn nonsense_is_asked_as_promql_and_after_three_times_all_is() {
    let good = || frame(&[("__name__", "x")]);
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (STREAM, good()[..30].to_vec()),
        (STREAM, [good(), b"exceeded something\n".to_vec()].concat()),
        (STREAM, good().into_iter().map(|b| if b == b'x' { b'y' } else { b }).collect()),
        ("text/html", b"<h1>Welcome</h1>".to_vec()),
        ("application/x-protobuf", good()),
    ];
    for (media, body) in bodies {
        let play = source(move |_, _| ([("content-type", media)], body.clone())).await;
        let client = play.client();
        for nth in 0..2 {
            for name in ["x", "y", "z", "more"] {
                let matchers = [Matcher::equal("__name__", name)];
                let answer = client.query_window(QUERY, &matchers, (0, 60_000)).await.unwrap();
                assert_eq!(answer.data.values, [1.0], "{nth} {name}");
            }
        }
        let read = paths(&play).into_iter().filter(|path| path == "read").count();
        assert_eq!(read, 3, "{media}");
    }
    let play = source(|_, _| {
        let pieces = [Ok(frame(&[("__name__", "x")])), Err(std::io::Error::other("it stumbled"))];
        stream(Body::from_stream(futures_util::stream::iter(pieces)))
    })
    .await;
    assert_eq!(value(&play.client()).await, "1", "a body that breaks off between two frames");
}

#[tokio::test]
async fn failures_and_hanging_leave_time_to_ask_again() {
    let play = source(|_, _| StatusCode::INTERNAL_SERVER_ERROR).await;
    assert_eq!(value(&play.client()).await, "1");
    let start = || futures_util::stream::iter([Ok::<_, std::io::Error>(frame(&[("a", "b")]))]);
    let play = source(move |_, _| {
        stream(Body::from_stream(start().chain(futures_util::stream::pending())))
    })
    .await;
    let mut config = config(&play.url);
    config.timeout = Duration::from_millis(600);
    let client = Client::new(config).unwrap();
    let asked = tokio::time::timeout(Duration::from_millis(590), value(&client));
    assert_eq!(asked.await.expect("it is done in time"), "1");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read() {
    let frames = frame(&[("__name__", "x")]).repeat(10_000);
    let play = source(move |_, _| stream(frames.clone())).await;
    let config = SourceConfig { max_bytes: 1000, ..config(&play.url) };
    let client = Client::new(config).unwrap();
    assert_eq!(value(&client).await, "1");
    assert_eq!(value(&client).await, "1");
    assert_eq!(paths(&play), ["status/config", "read", "query", "query"]);
    assert!(client.traffic().bytes < 200_000);
}

#[tokio::test]
async fn chunks_of_other_things_are_asked_for_as_promql() {
    let play = source(|_, _| {
        // A chunk of an encoding that came later.
        let mut other = frame(&[("__name__", "x")]);
        let at = other.len() - 16;
        assert_eq!(other[at - 1..=at], [3 << 3, 1]);
        other[at] = 4;
        let checksum = crc32c::crc32c(&other[5..]).to_be_bytes();
        other[1..5].copy_from_slice(&checksum);
        stream(other)
    })
    .await;
    let client = play.client();
    assert_eq!(value(&client).await, "1");
    assert_eq!(value(&client).await, "1");
    assert_eq!(paths(&play), ["status/config", "read", "query", "query"], "it is remembered");
    let other = [Matcher::equal("__name__", "y")];
    client.query_window("y[1m]", &other, (0, 60_000)).await.unwrap();
    assert_eq!(paths(&play)[4..], ["read", "query"], "it says nothing about other selectors");
}

#[tokio::test]
async fn external_labels_must_be_known_and_stay() {
    // Not told: only `always` trusts that there are none.
    let silent = |_: usize, seen: &Seen| match &*seen.path {
        "/api/v1/read" => stream(frame(&[("__name__", "x")])),
        "/api/v1/status/config" => StatusCode::NOT_FOUND.into_response(),
        _ => queried(),
    };
    let play = Play::start(silent).await;
    assert_eq!(value(&play.client()).await, "1");
    assert_eq!(value(&with(&play.url, RemoteRead::Always)).await, "2");
    // Not told for now: nobody guesses.
    let play = Play::start(|_, seen| match &*seen.path {
        "/api/v1/read" => stream(frame(&[("__name__", "x"), ("c", "eu")])),
        "/api/v1/status/config" => StatusCode::BAD_GATEWAY.into_response(),
        _ => queried(),
    })
    .await;
    let client = with(&play.url, RemoteRead::Always);
    for _ in 0..5 {
        assert_eq!(value(&client).await, "1");
    }
    let looks = paths(&play).into_iter().filter(|path| path == "status/config").count();
    assert_eq!((looks, paths(&play).len()), (9, 14), "three times, with two repetitions each");
    // Others read for the source: their warnings would be lost.
    let play = Play::start(|_, seen| match &*seen.path {
        "/api/v1/read" => stream(frame(&[("__name__", "x")])),
        "/api/v1/status/config" => shown_config(r"\nremote_read:\n- url: http://x\n"),
        _ => queried(),
    })
    .await;
    assert_eq!(value(&play.client()).await, "1");
    assert_eq!(value(&with(&play.url, RemoteRead::Always)).await, "2");
    // The configuration changes between the look and the answer.
    let play = Play::start(|n, seen| match &*seen.path {
        "/api/v1/read" => stream(frame(&[("__name__", "x"), ("c", "eu")])),
        "/api/v1/status/config" if n == 1 => shown_config(""),
        "/api/v1/status/config" => shown_config(r"  external_labels:\n    c: eu\n"),
        _ => queried(),
    })
    .await;
    let client = play.client();
    assert_eq!(value(&client).await, "1", "labels that are not the series' own");
    let answer = ask(&client).await.unwrap();
    let labels = answer.data.labels[0].to_string();
    assert_eq!((&answer.data.values[..], &*labels), (&[2.0][..], r#"{__name__="x"}"#));
}

#[tokio::test]
async fn what_remote_read_can_not_say_is_not_said_by_it() {
    let play = source(|_, _| stream(frame(&[("__name__", "x")]))).await;
    let matcher = Matcher::from_bytes(b"a", MatchOp::NotEqual, b"\xff").unwrap();
    let client = play.client();
    let answer = client.query_window(QUERY, &[matcher], (0, 60_000)).await.unwrap();
    assert_eq!(answer.data.values, [1.0], "bytes that are no text");
    let params = [("extra_label".to_owned(), "a=b".to_owned())].into();
    let config = SourceConfig { params, ..config(&play.url) };
    assert_eq!(value(&Client::new(config).unwrap()).await, "1", "parameters of queries");
}
