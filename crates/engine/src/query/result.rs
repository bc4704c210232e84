//! From blocks of rows to what a query returns: names go, series merge, matrices are sorted.

use model::Labels;

use super::{MatrixSeries, VectorSample};
use crate::{
    Base, Data, EvalError, Output,
    bind::{Bound, RowSamples, SeriesRef},
    exec::{DUPLICATE, extended},
    plan::{
        needs::Reach,
        node::{RangeFrom, RangeInput},
    },
};

/// Present rows in the order of the result; the range form of a scalar has one row.
pub(super) fn vector(output: &Output<'_>) -> Result<Vec<VectorSample>, EvalError> {
    let mut samples: Vec<VectorSample> = Vec::new();
    for row in output.rows_in_order() {
        if let Some(value) = output.sample(row, 0) {
            samples.push(VectorSample { labels: output.result_labels(row).into_owned(), value });
        }
    }
    let mut sorted: Vec<&Labels> = samples.iter().map(|s| &s.labels).collect();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(EvalError { message: DUPLICATE.to_owned(), span: None });
    }
    Ok(samples)
}

/// All values of all rows.
pub(super) fn matrix(output: &Output<'_>) -> Result<Vec<MatrixSeries>, EvalError> {
    let state = output.state();
    let series = (0..output.n_rows()).map(|i| {
        let mut samples = RowSamples::default();
        samples.fill(state.whole(), i, output.query());
        series(output.result_labels(i).into_owned(), samples.samples())
    });
    merged(series.filter(MatrixSeries::has_samples).collect())
}

/// Samples as they are stored, or the values of a subquery.
pub(super) fn raw(
    output: &Output<'_>,
    input: &RangeInput,
    data: &Data<'_>,
) -> Result<Vec<MatrixSeries>, EvalError> {
    let (state, query) = (output.state(), output.query());
    let Bound::Series { series: bound, map, .. } = &state.bound else { return Ok(Vec::new()) };
    let hi = input.time.reference(query.start, query);
    let lo = hi - input.range;
    let around = Reach::of(input.extended, data.lookback);
    let table = |fragment: crate::FragmentId| match data.base {
        Base::Whole(table) => table,
        Base::Fragments(tables) => &tables[fragment.0 as usize],
    };
    let mut scratch = RowSamples::default();
    let mut result = Vec::new();
    for (i, (row, at)) in map.all().zip(bound.iter()).enumerate() {
        let samples = match (*at, input.from) {
            (SeriesRef::Base(id), RangeFrom::Fragment(fragment)) => {
                table(fragment).samples(id, lo - around.left, hi + around.right)
            }
            (_, RangeFrom::Subquery(node)) => {
                let steps = output.plan().steps(output.plan().node(node).frame, query);
                scratch.fill(output.state_of(node).whole(), i, steps);
                scratch.samples()
            }
            _ => store::Samples::default(),
        };
        let labels = output.result_labels(row).into_owned();
        let series = match input.extended {
            None => series(labels, samples),
            Some(extended) => {
                let floats = extended::raw(samples, extended, (lo, hi));
                let (timestamps, values) =
                    floats.map_err(|message| EvalError { message, span: None })?;
                MatrixSeries { labels, timestamps, values, ..MatrixSeries::default() }
            }
        };
        if series.has_samples() {
            result.push(series);
        }
    }
    merged(result)
}

fn series(labels: Labels, samples: store::Samples<'_>) -> MatrixSeries {
    let store::Samples { floats, histograms } = samples;
    let histograms = histograms.ts.iter().copied().zip(histograms.values.iter().cloned());
    MatrixSeries {
        labels,
        timestamps: floats.ts.to_vec(),
        values: floats.values.to_vec(),
        histograms: histograms.collect(),
    }
}

impl MatrixSeries {
    fn has_samples(&self) -> bool {
        !self.timestamps.is_empty() || !self.histograms.is_empty()
    }
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
    into.histograms.extend(from.histograms);
    into.histograms.sort_by_key(|(t, _)| *t);
    if !distinct(&points) || !distinct(&into.histograms) {
        return Err(EvalError { message: DUPLICATE.to_owned(), span: None });
    }
    (into.timestamps, into.values) = points.into_iter().unzip();
    Ok(())
}

/// Whether no time occurs twice.
fn distinct<V>(points: &[(i64, V)]) -> bool {
    points.windows(2).all(|pair| pair[0].0 != pair[1].0)
}
