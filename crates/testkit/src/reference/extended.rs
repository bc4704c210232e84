//! `anchored` and `smoothed`: windows whose edges are filled from samples beyond them.

use model::{
    FloatHistogram,
    histogram::{CounterResetHint, MixedSchemas},
    quote::quote,
};
use promql::ast::Extended;

use super::{
    Sample,
    eval::Evaluator,
    notes::Notes,
    range_calls::Call,
    rates::{info_reconciled, warn_mixed_schemas},
    value::Number,
    window::{At, Window},
};

/// A smoothed instant selector's value: the sample at a time, or a value between the samples around
/// it, or the sample before it where there is none behind.
pub(super) fn smoothed_at(
    window: &Window,
    t: i64,
    name: &str,
    place: u32,
    notes: &mut Notes,
) -> Option<Number> {
    if window.is_mixed() {
        let what = "encountered a mix of histograms and floats for metric name";
        notes.warn(place, &format!("{what} {}", quote(name)));
        return None;
    }
    if window.histograms.is_empty() {
        return float_at(&window.floats, t).map(Number::Float);
    }
    let samples = &window.histograms;
    let i = samples.iter().position(|p| p.t >= t).unwrap_or(samples.len());
    if let Some(found) = samples.get(i).filter(|p| p.t == t) {
        return Some(Number::Histogram(found.v.clone()));
    }
    let before = &samples[i.checked_sub(1)?];
    let Some(behind) = samples.get(i) else {
        let mut carried = before.v.clone();
        carried.hint = CounterResetHint::Unknown;
        return Some(Number::Histogram(carried));
    };
    if before.v.is_custom() != behind.v.is_custom() {
        warn_mixed_schemas(place, name, notes);
        return None;
    }
    let counter = [before, behind].iter().any(|p| p.v.hint != CounterResetHint::Gauge);
    let Ok(h) = histogram_between(before, behind, t, counter, place, notes) else {
        warn_mixed_schemas(place, name, notes);
        return None;
    };
    Some(Number::Histogram(h))
}

fn float_at(samples: &[At<f64>], t: i64) -> Option<f64> {
    let i = samples.iter().position(|p| p.t >= t).unwrap_or(samples.len());
    if let Some(found) = samples.get(i).filter(|p| p.t == t) {
        return Some(found.v);
    }
    let before = &samples[i.checked_sub(1)?];
    Some(samples.get(i).map_or(before.v, |behind| between(before, behind, t, false)))
}

/// The line between two samples. A counter that fell began at 0.
fn between(before: &At<f64>, behind: &At<f64>, t: i64, counter: bool) -> f64 {
    let fell = counter && behind.v < before.v;
    let (from, to) = (if fell { 0.0 } else { before.v }, behind.v);
    from + (to - from) * (t - before.t) as f64 / (behind.t - before.t) as f64
}

fn histogram_between(
    before: &At<FloatHistogram>,
    behind: &At<FloatHistogram>,
    t: i64,
    counter: bool,
    place: u32,
    notes: &mut Notes,
) -> Result<FloatHistogram, MixedSchemas> {
    if t == before.t || t == behind.t {
        return Ok(if t == before.t { before.v.clone() } else { behind.v.clone() });
    }
    let share = (t - before.t) as f64 / (behind.t - before.t) as f64;
    let mut result = behind.v.clone();
    if counter && behind.v.detect_reset(&before.v) {
        result.multiply(share);
        return Ok(result);
    }
    if result.subtract(&before.v)?.bounds_reconciled {
        info_reconciled(place, "subtraction", notes);
    }
    result.multiply(share);
    if result.add(&before.v)?.bounds_reconciled {
        info_reconciled(place, "addition", notes);
    }
    Ok(result)
}

/// The samples that a window is computed from.
struct Edges {
    /// The last one at or before the left edge, or the first of all.
    first: usize,
    /// The last one; smoothed, the first one at or behind the right edge.
    last: usize,
}

impl Edges {
    /// None where there is nothing within the window.
    fn of<V>(samples: &[At<V>], from: i64, to: i64, smoothed: bool) -> Option<Self> {
        let end = samples.len().checked_sub(1)?;
        let before_end = &samples[..end];
        let behind_from = before_end.iter().position(|p| p.t > from).unwrap_or(end);
        let first = behind_from.saturating_sub(1);
        let mut last = end;
        if smoothed {
            last = before_end.iter().position(|p| p.t >= to).unwrap_or(end);
        }
        let empty = samples[last].t <= from || smoothed && samples[first].t > to;
        (!empty).then_some(Self { first, last })
    }
}

fn left(samples: &[At<f64>], first: usize, from: i64, smoothed: bool, counter: bool) -> f64 {
    if smoothed && samples[first].t < from {
        between(&samples[first], &samples[first + 1], from, counter)
    } else {
        samples[first].v
    }
}

fn right(samples: &[At<f64>], last: usize, to: i64, smoothed: bool, counter: bool) -> f64 {
    if smoothed && last > 0 && samples[last].t > to {
        between(&samples[last - 1], &samples[last], to, counter)
    } else {
        samples[last].v
    }
}

/// The samples strictly within a window, of those from the first to the last.
fn within<'s, V>(samples: &'s [At<V>], edges: &Edges, from: i64, to: i64) -> &'s [At<V>] {
    let start = edges.first + usize::from(samples[edges.first].t <= from);
    let end = edges.last + 1 - usize::from(samples[edges.last].t >= to);
    samples.get(start..end).unwrap_or(&[])
}

