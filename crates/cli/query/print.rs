//! Results of queries, to read and as JSON.

use std::{fmt::Write, time::Duration};

use engine::{
    Level,
    query::{QueryResult, Value},
};
use model::{
    FloatHistogram, Labels, METRIC_NAME, SampleValue, Timestamp, labels::is_legacy_metric_name,
    number::format_f, quote::quote,
};
use ruler::fetch::{Ask, Request};
use serde_json::{Map, json};
use store::Table;

/// What was asked of the source, and how much it answered.
pub(super) fn asked(url: &str, requests: &[Request], tables: &[Table], took: Duration) -> String {
    if requests.is_empty() {
        return "nothing is asked of the source\n".to_owned();
    }
    let mut text = format!("asked of {url}, in {took:.1?}:\n");
    for request in requests {
        let table = &tables[request.serves[0].0 as usize];
        let (series, samples) = (table.n_series(), table.n_samples());
        let _ = writeln!(
            text,
            "  f{}  {} {}  →  {series} series, {samples} samples",
            request.serves[0].0,
            request.text(),
            times(request.ask)
        );
    }
    text
}

fn times(ask: Ask) -> String {
    let time = |t| Timestamp(t).rfc3339();
    match ask {
        Ask::Instant(t) | Ask::Window { hi: t, .. } => format!("at {}", time(t)),
        Ask::Grid(steps) => format!(
            "from {} to {} every {}",
            time(steps.start),
            time(steps.end()),
            model::duration::format(steps.step)
        ),
    }
}

/// A value to read: one series a line; the values of a range below their series.
pub(super) fn table(value: &Value) -> String {
    match value {
        Value::Scalar(value) => format!("{}\n", format_f(*value)),
        Value::String(text) => format!("{text}\n"),
        Value::Vector(samples) if samples.is_empty() => "(no series)\n".to_owned(),
        Value::Vector(samples) => {
            let rows: Vec<_> = samples.iter().map(|s| (series(&s.labels), &s.value)).collect();
            let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            let mut text = String::new();
            for (name, value) in rows {
                let _ = writeln!(text, "{name:width$}  {}", shown(value));
            }
            text
        }
        Value::Matrix(all) if all.is_empty() => "(no series)\n".to_owned(),
        Value::Matrix(all) => {
            let mut text = String::new();
            for one in all {
                let _ = writeln!(text, "{}", series(&one.labels));
                let floats = one.timestamps.iter().zip(one.values.iter().map(|v| (*v).into()));
                let histograms = one.histograms.iter().map(|(t, h)| (t, h.clone().into()));
                let mut points: Vec<(&i64, SampleValue)> = floats.chain(histograms).collect();
                points.sort_by_key(|(t, _)| **t);
                for (t, value) in points {
                    let _ = writeln!(text, "  {}  {}", Timestamp(*t).rfc3339(), shown(&value));
                }
            }
            text
        }
    }
}

fn shown(value: &SampleValue) -> String {
    match value {
        SampleValue::Float(value) => format_f(*value),
        SampleValue::Histogram(value) => value.to_string(),
    }
}

/// A histogram as the HTTP API of Prometheus answers: a bucket begins with which of its ends
/// belong to it.
fn histogram(t: i64, h: &FloatHistogram) -> serde_json::Value {
    let buckets: Vec<_> = h
        .all_buckets()
        .filter(|b| b.count != 0.0)
        .map(|b| {
            let rule = match (b.lower_inclusive, b.upper_inclusive) {
                (false, true) => 0,
                (true, false) => 1,
                (false, false) => 2,
                (true, true) => 3,
            };
            json!([rule, format_f(b.lower), format_f(b.upper), format_f(b.count)])
        })
        .collect();
    json!([seconds(t), {"count": format_f(h.count), "sum": format_f(h.sum), "buckets": buckets}])
}

