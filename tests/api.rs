//! The query API of `server`: transcripts of requests, and the same requests to a real Prometheus
//! that holds the same samples, whose answers must be equal byte for byte.

use std::{fmt::Write, fs, path::Path, sync::Arc};

use expect_test::{Expect, expect};
use model::{Labels, number::format_g};
use server::{Backing, Serving};
use simulator::{Config, Platform};
use store::Table;

use crate::servers::{Prometheus, http, require_or_skip, run};

const START_MS: i64 = 1_768_237_200_000;

/// A request to `/api/v1/`: method, address and form.
type Request = (&'static str, &'static str, &'static str);

/// Ten minutes of a small platform, and values that are hard to write.
fn table() -> Table {
    let mut table = Table::new();
    let config = Config { start_ms: START_MS, ..Config::healthy(17, 1) };
    Platform::new(config, 3).advance_to(&mut table, START_MS);
    let values = [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e-7, 1e21, 123_456_789.125, -0.0, 0.1];
    for (i, value) in values.into_iter().enumerate() {
        let labels = [("__name__", "odd"), ("i", &*i.to_string()), ("text", "a<b & \"c\" \\ é")];
        let id = table.series_id(&Labels::from_pairs(labels));
        table.append(id, START_MS - 1_500, value);
    }
    table
}

async fn serve() -> Serving {
    server::serve(Arc::new(Backing::fixed(table(), START_MS)), 0).await.expect("a free port")
}

async fn ask(url: &str, (method, address, form): Request) -> String {
    let url = format!("{url}/api/v1/{address}");
    let request = match method {
        "GET" => http().get(url),
        _ => http()
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned()),
    };
    let answer = request.send().await.expect("the server answers");
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    let body = answer.text().await.expect("a whole answer");
    format!("{} {}\n{body}\n", status.as_u16(), kind.to_str().expect("a header"))
}

async fn check(request: Request, expect: &Expect) {
    let serving = serve().await;
    expect.assert_eq(&ask(&serving.url(), request).await);
    serving.stop().await;
}