/// The samples of a raw window, with one at either edge.
pub(super) fn raw(
    ev: &Evaluator<'_>,
    samples: &[Sample],
    (from, to): (i64, i64),
    how: Extended,
) -> Result<Vec<(i64, Number)>, String> {
    let lookback = ev.query.options.lookback;
    let (smoothed, modifier) = match how {
        Extended::Anchored => (false, "anchored"),
        Extended::Smoothed => (true, "smoothed"),
    };
    let ahead = if smoothed { lookback } else { 0 };
    let window = Window::of(samples, from - lookback, to + ahead);
    if !window.histograms.is_empty() {
        return Err(format!("{modifier} modifier is not supported with histograms"));
    }
    let floats = &window.floats;
    let Some(last) = floats.len().checked_sub(1) else { return Ok(Vec::new()) };
    let inside = |i: usize| floats[i].t <= from;
    let first = floats[..last].iter().position(|p| p.t > from).unwrap_or(last).saturating_sub(1);
    let last =
        if smoothed { floats[..last].iter().position(|p| p.t >= to).unwrap_or(last) } else { last };
    if inside(last) {
        return Ok(Vec::new());
    }
    let edges = Edges { first, last };
    let mut points = vec![(from, Number::Float(left(floats, first, from, smoothed, false)))];
    let within = within(floats, &edges, from, to);
    points.extend(within.iter().map(|p| (p.t, Number::Float(p.v))));
    points.push((to, Number::Float(right(floats, last, to, smoothed, false))));
    Ok(points)
}

/// `rate`, `increase` and `delta`, without extrapolation.
pub(super) fn rate(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Option<Number> {
    if window.is_mixed() {
        call.warn_mixed_kinds(notes);
        return None;
    }
    if window.histograms.is_empty() {
        return float_rate(call, &window.floats).map(Number::Float);
    }
    histogram_rate(call, &window.histograms, notes).map(Number::Histogram)
}

fn float_rate(call: &Call<'_>, samples: &[At<f64>]) -> Option<f64> {
    let (smoothed, counter) = (call.extended == Some(Extended::Smoothed), call.is_counter());
    let edges = Edges::of(samples, call.from, call.to, smoothed)?;
    let left = left(samples, edges.first, call.from, smoothed, counter);
    let right = right(samples, edges.last, call.to, smoothed, counter);
    let mut result = right - left;
    if counter {
        let (mut before, mut lost) = (left, 0.0);
        let within = within(samples, &edges, call.from, call.to).iter().map(|p| p.v);
        for v in within.chain([right]) {
            if v < before {
                lost += before;
            }
            before = v;
        }
        result += lost;
    }
    Some(if call.per_second() { result / call.range_seconds() } else { result })
}

fn histogram_rate(
    call: &Call<'_>,
    samples: &[At<FloatHistogram>],
    notes: &mut Notes,
) -> Option<FloatHistogram> {
    let (smoothed, counter) = (call.extended == Some(Extended::Smoothed), call.is_counter());
    let Edges { first, last } = Edges::of(samples, call.from, call.to, smoothed)?;
    check_range(call, &samples[first..=last], notes)?;
    let mut at_edge = |before: usize, t: i64| {
        let (before, behind) = (&samples[before], &samples[before + 1]);
        let found = histogram_between(before, behind, t, counter, call.place, notes);
        if found.is_err() {
            call.warn_mixed_schemas(notes);
        }
        found.ok()
    };
    let left = if smoothed && samples[first].t < call.from {
        at_edge(first, call.from)?
    } else {
        samples[first].v.clone()
    };
    let right = if smoothed && last > 0 && samples[last].t > call.to {
        at_edge(last - 1, call.to)?
    } else {
        samples[last].v.clone()
    };
    let gauge = CounterResetHint::Gauge;
    if !counter && (left.hint != gauge || right.hint != gauge) {
        call.warn_not_a_gauge(notes);
    }
    let mut result = right.clone();
    call.subtract(&mut result, &left, notes)?;
    if counter {
        add_what_was_lost(&mut result, call, samples, (first, last), (&left, &right), notes)?;
    }
    if call.per_second() {
        result.divide(call.range_seconds());
    }
    result.hint = gauge;
    Some(result.compact())
}

fn check_range(call: &Call<'_>, samples: &[At<FloatHistogram>], notes: &mut Notes) -> Option<()> {
    for p in samples {
        if p.v.is_custom() != samples[0].v.is_custom() {
            call.warn_mixed_schemas(notes);
            return None;
        }
        if call.is_counter() && p.v.hint == CounterResetHint::Gauge {
            call.warn_not_a_counter(notes);
        }
    }
    Some(())
}

/// Adds to a difference what resets took away between the edges; none where histograms do not fit.
fn add_what_was_lost(
    difference: &mut FloatHistogram,
    call: &Call<'_>,
    samples: &[At<FloatHistogram>],
    (first, last): (usize, usize),
    (left, right): (&FloatHistogram, &FloatHistogram),
    notes: &mut Notes,
) -> Option<()> {
    let smoothed = call.extended == Some(Extended::Smoothed);
    let (mut before, mut next) = (left, first + 1);
    if smoothed
        && samples[first].t < call.from
        && samples[first + 1].v.detect_reset(&samples[first].v)
    {
        // The left edge has taken this reset into account.
        before = &samples[first + 1].v;
        next += 1;
    }
    // The last sample is the right edge, or is behind it.
    if next > last {
        return Some(());
    }
    let mut total: Option<FloatHistogram> = None;
    for now in samples[next..last].iter().map(|p| &p.v).chain([right]) {
        if now.detect_reset(before) {
            match &mut total {
                None => total = Some(before.clone()),
                Some(total) => call.add(total, before, notes)?,
            }
        }
        before = now;
    }
    total.map_or(Some(()), |total| call.add(difference, &total, notes))
}
