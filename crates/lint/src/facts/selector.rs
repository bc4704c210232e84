//! Selectors, ranges and subqueries.

use std::borrow::Cow;

use diagnostics::Span;
use model::{METRIC_NAME, MatchOp, Matcher};
use promql::ast::{Extended, MatrixSelector, Selector, Subquery};

use super::{
    Branch, Cost, Interpreter, Label, LabelSet, MetricKind, Node, OneOf, Presence, Reason, Unit,
    Why,
    metric::{self, Metric},
    milliseconds,
    records::Recorded,
};

/// How many milliseconds lie between two samples, for estimates.
const SCRAPE_INTERVAL: f64 = 30_000.0;

impl<'e> Interpreter<'e, '_> {
    pub(super) fn selector(&self, selector: &'e Selector, span: Span) -> Node<'e> {
        let mut node = self.selected(selector, span);
        node.cost = Cost { selectors: 1, samples: 1.0 };
        node
    }

    pub(super) fn matrix(&self, matrix: &'e MatrixSelector, span: Span) -> Node<'e> {
        let mut node = self.selected(&matrix.selector, span);
        node.window = milliseconds(&matrix.range);
        let samples = node.window.map_or(1.0, |ms| (ms as f64 / SCRAPE_INTERVAL).max(1.0));
        node.cost = Cost { selectors: 1, samples };
        node
    }

    pub(super) fn subquery(&self, subquery: &'e Subquery, inner: usize) -> Node<'e> {
        let mut node = self.nodes[inner].clone();
        let range = milliseconds(&subquery.range);
        let step = subquery.step.as_ref().and_then(milliseconds).unwrap_or(60_000);
        let steps = range.map_or(1.0, |range| (range as f64 / step.max(1) as f64).max(1.0));
        node.cost.samples *= steps;
        node.window = match (range, node.window) {
            (Some(range), inner) => Some(range.saturating_add(inner.unwrap_or(0))),
            (None, _) => None,
        };
        // Between two steps there may be none.
        if node.presence == Presence::Always {
            node.presence = Presence::Maybe;
            node.presence_why = None;
        }
        node
    }

    fn selected(&self, selector: &'e Selector, span: Span) -> Node<'e> {
        let name = metric_name(selector);
        let said = said(selector);
        if let Some(name) = name
            && let Some(recorded) = self.records.and_then(|records| records.get(name))
        {
            // Others may store series of that name too; what the rules do not explain is open.
            let branches = of_records(recorded, name, &said, span);
            if !branches.is_empty() {
                let mut node = Node::new(branches, None);
                (node.kind, node.unit) = (recorded.kind, recorded.unit);
                return node;
            }
        }
        let kind = name.map_or(MetricKind::Unknown, MetricKind::of);
        let metric = match name {
            Some(name) if self.assumes() => metric::of(name, kind, span),
            _ => Metric::unknown(),
        };
        let labels = with_matchers(metric.labels, &said);
        let labels = labels.or_else(|| with_matchers(LabelSet::open(), &said));
        let Some(labels) = labels else {
            return Node::never(Some(Why::new(span, Reason::Matcher)));
        };
        let mut values = metric.values;
        // What is interpolated need not be whole.
        values.is_integer &= selector.extended != Some(Extended::Smoothed);
        let mut node = Node::one(labels, values, span);
        node.kind = kind;
        node.unit = name.map_or(Unit::UNKNOWN, Unit::of);
        node
    }
}

/// What a selector leaves of what recording rules store.
fn of_records<'e>(
    recorded: &Recorded<'e>,
    name: &'e str,
    said: &[Said<'e>],
    span: Span,
) -> Vec<Branch<'e>> {
    // Generated rules share a name, by the hundred; few of them pass.
    let passing = recorded.branches.iter().filter(|branch| {
        said.iter().all(|(matcher, label)| {
            label.is_unknown()
                || *matcher.name == *METRIC_NAME
                || branch.labels.get(&matcher.name).meets(label)
        })
    });
    let here = |why: Why| Why { span, ..why };
    let named = Label::guaranteed(Some(OneOf::one(name)), Why::new(span, Reason::Matcher));
    let branches = passing.filter_map(|branch| {
        let mut labels = branch.labels.explained(said.len() + 1, here);
        labels.set(METRIC_NAME, named.clone());
        let labels = with_matchers(labels, said)?;
        let mut values = branch.values;
        values.lower.why = values.lower.why.map(here);
        values.upper.why = values.upper.why.map(here);
        Some(Branch { labels, values, span })
    });
    branches.collect()
}

/// The metric name that is selected, where it is but one.
pub(super) fn metric_name(selector: &Selector) -> Option<&str> {
    let is_name =
        |matcher: &&Matcher| &*matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal;
    selector
        .name
        .as_deref()
        .or_else(|| selector.matchers.iter().find(is_name).map(|matcher| &*matcher.value))
}

/// What a matcher says of its label.
type Said<'e> = (&'e Matcher, Label<'e>);

/// What each matcher of a selector says.
fn said(selector: &Selector) -> Vec<Said<'_>> {
    let matchers = selector.matchers.iter().zip(&selector.matcher_spans);
    let said = matchers.map(|(matcher, span)| {
        let why = Why::new(*span, Reason::Matcher);
        (matcher, matched(matcher, why))
    });
    said.collect()
}

/// Labels that the matchers leave; none where matchers contradict what is known, or each other.
fn with_matchers<'e>(mut labels: LabelSet<'e>, said: &[Said<'e>]) -> Option<LabelSet<'e>> {
    labels.reserve(said.len());
    for (matcher, label) in said.iter().filter(|(_, label)| !label.is_unknown()) {
        labels.narrow(&matcher.name, label)?;
    }
    // What says which values there may be has left no others.
    let filters = said.iter().filter(|(_, label)| label.values.is_none());
    for (matcher, _) in filters.filter(|(matcher, _)| matcher.op != MatchOp::Equal) {
        // What is known to be one of a few values loses those that do not match.
        let label = labels.get(&matcher.name);
        let Some(values) = &label.values else { continue };
        let values = values.as_slice();
        let passes = |value: &&Cow<'e, str>| matcher.matches(value);
        if values.iter().all(|value| passes(&value)) {
            continue;
        }
        let left = OneOf::new(values.iter().filter(passes).cloned());
        let label = match (left, label.is_guaranteed()) {
            (None, true) => return None,
            (None, false) => Label::impossible(label.why),
            (left, _) => Label { values: left, ..label.clone() },
        };
        labels.set(&matcher.name, label);
    }
    Some(labels)
}

/// What a matcher says of its label.
fn matched(matcher: &Matcher, why: Why) -> Label<'_> {
    if !matcher.is_utf8() {
        return Label::possible();
    }
    if matcher.op == MatchOp::Equal {
        return match &*matcher.value {
            "" => Label::impossible(why),
            value => Label::guaranteed(Some(OneOf::one(value)), why),
        };
    }
    let literals = matcher.regex().and_then(model::Regex::literals);
    let literals = literals.filter(|_| matcher.op == MatchOp::Regex);
    let is_empty = match &literals {
        Some(literals) => literals.iter().all(|value| value.is_empty()),
        None => matcher.op == MatchOp::NotRegex && [".+", "(.+)"].contains(&&*matcher.value),
    };
    let values = literals.and_then(|values| OneOf::new(values.into_iter().map(Cow::Borrowed)));
    match (matcher.matches(""), is_empty) {
        (true, true) => Label::impossible(why),
        (true, false) => {
            Label { why: values.is_some().then_some(why), values, ..Label::possible() }
        }
        (false, _) => Label::guaranteed(values, why),
    }
}
