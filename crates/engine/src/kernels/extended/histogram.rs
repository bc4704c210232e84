//! Movements of native histograms over extended windows. As `extendedHistogramRate` in prometheus
//! promql/functions.go.

use std::sync::Arc;

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, MixedSchemas},
};

use super::{Around, Edges, Measure};
use crate::{
    kernels::histogram_window::Note,
    notice::HistogramOperation::{Addition, Subtraction},
};

type Histogram = Arc<FloatHistogram>;

/// How far histograms moved inside the window; always a gauge. What is noted counts even where
/// there is no result.
pub(crate) fn movement(
    around: &Around<'_, Histogram>,
    measure: Measure,
    note: &mut impl FnMut(Note),
) -> Option<FloatHistogram> {
    let edges = around.edges_of_movement(measure.extended)?;
    if !is_uniform(&around.values[edges.first..=edges.last], measure.counter, note) {
        return None;
    }
    let result = around.difference(edges, measure, note);
    result.inspect_err(|MixedSchemas| note(Note::MixedSchemas)).ok()
}

/// Whether all have one kind of buckets.
fn is_uniform(histograms: &[Histogram], counter: bool, note: &mut impl FnMut(Note)) -> bool {
    let custom = histograms[0].is_custom();
    for histogram in histograms {
        if histogram.is_custom() != custom {
            note(Note::MixedSchemas);
            return false;
        }
        if counter && is_gauge(histogram) {
            note(Note::NotCounter);
        }
    }
    true
}

fn is_gauge(histogram: &FloatHistogram) -> bool {
    histogram.hint == CounterResetHint::Gauge
}

impl Around<'_, Histogram> {
    fn difference(
        &self,
        edges: Edges,
        measure: Measure,
        note: &mut impl FnMut(Note),
    ) -> Result<FloatHistogram, MixedSchemas> {
        let Edges { first, last, left_between, right_between } = edges;
        let counter = measure.counter;
        let left = if left_between {
            self.between(first, self.lo, counter, note)?
        } else {
            self.values[first].clone()
        };
        let right = if right_between {
            self.between(last - 1, self.hi, counter, note)?
        } else {
            self.values[last].clone()
        };
        let gauges = is_gauge(&left) && is_gauge(&right);
        if !counter && !gauges {
            note(Note::NotGauge);
        }
        let mut result = FloatHistogram::clone(&right);
        subtract(&mut result, &left, note)?;
        if counter && let Some(lost) = self.lost_in_resets(edges, &left, &right, note)? {
            add(&mut result, &lost, note)?;
        }
        if measure.per_second {
            result.divide(self.seconds());
        }
        result.hint = CounterResetHint::Gauge;
        Ok(result.compact())
    }

    fn between(
        &self,
        i: usize,
        t: i64,
        counter: bool,
        note: &mut impl FnMut(Note),
    ) -> Result<Histogram, MixedSchemas> {
        let [a, b] = [i, i + 1].map(|i| (self.ts[i], &self.values[i]));
        interpolated(a, b, t, counter, note)
    }

    /// The sum of what the counter had reached at each reset between the edges.
    fn lost_in_resets(
        &self,
        Edges { first, last, left_between, .. }: Edges,
        left: &Histogram,
        right: &Histogram,
        note: &mut impl FnMut(Note),
    ) -> Result<Option<FloatHistogram>, MixedSchemas> {
        let (mut next, mut prev) = (first + 1, left);
        if left_between && self.values[next].detect_reset(&self.values[first]) {
            // The value at the left edge stands after this reset already.
            prev = &self.values[next];
            next += 1;
        }
        // A histogram that was reset by its own account would be found reset against itself, so
        // the last one is looked at as the right edge only.
        if next > last {
            return Ok(None);
        }
        let mut lost: Option<FloatHistogram> = None;
        for histogram in self.values[next..last].iter().chain([right]) {
            if histogram.detect_reset(prev) {
                match &mut lost {
                    None => lost = Some(FloatHistogram::clone(prev)),
                    Some(lost) => add(lost, prev, note)?,
                }
            }
            prev = histogram;
        }
        Ok(lost)
    }
}

/// The histogram at `t` on the line between two; a counter that was reset began empty.
pub(crate) fn interpolated(
    a: (i64, &Histogram),
    b: (i64, &Histogram),
    t: i64,
    counter: bool,
    note: &mut impl FnMut(Note),
) -> Result<Histogram, MixedSchemas> {
    if t == a.0 {
        return Ok(a.1.clone());
    }
    if t == b.0 {
        return Ok(b.1.clone());
    }
    let fraction = (t - a.0) as f64 / (b.0 - a.0) as f64;
    let mut result = FloatHistogram::clone(b.1);
    if counter && b.1.detect_reset(a.1) {
        result.multiply(fraction);
    } else {
        subtract(&mut result, a.1, note)?;
        result.multiply(fraction);
        add(&mut result, a.1, note)?;
    }
    Ok(Arc::new(result))
}

fn add(
    to: &mut FloatHistogram,
    other: &FloatHistogram,
    note: &mut impl FnMut(Note),
) -> Result<(), MixedSchemas> {
    if to.add(other)?.bounds_reconciled {
        note(Note::Reconciled(Addition));
    }
    Ok(())
}

fn subtract(
    from: &mut FloatHistogram,
    other: &FloatHistogram,
    note: &mut impl FnMut(Note),
) -> Result<(), MixedSchemas> {
    if from.subtract(other)?.bounds_reconciled {
        note(Note::Reconciled(Subtraction));
    }
    Ok(())
}
