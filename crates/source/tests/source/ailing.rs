//! Sources that refuse, hang, or answer nonsense: each is an error that names the query and the
//! server, and is retried only where that may help.

use std::time::Duration;

use axum::{
    body::Body,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use futures_util::StreamExt;
use source::{Client, SourceError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::play::{Play, config, json, up};

const EXPR: &str = "sum(rate(x[5m]))";

/// Asks once; gives the error and how many requests the server saw.
async fn fails<R: IntoResponse>(
    answer: impl Fn(usize) -> R + Clone + Send + Sync + 'static,
) -> (SourceError, usize) {
    let play = Play::start(move |n, _| answer(n)).await;
    let error = play.client().query(EXPR, 0).await.expect_err("it is an error");
    let text = error.to_string();
    assert!(text.starts_with(&format!("query `{EXPR}` at {}/: ", play.url)), "{text}");
    (error, play.seen().len())
}

#[tokio::test]
async fn refused_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::new(config(&format!("http://me:hush@{address}/?token=hush"))).unwrap();
    let error = client.query(EXPR, 0).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(matches!(error, SourceError::Connect { .. }), "{text}");
    assert!(text.contains(EXPR) && text.contains("refused"), "{text}");
    assert!(text.contains(&address.to_string()) && !text.contains("hush"), "{text}");
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // The first connection is cut without an answer; later ones are served.
    tokio::spawn(async move {
        drop(listener.accept().await.unwrap());
        axum::serve(listener, axum::Router::new().fallback(async || up())).await.unwrap();
    });
    let client = Client::new(config(&format!("http://{address}"))).unwrap();
    assert_eq!(client.query("up", 0).await.unwrap().data.len(), 1);
}

#[tokio::test]
async fn hanging_servers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut config = config(&format!("http://{address}"));
    config.timeout = Duration::from_millis(50);
    // The listener accepts and never says a word.
    let error = Client::new(config).unwrap().query(EXPR, 0).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("query `{EXPR}` at http://{address}/: no complete answer within 50ms")
    );
    drop(listener);
}

