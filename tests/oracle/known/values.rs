//! Values of 2.42 in the place of ours: if all else then agrees, they are the only difference.
//!
//! A node is replaced by series that have, at the times at which it is evaluated, the values that
//! 2.42 has for it. Start at [`clamp`] and [`round`]; [`unfilter`] looks for a failure instead.

use std::collections::BTreeMap;

use engine::Steps;
use futures_util::future::LocalBoxFuture;
use model::{Labels, stale_nan};
use promql::{Expr, ExprKind, FunctionId, ValueType, ast::At};

use super::{trial::Trial, words};
use crate::oracle::{
    answer::{Answer, Comparison, compare},
    queries::When,
    world::World,
};

/// The label that tells injected series from all others.
const MARK: &str = "__injected__";

/// The step of a subquery that names none, in milliseconds.
const DEFAULT_STEP: i64 = 60_000;

/// Series over times.
type Matrix = BTreeMap<Labels, Vec<(i64, f64)>>;

/// Puts series in the place of a node.
fn inject(trial: &mut Trial, steps: Steps, values: Matrix) -> String {
    let number = (trial.injected.len() + 1).to_string();
    for (labels, points) in values {
        let mut marked = labels.to_builder();
        marked.set(MARK, &number);
        let at: BTreeMap<i64, f64> = points.into_iter().collect();
        let sample = |t: i64| (t, at.get(&t).copied().unwrap_or_else(stale_nan));
        let samples = (0..steps.count).map(|i| sample(steps.at(i))).collect();
        trial.injected.push((marked.build(), samples));
    }
    format!(r#"label_replace({{{MARK}="{number}"}}, "{MARK}", "", "", "")"#)
}

/// When the child of a node is evaluated, if the node is at these times.
fn times_below(node: &Expr, steps: Steps) -> Option<Steps> {
    let ExprKind::Subquery(subquery) = &node.kind else { return Some(steps) };
    let offset = subquery.time.offset.as_ref().map_or(Some(0), words::ms)?;
    let step = subquery.step.as_ref().map_or(Some(DEFAULT_STEP), words::ms)?;
    let (first, last) = match subquery.time.at {
        Some(At::Timestamp(t)) => (t, t),
        _ => (steps.start, steps.end()),
    };
    let first = first - offset - words::ms(&subquery.range)?;
    // The first multiple that lies after it.
    let start = (first.div_euclid(step) + 1) * step;
    Some(Steps::range(start, last - offset, step))
}

/// How it is asked for.
fn when(steps: Steps) -> When {
    if steps.count == 1 { When::At(steps.start) } else { When::Over(steps) }
}

fn matrix(answer: Answer, steps: Steps) -> Option<Matrix> {
    match answer {
        Answer::Matrix(matrix) => Some(matrix),
        Answer::Vector(samples) => {
            Some(samples.into_iter().map(|(l, v)| (l, vec![(steps.start, v)])).collect())
        }
        _ => None,
    }
}

/// Takes the filter away from the innermost comparison that fails for us; says whether one does.
pub(super) fn unfilter(node: &mut Expr, steps: Steps, world: &World) -> bool {
    let Some(below) = times_below(node, steps) else { return false };
    for child in words::children(node) {
        if unfilter(child, below, world) {
            return true;
        }
    }
    let fails = words::filters(node)
        && matches!(
            world.ours_with(node, when(steps), &[]),
            Answer::Failed(error) if error.starts_with("multiple matches for labels")
        );
    if fails {
        words::without_filter(node);
    }
    fails
}

/// Replaces the outermost nodes that concern us and differ by rounding.
pub(super) async fn round(trial: &mut Trial, world: &World, concerns: fn(&Expr) -> bool) -> bool {
    let mut expr = trial.ours.clone();
    let steps = trial.when.steps();
    let changed = round_below(&mut expr, steps, trial, world, concerns).await;
    trial.ours = expr;
    changed
}

fn round_below<'a>(
    node: &'a mut Expr,
    steps: Steps,
    trial: &'a mut Trial,
    world: &'a World,
    concerns: fn(&Expr) -> bool,
) -> LocalBoxFuture<'a, bool> {
    Box::pin(async move {
        if concerns(node) && node.value_type() == ValueType::InstantVector {
            let when = when(steps);
            let theirs = world.theirs_step_by_step(&trial.text(node), when).await;
            let ours = world.ours_with(node, when, &trial.injected);
            let comparison = compare(&ours, &theirs, false);
            if let (Comparison::Close, Some(values)) = (comparison, matrix(theirs, steps)) {
                let text = inject(trial, steps, values);
                words::replace(node, &text);
                return true;
            }
        }
        let Some(steps) = times_below(node, steps) else { return false };
        let mut changed = false;
        for child in words::children(node) {
            changed |= round_below(child, steps, trial, world, concerns).await;
        }
        changed
    })
}

