//! `/api/v1/query` and `/api/v1/query_range`.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use engine::{
    Level, Steps,
    query::{self, QueryOptions, QueryResult, Value},
};
use promql::{Expr, ParseOptions, ValueType};

use super::Answer;
use crate::{ApiError, Backing, encode, params::Params};

/// How many notices of each kind an answer has at most.
const MAX_NOTICES: usize = 10;
/// Points of a series that a range query may have.
const MAX_POINTS: f64 = 11_000.0;

pub(super) async fn instant(State(backing): State<Arc<Backing>>, params: Params) -> Response {
    backing.count_query();
    super::answer(backing, params, |backing, params| {
        let limit = params.limit()?;
        let t = params.time_or("time", backing.now())?;
        let options = options(backing, params)?;
        let expr = parse(params.first("query"))?;
        let result = backing.read(t, |table| query::instant(&expr, t, table, &options));
        respond(result, t, limit, params.first("query"))
    })
    .await
}

pub(super) async fn range(State(backing): State<Arc<Backing>>, params: Params) -> Response {
    backing.count_query();
    super::answer(backing, params, |backing, params| {
        let limit = params.limit()?;
        let steps = steps(params)?;
        let options = QueryOptions { end: Some(params.time("end")?), ..options(backing, params)? };
        let expr = parse(params.first("query"))?;
        if let Some(name) = unfit_for_range(&expr) {
            let why = format!(
                "invalid expression type \"{name}\" for range query, must be Scalar or instant Vector"
            );
            return Err(ApiError::parameter("query", why));
        }
        let end = steps.end();
        let result = backing.read(end, |table| query::range(&expr, steps, table, &options));
        respond(result, end, limit, params.first("query"))
    })
    .await
}

fn parse(text: &str) -> Result<Expr, ApiError> {
    promql::parse_expr(text, &ParseOptions::default()).map_err(|e| ApiError::parameter("query", e))
}

fn options(backing: &Backing, params: &Params) -> Result<QueryOptions, ApiError> {
    let given = params.duration_or_none("lookback_delta").map_err(|_| {
        let text = model::quote::quote(params.first("lookback_delta"));
        let why = format!("cannot parse {text} to a valid duration");
        ApiError::BadData(format!("error parsing lookback delta duration: {why}"))
    })?;
    let lookback = given.map_or(backing.options().lookback, milliseconds);
    Ok(QueryOptions { lookback, ..*backing.options() })
}

fn steps(params: &Params) -> Result<Steps, ApiError> {
    let (start, end) = (params.time("start")?, params.time("end")?);
    if end < start {
        return Err(ApiError::parameter("end", "end timestamp must not be before start time"));
    }
    let step = params.duration("step")?;
    if step <= 0.0 {
        let why = "zero or negative query resolution step widths are not accepted. \
                   Try a positive integer";
        return Err(ApiError::parameter("step", why));
    }
    if ((end - start) as f64 / step).trunc() > MAX_POINTS {
        let why = "exceeded maximum resolution of 11,000 points per timeseries. \
                   Try decreasing the query resolution (?step=XX)";
        return Err(ApiError::BadData(why.to_owned()));
    }
    let step = milliseconds(step).max(1);
    let count = usize::try_from((end - start) / step + 1).unwrap_or(usize::MAX);
    Ok(Steps { start, step, count })
}

/// The name of an expression's type, where a range query can not have it.
fn unfit_for_range(expr: &Expr) -> Option<&'static str> {
    match expr.value_type() {
        ValueType::String => Some("string"),
        ValueType::RangeVector => Some("range vector"),
        ValueType::Scalar | ValueType::InstantVector => None,
    }
}

fn respond(
    result: Result<QueryResult, engine::EvalError>,
    t: i64,
    limit: Option<usize>,
    text: &str,
) -> Result<Answer, ApiError> {
    let QueryResult { mut value, notices } =
        result.map_err(|e| ApiError::Execution(e.to_string()))?;
    let worded = |level: Level| {
        let texts = notices.iter().filter(|n| n.level == level).map(|n| n.render(text));
        shortened(texts.collect(), level)
    };
    let mut answer = Answer {
        data: String::new(),
        warnings: worded(Level::Warning),
        infos: worded(Level::Info),
    };
    match &mut value {
        Value::Vector(samples) => answer.truncate(samples, limit),
        Value::Matrix(series) => answer.truncate(series, limit),
        Value::Scalar(_) | Value::String(_) => {}
    }
    answer.data = encode::query_data(&value, t);
    Ok(answer)
}

/// The first ten, and how many are left out.
fn shortened(mut texts: Vec<String>, level: Level) -> Vec<String> {
    let left = texts.len().saturating_sub(MAX_NOTICES);
    if left > 0 {
        texts.truncate(MAX_NOTICES);
        let what = if level == Level::Warning { "warning" } else { "info" };
        texts.push(format!("{left} more {what} annotations omitted"));
    }
    texts
}

#[expect(clippy::cast_possible_truncation, reason = "durations fit i64 nanoseconds")]
fn milliseconds(ms: f64) -> i64 {
    ms as i64
}
