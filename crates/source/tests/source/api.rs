//! What is asked, with which credentials, and what good answers become.

use std::{fmt::Write, io::Write as _, time::Duration};

use axum::{http::StatusCode, response::IntoResponse};
use source::{
    AnswerKind, Authorization, BasicAuth, Client, HeaderValues, ResultType, SourceConfig,
    SourceError,
};

use crate::play::{Play, config, json, up};

const T: i64 = 1_435_781_451_781;

#[tokio::test]
async fn instant_queries_are_posted() {
    let play = Play::start(|_, _| up()).await;
    let mut config = config(&format!("{}/prom/", play.url));
    config.timeout = Duration::from_secs(7);
    config.params.insert("extra_label".into(), "a=b&c".into());
    let answer = Client::new(config).unwrap().query("up == 1", T).await.unwrap();
    assert_eq!(answer.kind, AnswerKind::Vector);
    let series: Vec<_> = answer.data.iter().collect();
    assert_eq!(format!("{series:?}"), format!(r#"[({{__name__="up"}}, [{T}], [1.0])]"#));
    let seen = play.only();
    assert_eq!((&*seen.method, &*seen.path), ("POST", "/prom/api/v1/query"));
    assert_eq!(seen.params["query"], "up == 1");
    assert_eq!(seen.params["time"], "1435781451.781");
    assert_eq!(seen.params["extra_label"], "a=b&c");
    let timeout: u32 = seen.params["timeout"].strip_suffix("ms").unwrap().parse().unwrap();
    assert!((1..=7000).contains(&timeout), "{timeout}");
}

#[tokio::test]
async fn range_queries_give_matrices() {
    let play = Play::start(|_, _| {
        json(
            r#"{"status":"success","data":{"resultType":"matrix","result":[
                {"metric":{"a":"1"},"values":[[0,"NaN"],[15,"+Inf"],[30,"-Inf"]]},
                {"metric":{},"values":[[15,"-0.5"]]}]}}"#,
        )
    })
    .await;
    let answer = play.client().query_range("x", 0, 30_000, 15_000).await.unwrap();
    assert_eq!(answer.kind, AnswerKind::Matrix);
    assert_eq!(answer.data.ends, [3, 4]);
    assert_eq!(answer.data.timestamps, [0, 15_000, 30_000, 15_000]);
    assert_eq!(format!("{:?}", answer.data.values), "[NaN, inf, -inf, -0.5]");
    let seen = play.only();
    assert_eq!(seen.path, "/api/v1/query_range");
    assert_eq!(
        (&*seen.params["start"], &*seen.params["end"], &*seen.params["step"]),
        ("0.000", "30.000", "15.000")
    );
}

#[tokio::test]
async fn warnings_are_passed_on() {
    let play = Play::start(|_, _| {
        json(
            r#"{"status":"success","data":{"resultType":"vector","result":[]},
                "warnings":["PromQL warning: w"],"infos":["PromQL info: i"]}"#,
        )
    })
    .await;
    let answer = play.client().query("x", T).await.unwrap();
    assert_eq!(answer.warnings, ["PromQL warning: w"]);
    assert_eq!(answer.infos, ["PromQL info: i"]);
}

