//! Function calls over windows: which windows there are, and what becomes of the results.

use model::Labels;
use promql::{
    Expr, ExprKind, FunctionId, ValueType,
    ast::{Extended, MatrixSelector, Subquery},
};

use super::{
    Sample, counts, durations,
    eval::{Evaluated, Evaluator},
    extended,
    invariance::fixed_time,
    labels,
    notes::Notes,
    over_time, rates, regression,
    selectors::{self, Reference},
    value::{Number, SAME_LABELS, Series, has_duplicates, scalar_at},
    window::Window,
};

/// What the windows of a call are cut from.
struct Source {
    inputs: Vec<Input>,
    reference: Reference,
    range: i64,
    extended: Option<Extended>,
}

struct Input {
    labels: Labels,
    drop_name: bool,
    samples: Vec<Sample>,
}

/// What a function of a window knows beside its samples.
pub(super) struct Call<'c> {
    pub(super) function: FunctionId,
    /// The scalar arguments.
    pub(super) scalars: Vec<f64>,
    /// The metric's name.
    pub(super) name: &'c str,
    /// The byte that notes cite.
    pub(super) place: u32,
    /// The evaluation time.
    pub(super) t: i64,
    /// The edges of the window; the samples may reach beyond them where it is extended.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) extended: Option<Extended>,
    /// Whether start timestamps are looked at.
    pub(super) use_starts: bool,
}

impl Call<'_> {
    /// The length of the window in seconds.
    pub(super) fn range_seconds(&self) -> f64 {
        durations::seconds(self.to - self.from)
    }
}

/// Calls a function of a window and perhaps of scalars.
pub(super) fn call(
    ev: &Evaluator<'_>,
    function: FunctionId,
    args: &[&Expr],
    notes: &mut Notes,
) -> Evaluated {
    let at = args.iter().position(|arg| arg.value_type() == ValueType::RangeVector);
    let windowed = args[at.expect("the caller found one")];
    // A subquery comes first, then the scalars, then samples are read.
    let subquery = match &windowed.kind {
        ExprKind::Subquery(subquery) => Some(of_subquery(ev, subquery, notes)?),
        _ => None,
    };
    let mut scalars = Vec::new();
    for arg in args.iter().filter(|arg| arg.value_type() == ValueType::Scalar) {
        scalars.push(ev.eval(arg, notes)?);
    }
    let source = match (subquery, &windowed.kind) {
        (Some(source), _) => source,
        (None, ExprKind::Matrix(matrix)) => {
            check_extended(function, matrix.selector.extended)?;
            of_selector(ev, matrix)?
        }
        (None, _) => unreachable!("a range vector is one of the two"),
    };
    let place = place(args[0]);
    let mut result = Vec::new();
    for input in &source.inputs {
        let scalars = |t| scalars.iter().map(|s| scalar_at(s, t)).collect();
        let series = one_series(ev, function, &source, input, scalars, place, notes)?;
        result.extend(series);
    }
    if function == FunctionId::AbsentOverTime {
        return Ok(absent(ev, windowed, &result));
    }
    if !ev.delayed() && has_duplicates(result.iter().map(|s| &s.labels)) {
        return Err(SAME_LABELS.to_owned());
    }
    Ok(result)
}

/// Where notes say that they were found: subqueries have lost their place.
fn place(arg: &Expr) -> u32 {
    if matches!(arg.kind, ExprKind::Subquery(_)) { 0 } else { arg.span.start }
}

fn of_subquery(
    ev: &Evaluator<'_>,
    subquery: &Subquery,
    notes: &mut Notes,
) -> Result<Source, String> {
    let offset = durations::offset(ev.query, &subquery.time)?;
    let at = fixed_time(ev.query, &subquery.time, ev.in_param);
    let input = |s: Series| Input {
        labels: s.labels.clone(),
        drop_name: s.drop_name,
        samples: selectors::as_samples(s),
    };
    Ok(Source {
        inputs: ev.subquery(subquery, notes)?.into_iter().map(input).collect(),
        reference: Reference { at, offset },
        range: durations::positive(ev.query, &subquery.range)?,
        extended: None,
    })
}

fn of_selector(ev: &Evaluator<'_>, matrix: &MatrixSelector) -> Result<Source, String> {
    let reference = Reference::of(ev, &matrix.selector)?;
    let range = durations::positive(ev.query, &matrix.range)?;
    let extended = matrix.selector.extended;
    let (before, after) = margins(ev, extended);
    let input = |(labels, samples): (&Labels, &[Sample])| Input {
        labels: labels.clone(),
        drop_name: false,
        samples: selectors::read(ev, samples, reference, range + before + after, after),
    };
    let series = selectors::matching(ev, &matrix.selector.matchers);
    Ok(Source { inputs: series.into_iter().map(input).collect(), reference, range, extended })
}

