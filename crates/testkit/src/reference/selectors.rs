//! Selectors: what is read from storage, instant vectors and whole windows.

use diagnostics::Span;
use model::{Labels, Matcher, histogram::CounterResetHint};
use promql::ast::{Extended, MatrixSelector, Selector};

use super::{
    Sample, Stored, durations,
    eval::{Evaluated, Evaluator},
    extended,
    invariance::fixed_time,
    notes::Notes,
    stats::{self, Buckets},
    value::{Number, Series},
    window::Window,
};

/// Where a selector looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    pub(super) at: Option<i64>,
    pub(super) offset: i64,
}

impl Reference {
    pub(super) fn of(ev: &Evaluator<'_>, selector: &Selector) -> Result<Self, String> {
        let at = fixed_time(ev.query, &selector.time, ev.in_param);
        Ok(Self { at, offset: durations::offset(ev.query, &selector.time)? })
    }
}

/// The series that satisfy all matchers, in the order of their labels.
pub(super) fn matching<'q>(
    ev: &Evaluator<'q>,
    matchers: &[Matcher],
) -> Vec<(&'q Labels, &'q [Sample])> {
    let all = |labels: &Labels| matchers.iter().all(|m| m.matches_labels(labels));
    let storage = ev.query.storage.iter();
    storage.filter(|(labels, _)| all(labels)).map(|(labels, s)| (labels, s.as_slice())).collect()
}

/// The newest of the samples that are not older than the lookback; none where it is a stale marker.
pub(super) fn newest(samples: &[Sample], t: i64, lookback: i64) -> Option<&Sample> {
    let newest = samples.iter().rev().find(|s| s.t <= t).filter(|s| s.t > t - lookback)?;
    match &newest.value {
        Stored::Stale => None,
        Stored::Float(v) if model::is_stale(*v) => None,
        Stored::Histogram(h) if h.is_stale() => None,
        _ => Some(newest),
    }
}

/// The samples of a series as they are read, with `reach` before each of the times in view.
pub(super) fn read(
    ev: &Evaluator<'_>,
    samples: &[Sample],
    reference: Reference,
    reach: i64,
    ahead: i64,
) -> Vec<Sample> {
    let Reference { at, offset } = reference;
    // Storage hands out what the whole query may look at. In parameters of aggregations `@` fixes
    // this, but not the time that is looked at.
    let fixed = ev.in_param && at.is_some();
    if ev.buckets != Buckets::Skipped && !fixed {
        return samples.to_vec();
    }
    let from = at.unwrap_or(ev.query.start) - offset + ahead - reach;
    let to = at.unwrap_or(ev.query.end) - offset + ahead;
    let fetched: Vec<_> = samples.iter().filter(|s| s.t > from && s.t <= to).cloned().collect();
    if ev.buckets != Buckets::Skipped {
        return fetched;
    }
    let targets = ev.times.iter().map(|t| ev.reference_time(at, offset, t) + ahead);
    stats::read(&fetched, targets, reach)
}

/// An instant vector.
pub(super) fn instant(
    ev: &Evaluator<'_>,
    selector: &Selector,
    span: Span,
    notes: &mut Notes,
) -> Evaluated {
    let reference = Reference::of(ev, selector)?;
    let lookback = ev.query.options.lookback;
    let mut result = Vec::new();
    for (labels, samples) in matching(ev, &selector.matchers) {
        let mut points = Vec::new();
        let smoothed = selector.extended == Some(Extended::Smoothed);
        let (reach, ahead) = if smoothed { (2 * lookback, lookback) } else { (lookback, 0) };
        let samples = read(ev, samples, reference, reach, ahead);
        for t in ev.times.iter() {
            let at = ev.reference_time(reference.at, reference.offset, t);
            let value = if smoothed {
                let window = Window::of(&samples, at - lookback, at + lookback);
                extended::smoothed_at(&window, at, labels.metric_name(), span.start, notes)
            } else {
                newest(&samples, at, lookback).and_then(number)
            };
            points.extend(value.map(|value| (t, value)));
        }
        if !points.is_empty() {
            result.push(Series { labels: labels.clone(), drop_name: false, points });
        }
    }
    Ok(result)
}

fn number(sample: &Sample) -> Option<Number> {
    match &sample.value {
        Stored::Float(v) => Some(Number::Float(*v)),
        Stored::Histogram(h) => Some(Number::Histogram(h.clone())),
        Stored::Stale => None,
    }
}

/// The raw samples of windows at the first step.
pub(super) fn matrix(ev: &Evaluator<'_>, matrix: &MatrixSelector) -> Evaluated {
    let reference = Reference::of(ev, &matrix.selector)?;
    let range = durations::positive(ev.query, &matrix.range)?;
    let to = ev.reference_time(reference.at, reference.offset, ev.times.start);
    let mut result = Vec::new();
    for (labels, samples) in matching(ev, &matrix.selector.matchers) {
        let points = match matrix.selector.extended {
            None => {
                let mut points: Vec<(i64, Number)> = Vec::new();
                let window = Window::of(samples, to - range, to);
                points.extend(window.floats.iter().map(|p| (p.t, Number::Float(p.v))));
                let histograms = window.histograms.into_iter();
                points.extend(histograms.map(|p| (p.t, Number::Histogram(p.v))));
                points.sort_by_key(|(t, _)| *t);
                points
            }
            Some(how) => extended::raw(ev, samples, (to - range, to), how)?,
        };
        if !points.is_empty() {
            result.push(Series { labels: labels.clone(), drop_name: false, points });
        }
    }
    Ok(result)
}

/// A subquery's series as samples of a window. What they say about resets does not hold between
/// them any more.
pub(super) fn as_samples(series: Series) -> Vec<Sample> {
    let sample = |(t, value)| {
        let value = match value {
            Number::Float(v) => Stored::Float(v),
            Number::Histogram(mut h) => {
                if matches!(h.hint, CounterResetHint::Reset | CounterResetHint::NotReset) {
                    h.hint = CounterResetHint::Unknown;
                }
                Stored::Histogram(h)
            }
        };
        Sample { t, start: None, value }
    };
    series.points.into_iter().map(sample).collect()
}
