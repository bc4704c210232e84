//! What an expression returns, against what it should.

use std::sync::Arc;

use diagnostics::{Diagnostic, Finding, Span};
use engine::{
    Base, EvalError, Steps,
    query::{Prepared, QueryOptions, Value},
};
use model::{Labels, SampleValue, duration, quote::quote};
use promql::{Expr, ParseOptions};
use promqltest::series::{self, Point, show_labels};
use testfile::{ExpSample, ExprTest, Text};

use crate::{
    parts, promtool,
    report::{Failure, Line, Mark},
    simulate::Simulation,
};

/// A series without labels, before a histogram that is read as its sample.
const METRIC: &str = "{} ";

/// A sample as it was expected or as it came.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) labels: Labels,
    pub(crate) value: f64,
    /// A histogram in its canonical form; empty where it is a number.
    pub(crate) histogram: String,
}

/// Compares; none if all is as it should be.
pub(crate) fn check(of: &Simulation<'_>, test: &ExprTest) -> Option<Failure> {
    let expr = match parse(of, test) {
        Ok(expr) => expr,
        Err(failure) => return Some(*failure),
    };
    let got = match evaluate(of, test, &expr) {
        Ok(got) => got,
        Err((span, message)) => return Some(error(of, test, &test.expr, span, &message)),
    };
    let mut expected = Vec::new();
    for sample in &test.exp_samples {
        match expectation(sample) {
            Ok(sample) => expected.push(sample),
            Err((place, at, message)) => {
                let message = format!("labels {}: {message}", quote(&sample.labels.text));
                let span = at.map(|at| Span::new(at, at + 1));
                return Some(error(of, test, place, span, &message));
            }
        }
    }
    let (mut expected, mut got) = (expected, got);
    expected.sort_by(|a, b| a.labels.cmp(&b.labels));
    got.sort_by(|a, b| a.labels.cmp(&b.labels));
    let same = |(a, b): (&Shown, &Shown)| a.labels == b.labels && agree(of, a, b);
    if expected.len() == got.len() && expected.iter().zip(&got).all(same) {
        return None;
    }
    let promtool = Some(promtool::samples(test, &expected, &got));
    let at = duration::format(test.eval_time.ms);
    let message = format!("{} at {at}: not what was expected", parts::one_line(&test.expr.text));
    let diagnostic = Diagnostic::error("samples", test.expr.span(), message);
    let mut lines = of.where_lines();
    lines.extend(differences(of, &expected, &got));
    lines.extend(why(of, test, &expr));
    let source = Arc::clone(&of.input.source);
    Some(Failure { finding: Finding { source, diagnostic }, lines, promtool })
}

fn parse(of: &Simulation<'_>, test: &ExprTest) -> Result<Expr, Box<Failure>> {
    // promtool's engine knows no features.
    let syntax = if of.options.compat() { ParseOptions::default() } else { of.options.syntax };
    promql::parse_expr(&test.expr.text, &syntax)
        .map_err(|e| Box::new(error(of, test, &test.expr, Some(e.span), &e.to_string())))
}

type Problem = (Option<Span>, String);

fn evaluate(of: &Simulation<'_>, test: &ExprTest, expr: &Expr) -> Result<Vec<Shown>, Problem> {
    let failed = |e: EvalError| (e.span, e.to_string());
    let prepared = prepare(of, test, expr).map_err(failed)?;
    let value = prepared.evaluate(Base::Whole(of.offline.table())).map_err(failed)?.value;
    match value {
        Value::Scalar(value) => {
            Ok(vec![Shown { labels: Labels::empty(), value, histogram: String::new() }])
        }
        Value::Vector(samples) => {
            Ok(samples.into_iter().map(|s| Shown::new(s.labels, &s.value)).collect())
        }
        Value::String(_) | Value::Matrix(_) => {
            Err((None, "rule result is not a vector or scalar".to_owned()))
        }
    }
}

fn prepare(of: &Simulation<'_>, test: &ExprTest, expr: &Expr) -> Result<Prepared, EvalError> {
    let t = of.test.start.saturating_add(test.eval_time.ms);
    let options = QueryOptions::of_plan(&of.plan_options());
    Prepared::new(expr, Steps::instant(t), &options)
}

