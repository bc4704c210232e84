//! One expression over a table or over what was fetched for it: instants and ranges.
//!
//! Rules do not come this way: they share one plan ([`crate::Engine`]).

use std::sync::Arc;

use model::{FloatHistogram, Labels, SampleValue};
use promql::{Expr, ValueType};
use store::Table;

mod result;

use crate::{
    Base, Cut, Data, Engine, EvalError, Notice, Output, OutputKind, PlanBuilder, PlanOptions,
    RootId, Steps, plan::node::Op,
};

/// How queries are evaluated.
#[derive(Clone, Copy, Debug)]
pub struct QueryOptions {
    /// How far back an instant selector looks, in milliseconds.
    pub lookback: i64,
    /// The step of subqueries that name none, in milliseconds.
    pub default_step: i64,
    /// When a range query ends, where that is after its last step; `end()` and `range()` tell.
    pub end: Option<i64>,
    /// How many values a node may have.
    pub max_samples: usize,
    /// Whether metric names stay until the end of the evaluation.
    pub delayed_name_removal: bool,
    /// Whether counters are known to start at the start timestamps of their samples.
    pub start_timestamps: bool,
    /// Whether the labels `__type__` and `__unit__` tell what a metric is.
    pub type_and_unit_labels: bool,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            lookback: 300_000,
            default_step: 60_000,
            end: None,
            max_samples: 50_000_000,
            delayed_name_removal: false,
            start_timestamps: false,
            type_and_unit_labels: false,
        }
    }
}

impl QueryOptions {
    /// A query among rules of a plan.
    pub fn of_plan(plan: &PlanOptions) -> Self {
        Self {
            lookback: plan.lookback,
            default_step: plan.default_step,
            end: None,
            max_samples: plan.max_samples,
            delayed_name_removal: plan.delayed_name_removal,
            start_timestamps: plan.start_timestamps,
            type_and_unit_labels: plan.type_and_unit_labels,
        }
    }
}

/// A value and what was worth saying about it.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryResult {
    /// The value.
    pub value: Value,
    /// Each text once per place.
    pub notices: Vec<Notice>,
}

/// What a query evaluates to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, at the evaluation time.
    Scalar(f64),
    /// A string literal.
    String(String),
    /// One value per series, at the evaluation time; in the order that the expression defines.
    Vector(Vec<VectorSample>),
    /// Values over time, sorted by labels.
    Matrix(Vec<MatrixSeries>),
}

/// A series' value at the evaluation time.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorSample {
    /// The series.
    pub labels: Labels,
    /// Its value.
    pub value: SampleValue,
}

/// A series' values over time. A time is both in `timestamps` and in `histograms` only where the
/// series came from two, as in Prometheus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MatrixSeries {
    /// The series.
    pub labels: Labels,
    /// When it has numbers: milliseconds, ascending.
    pub timestamps: Vec<i64>,
    /// As many as timestamps.
    pub values: Vec<f64>,
    /// Its native histograms, in ascending order of their times.
    pub histograms: Vec<(i64, Arc<FloatHistogram>)>,
}

/// Evaluates an expression at a time, in milliseconds.
pub fn instant(
    expr: &Expr,
    t: i64,
    table: &Table,
    options: &QueryOptions,
) -> Result<QueryResult, EvalError> {
    let prepared = Prepared::new(expr, Steps::instant(t), options)?;
    prepared.evaluate(Base::Whole(table))
}

/// Evaluates an expression at many times.
pub fn range(
    expr: &Expr,
    steps: Steps,
    table: &Table,
    options: &QueryOptions,
) -> Result<QueryResult, EvalError> {
    fit_for_range(expr)?;
    let prepared = Prepared::new(expr, steps, options)?.as_range(expr)?;
    prepared.evaluate(Base::Whole(table))
}

/// A planned query: what it needs can be asked before it is evaluated.
#[derive(Debug)]
pub struct Prepared {
    engine: Engine,
    root: RootId,
    steps: Steps,
    range: bool,
    options: QueryOptions,
}

