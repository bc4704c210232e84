//! Runs scripts: loads samples, evaluates, compares.
//!
//! Every feature flag is on, as in Prometheus's own runner. Evaluations that pass once are run
//! again in other ways that must agree (`rerun`). Start at [`run_script`].

mod judge;

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{
    Steps,
    query::{self, QueryOptions, Value, VectorSample},
};
use model::{Labels, duration};
use promql::{Expr, ParseOptions, parse_expr};
use store::Table;

use self::judge::judge;
use crate::{
    compare::{Mismatch, compare, sorted},
    head::{Head, Sample},
    nhcb,
    report::{EvalReport, Failure, FileReport},
    rerun,
    script::{self, Command, Eval, Load, LoadSeries, ScriptError, When},
    series::Point,
};

const MINUTE: i64 = 60_000;
/// The last millisecond that Go can tell in nanoseconds.
const LATEST: i64 = i64::MAX / 1_000_000;

/// Runs a script.
pub fn run_script(name: &str, text: &str) -> FileReport {
    run_evals(name, text, &|_| true)
}

/// Runs a script, but of its evaluations only those that are wanted.
pub fn run_evals(name: &str, text: &str, wanted: &dyn Fn(&Eval) -> bool) -> FileReport {
    let mut report = FileReport { name: name.to_owned(), error: None, evals: Vec::new() };
    match script::parse(text) {
        Err(error) => report.error = Some(error),
        Ok(script) => {
            let mut runner = Runner::default();
            for command in &script.commands {
                if let Err(error) = runner.run(command, wanted, &mut report) {
                    report.error = Some(error);
                    break;
                }
            }
        }
    }
    report
}

#[derive(Default)]
struct Runner {
    head: Head,
    table: Table,
}

impl Runner {
    fn run(
        &mut self,
        command: &Command,
        wanted: &dyn Fn(&Eval) -> bool,
        report: &mut FileReport,
    ) -> Result<(), ScriptError> {
        match command {
            Command::Clear => *self = Self::default(),
            Command::Load(load) => {
                let failed = |message| ScriptError { line: load.line, column: None, message };
                self.load(load).map_err(failed)?;
            }
            Command::Eval(eval) if wanted(eval) => {
                let (line, text) = (eval.line, eval.text.clone());
                report.evals.push(EvalReport { line, text, failure: self.failure(eval) });
            }
            Command::Eval(_) => {}
        }
        Ok(())
    }

    fn load(&mut self, load: &Load) -> Result<(), String> {
        append(&mut self.head, load)?;
        self.table = self.head.table();
        Ok(())
    }

    fn failure(&self, eval: &Eval) -> Option<Failure> {
        let expr = match &eval.expr {
            Ok(expr) => expr,
            Err(error) => {
                let column = eval.column + error.column as usize;
                let message = format!("{}:{column}: parse error: {}", eval.line, error.message);
                return Some(Failure { way: None, mismatch: Mismatch::plain(message) });
            }
        };
        // An evaluation that panics fails; the others are still worth running.
        let checked = catch_unwind(AssertUnwindSafe(|| self.check(eval, expr)));
        checked
            .unwrap_or_else(|_| {
                Err(Failure { way: None, mismatch: Mismatch::plain("panicked".to_owned()) })
            })
            .err()
    }

    fn check(&self, eval: &Eval, expr: &Expr) -> Result<(), Failure> {
        let When::Instant(t) = eval.when else {
            let options = QueryOptions { end: eval.end, ..options() };
            let result = query::range(expr, eval.steps, &self.table, &options);
            return judge(eval, &eval.text, result).map(drop).map_err(as_written);
        };
        self.check_instant(eval, &eval.text, expr, t, None)?;
        let Some((pinned, times)) = rerun::pinned(expr, t) else { return Ok(()) };
        let text = pinned.to_string();
        let expr = parse_expr(&text, &ParseOptions::all()).map_err(|error| Failure {
            way: Some(format!("printed as {text}")),
            mismatch: Mismatch::plain(error.to_string()),
        })?;
        for at in times {
            let way = format!("as {text} at {}", show_time(at));
            self.check_instant(eval, &text, &expr, at, Some(way))?;
        }
        Ok(())
    }

