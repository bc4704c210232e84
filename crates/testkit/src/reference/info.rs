//! `info`: labels of info metrics put onto the series of the same instance and job.

use std::collections::{BTreeMap, BTreeSet};

use model::{Labels, LabelsBuilder, METRIC_NAME, MatchOp, Matcher};
use promql::{Expr, ExprKind, ast::TimeModifiers, visit::for_each_child};

use super::{
    Stored, durations,
    eval::{Collected, Evaluated, Evaluator},
    invariance::fixed_time,
    notes::Notes,
    selectors::{Reference, matching, newest},
    value::{Element, Series, elements_at},
};

const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// What the second argument asks for.
struct Wanted {
    /// Which metrics are info metrics.
    names: Vec<Matcher>,
    /// Which of their series count, and which of their labels are taken; all where empty.
    data: Vec<Matcher>,
}

impl Wanted {
    fn of(arg: Option<&&Expr>) -> Self {
        let matchers = match arg.map(|arg| &arg.kind) {
            Some(ExprKind::Selector(selector)) => selector.matchers.clone(),
            _ => Vec::new(),
        };
        let (mut names, data): (Vec<_>, Vec<_>) =
            matchers.into_iter().partition(|m| &*m.name == METRIC_NAME);
        if names.is_empty() {
            names.push(Matcher::equal(METRIC_NAME, "target_info"));
        } else if !names.iter().any(|m| matches!(m.op, MatchOp::Equal | MatchOp::Regex)) {
            let any = Matcher::new(METRIC_NAME, MatchOp::Regex, ".+_info");
            names.insert(0, any.expect("the pattern is fixed"));
        }
        Self { names, data }
    }

    fn is_info(&self, labels: &Labels) -> bool {
        self.names.iter().all(|m| m.matches_labels(labels))
    }

    fn takes(&self, label: &str) -> bool {
        self.data.is_empty() || self.data.iter().any(|m| &*m.name == label)
    }
}

/// Evaluates `info`.
pub(super) fn info(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    let reference = reference(ev, args[0])?;
    let base = ev.eval(args[0], notes)?;
    let wanted = Wanted::of(args.get(1));
    let all = info_series(ev, &base, &wanted);
    let mut collected = Collected::default();
    for t in ev.times.iter() {
        // Without `@` the evaluation time counts, also within a subquery.
        let at = reference.at.unwrap_or(t) - reference.offset;
        let mut found = Vec::new();
        for (labels, samples) in &all {
            let Some(sample) = newest(samples, at, ev.query.options.lookback) else { continue };
            if let Stored::Histogram(_) = sample.value {
                let what = "this should be an info metric, with float samples";
                return Err(format!("{what}: {labels}"));
            }
            found.push((*labels, sample.t));
        }
        let elements = elements_at(&base, t);
        if elements.is_empty() {
            continue;
        }
        let newest = newest_of(&found)?;
        for e in elements {
            if let Some(e) = enriched(e, &newest, &wanted)? {
                collected.add(t, e)?;
            }
        }
    }
    Ok(collected.series)
}

/// The time of the first selector in an expression, with the subqueries around it.
fn reference(ev: &Evaluator<'_>, expr: &Expr) -> Result<Reference, String> {
    let mut path = Vec::new();
    let mut reference = Reference { at: None, offset: 0 };
    if first_selector(expr, &mut path) {
        // From the selector outwards, up to the first `@`.
        for time in path.iter().rev() {
            if reference.at.is_none() {
                reference.offset += durations::offset(ev.query, time)?;
                reference.at = fixed_time(ev.query, time, ev.in_param);
            }
        }
    }
    Ok(reference)
}

/// Finds the first selector; `path` holds the time modifiers on the way to it and its own.
fn first_selector<'e>(expr: &'e Expr, path: &mut Vec<&'e TimeModifiers>) -> bool {
    let own = match &expr.kind {
        ExprKind::Selector(selector) => Some(&selector.time),
        ExprKind::Matrix(matrix) => Some(&matrix.selector.time),
        _ => None,
    };
    if let Some(own) = own {
        path.push(own);
        return true;
    }
    if let ExprKind::Subquery(subquery) = &expr.kind {
        path.push(&subquery.time);
    }
    let mut children = Vec::new();
    for_each_child(expr, |child| children.push(child));
    if let ExprKind::Aggregate(_) = &expr.kind {
        // The parameter comes last.
        children.reverse();
    }
    if children.into_iter().any(|child| first_selector(child, path)) {
        return true;
    }
    if let ExprKind::Subquery(_) = &expr.kind {
        path.pop();
    }
    false
}

/// The series of info metrics that have the identity of some base series.
fn info_series<'q>(
    ev: &Evaluator<'q>,
    base: &[Series],
    wanted: &Wanted,
) -> Vec<(&'q Labels, &'q [super::Sample])> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for s in base.iter().filter(|s| !wanted.is_info(&s.labels)) {
        for name in IDENTIFYING {
            if let Some(value) = s.labels.get(name) {
                values.entry(name).or_default().insert(value);
            }
        }
    }
    if values.is_empty() {
        return Vec::new();
    }
    let mut found = matching(ev, &wanted.names);
    found.retain(|(labels, _)| {
        values.iter().all(|(name, values)| values.contains(labels.value(name)))
            && wanted.data.iter().all(|m| m.matches_labels(labels))
    });
    found
}

/// Name, instance and job of a metric.
type Identity = (String, Labels);

fn identity(name: &str, labels: &Labels) -> Identity {
    (name.to_owned(), labels.only(&IDENTIFYING))
}

/// Of the series of one identity the one with the newest sample.
fn newest_of<'q>(found: &[(&'q Labels, i64)]) -> Result<BTreeMap<Identity, &'q Labels>, String> {
    let mut newest: BTreeMap<Identity, (&Labels, i64)> = BTreeMap::new();
    for &(labels, t) in found {
        let key = identity(labels.metric_name(), labels);
        match newest.get(&key) {
            Some((_, other)) if *other > t => {}
            Some((existing, other)) if *other == t => {
                return Err(format!(
                    "found duplicate series for info metric: existing {existing} @ {other}, \
                     new {labels} @ {t}"
                ));
            }
            _ => drop(newest.insert(key, (labels, t))),
        }
    }
    Ok(newest.into_iter().map(|(key, (labels, _))| (key, labels)).collect())
}

/// A sample with the labels of its info metrics; none where it had to have some.
fn enriched(
    mut e: Element,
    newest: &BTreeMap<Identity, &Labels>,
    wanted: &Wanted,
) -> Result<Option<Element>, String> {
    if wanted.is_info(&e.labels) {
        return Ok(Some(e));
    }
    let own = e.labels.only(&IDENTIFYING);
    let infos: Vec<&&Labels> =
        newest.iter().filter(|((_, id), _)| *id == own).map(|(_, labels)| labels).collect();
    if infos.is_empty() && wanted.data.iter().any(|m| !m.matches("")) {
        return Ok(None);
    }
    let mut more = LabelsBuilder::default();
    for labels in infos {
        for (name, value) in labels.iter() {
            if name == METRIC_NAME || !wanted.takes(name) {
                continue;
            }
            if more.get(name).is_some_and(|other| other != value) {
                return Err(format!("conflicting label: {name}"));
            }
            if e.labels.get(name).is_none() {
                more.set(name, value);
            }
        }
    }
    let mut labels = e.labels.to_builder();
    for (name, value) in more.build().iter() {
        labels.set(name, value);
    }
    e.labels = labels.build();
    Ok(Some(e))
}
