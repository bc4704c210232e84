//! Statuses and headers.

use std::sync::Arc;

use expect_test::{Expect, expect};
use prost::Message as _;
use receive::{Limits, Outcome, Refusal, channel, router};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    messages::{labels, snappy, v1, v2},
    requests::zstd,
};

const V1: &str = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n";
const V2: &str = "Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request\r\n\
                  Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 2.0.0\r\n";

/// A receiver whose owner refuses values of 9.
struct Server {
    address: String,
}

impl Server {
    async fn start() -> Self {
        let limits = Limits {
            max_request_bytes: 1000,
            body_timeout: std::time::Duration::from_millis(50),
            ..Limits::default()
        };
        let (receiver, mut inbox) = channel(limits, |labels| Some((labels, 1)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(axum::serve(listener, router(Arc::new(receiver))).into_future());
        tokio::spawn(async move {
            while let Some(taken) = inbox.next().await {
                let (_, batch, reply) = taken.split();
                let mut outcome = Outcome::default();
                for sample in &batch.samples {
                    match sample.value.float() {
                        Some(9.0) => outcome.refuse(Refusal::TooFar, &labels("a=b"), sample.t),
                        _ => outcome.wrote(&sample.value),
                    }
                }
                reply(outcome);
            }
        });
        Self { address }
    }

    /// Sends a head and a body, and shows the answer without its date.
    async fn check(&self, head: &str, body: &[u8], expect: Expect) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let length = body.len();
        let head = format!(
            "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{head}\r\n"
        );
        self.talk(&mut stream, head.as_bytes(), body, expect).await;
    }

    async fn talk(&self, stream: &mut TcpStream, head: &[u8], body: &[u8], expect: Expect) {
        stream.write_all(head).await.unwrap();
        let _ = stream.write_all(body).await;
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        let quiet = ["date:", "connection:", "content-length:"];
        let lines = answer.lines().filter(|line| quiet.iter().all(|q| !line.starts_with(q)));
        expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }
}

#[tokio::test]
async fn both_versions_and_encodings_are_taken() {
    let server = Server::start().await;
    let series = [(labels("__name__=x"), vec![(1, 1.0), (2, 2.0)])];
    let first = v1(&series).encode_to_vec();
    server.check(V1, &snappy(&first), expect!["HTTP/1.1 204 No Content\n"]).await;
    server.check("", &snappy(&first), expect!["HTTP/1.1 204 No Content\n"]).await;
    let head = "Content-Encoding: zstd\r\nContent-Type: Application/X-Protobuf; \
                proto=prometheus.WriteRequest\r\n";
    server.check(head, &zstd(&first), expect!["HTTP/1.1 204 No Content\n"]).await;
    let second = snappy(&v2(&series, 0).encode_to_vec());
    server
        .check(
            V2,
            &second,
            expect![[r#"
                HTTP/1.1 204 No Content
                x-prometheus-remote-write-samples-written: 2
                x-prometheus-remote-write-histograms-written: 0
                x-prometheus-remote-write-exemplars-written: 0
            "#]],
        )
        .await;
}

#[tokio::test]
async fn what_is_refused_is_told_with_a_status() {
    let server = Server::start().await;
    let series = [(labels("__name__=x"), vec![(1, 9.0), (2, 2.0)])];
    let second = snappy(&v2(&series, 0).encode_to_vec());
    server
        .check(
            V2,
            &second,
            expect![[r#"
                HTTP/1.1 400 Bad Request
                content-type: text/plain; charset=utf-8
                x-prometheus-remote-write-samples-written: 1
                x-prometheus-remote-write-histograms-written: 0
                x-prometheus-remote-write-exemplars-written: 0

                out of bounds: timestamp is too far in the future for series {a="b"} at 1"#]],
        )
        .await;
    server
        .check(
            "Content-Type: application/json\r\n",
            b"{}",
            expect![[r#"
                HTTP/1.1 415 Unsupported Media Type
                content-type: text/plain; charset=utf-8

                unexpected media type `application/json` in content type `application/json`; accepted are application/x-protobuf with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request"#]],
        )
        .await;
    server
        .check(
            "Content-Encoding: gzip\r\n",
            b"",
            expect![[r#"
                HTTP/1.1 415 Unsupported Media Type
                content-type: text/plain; charset=utf-8

                `gzip` encoding (compression) is not accepted; accepted are snappy and zstd"#]],
        )
        .await;
    server
        .check(
            V1,
            b"\xff",
            expect![[r#"
                HTTP/1.1 400 Bad Request
                content-type: text/plain; charset=utf-8

                the body can not be decompressed: snappy: corrupt input (invalid header)"#]],
        )
        .await;
}

#[tokio::test]
async fn bodies_that_are_too_large_or_too_slow_are_refused() {
    let server = Server::start().await;
    let large = || {
        expect![[r#"
            HTTP/1.1 413 Payload Too Large
            content-type: text/plain; charset=utf-8

            the request is larger than 1000 bytes; lower `max_samples_per_send`"#]]
    };
    server.check(V1, &[0; 1001], large()).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = format!(
        "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n{V1}\r\n"
    );
    let chunk = [b"7d0\r\n".as_slice(), &[0; 2000], b"\r\n0\r\n\r\n"].concat();
    server.talk(&mut stream, head.as_bytes(), &chunk, large()).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                Content-Length: 10\r\n\r\n";
    let slow = expect![[r#"
        HTTP/1.1 408 Request Timeout
        content-type: text/plain; charset=utf-8

        the body did not come within 50ms"#]];
    server.talk(&mut stream, head.as_bytes(), b"123", slow).await;
}
