//! Aggregations that make one series of each group, and `count_values`.

use std::collections::BTreeMap;

use diagnostics::Span;
use model::{
    FloatHistogram, Labels, METRIC_NAME,
    histogram::{Mean, Total},
};
use promql::{
    AggregateOp, Expr,
    ast::{Aggregate, Grouping},
};

use super::{
    eval::{Evaluated, Evaluator},
    labels::label_name,
    math::{self, Sum},
    notes::Notes,
    over_time::{bad_quantile, note_hints},
    picking::{self, Param},
    rates::{info_reconciled, warn_mixed_schemas},
    value::{Element, Number, Series, elements_at},
};

/// Evaluates an aggregation.
pub(super) fn aggregate(
    ev: &Evaluator<'_>,
    aggregate: &Aggregate,
    span: Span,
    notes: &mut Notes,
) -> Evaluated {
    use AggregateOp as A;
    if aggregate.op == A::CountValues {
        return count_values(ev, aggregate, notes);
    }
    let param = match &aggregate.param {
        Some(param) => Param::of(ev, param.unparen(), notes)?,
        None => Param::none(),
    };
    let input = ev.eval(aggregate.expr.unparen(), notes)?;
    match aggregate.op {
        A::Topk | A::Bottomk | A::Limitk | A::LimitRatio => {
            picking::pick(ev, aggregate, &param, &input, span, notes)
        }
        _ => Ok(combine(ev, aggregate, &param, &input, notes)),
    }
}

/// The labels of a series' group.
pub(super) fn group_of(grouping: Option<&Grouping>, labels: &Labels) -> Labels {
    let Some(grouping) = grouping else { return Labels::empty() };
    let mut names: Vec<&str> = grouping.labels.iter().map(String::as_str).collect();
    if grouping.without {
        names.push(METRIC_NAME);
        labels.without(&names)
    } else {
        labels.only(&names)
    }
}