/// A result as the HTTP API of Prometheus answers.
pub(super) fn json(expr: &str, result: &QueryResult, t: i64, warnings: &[String]) -> String {
    let point = |t: i64, value: f64| json!([seconds(t), format_f(value)]);
    let (kind, value) = match &result.value {
        Value::Scalar(value) => ("scalar", point(t, *value)),
        Value::String(text) => ("string", json!([seconds(t), text])),
        Value::Vector(samples) => {
            let one = |s: &engine::query::VectorSample| match &s.value {
                SampleValue::Float(value) => {
                    json!({"metric": metric(&s.labels), "value": point(t, *value)})
                }
                SampleValue::Histogram(value) => {
                    json!({"metric": metric(&s.labels), "histogram": histogram(t, value)})
                }
            };
            ("vector", samples.iter().map(one).collect())
        }
        Value::Matrix(all) => {
            let one = |series: &engine::query::MatrixSeries| {
                let points = series.timestamps.iter().zip(&series.values);
                let values: Vec<_> = points.map(|(t, value)| point(*t, *value)).collect();
                let mut shown = json!({"metric": metric(&series.labels)});
                if !values.is_empty() {
                    shown["values"] = values.into();
                }
                if !series.histograms.is_empty() {
                    let all = series.histograms.iter().map(|(t, h)| histogram(*t, h));
                    shown["histograms"] = all.collect();
                }
                shown
            };
            ("matrix", all.iter().map(one).collect())
        }
    };
    let notices = |level| {
        let of_level = result.notices.iter().filter(move |notice| notice.level == level);
        of_level.map(|notice| notice.render(expr)).collect::<Vec<_>>()
    };
    let warnings: Vec<_> = warnings.iter().cloned().chain(notices(Level::Warning)).collect();
    let document = json!({
        "status": "success",
        "data": {"resultType": kind, "result": value},
        "warnings": warnings,
        "infos": notices(Level::Info),
    });
    format!("{document:#}\n")
}

/// `name{a="1"}`, as Prometheus shows a series; `{"a name", a="1"}` where the name needs quotes.
fn series(labels: &Labels) -> String {
    let name = labels.metric_name();
    let rest = labels.without(&[METRIC_NAME]);
    if name.is_empty() {
        return rest.to_string();
    }
    match (is_legacy_metric_name(name), rest.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{name}{rest}"),
        (false, true) => format!("{{{}}}", quote(name)),
        (false, false) => format!("{{{}, {}", quote(name), &rest.to_string()[1..]),
    }
}

fn metric(labels: &Labels) -> Map<String, serde_json::Value> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

fn seconds(t: i64) -> serde_json::Value {
    if t % 1000 == 0 { (t / 1000).into() } else { Timestamp(t).seconds().into() }
}

#[cfg(test)]
mod tests {
    use engine::query::{MatrixSeries, VectorSample};

    use super::*;

    #[test]
    fn values_to_read() {
        let labels = |job| Labels::from_pairs([("__name__", "up"), ("job", job)]);
        let sample =
            |job, value| VectorSample { labels: labels(job), value: SampleValue::Float(value) };
        let vector = Value::Vector(vec![sample("a", 1.0), sample("long", f64::NAN)]);
        assert_eq!(table(&vector), "up{job=\"a\"}     1\nup{job=\"long\"}  NaN\n");
        let over_time = MatrixSeries {
            labels: Labels::from_pairs([("__name__", "up")]),
            timestamps: vec![1_700_000_000_000, 1_700_000_000_500],
            values: vec![1.0, 0.5],
            ..MatrixSeries::default()
        };
        assert_eq!(
            table(&Value::Matrix(vec![over_time])),
            "up\n  2023-11-14T22:13:20Z  1\n  2023-11-14T22:13:20.5Z  0.5\n"
        );
        assert_eq!(table(&Value::Vector(vec![])), "(no series)\n");
        let shown = |pairs: &[(&str, &str)]| series(&Labels::from_pairs(pairs.iter().copied()));
        assert_eq!(shown(&[]), "{}");
        assert_eq!(shown(&[("__name__", "a.b")]), "{\"a.b\"}");
        assert_eq!(shown(&[("__name__", "a.b"), ("x y", "1")]), "{\"a.b\", \"x y\"=\"1\"}");
        assert_eq!(shown(&[("a", "1")]), "{a=\"1\"}");
    }

    #[test]
    fn values_as_the_api_answers() {
        let value =
            Value::Vector(vec![VectorSample { labels: Labels::empty(), value: 1.5.into() }]);
        let result = QueryResult { value, notices: vec![] };
        let shown: serde_json::Value =
            serde_json::from_str(&json("x", &result, 1500, &["w".to_owned()])).unwrap();
        assert_eq!(
            shown,
            json!({"status": "success", "infos": [], "warnings": ["w"], "data":
                {"resultType": "vector", "result": [{"metric": {}, "value": [1.5, "1.5"]}]}})
        );
    }
}
