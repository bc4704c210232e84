//! Prometheus's side: queries over its HTTP API.

use model::Labels;
use serde_json::Value;

use super::{answer::Answer, queries::When};

/// Asks.
pub(crate) async fn ask(client: &reqwest::Client, url: &str, query: &str, when: When) -> Answer {
    let seconds = |ms: i64| format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000));
    let (path, mut form) = match when {
        When::At(t) => ("query", vec![("time", seconds(t))]),
        When::Over(steps) => {
            let form = [("start", steps.start), ("end", steps.end()), ("step", steps.step)];
            ("query_range", form.map(|(name, ms)| (name, seconds(ms))).to_vec())
        }
    };
    form.push(("query", query.to_owned()));
    let sent = client.post(format!("{url}/api/v1/{path}")).form(&form).send().await;
    let body: Value = sent.expect("Prometheus answers").json().await.expect("JSON");
    if body["status"] == "success" {
        return read(&body["data"]);
    }
    Answer::Failed(format!("{}: {}", text(&body["errorType"]), text(&body["error"])))
}

fn read(data: &Value) -> Answer {
    let result = &data["result"];
    match text(&data["resultType"]) {
        "scalar" => Answer::Scalar(point(result).1),
        "string" => Answer::Text(text(&result[1]).to_owned()),
        "vector" => {
            let sample = |s: &Value| (labels(&s["metric"]), point(&s["value"]).1);
            Answer::Vector(list(result).iter().map(sample).collect())
        }
        "matrix" => {
            let series =
                |s: &Value| (labels(&s["metric"]), list(&s["values"]).iter().map(point).collect());
            Answer::Matrix(list(result).iter().map(series).collect())
        }
        other => panic!("a result of type {other}"),
    }
}

fn labels(metric: &Value) -> Labels {
    let pairs = metric.as_object().expect("labels are an object");
    Labels::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), text(value))))
}

/// A time in milliseconds and a value.
fn point(pair: &Value) -> (i64, f64) {
    let seconds = pair[0].as_f64().expect("a time is a number");
    let value = match text(&pair[1]) {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        number => number.parse().expect("a value is a number"),
    };
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
    let ms = (seconds * 1000.0).round() as i64;
    (ms, value)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