fn combine(
    ev: &Evaluator<'_>,
    aggregate: &Aggregate,
    param: &Param,
    input: &[Series],
    notes: &mut Notes,
) -> Vec<Series> {
    if let (AggregateOp::Quantile, Some(expr)) = (aggregate.op, &aggregate.param) {
        let place = expr.unparen().span.start;
        for bad in param.bad_quantiles() {
            notes.warn(place, &bad_quantile(bad));
        }
    }
    let mut groups: Vec<Labels> = Vec::new();
    for s in input {
        let group = group_of(aggregate.grouping.as_ref(), &s.labels);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let mut result = Vec::new();
    for labels in groups {
        let mut series = Series { labels, drop_name: false, points: Vec::new() };
        for (i, t) in ev.times.iter().enumerate() {
            let in_group =
                |e: &Element| group_of(aggregate.grouping.as_ref(), &e.labels) == series.labels;
            let members: Vec<Element> =
                elements_at(input, t).into_iter().filter(in_group).collect();
            if let Some(value) = one(aggregate, param.at(i), &members, notes) {
                // The last step decides.
                series.drop_name = members.iter().any(|e| e.drop_name);
                series.points.push((t, value));
            }
        }
        if !series.points.is_empty() {
            result.push(series);
        }
    }
    result
}

/// The value of a group at a step.
fn one(
    aggregate: &Aggregate,
    param: f64,
    members: &[Element],
    notes: &mut Notes,
) -> Option<Number> {
    use AggregateOp as A;
    if members.is_empty() {
        return None;
    }
    let inner = aggregate.expr.unparen();
    match aggregate.op {
        A::Count => return Some(Number::Float(members.len() as f64)),
        A::Group => return Some(Number::Float(1.0)),
        A::Sum | A::Avg => return total(aggregate.op == A::Sum, inner, members, notes),
        _ => {}
    }
    let floats: Vec<f64> = members.iter().filter_map(|e| e.value.float()).collect();
    if floats.len() < members.len() {
        let name = aggregate.op.as_str();
        notes.info(inner.span.start, &format!("ignored histogram in {name} aggregation"));
    }
    let first = *floats.first()?;
    let better = |wins: fn(f64, f64) -> bool| {
        let choose = |best: f64, v: &f64| if wins(*v, best) || best.is_nan() { *v } else { best };
        floats.iter().fold(first, choose)
    };
    Some(Number::Float(match aggregate.op {
        A::Min => better(|v, best| v < best),
        A::Max => better(|v, best| v > best),
        A::Quantile => math::quantile(param, &floats),
        A::Stdvar => variance(&floats),
        A::Stddev => variance(&floats).sqrt(),
        other => unreachable!("{other:?} is handled elsewhere"),
    }))
}

/// Population variance after Welford.
fn variance(floats: &[f64]) -> f64 {
    let (mut mean, mut n) = (floats[0], 1.0);
    let mut squares = if floats[0].is_finite() { 0.0 } else { f64::NAN };
    for v in &floats[1..] {
        n += 1.0;
        let delta = v - mean;
        mean += delta / n;
        squares += delta * (v - mean);
    }
    squares / n
}

/// `sum` and `avg`.
fn total(is_sum: bool, inner: &Expr, members: &[Element], notes: &mut Notes) -> Option<Number> {
    let place = inner.span.start;
    let floats: Vec<f64> = members.iter().filter_map(|e| e.value.float()).collect();
    if floats.len() == members.len() {
        return Some(Number::Float(if is_sum {
            let first = Sum::of(floats[0]);
            floats[1..].iter().fold(first, |sum, v| sum.plus(*v)).total()
        } else {
            math::mean(&floats)
        }));
    }
    // Histograms count only where the first member is one; the others then are not looked at once
    // one did not fit.
    let mut state = Histograms::default();
    for e in members {
        match &e.value {
            Number::Float(_) => state.floats = true,
            Number::Histogram(_) if state.floats && state.taken.is_empty() => {}
            Number::Histogram(h) => {
                let name = e.labels.metric_name();
                if !state.take(is_sum, h, (place, name), notes) {
                    break;
                }
            }
        }
    }
    if state.floats {
        notes.warn(place, "encountered a mix of histograms and floats for aggregation");
        return None;
    }
    let value = state.value()?;
    note_hints(place, state.taken.iter().map(|h| h.hint), notes);
    Some(Number::Histogram(value.compact()))
}

/// Histograms put together so far.
#[derive(Default)]
struct Histograms {
    /// Whether there were floats too.
    floats: bool,
    taken: Vec<FloatHistogram>,
    combined: Option<Combined>,
}

enum Combined {
    Total(Total),
    Mean(Mean),
    Incompatible,
}

impl Histograms {
    /// Takes one more; tells whether it fits.
    fn take(
        &mut self,
        is_sum: bool,
        h: &FloatHistogram,
        (place, name): (u32, &str),
        notes: &mut Notes,
    ) -> bool {
        self.taken.push(h.clone());
        let added = match &mut self.combined {
            Some(Combined::Total(total)) => total.add(h),
            Some(Combined::Mean(mean)) => mean.add(h),
            _ => {
                let first = || Combined::Total(Total::new(h));
                let mean = || Combined::Mean(Mean::new(h));
                self.combined = Some(if is_sum { first() } else { mean() });
                return true;
            }
        };
        let Ok(found) = added else {
            warn_mixed_schemas(place, name, notes);
            self.combined = Some(Combined::Incompatible);
            return false;
        };
        if found.bounds_reconciled {
            info_reconciled(place, "aggregation", notes);
        }
        true
    }

    fn value(&self) -> Option<FloatHistogram> {
        match self.combined.as_ref()? {
            Combined::Total(total) => Some(total.value()),
            Combined::Mean(mean) => Some(mean.value()),
            Combined::Incompatible => None,
        }
    }
}

/// `count_values`: how many members have each value.
fn count_values(ev: &Evaluator<'_>, aggregate: &Aggregate, notes: &mut Notes) -> Evaluated {
    let param = aggregate.param.as_ref().expect("the checker wants one");
    let label = label_name(param).map_err(|_| format!("invalid label name {}", param.unparen()))?;
    let grouping = aggregate.grouping.clone().map(|mut grouping| {
        if !grouping.without {
            grouping.labels.push(label.to_owned());
        }
        grouping
    });
    ev.by_step(&[aggregate.expr.unparen()], notes, |_, values, _| {
        let mut counts: BTreeMap<Labels, f64> = BTreeMap::new();
        for e in &values[0] {
            let value = match &e.value {
                Number::Float(v) => model::number::format_f(*v),
                Number::Histogram(h) => h.to_string(),
            };
            let labels = e.labels.to_builder().set(label, &value).build();
            let group = match &grouping {
                Some(grouping) => group_of(Some(grouping), &labels),
                None => labels.only(&[label]),
            };
            *counts.entry(group).or_default() += 1.0;
        }
        let element = |(labels, n)| Element { labels, ..Element::bare(n) };
        Ok(counts.into_iter().map(element).collect())
    })
}