#[tokio::test]
async fn servers_that_hang_in_the_middle() {
    let play = Play::start(|_, _| {
        let start = futures_util::stream::iter([Ok::<_, std::io::Error>(r#"{"status":"succ"#)]);
        let body = Body::from_stream(start.chain(futures_util::stream::pending()));
        ([("content-type", "application/json")], body)
    })
    .await;
    let mut config = config(&play.url);
    config.timeout = Duration::from_millis(50);
    let error = Client::new(config).unwrap().query(EXPR, 0).await.unwrap_err();
    assert!(matches!(error, SourceError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn statuses() {
    let check = |(error, n): (SourceError, usize), expect: &str, n_requests| {
        let text = error.to_string();
        assert!(text.ends_with(expect), "{text}");
        assert!(matches!(error, SourceError::Status { .. }), "{text}");
        assert_eq!(n, n_requests, "{text}");
    };
    let unauthorized = |_| (StatusCode::UNAUTHORIZED, "who are you\n");
    check(fails(unauthorized).await, "the server answered 401: who are you", 1);
    check(fails(|_| StatusCode::NOT_FOUND).await, "the server answered 404", 1);
    check(fails(|_| StatusCode::INTERNAL_SERVER_ERROR).await, "the server answered 500", 3);
    check(fails(|_| StatusCode::BAD_GATEWAY).await, "the server answered 502", 3);
    let far = |_| (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "86400")], "");
    check(fails(far).await, "the server answered 429", 1);
    let long = |_| (StatusCode::FORBIDDEN, "é".repeat(400));
    let (error, _) = fails(long).await;
    let SourceError::Status { code: 403, excerpt, .. } = error else { panic!("{error}") };
    assert_eq!(excerpt.chars().count(), 300);
}

#[tokio::test]
async fn redirections() {
    let play = Play::start(|_, seen| {
        let to = match &*seen.path {
            "/api/v1/query" => return Redirect::permanent("/prom/api/v1/query").into_response(),
            "/prom/api/v1/query" => return up(),
            "/method/api/v1/query" => Redirect::to("/prom/api/v1/query"),
            _ => Redirect::permanent("http://me:hush@127.0.0.1:1/?hush"),
        };
        to.into_response()
    })
    .await;
    assert_eq!(play.client().query("up", 0).await.unwrap().data.len(), 1);
    assert_eq!(play.seen()[1].params["query"], "up");
    let check = async |path: &str, expect: &str| {
        let client = Client::new(config(&format!("{}{path}", play.url))).unwrap();
        let text = client.query("up", 0).await.unwrap_err().to_string();
        assert!(text.contains(expect), "{text}");
    };
    check("/elsewhere", "answered 308: it redirects to http://127.0.0.1:1/, which is not").await;
    check("/method", "answered 303: it redirects to http://127.0.0.1").await;
}

#[tokio::test]
async fn busy_servers_are_asked_again() {
    let play = Play::start(|n, _| match n {
        1 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")], "").into_response(),
        2 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => up(),
    })
    .await;
    assert_eq!(play.client().query("up", 0).await.unwrap().data.len(), 1);
    assert_eq!(play.seen().len(), 3);
}

#[tokio::test]
async fn api_errors() {
    let answer = |code: u16, kind: &str| {
        let body = format!(r#"{{"status":"error","errorType":"{kind}","error":"no such"}}"#);
        move |_| -> Response {
            (StatusCode::from_u16(code).unwrap(), json(body.clone())).into_response()
        }
    };
    let check = |(error, n): (SourceError, usize), kind: &str, n_requests| {
        assert!(error.to_string().ends_with(&format!(": {kind}: no such")), "{error}");
        assert!(matches!(&error, SourceError::Api { error_type, .. } if error_type == kind));
        assert_eq!(n, n_requests, "{error}");
    };
    check(fails(answer(400, "bad_data")).await, "bad_data", 1);
    check(fails(answer(422, "execution")).await, "execution", 1);
    check(fails(answer(503, "timeout")).await, "timeout", 1);
    check(fails(answer(503, "unavailable")).await, "unavailable", 3);
    check(fails(answer(200, "internal")).await, "internal", 1);
}

#[tokio::test]
async fn malformed_answers() {
    let check = |(error, n): (SourceError, usize), expect: &str| {
        let text = error.to_string();
        assert!(matches!(error, SourceError::Malformed { .. }), "{text}");
        assert!(text.contains(expect), "{text}");
        assert_eq!(n, 1, "{text}");
    };
    let half = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"#;
    check(fails(move |_| json(half)).await, "malformed answer: it ends in the middle");
    let page = |_| Html("<html><h1>Please\nlog in</h1></html>");
    check(
        fails(page).await,
        "expected JSON, got text/html; charset=utf-8: <html><h1>Please log in",
    );
    check(fails(|_| json("")).await, "it ends in the middle");
    check(fails(|_| json("<html>")).await, "expected value at line 1 column 1");
    check(fails(|_| json(r#"{"status":"success","data":{}}"#)).await, "it has no resultType");
}

#[tokio::test]
async fn connections_that_break_in_the_middle() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            let text = format!("{head}content-length: 1000\r\n\r\n{{\"status\":\"success\",");
            let _ = socket.write_all(text.as_bytes()).await;
        }
    });
    let client = Client::new(config(&format!("http://{address}"))).unwrap();
    let error = client.query(EXPR, 0).await.unwrap_err();
    assert!(error.to_string().contains("malformed answer: broke off after 20 bytes"), "{error}");
}

#[tokio::test]
async fn answers_beyond_the_limit() {
    let play = Play::start(|_, _| json(format!(r#"{{"status":"{}"}}"#, "x".repeat(1 << 20)))).await;
    let mut config = config(&play.url);
    config.max_bytes = 1000;
    let error = Client::new(config).unwrap().query(EXPR, 0).await.unwrap_err();
    assert!(error.to_string().contains("longer than max_bytes (1000)"), "{error}");
}

#[tokio::test]
async fn configurations_that_cannot_work() {
    let check = |url: &str, expect: &str| {
        let error = Client::new(config(url)).expect_err("it cannot work");
        assert_eq!(error.to_string(), expect);
    };
    check("", "source: url is missing");
    check("ftp://host", "source: url ftp://host/: expected http://host or https://host");
    check("http://me:pw@:x", "source: url <not a URL>: empty host");
    let mut config = config("http://127.0.0.1:1");
    config.tls_config.ca_file = Some("no/such/ca.pem".into());
    let error = Client::new(config).unwrap().query(EXPR, 0).await.unwrap_err();
    assert!(error.to_string().contains("cannot read ca_file no/such/ca.pem"), "{error}");
}

#[tokio::test]
async fn no_http_at_all() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 1024]).await;
            let _ = socket.write_all(b"220 mail.example ESMTP\r\n").await;
        }
    });
    let client = Client::new(config(&format!("http://{address}"))).unwrap();
    let error = client.query(EXPR, 0).await.unwrap_err();
    assert!(matches!(error, SourceError::Connect { .. }), "{error}");
}