#[tokio::test]
async fn queries_are_answered_and_refused_in_prometheus_words() {
    let get = |address| ("GET", address, "");
    check(
        get("query?query=odd%7Bi=%223%22%7D&time=2026-01-12T17:00:00.25Z"),
        &expect![[r#"
            200 application/json
            {"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"odd","i":"3","text":"a<b & \"c\" \\ é"},"value":[1768237200.250,"1e-07"]}]}}
        "#]],
    )
    .await;
    check(
        get("query?query=rate(odd)"),
        &expect![[r#"
            400 application/json
            {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"}
        "#]],
    )
    .await;
    check(get("query?query=up&time=soon"), &expect![[r#"
        400 application/json
        {"status":"error","errorType":"bad_data","error":"invalid parameter \"time\": invalid time value for 'time': cannot parse \"soon\" to a valid timestamp"}
    "#]]).await;
    check(get("query_range?query=up%5B1m%5D&start=1&end=2&step=1"), &expect![[r#"
        400 application/json
        {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"}
    "#]]).await;
    check(
        get("query?query=up&limit=1"),
        &expect![[r#"
            200 application/json
            {"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","instance":"10.8.1.10:8080","job":"tripo04os-services","service":"payments"},"value":[1768237200,"1"]}]},"warnings":["results truncated due to limit"]}
        "#]],
    )
    .await;
    check(
        get("query?query=rate(drivers_available%7Bzone=%22east%22%7D%5B5m%5D)*0"),
        &expect![[r#"
            200 application/json
            {"status":"success","data":{"resultType":"vector","result":[{"metric":{"instance":"10.8.1.5:8080","job":"tripo04os-services","service":"drivers","zone":"east"},"value":[1768237200,"0"]}]},"infos":["PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"drivers_available\" (1:6)"]}
        "#]],
    )
    .await;
    check(get("status/buildinfo"), &expect![[r#"
        200 application/json
        {"status":"success","data":{"version":"3.14.0","revision":"watchfire-0.1.0","branch":"","buildUser":"","buildDate":"","goVersion":""}}
    "#]]).await;
}

/// A query at another time than the table's end advances it; what asks is counted.
#[tokio::test]
async fn a_query_brings_the_table_up_to_its_time() {
    let mut platform = Platform::new(Config::healthy(17, 1), 3);
    let advance = move |table: &mut Table, t: i64| platform.advance_to(table, t);
    let backing = Arc::new(Backing::new(Table::new(), advance, || START_MS));
    let serving = server::serve(Arc::clone(&backing), 0).await.expect("a free port");
    let count = ("GET", "query?query=count(up)&time=1768237260", "");
    let answer = ask(&serving.url(), count).await;
    assert!(answer.ends_with("\"value\":[1768237260,\"26\"]}]}}\n"), "{answer}");
    let traffic = backing.traffic();
    assert_eq!(traffic.queries, 1);
    assert!(traffic.bytes > 50);
    serving.stop().await;
}

/// Requests whose answers do not depend on what changed since Prometheus 2.42.
const COMPARED: &[Request] = &[
    ("GET", "query?query=odd&time=1768237200", ""),
    ("GET", "query?query=odd&time=1768237199.999", ""),
    ("GET", "query?query=up&time=2026-01-12T17:00:00Z", ""),
    ("GET", "query?query=nothing&time=1768237200", ""),
    ("POST", "query", "query=1%2B1&time=1768237200.5"),
    ("POST", "query?time=1768237100", "query=time()&time=1768237200.5"),
    ("GET", "query?query=%22a%3Cb%5Cn%22&time=1768237200", ""),
    ("GET", "query?query=odd%5B1m%5D&time=1768237200", ""),
    ("GET", "query?query=drivers_available%7Bzone%3D%22east%22%7D%5B2m%5D&time=1768237200", ""),
    ("GET", "query?query=max%20by(job)(up)&time=1768237200", ""),
    ("GET", "query?query=sum(&time=1768237200", ""),
    ("GET", "query?query=rate(up)&time=1768237200", ""),
    ("GET", "query?query=up&timeout=long", ""),
    ("GET", "query_range?query=odd&start=1768237190&end=1768237210&step=5", ""),
    ("GET", "query_range?query=1&start=1768237190&end=1768237210&step=7s", ""),
    (
        "GET",
        "query_range?query=up%7Bjob%3D%22redis%22%7D&start=1768236600&end=1768237200&step=1m",
        "",
    ),
    ("POST", "query_range", "query=nothing&start=1768237190&end=1768237210&step=1.5"),
    ("GET", "query_range?query=up&start=2&end=1&step=1", ""),
    ("GET", "query_range?query=up&start=1&end=2&step=0", ""),
    ("GET", "query_range?query=up&start=1&end=2&step=-1", ""),
    ("GET", "query_range?query=up&start=1&end=2&step=", ""),
    ("GET", "query_range?query=up&start=0&end=11001&step=1", ""),
    ("GET", "query_range?query=up&end=2&step=1", ""),
    ("GET", "series?match%5B%5D=odd", ""),
    ("POST", "series", "match%5B%5D=up%7Bjob%3D%22redis%22%7D"),
    ("GET", "series?match%5B%5D=nothing", ""),
    ("GET", "series", ""),
    ("GET", "series?match%5B%5D=%7Ba%3D~%22.*%22%7D", ""),
    ("GET", "series?match%5B%5D=up%7B", ""),
    ("GET", "labels", ""),
    ("GET", "labels?match%5B%5D=odd", ""),
    ("POST", "labels", "match%5B%5D=odd&match%5B%5D=drivers_available"),
    ("GET", "label/job/values", ""),
    ("GET", "label/__name__/values", ""),
    ("GET", "label/zone/values?match%5B%5D=drivers_available", ""),
    ("GET", "label/text/values", ""),
    ("GET", "label/nothing/values", ""),
];

#[tokio::test]
async fn answers_are_those_of_a_real_prometheus() {
    if !require_or_skip(&["prometheus", "promtool"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder for the test");
    import(&table(), folder.path());
    let prometheus = Prometheus::start(folder.path(), "").await;
    let serving = serve().await;
    let mut differences = String::new();
    for request in COMPARED {
        let theirs = ask(&prometheus.url, *request).await;
        let ours = ask(&serving.url(), *request).await;
        if comparable(&theirs) != comparable(&ours) {
            let _ = writeln!(differences, "{request:?}\ntheirs {theirs}ours   {ours}");
        }
    }
    assert_eq!(differences, "");
    serving.stop().await;
}

/// The elements of a result in one order: clients may rely on none. Prometheus 2.42 still escapes
/// `<`, `>` and `&` in label sets.
fn comparable(answer: &str) -> String {
    let plain = answer.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&");
    let Some((head, list)) = plain.split_once("[{") else { return plain };
    let mut elements: Vec<&str> =
        list.trim_end().trim_end_matches(['}', ']']).split("},{").collect();
    elements.sort_unstable_by_key(|element| element.trim_end_matches(['}', ']']));
    let elements = elements.iter().map(|element| element.trim_end_matches(['}', ']']));
    format!("{head}\n{}", elements.collect::<Vec<_>>().join("\n"))
}

/// Writes a table's samples into the data folder of a Prometheus.
fn import(table: &Table, folder: &Path) {
    let mut text = String::new();
    for (id, labels) in table.series() {
        let (ts, values) = table.window(id, i64::MIN, i64::MAX);
        let name = labels.metric_name();
        let rest = labels.without(&["__name__"]);
        let rest = rest.to_string().replace(", ", ",");
        for (t, value) in ts.iter().zip(values) {
            let value = format_g(*value);
            let _ = writeln!(text, "{name}{rest} {value} {}.{:03}", t / 1000, t % 1000);
        }
    }
    text.push_str("# EOF\n");
    let (file, data) = (folder.join("samples.txt"), folder.join("prometheus"));
    fs::write(&file, text).expect("the samples");
    let (file, data) = (file.display().to_string(), data.display().to_string());
    run("promtool", &["tsdb", "create-blocks-from", "openmetrics", &file, &data]);
}
