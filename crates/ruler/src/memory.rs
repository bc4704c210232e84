//! A table that answers as a source does: tests and replays need no server.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use engine::{
    Level, Steps,
    query::{self, QueryOptions, QueryResult, Value},
};
use model::{Labels, SampleValue, SeriesColumns};
use promql::ParseOptions;
use source::{Answer, AnswerKind};
use store::Table;

use crate::fetch::Source;

/// A source over a table.
#[derive(Debug, Default)]
pub struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    table: Table,
    /// A message, and the text of the expressions that fail with it.
    failing: Option<(String, String)>,
    asked: Vec<String>,
}

/// Why a table did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryError(pub String);

impl Memory {
    /// Changes the table.
    pub fn fill(&self, fill: impl FnOnce(&mut Table)) {
        self.with(|inner| fill(&mut inner.table));
    }

    /// Lets every question fail with a message, or answers again.
    pub fn fail(&self, message: Option<&str>) {
        self.with(|inner| inner.failing = message.map(|m| (m.to_owned(), String::new())));
    }

    /// Lets questions fail whose expressions contain a text, or answers again.
    pub fn fail_on(&self, text: Option<&str>) {
        let message = "this fails".to_owned();
        self.with(|inner| inner.failing = text.map(|text| (message, text.to_owned())));
    }

    /// What was asked since the last call, as `query @ seconds`.
    pub fn asked(&self) -> Vec<String> {
        self.with(|inner| std::mem::take(&mut inner.asked))
    }

    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self, expr: &str, steps: Steps, is_range: bool) -> Result<Answer, MemoryError> {
        let end = if is_range { format!("..{}", steps.end() / 1000) } else { String::new() };
        self.with(|inner| {
            inner.asked.push(format!("{expr} @ {}{end}", steps.start / 1000));
            if let Some((message, text)) = &inner.failing
                && expr.contains(text)
            {
                return Err(MemoryError(message.clone()));
            }
            let failed = |e: &dyn fmt::Display| MemoryError(e.to_string());
            let parsed = promql::parse_expr(expr, &ParseOptions::default());
            let parsed = parsed.map_err(|e| failed(&e))?;
            let options = QueryOptions::default();
            let result = if is_range {
                query::range(&parsed, steps, &inner.table, &options)
            } else {
                query::instant(&parsed, steps.start, &inner.table, &options)
            };
            Ok(columns(result.map_err(|e| failed(&e))?, expr, steps.start))
        })
    }
}

impl Source for Memory {
    type Error = MemoryError;

    async fn query(&self, expr: &str, t_ms: i64) -> Result<Answer, MemoryError> {
        self.answer(expr, Steps::instant(t_ms), false)
    }

    async fn query_range(
        &self,
        expr: &str,
        start_ms: i64,
        end_ms: i64,
        step_ms: i64,
    ) -> Result<Answer, MemoryError> {
        self.answer(expr, Steps::range(start_ms, end_ms, step_ms), true)
    }

    fn is_refusal(_: &MemoryError) -> bool {
        true
    }
}

fn columns(result: QueryResult, query: &str, t: i64) -> Answer {
    let of = |level| result.notices.iter().filter(move |notice| notice.level == level);
    let texts = |level| of(level).map(|notice| notice.render(query)).collect();
    let (warnings, infos) = (texts(Level::Warning), texts(Level::Info));
    let mut data = SeriesColumns::default();
    let mut push = |labels: Labels, ts: &[i64], values: &[f64], histograms: Vec<_>| {
        data.timestamps.extend_from_slice(ts);
        data.values.extend_from_slice(values);
        data.push_histograms(histograms);
        data.end_series(labels);
    };
    let kind = match result.value {
        Value::Scalar(value) => {
            push(Labels::empty(), &[t], &[value], vec![]);
            AnswerKind::Scalar
        }
        Value::String(text) => AnswerKind::String(text),
        Value::Vector(samples) => {
            for s in samples {
                match s.value {
                    SampleValue::Float(value) => push(s.labels, &[t], &[value], vec![]),
                    SampleValue::Histogram(value) => push(s.labels, &[], &[], vec![(t, value)]),
                }
            }
            AnswerKind::Vector
        }
        Value::Matrix(series) => {
            for s in series {
                push(s.labels, &s.timestamps, &s.values, s.histograms);
            }
            AnswerKind::Matrix
        }
    };
    Answer { data, kind, warnings, infos, bytes: 0 }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MemoryError {}
