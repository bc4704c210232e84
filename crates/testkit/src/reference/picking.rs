//! Aggregations that pick members of each group: `topk`, `bottomk`, `limitk`, `limit_ratio`.

use diagnostics::Span;
use model::{Labels, number::format_g};
use promql::{AggregateOp, Expr, ExprKind, ast::Aggregate};

use super::{
    aggregation::group_of,
    eval::{Collected, Evaluated, Evaluator},
    math::{compare, larger, smaller},
    notes::Notes,
    value::{Element, Number, Series, elements_at},
};

/// The parameter of an aggregation: a number at each step.
pub(super) struct Param {
    values: Vec<f64>,
    least: f64,
    most: f64,
}

impl Param {
    /// No parameter.
    pub(super) fn none() -> Self {
        Self { values: Vec::new(), least: 0.0, most: 0.0 }
    }

    /// Evaluates a parameter. Nothing in it is evaluated just once.
    pub(super) fn of(ev: &Evaluator<'_>, expr: &Expr, notes: &mut Notes) -> Result<Self, String> {
        let inner = Evaluator { in_param: true, ..*ev };
        let series = inner.eval(expr, notes)?;
        let Some(series) = series.first() else { return Ok(Self::none()) };
        let values: Vec<f64> = series.points.iter().filter_map(|(_, v)| v.float()).collect();
        if matches!(expr.kind, ExprKind::Number(_)) {
            return Ok(Self { least: values[0], most: values[0], values });
        }
        let least = values.iter().fold(f64::MAX, |a, b| smaller(a, *b));
        let most = values.iter().fold(-f64::MAX, |a, b| larger(a, *b));
        Ok(Self { values, least, most })
    }

    /// The number at a step.
    pub(super) fn at(&self, step: usize) -> f64 {
        self.values.get(step).copied().unwrap_or(0.0)
    }

    fn has_nan(&self) -> bool {
        self.values.iter().any(|v| v.is_nan())
    }

    /// What about a quantile is to be warned of.
    pub(super) fn bad_quantiles(&self) -> Vec<f64> {
        let mut bad = Vec::new();
        bad.extend(self.has_nan().then_some(f64::NAN));
        bad.extend((self.most > 1.0).then_some(self.most));
        bad.extend((self.least < 0.0).then_some(self.least));
        bad
    }
}

/// Evaluates one of these aggregations.
pub(super) fn pick(
    ev: &Evaluator<'_>,
    aggregate: &Aggregate,
    param: &Param,
    input: &[Series],
    span: Span,
    notes: &mut Notes,
) -> Evaluated {
    if !check(aggregate, param, notes)? {
        return Ok(Vec::new());
    }
    let mut collected = Collected::default();
    for (i, t) in ev.times.iter().enumerate() {
        let mut groups: Vec<(Labels, Vec<Element>)> = Vec::new();
        for e in elements_at(input, t) {
            let group = group_of(aggregate.grouping.as_ref(), &e.labels);
            match groups.iter_mut().find(|(labels, _)| *labels == group) {
                Some((_, members)) => members.push(e),
                None => groups.push((group, vec![e])),
            }
        }
        for (_, members) in groups {
            for e in picked(aggregate.op, param.at(i), members, span, notes) {
                if ev.times.is_instant() {
                    // As they come, even if they cannot be told apart.
                    let Element { labels, drop_name, value, .. } = e;
                    collected.series.push(Series { labels, drop_name, points: vec![(t, value)] });
                } else {
                    collected.add(t, e)?;
                }
            }
        }
    }
    Ok(collected.series)
}

/// Looks at the parameter of all steps; tells whether anything can be picked at all.
fn check(aggregate: &Aggregate, param: &Param, notes: &mut Notes) -> Result<bool, String> {
    const LEAST: f64 = -9_223_372_036_854_775_808.0;
    const MOST: f64 = 9_223_372_036_854_774_784.0;
    let expr = aggregate.param.as_ref().expect("the checker wants one");
    let place = expr.unparen().span.start;
    if aggregate.op == AggregateOp::LimitRatio {
        if param.most == 0.0 && param.least == 0.0 {
            return Ok(false);
        }
        if param.has_nan() {
            return Err("Ratio value is NaN".to_owned());
        }
        for (v, cap) in [(param.most, 1.0), (param.least, -1.0)] {
            if v.abs() > 1.0 && (v > 0.0) == (cap > 0.0) {
                let what = "ratio value should be between -1 and 1";
                let v = format_g(v);
                notes.warn(place, &format!("{what}, got {v}, capping to {cap}"));
            }
        }
        return Ok(true);
    }
    if param.most < 1.0 {
        return Ok(false);
    }
    if param.has_nan() {
        return Err("Parameter value is NaN".to_owned());
    }
    if param.least <= LEAST {
        return Err(format!("Scalar value {} underflows int64", format_g(param.least)));
    }
    if param.most >= MOST {
        return Err(format!("Scalar value {} overflows int64", format_g(param.most)));
    }
    Ok(true)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "k was checked to fit, and below 1 nothing is picked"
)]
fn picked(
    op: AggregateOp,
    param: f64,
    mut members: Vec<Element>,
    span: Span,
    notes: &mut Notes,
) -> Vec<Element> {
    if op == AggregateOp::LimitRatio {
        let ratio = param.clamp(-1.0, 1.0);
        members.retain(|e| is_sampled(ratio, &e.labels));
        return members;
    }
    if param < 1.0 {
        return Vec::new();
    }
    if op != AggregateOp::Limitk {
        let before = members.len();
        members.retain(|e| matches!(e.value, Number::Float(_)));
        if members.len() < before {
            let name = op.as_str();
            notes.info(span.start, &format!("ignored histogram in {name} aggregation"));
        }
        let float = |e: &Element| e.value.float().unwrap_or(f64::NAN);
        members.sort_by(|a, b| {
            let (a, b) = (float(a), float(b));
            let order = if op == AggregateOp::Topk { compare(b, a) } else { compare(a, b) };
            a.is_nan().cmp(&b.is_nan()).then(order)
        });
    }
    members.truncate(param as usize);
    members
}

/// Whether a series is among the share of all series, chosen by the hash of its labels.
fn is_sampled(ratio: f64, labels: &Labels) -> bool {
    let place = labels.hash64() as f64 / u64::MAX as f64;
    if ratio < 0.0 { place >= 1.0 + ratio } else { place < ratio }
}
