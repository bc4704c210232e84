//! The parameters of a request: from the query of its address and, of a POST, from its form.
//!
//! As in Go's `FormValue` the form comes first; times, durations and limits are read as in
//! Prometheus's `web/api/v1/api.go`.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{Method, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use model::{Matcher, duration, number, quote};
use promql::ParseOptions;

use crate::ApiError;

/// Names and values in the order given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let type_of = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let is_form = type_of.is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
        let mut pairs = Vec::new();
        if request.method() == Method::POST && is_form {
            let body = Bytes::from_request(request, state).await;
            pairs.extend(decode(&body.map_err(IntoResponse::into_response)?));
        }
        pairs.extend(decode(query.as_bytes()));
        Ok(Self(pairs))
    }
}

fn decode(encoded: &[u8]) -> impl Iterator<Item = (String, String)> {
    url::form_urlencoded::parse(encoded).map(|(n, v)| (n.into_owned(), v.into_owned()))
}

impl Params {
    /// The first value of a parameter; empty where there is none.
    pub(crate) fn first(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A time that must be given, in milliseconds.
    pub(crate) fn time(&self, name: &str) -> Result<i64, ApiError> {
        time(self.first(name)).map_err(|why| ApiError::parameter(name, why))
    }

    /// A time that may be left out.
    pub(crate) fn time_or(&self, name: &str, default: i64) -> Result<i64, ApiError> {
        let text = self.first(name);
        if text.is_empty() {
            return Ok(default);
        }
        let why = |why| format!("invalid time value for '{name}': {why}");
        time(text).map_err(|e| ApiError::parameter(name, why(e)))
    }

    /// A duration that must be given, in milliseconds.
    pub(crate) fn duration(&self, name: &str) -> Result<f64, ApiError> {
        milliseconds(self.first(name)).map_err(|why| ApiError::parameter(name, why))
    }

    /// A duration that may be left out.
    pub(crate) fn duration_or_none(&self, name: &str) -> Result<Option<f64>, ApiError> {
        if self.first(name).is_empty() { Ok(None) } else { self.duration(name).map(Some) }
    }

    /// How many results are wanted; none for all.
    pub(crate) fn limit(&self) -> Result<Option<usize>, ApiError> {
        let text = self.first("limit");
        if text.is_empty() {
            return Ok(None);
        }
        let parsed: i64 = text.parse().map_err(|_| {
            let why = format!("strconv.Atoi: parsing {}: invalid syntax", quote::quote(text));
            ApiError::parameter("limit", why)
        })?;
        let limit = usize::try_from(parsed)
            .map_err(|_| ApiError::parameter("limit", "limit must be non-negative"))?;
        Ok((limit > 0).then_some(limit))
    }

    /// The selectors of all `match[]` parameters.
    pub(crate) fn selectors(&self) -> Result<Vec<Vec<Matcher>>, String> {
        self.all("match[]").map(selector).collect()
    }
}

fn selector(text: &str) -> Result<Vec<Matcher>, String> {
    let matchers =
        promql::parse_metric_selector(text, &ParseOptions::default()).map_err(|e| e.to_string())?;
    if matchers.iter().all(|m| m.matches("")) {
        return Err("match[] must contain at least one non-empty matcher".to_owned());
    }
    Ok(matchers)
}

/// Unix seconds with a fraction, or RFC 3339, as milliseconds.
fn time(text: &str) -> Result<i64, String> {
    let invalid = || format!("cannot parse {} to a valid timestamp", quote::quote(text));
    if let Some(seconds) = number::parse_float(text) {
        return whole(seconds * 1000.0).ok_or_else(invalid);
    }
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed.map(jiff::Timestamp::as_millisecond).map_err(|_| invalid())
}

/// Seconds with a fraction, or a Prometheus duration, as milliseconds.
fn milliseconds(text: &str) -> Result<f64, String> {
    if let Some(seconds) = number::parse_float(text) {
        let quoted = quote::quote(text);
        let fits = (seconds * 1e9).abs() <= i64::MAX as f64;
        return if fits {
            Ok(seconds * 1000.0)
        } else {
            Err(format!("cannot parse {quoted} to a valid duration. It overflows int64"))
        };
    }
    let parsed = duration::parse(text).map(|ms| ms as f64);
    parsed.map_err(|_| format!("cannot parse {} to a valid duration", quote::quote(text)))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(ms: f64) -> Option<i64> {
    (ms.abs() < 9.2e18).then_some(ms.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect())
    }

    #[test]
    fn times_are_unix_seconds_or_rfc_3339() {
        let read = |text: &str| params(&[("start", text)]).time("start").map_err(|e| e.to_string());
        assert_eq!(read("1435781451.781"), Ok(1_435_781_451_781));
        assert_eq!(read("1e3"), Ok(1_000_000));
        assert_eq!(read("2015-07-01T20:10:51.781Z"), Ok(1_435_781_451_781));
        assert_eq!(read("2015-07-01T22:10:51.781+02:00"), Ok(1_435_781_451_781));
        assert_eq!(
            read("yesterday"),
            Err(r#"invalid parameter "start": cannot parse "yesterday" to a valid timestamp"#
                .into())
        );
    }

    #[test]
    fn durations_are_seconds_or_prometheus_durations() {
        let read =
            |text: &str| params(&[("step", text)]).duration("step").map_err(|e| e.to_string());
        assert_eq!(read("1m30s"), Ok(90_000.0));
        assert_eq!(read("0.5"), Ok(500.0));
        assert_eq!(
            read(""),
            Err(r#"invalid parameter "step": cannot parse "" to a valid duration"#.into())
        );
    }

    #[test]
    fn limits_are_whole_and_zero_is_all() {
        let read = |text: &str| params(&[("limit", text)]).limit().map_err(|e| e.to_string());
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("0"), Ok(None));
        assert_eq!(read("7"), Ok(Some(7)));
        assert_eq!(
            read("-1"),
            Err(r#"invalid parameter "limit": limit must be non-negative"#.into())
        );
    }

    #[test]
    fn selectors_select_something() {
        let read = |text: &str| params(&[("match[]", text)]).selectors();
        assert_eq!(read(r#"up{job="a"}"#).unwrap()[0].len(), 2);
        assert_eq!(
            read(r#"{a=~".*"}"#).unwrap_err(),
            "match[] must contain at least one non-empty matcher"
        );
    }
}
