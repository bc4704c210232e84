//! Selectors, ranges and subqueries.

use std::borrow::Cow;

use diagnostics::Span;
use model::{METRIC_NAME, MatchOp, Matcher};
use promql::ast::{Extended, MatrixSelector, Selector, Subquery};

use super::{
    Branch, Cost, Interpreter, Label, LabelSet, MetricKind, Node, OneOf, Presence, Reason, Unit,
    Values, Why, metric, milliseconds,
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
        let recorded = name.and_then(|name| self.records?.get(name));
        if let (Some(name), Some(recorded)) = (name, recorded) {
            // Generated rules share a name, by the hundred; few of them pass.
            let passing = recorded.branches.iter().filter(|branch| {
                said.iter().all(|(matcher, label)| {
                    *matcher.name == *METRIC_NAME || branch.labels.get(&matcher.name).meets(label)
                })
            });
            let branches = passing.filter_map(|branch| {
                let why = |why: Option<Why>| why.map(|why| Why { span, ..why });
                let mut labels = branch.labels.clone();
                labels.explain(|why| Why { span, ..why });
                let named = Why::new(span, Reason::Matcher);
                labels.set(METRIC_NAME, Label::guaranteed(Some(OneOf::one(name)), named));
                let labels = with_matchers(labels, selector, &said)?;
                let mut values = branch.values;
                values.lower.why = why(values.lower.why);
                values.upper.why = why(values.upper.why);
                Some(Branch { labels, values, span })
            });
            let branches: Vec<_> = branches.collect();
            // Others may store series of that name too; what the rules do not explain is open.
            if !branches.is_empty() {
                let mut node = Node::new(branches, None);
                node.kind = recorded.kind;
                node.unit = recorded.unit;
                return node;
            }
        }
        let known = name.filter(|_| self.assumes()).map(|name| metric::of(name, span));
        let labels = known.as_ref().map_or_else(LabelSet::open, |known| known.labels.clone());
        let labels = with_matchers(labels, selector, &said);
        let labels = labels.or_else(|| with_matchers(LabelSet::open(), selector, &said));
        let Some(labels) = labels else {
            return Node::new(Vec::new(), Some(Why::new(span, Reason::Matcher)));
        };
        let mut values = known.as_ref().map_or_else(Values::any, |known| known.values);
        // What is interpolated need not be whole.
        values.is_integer &= selector.extended != Some(Extended::Smoothed);
        let mut node = Node::one(labels, values, span);
        node.kind = name.map_or(MetricKind::Unknown, MetricKind::of);
        node.unit = name.map_or(Unit::UNKNOWN, Unit::of);
        node
    }
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

/// What the matchers of a selector say, those aside that say nothing.
fn said(selector: &Selector) -> Vec<(&Matcher, Label<'_>)> {
    let matchers = selector.matchers.iter().zip(&selector.matcher_spans);
    let said = matchers.map(|(matcher, span)| {
        let why = Why::new(*span, Reason::Matcher);
        (matcher, matched(matcher, why))
    });
    said.filter(|(_, label)| !label.is_unknown()).collect()
}

/// Labels that the matchers leave; none where matchers contradict what is known, or each other.
fn with_matchers<'e>(
    mut labels: LabelSet<'e>,
    selector: &'e Selector,
    said: &[(&'e Matcher, Label<'e>)],
) -> Option<LabelSet<'e>> {
    for (matcher, label) in said {
        let known = labels.get(&matcher.name).meet(label)?;
        labels.set(&matcher.name, known);
    }
    for matcher in &selector.matchers {
        // What is known to be one of a few values loses those that do not match.
        let label = labels.get(&matcher.name);
        if let Some(values) = &label.values
            && matcher.op != MatchOp::Equal
        {
            let values = values.as_slice();
            let left: Vec<_> = values.iter().filter(|value| matcher.matches(value)).collect();
            if left.len() < values.len() {
                let left = OneOf::new(left.into_iter().cloned());
                let label = match (left, label.is_guaranteed()) {
                    (None, true) => return None,
                    (None, false) => Label::impossible(label.why),
                    (left, _) => Label { values: left, ..label.clone() },
                };
                labels.set(&matcher.name, label);
            }
        }
    }
    Some(labels)
}

/// What a matcher says of its label.
fn matched(matcher: &Matcher, why: Why) -> Label<'_> {
    if !matcher.is_utf8() {
        return Label::possible();
    }
    let absent_matches = matcher.matches("");
    let values = match matcher.op {
        MatchOp::Equal => Some(vec![Cow::Borrowed(&*matcher.value)]),
        MatchOp::Regex => matcher
            .regex()
            .and_then(model::Regex::literals)
            .map(|values| values.into_iter().map(Cow::Borrowed).collect()),
        MatchOp::NotRegex if [".+", "(.+)"].contains(&&*matcher.value) => Some(Vec::new()),
        MatchOp::NotEqual | MatchOp::NotRegex => None,
    };
    let nothing_else = values
        .as_ref()
        .is_some_and(|values: &Vec<Cow<'_, str>>| values.iter().all(|value| value.is_empty()));
    match (absent_matches, nothing_else) {
        (true, true) => Label::impossible(why),
        (true, false) => {
            let values = values.and_then(OneOf::new);
            Label { why: values.is_some().then_some(why), values, ..Label::possible() }
        }
        (false, _) => Label::guaranteed(values.and_then(OneOf::new), why),
    }
}
