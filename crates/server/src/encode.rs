//! Answers as JSON text, byte for byte as Prometheus writes them.
//!
//! Samples are `[seconds, "value"]`; seconds have up to three decimals, values are Go floats.
//! As Prometheus's `web/api/v1/json_codec.go` and `util/jsonutil`.

use std::fmt::Write;

use engine::query::Value;
use model::{FloatHistogram, Labels, SampleValue, Timestamp, histogram::Bucket, number};

/// A successful answer around `data`, which is JSON already.
pub(crate) fn success(data: &str, warnings: &[String], infos: &[String]) -> String {
    let mut out = String::with_capacity(data.len() + 64);
    out.push_str(r#"{"status":"success","data":"#);
    out.push_str(data);
    for (name, notes) in [("warnings", warnings), ("infos", infos)] {
        if !notes.is_empty() {
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\":");
            list(&mut out, notes, |out, note| string(out, note, Html::Escaped));
        }
    }
    out.push('}');
    out
}

/// An error answer.
pub(crate) fn failure(kind: &str, message: &str) -> String {
    let mut out = String::from(r#"{"status":"error","errorType":"#);
    string(&mut out, kind, Html::Escaped);
    out.push_str(r#","error":"#);
    string(&mut out, message, Html::Escaped);
    out.push('}');
    out
}

/// The `data` of a query: `resultType` and `result`. `t` is the time of an instant query.
pub(crate) fn query_data(value: &Value, t: i64) -> String {
    let mut out = String::from(r#"{"resultType":""#);
    let result_type = match value {
        Value::Scalar(_) => "scalar",
        Value::String(_) => "string",
        Value::Vector(_) => "vector",
        Value::Matrix(_) => "matrix",
    };
    out.push_str(result_type);
    out.push_str(r#"","result":"#);
    match value {
        // These two go another way in Prometheus: the time is a float, the value has no exponent.
        Value::Scalar(v) => pair(&mut out, t, &number::format_f(*v)),
        Value::String(text) => pair(&mut out, t, text),
        Value::Vector(samples) => list(&mut out, samples, |out, sample| {
            metric(out, &sample.labels);
            match &sample.value {
                SampleValue::Float(value) => {
                    out.push_str(r#","value":"#);
                    point(out, t, *value);
                }
                SampleValue::Histogram(value) => {
                    out.push_str(r#","histogram":"#);
                    histogram(out, t, value);
                }
            }
            out.push('}');
        }),
        Value::Matrix(series) => list(&mut out, series, |out, one| {
            metric(out, &one.labels);
            let points: Vec<_> = one.timestamps.iter().zip(&one.values).collect();
            if !points.is_empty() {
                out.push_str(r#","values":"#);
                list(out, &points, |out, (t, v)| point(out, **t, **v));
            }
            if !one.histograms.is_empty() {
                out.push_str(r#","histograms":"#);
                list(out, &one.histograms, |out, (t, h)| histogram(out, *t, h));
            }
            out.push('}');
        }),
    }
    out.push('}');
    out
}

/// A list of strings, as label names and values are answered.
pub(crate) fn strings<T: AsRef<str>>(texts: &[T]) -> String {
    let mut out = String::new();
    list(&mut out, texts, |out, text| string(out, text.as_ref(), Html::Escaped));
    out
}

/// A list of label sets.
pub(crate) fn label_sets(sets: &[Labels]) -> String {
    let mut out = String::new();
    list(&mut out, sets, labels);
    out
}

fn list<T>(out: &mut String, items: &[T], mut one: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

/// Opens an object with its label set.
fn metric(out: &mut String, set: &Labels) {
    out.push_str(r#"{"metric":"#);
    labels(out, set);
}

fn labels(out: &mut String, set: &Labels) {
    out.push('{');
    for (i, (name, value)) in set.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        string(out, name, Html::Plain);
        out.push(':');
        string(out, value, Html::Plain);
    }
    out.push('}');
}

fn point(out: &mut String, t: i64, v: f64) {
    out.push('[');
    timestamp(out, t);
    out.push_str(",\"");
    out.push_str(&float(v));
    out.push_str("\"]");
}

/// A histogram with its populated buckets, upwards. A bucket begins with which of its ends belong
/// to it: 0 the upper, 1 the lower, 2 none, 3 both.
fn histogram(out: &mut String, t: i64, h: &FloatHistogram) {
    out.push('[');
    timestamp(out, t);
    let _ = write!(out, r#",{{"count":"{}","sum":"{}""#, float(h.count), float(h.sum));
    let buckets: Vec<Bucket> = h.all_buckets().filter(|b| b.count != 0.0).collect();
    if !buckets.is_empty() {
        out.push_str(r#","buckets":"#);
        list(out, &buckets, |out, b| {
            let rule = match (b.lower_inclusive, b.upper_inclusive) {
                (false, true) => 0,
                (true, false) => 1,
                (false, false) => 2,
                (true, true) => 3,
            };
            let [lower, upper, count] = [b.lower, b.upper, b.count].map(float);
            let _ = write!(out, r#"[{rule},"{lower}","{upper}","{count}"]"#);
        });
    }
    out.push_str("}]");
}

fn pair(out: &mut String, t: i64, text: &str) {
    let _ = write!(out, "[{},", float(Timestamp(t).seconds()));
    string(out, text, Html::Escaped);
    out.push(']');
}

fn timestamp(out: &mut String, t: i64) {
    let (seconds, ms) = (t.unsigned_abs() / 1000, t.unsigned_abs() % 1000);
    if t < 0 {
        out.push('-');
    }
    out.push_str(&seconds.to_string());
    if ms != 0 {
        // Trailing zeros stay, as in Prometheus: 1.500.
        let _ = write!(out, ".{ms:03}");
    }
}

fn float(v: f64) -> String {
    let magnitude = v.abs();
    let exponent = magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude);
    if exponent { number::format_e(v) } else { number::format_f(v) }
}

/// Whether `<`, `>` and `&` are escaped, as Go does for strings outside of label sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Html {
    Escaped,
    Plain,
}

fn string(out: &mut String, text: &str, html: Html) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{2028}' | '\u{2029}' => escape(out, c),
            '<' | '>' | '&' if html == Html::Escaped => escape(out, c),
            c if c < ' ' => escape(out, c),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape(out: &mut String, c: char) {
    let _ = write!(out, "\\u{:04x}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use engine::query::{MatrixSeries, VectorSample};

    use super::*;

    fn check(value: &Value, t: i64, expect: &str) {
        assert_eq!(query_data(value, t), expect);
        serde_json::from_str::<serde_json::Value>(expect).unwrap();
    }

    #[test]
    fn scalars_and_strings_are_points() {
        check(
            &Value::Scalar(1e21),
            1_500,
            r#"{"resultType":"scalar","result":[1.5,"1000000000000000000000"]}"#,
        );
        check(
            &Value::String("a<b \"x\"\u{1}".into()),
            1_435_781_451_781,
            r#"{"resultType":"string","result":[1435781451.781,"a\u003cb \"x\"\u0001"]}"#,
        );
    }

    #[test]
    fn times_of_samples_have_three_decimals_or_none() {
        for (t, text) in
            [(0, "0"), (1, "0.001"), (20, "0.020"), (1_500, "1.500"), (-1_500, "-1.500")]
        {
            let mut out = String::new();
            timestamp(&mut out, t);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn values_are_go_floats() {
        for (v, text) in [
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (-f64::INFINITY, "-Inf"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-07"),
            (1e-6, "0.000001"),
            (-0.0, "-0"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(float(v), text);
        }
    }

    #[test]
    fn vectors_and_matrices_are_lists() {
        let labels = Labels::from_pairs([("__name__", "up"), ("job", "a<b")]);
        check(
            &Value::Vector(vec![VectorSample { labels: labels.clone(), value: 1.0.into() }]),
            2_000,
            r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a<b"},"value":[2,"1"]}]}"#,
        );
        check(&Value::Vector(vec![]), 0, r#"{"resultType":"vector","result":[]}"#);
        let (timestamps, values) = (vec![1_000, 2_000], vec![1.0, 2.5]);
        let series = MatrixSeries { labels, timestamps, values, ..MatrixSeries::default() };
        check(
            &Value::Matrix(vec![series]),
            0,
            r#"{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a<b"},"values":[[1,"1"],[2,"2.5"]]}]}"#,
        );
    }

    #[test]
    fn histograms_are_lists_of_buckets() {
        let text = "{{count:4 sum:5 z_bucket:1 z_bucket_w:0.1 buckets:[1 0 1] n_buckets:[1]}}";
        let value: SampleValue = model::histogram::notation::parse(text).unwrap().histogram.into();
        let labels = Labels::empty();
        let shown = r#"{"count":"4","sum":"5","buckets":[[1,"-1","-0.5","1"],[3,"-0.1","0.1","1"],[0,"0.5","1","1"],[0,"2","4","1"]]}"#;
        let histograms = vec![(1_000, value.histogram().unwrap().clone())];
        check(
            &Value::Vector(vec![VectorSample { labels: labels.clone(), value }]),
            1_000,
            &format!(
                r#"{{"resultType":"vector","result":[{{"metric":{{}},"histogram":[1,{shown}]}}]}}"#
            ),
        );
        check(
            &Value::Matrix(vec![MatrixSeries { labels, histograms, ..MatrixSeries::default() }]),
            1_000,
            &format!(
                r#"{{"resultType":"matrix","result":[{{"metric":{{}},"histograms":[[1,{shown}]]}}]}}"#
            ),
        );
    }

    #[test]
    fn notes_follow_the_data() {
        assert_eq!(
            success("[]", &["w".into()], &["i".into()]),
            r#"{"status":"success","data":[],"warnings":["w"],"infos":["i"]}"#
        );
        assert_eq!(
            failure("bad_data", "no match[] parameter provided"),
            r#"{"status":"error","errorType":"bad_data","error":"no match[] parameter provided"}"#
        );
    }
}
