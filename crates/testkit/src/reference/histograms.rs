//! Functions of histograms, native and classic.

use model::{
    FloatHistogram, Labels, METRIC_NAME,
    histogram::{FractionNote, QuantileNote},
    number::format_g,
};
use promql::{Expr, FunctionId};

use super::{
    classic::{self, Histograms},
    eval::{Evaluated, Evaluator},
    labels::string,
    notes::{Notes, for_metric},
    over_time::bad_quantile,
    value::{Element, Number},
};

/// Calls one of the functions of histograms.
pub(super) fn call(
    ev: &Evaluator<'_>,
    function: FunctionId,
    args: &[&Expr],
    notes: &mut Notes,
) -> Evaluated {
    use FunctionId as F;
    match function {
        F::HistogramFraction => fractions(ev, args, notes),
        F::HistogramQuantile => quantiles(ev, args, notes),
        F::HistogramQuantiles => labelled_quantiles(ev, args, notes),
        F::HistogramCount => native(ev, args, notes, |h| h.count),
        F::HistogramSum => native(ev, args, notes, |h| h.sum),
        F::HistogramAvg => native(ev, args, notes, FloatHistogram::average),
        F::HistogramStddev => native(ev, args, notes, FloatHistogram::standard_deviation),
        _ => native(ev, args, notes, FloatHistogram::variance),
    }
}

/// A number of each native histogram. Its type and unit stay.
fn native(
    ev: &Evaluator<'_>,
    args: &[&Expr],
    notes: &mut Notes,
    f: impl Fn(&FloatHistogram) -> f64,
) -> Evaluated {
    ev.by_step(args, notes, |t, values, _| {
        let number = |e: &Element| {
            let value = f(e.value.histogram()?);
            let labels =
                if ev.delayed() { e.labels.clone() } else { e.labels.without(&[METRIC_NAME]) };
            Some(Element { labels, drop_name: true, t, value: Number::Float(value) })
        };
        Ok(values[0].iter().filter_map(number).collect())
    })
}

fn scalar(values: &[Element]) -> f64 {
    values.first().and_then(|e| e.value.float()).unwrap_or(f64::NAN)
}

/// A result of the histogram with these labels.
fn result(ev: &Evaluator<'_>, labels: &Labels, v: f64) -> Element {
    let labels = ev.metadata_dropped(labels);
    Element { labels, drop_name: true, ..Element::bare(v) }
}

fn fractions(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    let place = args[2].span.start;
    ev.by_step(args, notes, |_, values, notes| {
        let (lower, upper) = (scalar(&values[0]), scalar(&values[1]));
        let found = Histograms::of(ev, &values[2], place, notes);
        let mut results = Vec::new();
        for (labels, h) in &found.native {
            let (v, note) = h.fraction(lower, upper);
            if note == Some(FractionNote::NanObservations) {
                let what = "input to histogram_fraction has NaN observations, which are excluded";
                let name = name_of(ev, labels);
                notes.info(place, &format!("{what} from all fractions{name}"));
            }
            results.push(result(ev, labels, v));
        }
        for (labels, buckets) in &found.classic {
            results.push(result(ev, labels, classic::fraction(lower, upper, buckets)));
        }
        Ok(results)
    })
}

/// The name for notes; it is known only where it is dropped in the end.
fn name_of(ev: &Evaluator<'_>, labels: &Labels) -> String {
    if ev.delayed() { for_metric(labels.metric_name()) } else { String::new() }
}

fn quantiles(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    ev.by_step(args, notes, |t, values, notes| {
        let q = scalar(&values[0]);
        check(q, args[0], notes);
        let mut found = Histograms::of(ev, &values[1], args[1].span.start, notes);
        Ok(all_quantiles(ev, &mut found, q, t, args[1].span.start, notes))
    })
}

fn check(q: f64, arg: &Expr, notes: &mut Notes) {
    if !(0.0..=1.0).contains(&q) {
        notes.warn(arg.span.start, &bad_quantile(q));
    }
}

fn all_quantiles(
    ev: &Evaluator<'_>,
    found: &mut Histograms,
    q: f64,
    t: i64,
    place: u32,
    notes: &mut Notes,
) -> Vec<Element> {
    let mut results = Vec::new();
    for (labels, h) in &found.native {
        let (v, note) = h.quantile(q);
        let what = "input to histogram_quantile has NaN observations, result is";
        let name = name_of(ev, labels);
        match note {
            None => {}
            Some(QuantileNote::NanResult) => notes.info(place, &format!("{what} NaN{name}")),
            Some(QuantileNote::NanSkew) => {
                notes.info(place, &format!("{what} skewed higher{name}"));
            }
        }
        results.push(result(ev, labels, v));
    }
    for (labels, buckets) in &mut found.classic {
        let (v, forced) = classic::quantile(q, buckets, t);
        if let Some(forced) = forced {
            let name = if ev.delayed() { labels.metric_name() } else { "" };
            notes.forced(place, name, forced);
        }
        results.push(result(ev, labels, v));
    }
    results
}

/// `histogram_quantiles`: each quantile under a label of its own.
fn labelled_quantiles(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    let label = string(args[1]).to_lossy();
    let place = args[0].span.start;
    ev.by_step(args, notes, |t, values, notes| {
        let qs: Vec<f64> = values[2..].iter().map(|v| scalar(v)).collect();
        for (q, arg) in qs.iter().zip(&args[2..]) {
            check(*q, arg, notes);
        }
        let mut found = Histograms::of(ev, &values[0], place, notes);
        let mut results = Vec::new();
        for q in qs {
            for mut e in all_quantiles(ev, &mut found, q, t, place, notes) {
                e.labels = e.labels.to_builder().set(&label, &open_metrics(q)).build();
                results.push(e);
            }
        }
        Ok(results)
    })
}

/// A float as `OpenMetrics` writes it: `1.0`, `0.5`, `1e-07`.
fn open_metrics(v: f64) -> String {
    if v == 0.0 {
        return "0.0".to_owned();
    }
    let text = format_g(v);
    if v.is_finite() && !text.contains(['e', '.']) { format!("{text}.0") } else { text }
}