    fn check_instant(
        &self,
        eval: &Eval,
        text: &str,
        expr: &Expr,
        t: i64,
        way: Option<String>,
    ) -> Result<(), Failure> {
        let result = query::instant(expr, t, &self.table, &options());
        let value = match judge(eval, text, result) {
            Ok(Some(value)) => value,
            Ok(None) => return Ok(()),
            Err(mismatch) => return Err(Failure { way, mismatch }),
        };
        if eval.expected.instant_only() || rerun::depends_on_query(text) {
            return Ok(());
        }
        self.check_middle(eval, expr, t, &value).map_err(|mismatch| {
            let (from, to) = (show_time(t - MINUTE), show_time(t + MINUTE));
            let range = format!("as range query from {from} to {to} step 1m");
            let way = way.map_or_else(|| range.clone(), |way| format!("{way}, {range}"));
            Failure { way: Some(way), mismatch }
        })
    }

    /// The middle of a range query must be the instant query's result.
    fn check_middle(
        &self,
        eval: &Eval,
        expr: &Expr,
        t: i64,
        value: &Value,
    ) -> Result<(), Mismatch> {
        let steps = Steps::range(t - MINUTE, t + MINUTE, MINUTE);
        let result = query::range(expr, steps, &self.table, &options())
            .map_err(|error| Mismatch::plain(error.to_string()))?;
        let Value::Matrix(matrix) = result.value else {
            return Err(Mismatch::plain("the result is no matrix".to_owned()));
        };
        if eval.expected.ordered {
            return Ok(());
        }
        sorted(&matrix)?;
        let mut middle = matrix.into_iter().filter_map(|series| {
            let float = series.timestamps.iter().position(|at| *at == t);
            let histogram = series.histograms.iter().find(|(at, _)| *at == t);
            let value = float
                .map(|i| series.values[i].into())
                .or_else(|| Some(histogram?.1.clone().into()))?;
            Some(VectorSample { labels: series.labels, value })
        });
        let value = match value {
            Value::Scalar(_) => {
                let float = middle.next().and_then(|sample| sample.value.float());
                let missing = || Mismatch::plain("the scalar is missing".to_owned());
                Value::Scalar(float.ok_or_else(missing)?)
            }
            _ => Value::Vector(middle.collect()),
        };
        compare(&eval.expected, eval.steps, &value)
    }
}

/// Appends the samples of a `load`.
pub fn append(head: &mut Head, load: &Load) -> Result<(), String> {
    let longest = load.series.iter().map(|s| s.points.len()).max().unwrap_or(0);
    let last = i64::try_from(longest).ok().and_then(|n| n.checked_mul(load.step));
    if last.is_none_or(|t| t > LATEST) {
        return Err("samples lie beyond the year 2262".to_owned());
    }
    let mut batch: Vec<(Labels, Vec<Sample>)> =
        load.series.iter().map(|s| (s.labels.clone(), samples(s, load.step))).collect();
    if load.with_nhcb {
        // After all others, so that samples of the same series and time lose.
        batch.extend(nhcb::convert(&batch)?);
    }
    head.append(&batch)
}

/// The samples of a line; its first is at time 0.
fn samples(series: &LoadSeries, step: i64) -> Vec<Sample> {
    let times = (0..).map(|i| i * step);
    let starts = series.starts.iter().copied().chain(std::iter::repeat(None));
    let places = series.points.iter().zip(times).zip(starts);
    places
        .filter_map(|((point, t), start)| {
            let value = match point {
                Point::Missing => return None,
                Point::Float(value) => (*value).into(),
                Point::Histogram { value, .. } => value.clone().into(),
            };
            Some(Sample { t, start: start.map_or(0, |start| t + start), value })
        })
        .collect()
}

fn options() -> QueryOptions {
    QueryOptions {
        max_samples: 10_000,
        delayed_name_removal: true,
        start_timestamps: true,
        ..QueryOptions::default()
    }
}

fn as_written(mismatch: Mismatch) -> Failure {
    Failure { way: None, mismatch }
}

fn show_time(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    format!("{sign}{}", duration::format(ms.abs()))
}

#[cfg(test)]
mod tests;