#[tokio::test]
async fn many_series_and_compression() {
    let mut body = r#"{"status":"success","data":{"resultType":"vector","result":["#.to_owned();
    for i in 0..100_000 {
        let comma = if i == 0 { "" } else { "," };
        write!(
            body,
            r#"{comma}{{"metric":{{"__name__":"x","instance":"host-{i}"}},"value":[1,"{i}"]}}"#
        )
        .unwrap();
    }
    body.push_str("]}}");
    let n_bytes = body.len() as u64;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(body.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let play = Play::start(move |n, seen| {
        assert!(seen.headers["accept-encoding"].to_str().unwrap().contains("gzip"));
        let encoded = [("content-type", "application/json"), ("content-encoding", "gzip")];
        if n == 1 { json(body.clone()) } else { (encoded, gzip.clone()).into_response() }
    })
    .await;
    let client = play.client();
    for _ in 0..2 {
        let answer = client.query("x", T).await.unwrap();
        assert_eq!((answer.data.len(), answer.bytes), (100_000, n_bytes));
        let (labels, _, values) = answer.data.iter().last().unwrap();
        assert_eq!((labels.value("instance"), values), ("host-99999", &[99_999.0][..]));
    }
}

#[tokio::test]
async fn servers_without_post_are_asked_by_get() {
    let play = Play::start(|_, seen| match &*seen.method {
        "POST" => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        _ => up(),
    })
    .await;
    let client = play.client();
    client.query("up", T).await.unwrap();
    client.query("up", T).await.unwrap();
    let methods: Vec<String> = play.seen().into_iter().map(|seen| seen.method).collect();
    assert_eq!(methods, ["POST", "GET", "GET"]);
    assert_eq!(play.seen()[2].params["query"], "up");
}

/// The `Authorization` header that a configuration makes.
async fn authorization(change: impl FnOnce(&mut SourceConfig)) -> String {
    let play = Play::start(|_, _| up()).await;
    let mut config = config(&play.url);
    change(&mut config);
    Client::new(config).unwrap().query("up", T).await.unwrap();
    play.only().headers["authorization"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn credentials() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "tok\n").unwrap();
    let basic = |auth| |config: &mut SourceConfig| config.basic_auth = Some(auth);
    let other = |auth| |config: &mut SourceConfig| config.authorization = Some(auth);
    let auth = BasicAuth {
        username: Some("me".into()),
        password: Some("pw".into()),
        ..BasicAuth::default()
    };
    assert_eq!(authorization(basic(auth)).await, "Basic bWU6cHc=");
    let auth = Authorization { credentials_file: Some(file), ..Authorization::default() };
    assert_eq!(authorization(other(auth)).await, "Bearer tok");
    let auth = Authorization {
        scheme: Some("ApiKey".into()),
        credentials_env: Some("CARGO_PKG_NAME".into()),
        ..Authorization::default()
    };
    assert_eq!(authorization(other(auth)).await, "ApiKey source");
    let in_url = |config: &mut SourceConfig| {
        config.url = config.url.expose().replace("http://", "http://me:pw@").as_str().into();
    };
    assert_eq!(authorization(in_url).await, "Basic bWU6cHc=");
}

#[tokio::test]
async fn secrets_are_read_anew_and_headers_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "one").unwrap();
    let play = Play::start(|_, _| up()).await;
    let mut config = config(&play.url);
    config.authorization =
        Some(Authorization { credentials_file: Some(file.clone()), ..Authorization::default() });
    config.headers.insert("X-Scope-OrgID".into(), "team".into());
    let values = HeaderValues {
        values: vec!["a".into()],
        files: vec![file.clone()],
        ..HeaderValues::default()
    };
    config.http_headers.insert("X-Many".into(), values);
    let client = Client::new(config).unwrap();
    client.query("up", T).await.unwrap();
    std::fs::write(&file, "two").unwrap();
    client.query("up", T).await.unwrap();
    let seen = play.seen();
    let many: Vec<_> = seen[0].headers.get_all("x-many").iter().collect();
    assert_eq!(many, ["a", "one"]);
    assert_eq!(seen[0].headers["x-scope-orgid"], "team");
    assert_eq!(seen[0].headers["authorization"], "Bearer one");
    assert_eq!(seen[1].headers["authorization"], "Bearer two");
    std::fs::remove_file(&file).unwrap();
    let error = client.query("up", T).await.unwrap_err();
    assert!(matches!(error, SourceError::Credentials { .. }), "{error}");
    assert!(!format!("{client:?}").contains("two"));
}

#[tokio::test]
async fn the_type_of_an_answer_is_checked() {
    let play = Play::start(|_, _| up()).await;
    let client = play.client();
    assert!(client.query_type("up", T, ResultType::Vector).await.is_ok());
    let error = client.query_type("up[5m]", T, ResultType::Matrix).await.unwrap_err();
    let url = client.url();
    assert_eq!(
        error.to_string(),
        format!("query `up[5m]` at {url}: expected a matrix, got a vector")
    );
    let error = client.query_range("up", 0, 1, 1).await.unwrap_err();
    assert!(matches!(error, SourceError::WrongType { .. }), "{error}");
}

#[tokio::test]
async fn build_information() {
    let play = Play::start(|_, _| {
        json(r#"{"status":"success","data":{"version":"3.14.0","revision":"abc","goVersion":"x"}}"#)
    })
    .await;
    assert_eq!(play.client().buildinfo().await.unwrap().version, "3.14.0");
    let seen = play.only();
    assert_eq!((&*seen.method, &*seen.path), ("GET", "/api/v1/status/buildinfo"));
    let play = Play::start(|_, _| "no JSON").await;
    let error = play.client().buildinfo().await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{error}");
}