impl Prepared {
    /// Plans an instant query, or a range query for [`Prepared::as_range`].
    pub fn new(expr: &Expr, steps: Steps, options: &QueryOptions) -> Result<Self, EvalError> {
        let range = options.end.unwrap_or(steps.end()) - steps.start;
        let mut plan = PlanBuilder::new(PlanOptions {
            cut: Cut::Selectors,
            default_step: options.default_step,
            lookback: options.lookback,
            max_samples: options.max_samples,
            delayed_name_removal: options.delayed_name_removal,
            query_step: steps.step,
            query_range: range,
            start_timestamps: options.start_timestamps,
            type_and_unit_labels: options.type_and_unit_labels,
            ..PlanOptions::default()
        });
        let root = plan.add(expr)?;
        Ok(Self {
            engine: Engine::new(plan.finish()),
            root,
            steps,
            range: false,
            options: *options,
        })
    }

    /// The same as a range query: its value is a matrix.
    pub fn as_range(mut self, expr: &Expr) -> Result<Self, EvalError> {
        fit_for_range(expr)?;
        self.range = true;
        Ok(self)
    }

    /// The plan, of which this query is the only root.
    pub fn plan(&self) -> (&crate::Plan, RootId) {
        (self.engine.plan(), self.root)
    }

    /// What has to be fetched first, where the base is fragments.
    pub fn needs(&self) -> Vec<crate::Need> {
        self.engine.plan().needs(&[self.root], self.steps)
    }

    /// Evaluates.
    pub fn evaluate(mut self, base: Base<'_>) -> Result<QueryResult, EvalError> {
        self.run(base)
    }

    /// Evaluates, and tells how: the plan as a tree with what each node returned.
    pub fn evaluate_explained(
        mut self,
        base: Base<'_>,
    ) -> Result<(QueryResult, String), EvalError> {
        let result = self.run(base)?;
        Ok((result, self.output(base)?.explain()))
    }

    /// Evaluates, and tells what the parts of the expression returned.
    pub fn evaluate_with_parts(
        mut self,
        base: Base<'_>,
    ) -> Result<(QueryResult, Vec<crate::Part>), EvalError> {
        let result = self.run(base)?;
        Ok((result, self.output(base)?.parts()))
    }

    fn output<'a>(&'a mut self, base: Base<'_>) -> Result<Output<'a>, EvalError> {
        self.engine.eval(self.root, self.steps, &self.data(base))
    }

    fn data<'a>(&self, base: Base<'a>) -> Data<'a> {
        Data { base, overlay: None, lookback: self.options.lookback, revision: 0 }
    }

    fn run(&mut self, base: Base<'_>) -> Result<QueryResult, EvalError> {
        let (range, data) = (self.range, self.data(base));
        let output = self.output(base)?;
        let value = match (output.op(), output.kind(), range) {
            (Op::Text(text), ..) => Value::String(text.clone()),
            (Op::Raw(input), ..) => Value::Matrix(result::raw(&output, input, &data)?),
            (_, OutputKind::Scalar, false) => Value::Scalar(output.value(0, 0).unwrap_or(f64::NAN)),
            (_, _, false) => Value::Vector(result::vector(&output)?),
            (_, _, true) => Value::Matrix(result::matrix(&output)?),
        };
        Ok(QueryResult { value, notices: output.notices() })
    }
}
/// Whether an expression has a value at each step.
fn fit_for_range(expr: &Expr) -> Result<(), EvalError> {
    let value_type = match expr.value_type() {
        ValueType::Scalar | ValueType::InstantVector => return Ok(()),
        other => other.documented(),
    };
    let message = format!(
        "invalid expression type \"{value_type}\" for range query, must be Scalar or instant Vector"
    );
    Err(EvalError::at(expr.span, message))
}

#[cfg(test)]
mod tests;
