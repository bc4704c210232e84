//! One expression over a table or over what was fetched for it: instants and ranges.
//!
//! Rules do not come this way: they share one plan ([`crate::Engine`]).

use model::Labels;
use promql::Expr;
use store::Table;

use crate::{
    Base, Data, Engine, EvalError, Notice, Output, OutputKind, PlanBuilder, PlanOptions, RootId,
    Steps,
    bind::{Bound, SeriesRef},
    exec::{DUPLICATE, compact},
    plan::node::{Op, RangeFrom, RangeInput},
    row::{METADATA, Row},
};

/// How queries are evaluated.
#[derive(Clone, Copy, Debug)]
pub struct QueryOptions {
    /// How far back an instant selector looks, in milliseconds.
    pub lookback: i64,
    /// The step of subqueries that name none, in milliseconds.
    pub default_step: i64,
    /// How many values a node may have.
    pub max_samples: usize,
    /// Whether metric names stay until the end of the evaluation.
    pub delayed_name_removal: bool,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            lookback: 300_000,
            default_step: 60_000,
            max_samples: 50_000_000,
            delayed_name_removal: false,
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
    pub value: f64,
}

/// A series' values over time.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSeries {
    /// The series.
    pub labels: Labels,
    /// Milliseconds, ascending.
    pub timestamps: Vec<i64>,
    /// As many as timestamps.
    pub values: Vec<f64>,
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
        let range = steps.end() - steps.start;
        let mut plan = PlanBuilder::new(PlanOptions {
            default_step: options.default_step,
            delayed_name_removal: options.delayed_name_removal,
            query_step: if range == 0 { 0 } else { steps.step },
            query_range: range,
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
        use promql::ValueType as V;
        match expr.value_type() {
            V::Scalar | V::InstantVector => {
                self.range = true;
                Ok(self)
            }
            other => Err(EvalError::at(
                expr.span,
                format!(
                    "invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
                    other.documented()
                ),
            )),
        }
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

    fn output<'a>(&'a mut self, base: Base<'_>) -> Result<Output<'a>, EvalError> {
        self.engine.eval(self.root, self.steps, &self.data(base))
    }

    fn data<'a>(&self, base: Base<'a>) -> Data<'a> {
        Data { base, overlay: None, lookback: self.options.lookback, revision: 0 }
    }

    fn run(&mut self, base: Base<'_>) -> Result<QueryResult, EvalError> {
        let (steps, range, data) = (self.steps, self.range, self.data(base));
        let max_samples = self.options.max_samples;
        let output = self.output(base)?;
        if output.n_rows().saturating_mul(steps.count) > max_samples {
            return Err(EvalError { message: TOO_MANY.to_owned(), span: None });
        }
        let value = match (output.op(), output.kind(), range) {
            (Op::Text(text), ..) => Value::String(text.clone()),
            (Op::Raw(input), ..) => Value::Matrix(raw(&output, input, &data)?),
            (_, OutputKind::Scalar, false) => Value::Scalar(output.value(0, 0).unwrap_or(f64::NAN)),
            (_, _, false) => Value::Vector(vector(&output)?),
            (_, _, true) => Value::Matrix(matrix(&output)?),
        };
        Ok(QueryResult { value, notices: output.notices() })
    }
}

const TOO_MANY: &str =
    "query processing would load too many samples into memory in query execution";

/// Present rows in the order of the result; the range form of a scalar has one row.
fn vector(output: &Output<'_>) -> Result<Vec<VectorSample>, EvalError> {
    let mut samples: Vec<VectorSample> = Vec::new();
    for row in output.rows_in_order() {
        if let Some(value) = output.value(row, 0) {
            samples.push(VectorSample { labels: final_labels(&output.state().rows[row]), value });
        }
    }
    let mut sorted: Vec<&Labels> = samples.iter().map(|s| &s.labels).collect();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(EvalError { message: DUPLICATE.to_owned(), span: None });
    }
    Ok(samples)
}

fn matrix(output: &Output<'_>) -> Result<Vec<MatrixSeries>, EvalError> {
    let state = output.state();
    let series = state.rows.iter().enumerate().map(|(i, row)| {
        let (mut timestamps, mut values) = (Vec::new(), Vec::new());
        compact(&state.block, i, output.query(), &mut timestamps, &mut values);
        MatrixSeries { labels: final_labels(row), timestamps, values }
    });
    merged(series.filter(|s| !s.timestamps.is_empty()).collect())
}

/// Samples as they are stored, or the values of a subquery.
fn raw(
    output: &Output<'_>,
    input: &RangeInput,
    data: &Data<'_>,
) -> Result<Vec<MatrixSeries>, EvalError> {
    let (state, query) = (output.state(), output.query());
    let Bound::Series { series, map, .. } = &state.bound else { return Ok(Vec::new()) };
    let hi = input.time.reference(query.start, query);
    let lo = hi - input.range;
    let table = |fragment: crate::FragmentId| match data.base {
        Base::Whole(table) => table,
        Base::Fragments(tables) => &tables[fragment.0 as usize],
    };
    let mut result = Vec::new();
    for (i, (row, series)) in map.to.iter().zip(series).enumerate() {
        let (timestamps, values) = match (*series, input.from) {
            (SeriesRef::Base(id), RangeFrom::Fragment(fragment)) => {
                let (ts, values) = table(fragment).window(id, lo, hi);
                (ts.to_vec(), values.to_vec())
            }
            (_, RangeFrom::Subquery(node)) => {
                let (mut ts, mut values) = (Vec::new(), Vec::new());
                let steps = output.plan().steps(output.plan().node(node).frame, query);
                compact(&output.state_of(node).block, i, steps, &mut ts, &mut values);
                (ts, values)
            }
            _ => (Vec::new(), Vec::new()),
        };
        if !timestamps.is_empty() {
            let labels = final_labels(&state.rows[*row as usize]);
            result.push(MatrixSeries { labels, timestamps, values });
        }
    }
    merged(result)
}

/// Sorted by labels; series that have equal labels once names are gone become one where they do
/// not overlap.
fn merged(mut series: Vec<MatrixSeries>) -> Result<Vec<MatrixSeries>, EvalError> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    let mut result: Vec<MatrixSeries> = Vec::with_capacity(series.len());
    for next in series {
        match result.last_mut() {
            Some(last) if last.labels == next.labels => merge(last, next)?,
            _ => result.push(next),
        }
    }
    Ok(result)
}

fn merge(into: &mut MatrixSeries, from: MatrixSeries) -> Result<(), EvalError> {
    let old = into.timestamps.drain(..).zip(into.values.drain(..));
    let mut points: Vec<(i64, f64)> =
        old.chain(from.timestamps.into_iter().zip(from.values)).collect();
    points.sort_by_key(|(t, _)| *t);
    if points.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(EvalError { message: DUPLICATE.to_owned(), span: None });
    }
    (into.timestamps, into.values) = points.into_iter().unzip();
    Ok(())
}

fn final_labels(row: &Row) -> Labels {
    if row.drop_name { row.labels.without(&METADATA) } else { row.labels.clone() }
}

#[cfg(test)]
mod tests;