/// How far beyond its edges a window's samples reach.
fn margins(ev: &Evaluator<'_>, extended: Option<Extended>) -> (i64, i64) {
    let lookback = ev.query.options.lookback;
    match extended {
        None => (0, 0),
        Some(Extended::Anchored) => (lookback, 0),
        Some(Extended::Smoothed) => (lookback, lookback),
    }
}

fn check_extended(function: FunctionId, extended: Option<Extended>) -> Result<(), String> {
    use FunctionId as F;
    let (modifier, functions) = match extended {
        None => return Ok(()),
        Some(Extended::Anchored) => {
            ("anchored", &[F::Changes, F::Delta, F::Increase, F::Rate, F::Resets][..])
        }
        Some(Extended::Smoothed) => ("smoothed", &[F::Delta, F::Increase, F::Rate][..]),
    };
    if functions.contains(&function) {
        return Ok(());
    }
    let names: Vec<&str> = functions.iter().map(|f| f.row().name).collect();
    let (names, name) = (names.join(", "), function.row().name);
    Err(format!("{modifier} modifier can only be used with: {names} - not with {name}"))
}

fn one_series(
    ev: &Evaluator<'_>,
    function: FunctionId,
    source: &Source,
    input: &Input,
    scalars: impl Fn(i64) -> Vec<f64>,
    place: u32,
    notes: &mut Notes,
) -> Result<Option<Series>, String> {
    use FunctionId as F;
    let Reference { at, offset } = source.reference;
    let (before, after) = margins(ev, source.extended);
    let name = input.labels.metric_name();
    let counts_starts = matches!(function, F::Rate | F::Irate | F::Increase | F::Resets);
    let mut points = Vec::new();
    for t in ev.times.iter() {
        let to = ev.reference_time(at, offset, t);
        // With `@` the window is always the first step's.
        let cut_at = if at.is_some() { ev.reference_time(at, offset, ev.times.start) } else { to };
        let from = cut_at - source.range - before;
        let window = Window::of(&input.samples, from, cut_at + after);
        if window.is_empty() {
            continue;
        }
        let call = Call {
            function,
            scalars: scalars(t),
            name,
            place,
            t,
            from: to - source.range,
            to,
            extended: source.extended,
            use_starts: ev.query.options.start_timestamps && counts_starts,
        };
        points.extend(apply(&call, &window, notes)?.map(|value| (t, value)));
    }
    let keeps = matches!(function, F::LastOverTime | F::FirstOverTime);
    let drop_name = !keeps || input.drop_name;
    let labels = &input.labels;
    let labels = if drop_name { ev.metadata_dropped(labels) } else { labels.clone() };
    if matches!(function, F::Rate | F::Increase) {
        note_not_a_counter(ev, &input.labels, &points, place, notes);
    }
    Ok((!points.is_empty()).then_some(Series { labels, drop_name, points }))
}

fn apply(call: &Call<'_>, window: &Window, notes: &mut Notes) -> Result<Option<Number>, String> {
    use FunctionId as F;
    Ok(match call.function {
        F::Rate | F::Increase | F::Delta if call.extended.is_some() => {
            extended::rate(call, window, notes)
        }
        F::Rate | F::Increase | F::Delta => rates::extrapolated(call, window, notes),
        F::Irate | F::Idelta => rates::instant(call, window, notes),
        F::Changes | F::Resets => counts::count(call, window),
        F::Deriv | F::PredictLinear => regression::linear(call, window, notes),
        F::DoubleExponentialSmoothing => regression::smoothing(call, window, notes)?,
        _ => over_time::over_time(call, window, notes),
    })
}

fn note_not_a_counter(
    ev: &Evaluator<'_>,
    labels: &Labels,
    points: &[(i64, Number)],
    place: u32,
    notes: &mut Notes,
) {
    let name = labels.metric_name();
    if name.is_empty() || points.iter().all(|(_, value)| value.float().is_none()) {
        return;
    }
    let quoted = model::quote::quote(name);
    let what = "metric might not be a counter";
    if ev.query.options.type_and_unit_labels {
        let found = labels.value("__type__");
        if !["counter", "histogram"].contains(&found) {
            let wanted = r#"__type__ label is not set to "counter" or "histogram""#;
            let found = model::quote::quote(found);
            notes.info(place, &format!("{what}, {wanted}, got {found}: {quoted}"));
        }
    } else if !["_total", "_sum", "_count", "_bucket"].iter().any(|end| name.ends_with(end)) {
        let why = "name does not end in _total/_sum/_count/_bucket";
        notes.info(place, &format!("{what}, {why}: {quoted}"));
    }
}

/// 1 at the steps at which no series has a window with samples.
fn absent(ev: &Evaluator<'_>, arg: &Expr, present: &[Series]) -> Vec<Series> {
    let at = |t: i64| present.iter().any(|s| s.points.iter().any(|(at, _)| *at == t));
    let points: Vec<_> =
        ev.times.iter().filter(|t| !at(*t)).map(|t| (t, Number::Float(1.0))).collect();
    if points.is_empty() {
        return Vec::new();
    }
    vec![Series { labels: labels::of_absent(arg), drop_name: true, points }]
}