/// Replaces what `rate` and `increase` are here by what they are in 2.42, where that differs.
pub(super) fn clamp(trial: &mut Trial, world: &World) -> bool {
    let mut expr = trial.ours.clone();
    let steps = trial.when.steps();
    let changed = clamp_below(&mut expr, steps, trial, world);
    trial.ours = expr;
    changed
}

fn clamp_below(node: &mut Expr, steps: Steps, trial: &mut Trial, world: &World) -> bool {
    let Some(below) = times_below(node, steps) else { return false };
    let mut changed = false;
    for child in words::children(node) {
        changed |= clamp_below(child, below, trial, world);
    }
    let Some(values) = increases(node, steps, trial, world) else { return changed };
    let ours = matrix(world.ours_with(node, when(steps), &trial.injected), steps);
    let same =
        |ours: Matrix| compare(&Answer::Matrix(ours), &Answer::Matrix(values.clone()), false);
    if !matches!(ours.map(same), Some(Comparison::Different(_))) {
        return changed;
    }
    let text = inject(trial, steps, values);
    words::replace(node, &text);
    true
}

/// What 2.42 has for a `rate` or an `increase`, computed from the windows.
fn increases(node: &Expr, steps: Steps, trial: &Trial, world: &World) -> Option<Matrix> {
    let ExprKind::Call(call) = &node.kind else { return None };
    let per_second = call.function == FunctionId::Rate;
    if !per_second && call.function != FunctionId::Increase {
        return None;
    }
    let windows = &call.args[0];
    let (range, time) = match &windows.unparen().kind {
        ExprKind::Matrix(matrix) => (&matrix.range, &matrix.selector.time),
        ExprKind::Subquery(subquery) => (&subquery.range, &subquery.time),
        _ => return None,
    };
    let (range, offset) = (words::ms(range)?, time.offset.as_ref().map_or(Some(0), words::ms)?);
    let mut values = Matrix::new();
    for t in (0..steps.count).map(|i| steps.at(i)) {
        let found = world.ours_with(windows, When::At(t), &trial.injected);
        let end = if let Some(At::Timestamp(at)) = time.at { at } else { t } - offset;
        for (labels, points) in matrix(found, steps)? {
            if let Some(increase) = increase(&points, end - range, end) {
                let value = if per_second { increase / (range as f64 / 1000.0) } else { increase };
                values.entry(labels.without(&["__name__"])).or_default().push((t, value));
            }
        }
    }
    Some(values)
}

/// The increase in a window as 2.42 extrapolates it.
fn increase(points: &[(i64, f64)], range_start: i64, range_end: i64) -> Option<f64> {
    let seconds = |from: i64, to: i64| (to - from) as f64 / 1000.0;
    let (&(first_t, first), &(last_t, last)) = (points.first()?, points.last()?);
    let n = points.len();
    if n < 2 {
        return None;
    }
    let mut result = last - first;
    for pair in points.windows(2).filter(|pair| pair[1].1 < pair[0].1) {
        result += pair[0].1;
    }
    let sampled = seconds(first_t, last_t);
    let between = sampled / (n - 1) as f64;
    let (mut to_start, to_end) = (seconds(range_start, first_t), seconds(last_t, range_end));
    if result > 0.0 && first >= 0.0 {
        // Here is the difference: the zero is looked for before the threshold.
        to_start = to_start.min(sampled * (first / result));
    }
    let beyond = |distance: f64| if distance < between * 1.1 { distance } else { between / 2.0 };
    Some(result * ((sampled + beyond(to_start) + beyond(to_end)) / sampled))
}
