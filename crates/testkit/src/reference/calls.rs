//! Function calls over instant vectors and scalars.

use promql::{Expr, ExprKind, FunctionId, ast::Call};

use super::{
    dates, durations,
    eval::{Evaluated, Evaluator},
    histograms, info, labels, math,
    notes::Notes,
    range_calls,
    selectors::{Reference, matching, newest},
    sorting,
    stats::Buckets,
    value::{Element, Number, without_metadata},
};

/// Calls a function.
pub(super) fn call(ev: &Evaluator<'_>, call: &Call, expr: &Expr, notes: &mut Notes) -> Evaluated {
    use FunctionId as F;
    let args: Vec<&Expr> = call.args.iter().map(Expr::unparen).collect();
    let ev = &Evaluator { buckets: buckets(ev.buckets, call.function), ..*ev };
    if args.iter().any(|arg| matches!(arg.kind, ExprKind::Matrix(_) | ExprKind::Subquery(_))) {
        return range_calls::call(ev, call.function, &args, notes);
    }
    let query = ev.query;
    match call.function {
        F::Start => Ok(ev.constant(query.start as f64 / 1000.0)),
        F::End => Ok(ev.constant(query.end as f64 / 1000.0)),
        F::Range => Ok(ev.constant(durations::seconds(query.end - query.start))),
        F::Step if query.start == query.end => Ok(ev.constant(0.0)),
        F::Step => Ok(ev.constant(durations::seconds(query.step))),
        F::Pi => Ok(ev.constant(std::f64::consts::PI)),
        F::LabelReplace => labels::replace(ev, &args, notes),
        F::LabelJoin => labels::join(ev, &args, notes),
        F::Info => info::info(ev, &args, notes),
        F::Timestamp | F::StartTimestamp => times(ev, call.function, args[0], notes),
        F::Sort | F::SortDesc | F::SortByLabel | F::SortByLabelDesc => {
            sorting::call(ev, call.function, &args, expr.span, notes)
        }
        F::HistogramAvg
        | F::HistogramCount
        | F::HistogramFraction
        | F::HistogramQuantile
        | F::HistogramQuantiles
        | F::HistogramStddev
        | F::HistogramStdvar
        | F::HistogramSum => histograms::call(ev, call.function, &args, notes),
        _ => {
            ev.by_step(&args, notes, |t, values, _| Ok(simple(ev, call.function, &args, t, values)))
        }
    }
}

fn buckets(outside: Buckets, function: FunctionId) -> Buckets {
    use FunctionId as F;
    match function {
        F::HistogramCount | F::HistogramSum | F::HistogramAvg => outside.skip(),
        F::HistogramQuantile | F::HistogramQuantiles | F::HistogramFraction => Buckets::Needed,
        _ => outside,
    }
}

/// Functions that notice nothing and look at one step.
fn simple(
    ev: &Evaluator<'_>,
    function: FunctionId,
    args: &[&Expr],
    t: i64,
    values: &[Vec<Element>],
) -> Vec<Element> {
    use FunctionId as F;
    let scalar = |i: usize| values[i].first().and_then(|e| e.value.float()).unwrap_or(f64::NAN);
    let inf = f64::INFINITY;
    match function {
        F::Time => vec![Element::bare(t as f64 / 1000.0)],
        F::MinOf => vec![Element::bare(math::smaller(scalar(0), scalar(1)))],
        F::MaxOf => vec![Element::bare(math::larger(scalar(0), scalar(1)))],
        F::Vector => vec![Element::bare(scalar(0))],
        F::Scalar => vec![Element::bare(only_float(&values[0]))],
        F::Absent if !values[0].is_empty() => Vec::new(),
        F::Absent => {
            vec![Element { labels: labels::of_absent(args[0]), ..Element::bare(1.0) }]
        }
        F::Clamp => clamped(ev, &values[0], scalar(1), scalar(2)),
        F::ClampMin => clamped(ev, &values[0], scalar(1), inf),
        F::ClampMax => clamped(ev, &values[0], -inf, scalar(1)),
        F::Round => {
            let nearest = if args.len() > 1 { scalar(1) } else { 1.0 };
            floats(ev, &values[0], |v| math::round(v, nearest))
        }
        _ => {
            if let Some(part) = dates::part(function) {
                return match values.first() {
                    None => vec![Element::bare(part(t / 1000))],
                    Some(vector) => floats(ev, vector, |v| part(dates::whole_seconds(v))),
                };
            }
            floats(ev, &values[0], math::function(function))
        }
    }
}

/// Applies a function to floats; histograms go.
fn floats(ev: &Evaluator<'_>, vector: &[Element], f: impl Fn(f64) -> f64) -> Vec<Element> {
    let apply = |e: &Element| {
        let value = Number::Float(f(e.value.float()?));
        Some(Element { labels: ev.metadata_dropped(&e.labels), drop_name: true, t: e.t, value })
    };
    vector.iter().filter_map(apply).collect()
}

fn clamped(ev: &Evaluator<'_>, vector: &[Element], low: f64, high: f64) -> Vec<Element> {
    if high < low {
        return Vec::new();
    }
    floats(ev, vector, |v| math::larger(low, math::smaller(high, v)))
}

fn only_float(vector: &[Element]) -> f64 {
    let mut floats = vector.iter().filter_map(|e| e.value.float());
    match (floats.next(), floats.next()) {
        (Some(v), None) => v,
        _ => f64::NAN,
    }
}

/// `timestamp` and `start_timestamp`: of a selector the samples' own times.
fn times(ev: &Evaluator<'_>, function: FunctionId, arg: &Expr, notes: &mut Notes) -> Evaluated {
    let of_start = function == FunctionId::StartTimestamp;
    let ExprKind::Selector(selector) = &arg.kind else {
        return ev.by_step(&[arg], notes, |t, values, _| {
            let elements = if of_start { &[][..] } else { &values[0] };
            Ok(elements.iter().map(|e| at_time(ev, e, t)).collect())
        });
    };
    let Reference { at, offset } = Reference::of(ev, selector)?;
    let series = matching(ev, &selector.matchers);
    ev.by_step(&[], notes, |t, _, _| {
        let mut elements = Vec::new();
        if of_start && !ev.query.options.start_timestamps {
            return Ok(elements);
        }
        // With `@`, the offset only decides what storage hands out, and no longer where is looked.
        let lookback = ev.query.options.lookback;
        let (from, to) =
            at.map_or((i64::MIN, i64::MAX), |at| (at - offset - lookback, at - offset));
        let at = at.unwrap_or(t - offset);
        for (labels, samples) in &series {
            let fetched: Vec<_> =
                samples.iter().filter(|s| s.t > from && s.t <= to).cloned().collect();
            if let Some(sample) = newest(&fetched, at, lookback) {
                let time = if of_start { sample.start.unwrap_or(0) } else { sample.t };
                let e = Element { labels: (*labels).clone(), ..Element::bare(0.0) };
                elements.push(at_time(ev, &e, time));
            }
        }
        Ok(elements)
    })
}

fn at_time(ev: &Evaluator<'_>, e: &Element, t: i64) -> Element {
    let labels = if ev.delayed() { e.labels.clone() } else { without_metadata(&e.labels) };
    Element { labels, drop_name: true, t, value: Number::Float(t as f64 / 1000.0) }
}
