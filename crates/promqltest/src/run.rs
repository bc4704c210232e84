//! Runs scripts: loads samples, evaluates, compares.
//!
//! Every feature flag is on, as in Prometheus's own runner, except start timestamps. Evaluations
//! that pass once are run again in other ways that must agree (`rerun`).

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{
    Level, Notice, Steps,
    query::{self, QueryOptions, QueryResult, Value, VectorSample},
};
use promql::{Expr, ParseOptions, parse_expr};
use store::{Append, Table};

use self::support::Unsupported;
use crate::{
    compare::{compare, sorted},
    report::{FileReport, Outcome},
    rerun,
    script::{self, Command, Eval, Expected, Load, Pattern, When},
    series::Point,
};

const MINUTE: i64 = 60_000;

/// Runs a script.
pub fn run_script(name: &str, text: &str) -> FileReport {
    let mut report = FileReport { name: name.to_owned(), error: None, evals: Vec::new() };
    match script::parse(text) {
        Err(error) => report.error = Some(error.to_string()),
        Ok(script) => {
            let mut runner = Runner::default();
            for command in &script.commands {
                if let Err(error) = runner.run(command, &mut report) {
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
    table: Table,
    unsupported: Unsupported,
}

impl Runner {
    fn run(&mut self, command: &Command, report: &mut FileReport) -> Result<(), String> {
        match command {
            Command::Clear => *self = Self::default(),
            Command::Load(load) => self.load(load)?,
            Command::Eval(eval) => report.evals.push((eval.line, self.outcome(eval))),
        }
        Ok(())
    }

    fn load(&mut self, load: &Load) -> Result<(), String> {
        self.unsupported.note(load);
        for series in &load.series {
            let floats = Steps { start: 0, step: load.step, count: series.points.len() };
            let mut id = None;
            for (t, point) in floats.iter().zip(&series.points) {
                let Point::Float(value) = point else { continue };
                let id = *id.get_or_insert_with(|| self.table.series_id(&series.labels));
                if self.table.append(id, t, *value) == Append::OutOfOrder {
                    return Err(format!("line {}: samples out of order", load.line));
                }
            }
        }
        Ok(())
    }

    fn outcome(&self, eval: &Eval) -> Outcome {
        let expr = match &eval.expr {
            Ok(expr) => expr,
            Err(error) => return Outcome::Failed(error.clone()),
        };
        if let Some(reason) = self.unsupported.reason(eval, expr) {
            return Outcome::Skipped(reason);
        }
        // An evaluation that panics fails; the others are still worth running.
        match catch_unwind(AssertUnwindSafe(|| self.check(eval, expr))) {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(why)) => Outcome::Failed(format!("{}: {why}", eval.text)),
            Err(_) => Outcome::Failed(format!("{}: panicked", eval.text)),
        }
    }

    fn check(&self, eval: &Eval, expr: &Expr) -> Result<(), String> {
        let When::Instant(t) = eval.when else {
            let result = query::range(expr, eval.steps, &self.table, &options());
            return judge(eval, &eval.text, result).map(drop);
        };
        self.check_instant(eval, &eval.text, expr, t)?;
        if let Some((pinned, times)) = rerun::pinned(expr, t) {
            let text = pinned.to_string();
            let expr = parse_expr(&text, &ParseOptions::all())
                .map_err(|error| format!("printed as {text}: {error}"))?;
            for at in times {
                self.check_instant(eval, &text, &expr, at)
                    .map_err(|why| format!("as {text} at {at} ms: {why}"))?;
            }
        }
        Ok(())
    }

    fn check_instant(&self, eval: &Eval, text: &str, expr: &Expr, t: i64) -> Result<(), String> {
        let Some(value) = judge(eval, text, query::instant(expr, t, &self.table, &options()))?
        else {
            return Ok(());
        };
        let only_instant = matches!(eval.result, Expected::String(_) | Expected::RangeVector(_));
        if only_instant || rerun::depends_on_query(text) {
            return Ok(());
        }
        self.check_middle(eval, expr, t, &value).map_err(|why| format!("as range query: {why}"))
    }

    /// The middle of a range query must be the instant query's result.
    fn check_middle(&self, eval: &Eval, expr: &Expr, t: i64, value: &Value) -> Result<(), String> {
        let steps = Steps::range(t - MINUTE, t + MINUTE, MINUTE);
        let result = query::range(expr, steps, &self.table, &options());
        let Value::Matrix(matrix) = result.map_err(|error| error.to_string())?.value else {
            return Err("the result is no matrix".to_owned());
        };
        if eval.ordered {
            return Ok(());
        }
        sorted(&matrix)?;
        let mut middle = matrix.into_iter().filter_map(|series| {
            let i = series.timestamps.iter().position(|at| *at == t)?;
            Some(VectorSample { value: series.values[i].into(), labels: series.labels })
        });
        if let Value::Scalar(_) = value {
            let value = middle.next().ok_or("the scalar is missing")?.value;
            let value = value.float().ok_or("the scalar is a histogram")?;
            return compare(eval, &Value::Scalar(value));
        }
        compare(eval, &Value::Vector(middle.collect()))
    }
}

fn options() -> QueryOptions {
    QueryOptions { max_samples: 10_000, delayed_name_removal: true, ..QueryOptions::default() }
}

/// Compares a result, or an error, with what is expected; the value, if one was.
fn judge(
    eval: &Eval,
    text: &str,
    result: Result<QueryResult, engine::EvalError>,
) -> Result<Option<Value>, String> {
    match (&eval.fail, result) {
        (None, Err(error)) => Err(format!("error: {error}")),
        (Some(pattern), Err(error)) if pattern.matches(&error.message) => Ok(None),
        (Some(pattern), Err(error)) => {
            Err(format!("expected the error {}, got {error}", pattern.text()))
        }
        (Some(_), Ok(_)) => Err("expected an error".to_owned()),
        (None, Ok(result)) => {
            notices(Level::Warning, &eval.warn, eval.no_warn, &result.notices, text)?;
            notices(Level::Info, &eval.info, eval.no_info, &result.notices, text)?;
            compare(eval, &result.value)?;
            Ok(Some(result.value))
        }
    }
}

/// Every notice of the level must match a pattern, and every pattern a notice.
fn notices(
    level: Level,
    patterns: &[Pattern],
    none: bool,
    got: &[Notice],
    text: &str,
) -> Result<(), String> {
    let mut got = got.iter().filter(|n| n.level == level).map(|n| n.render(text));
    if patterns.is_empty() {
        return match got.next() {
            Some(notice) if none => Err(format!("unexpected notice {notice:?}")),
            _ => Ok(()),
        };
    }
    let got: Vec<_> = got.collect();
    for pattern in patterns {
        if !got.iter().any(|notice| pattern.matches(notice)) {
            return Err(format!("expected the notice {:?}, got {got:?}", pattern.text()));
        }
    }
    match got.iter().find(|notice| !patterns.iter().any(|p| p.matches(notice))) {
        Some(notice) => Err(format!("unexpected notice {notice:?}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