/// The sample, or the text that is wrong, where, and why.
fn expectation(sample: &ExpSample) -> Result<Shown, (&Text, Option<usize>, String)> {
    let text = sample.labels.text.trim();
    let labels = if text.is_empty() {
        Labels::empty()
    } else {
        series::parse_labels(&sample.labels.text).map_err(|e| {
            let message = format!("1:{}: parse error: {}", e.at + 1, e.message);
            (&sample.labels, Some(e.at), message)
        })?
    };
    let shown = Shown { labels, value: sample.value, histogram: String::new() };
    let Some(text) = &sample.histogram else { return Ok(shown) };
    let read = series::parse(&format!("{METRIC}{}", text.text)).map_err(|e| {
        let message = format!("1:{}: parse error: {}", e.at + 1, e.message);
        (text, e.at.checked_sub(METRIC.len()), message)
    })?;
    match read.points.as_slice() {
        [Point::Histogram { value, .. }] => Ok(Shown { histogram: value.test_text(), ..shown }),
        [Point::Float(v)] => Err((text, None, format!("expected histogram, got {v:.6}"))),
        [_] => Err((text, None, "expected histogram, got _".to_owned())),
        points => Err((text, None, format!("expected 1 value, got {}", points.len()))),
    }
}

impl Shown {
    fn new(labels: Labels, value: &SampleValue) -> Self {
        match value {
            SampleValue::Float(value) => Self { labels, value: *value, histogram: String::new() },
            SampleValue::Histogram(value) => {
                Self { labels, value: 0.0, histogram: value.test_text() }
            }
        }
    }

    fn text(&self) -> String {
        let value = if self.histogram.is_empty() {
            model::number::format_f(self.value)
        } else {
            self.histogram.clone()
        };
        format!("{} {value}", show_labels(&self.labels))
    }
}

/// Whether values are the same. promtool takes no NaN for another, and the number that stands
/// beside a histogram for more than an oversight.
fn agree(of: &Simulation<'_>, expected: &Shown, got: &Shown) -> bool {
    if expected.histogram != got.histogram {
        return false;
    }
    if !of.options.compat()
        && (!expected.histogram.is_empty() || expected.value.is_nan() && got.value.is_nan())
    {
        return true;
    }
    let (a, b) = (expected.value, got.value);
    #[expect(clippy::float_cmp, reason = "the same number is asked for")]
    let same = a == b || of.input.file.fuzzy_compare && (a.next_up() == b || a.next_down() == b);
    same
}

fn differences(of: &Simulation<'_>, expected: &[Shown], got: &[Shown]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut left: Vec<&Shown> = got.iter().collect();
    for sample in expected {
        let found = left.iter().position(|other| other.labels == sample.labels);
        match found.map(|i| left.remove(i)) {
            Some(other) if agree(of, sample, other) => {
                lines.push(Line::both(1, other.text()));
            }
            Some(other) => {
                lines.push(Line::new(Mark::Expected, 1, sample.text()));
                lines.push(Line::new(Mark::Got, 1, other.text()));
            }
            None => lines.push(Line::new(Mark::Expected, 1, sample.text())),
        }
    }
    lines.extend(left.into_iter().map(|other| Line::new(Mark::Got, 1, other.text())));
    lines
}

fn why(of: &Simulation<'_>, test: &ExprTest, expr: &Expr) -> Vec<Line> {
    let Ok(prepared) = prepare(of, test, expr) else { return Vec::new() };
    let Ok((_, parts)) = prepared.evaluate_with_parts(Base::Whole(of.offline.table())) else {
        return Vec::new();
    };
    let lines = parts::lines(&test.expr.text, parts, 1);
    // A bare selector says nothing that was not said.
    if lines.len() > 1 { lines } else { Vec::new() }
}

/// An expression or expectation that cannot be used.
fn error(
    of: &Simulation<'_>,
    test: &ExprTest,
    place: &Text,
    part: Option<Span>,
    message: &str,
) -> Failure {
    let source = Arc::clone(&of.input.source);
    let span = part.map_or_else(|| place.span(), |part| place.locate(&source.text, part));
    let diagnostic = Diagnostic::error("expr", span, message.to_owned());
    Failure {
        finding: Finding { source, diagnostic },
        lines: of.where_lines(),
        promtool: Some(promtool::expr_error(test, message)),
    }
}
