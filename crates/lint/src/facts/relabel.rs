//! Functions that change labels: `label_replace`, `label_join`, `info`.

use std::borrow::Cow;

use model::Regex;
use promql::{Expr, ExprKind, ast::Call};

use super::{Branch, Certainty, Label, LabelSet, Node, OneOf, Reason, Why};

fn text(expr: &Expr) -> Option<&str> {
    match &expr.unparen().kind {
        ExprKind::String(text) => text.as_str(),
        _ => None,
    }
}

/// The operand with the labels of each branch changed.
fn relabelled<'e>(operand: &Node<'e>, change: impl Fn(&mut LabelSet<'e>)) -> Node<'e> {
    let mut node = operand.clone();
    node.branches.iter_mut().for_each(|branch: &mut Branch<'e>| change(&mut branch.labels));
    node
}

/// `label_replace(operand, target, replacement, source, pattern)`
pub(super) fn replaced<'e>(call: &'e Call, operand: &Node<'e>) -> Node<'e> {
    let [_, target, replacement, source, pattern] = call.args.as_slice() else {
        return operand.clone();
    };
    let why = Why::new(target.span, Reason::Relabel);
    let all = (text(target), text(replacement), text(source), text(pattern));
    let (Some(target), Some(replacement), Some(source), Some(pattern)) = all else {
        return relabelled(operand, |labels| *labels = LabelSet::open());
    };
    let Ok(regex) = Regex::anchored(pattern) else { return operand.clone() };
    relabelled(operand, |labels| {
        let from = labels.get(source).clone();
        let before = labels.get(target).clone();
        let after = if let Some(values) = sources(&from) {
            let written = |value: &str| {
                if is_copy(replacement, pattern) {
                    return regex.is_match(value).then(|| value.to_owned());
                }
                regex.expand_first(value, replacement)
            };
            let results = values.iter().map(|value| match written(value) {
                Some(result) if result.is_empty() => Label::impossible(why),
                Some(result) => Label::guaranteed(Some(OneOf::One(Cow::Owned(result))), why),
                None => before.clone(),
            });
            results.reduce(|a, b| a.join(&b)).unwrap_or_else(Label::possible)
        } else {
            let written = written(replacement, pattern, &from, why);
            let always = [".*", "(.*)"].contains(&pattern)
                || from.is_guaranteed() && [".+", "(.+)"].contains(&pattern);
            if always { written } else { written.join(&before) }
        };
        let why = after.why.or(Some(why));
        labels.set(target, Label { why, ..after });
    })
}

/// The values that a label has, the empty one among them, where they are known.
fn sources<'l>(label: &'l Label<'_>) -> Option<Vec<&'l str>> {
    if label.is_impossible() {
        return Some(vec![""]);
    }
    let values = label.values.as_ref()?.as_slice().iter().map(|value| &**value);
    let empty = (label.certainty == Certainty::Possible).then_some("");
    Some(values.chain(empty).collect())
}

/// Whether a replacement writes the whole value that the pattern matches.
fn is_copy(replacement: &str, pattern: &str) -> bool {
    ["$1", "${1}"].contains(&replacement) && ["(.*)", "(.+)"].contains(&pattern)
}

/// The label that a replacement writes where the pattern matches.
fn written<'e>(replacement: &'e str, pattern: &str, from: &Label<'e>, why: Why) -> Label<'e> {
    let copies = is_copy(replacement, pattern);
    match replacement {
        "" => Label::impossible(why),
        _ if copies && (pattern == "(.+)" || from.is_guaranteed()) => {
            Label::guaranteed(from.values.clone(), why)
        }
        _ if copies => Label { why: Some(why), ..from.clone() },
        _ if !replacement.contains('$') => Label::guaranteed(Some(OneOf::one(replacement)), why),
        // A group that it begins with may be empty; text that it begins with is not.
        _ if !replacement.starts_with('$') => Label::guaranteed(None, why),
        _ => Label::possible(),
    }
}

/// `label_join(operand, target, separator, sources…)`
pub(super) fn joined<'e>(call: &'e Call, operand: &Node<'e>) -> Node<'e> {
    let [_, target, separator, sources @ ..] = call.args.as_slice() else {
        return operand.clone();
    };
    let why = Why::new(target.span, Reason::Relabel);
    let names: Option<Vec<&str>> = sources.iter().map(text).collect();
    let (Some(target), Some(separator), Some(names)) = (text(target), text(separator), names)
    else {
        return relabelled(operand, |labels| *labels = LabelSet::open());
    };
    relabelled(operand, |labels| {
        let parts: Vec<Label<'e>> = names.iter().map(|name| labels.get(name).clone()).collect();
        let exact: Option<Vec<&str>> = parts
            .iter()
            .map(|part| match part.certainty {
                Certainty::Impossible => Some(""),
                Certainty::Guaranteed => part.constant(),
                Certainty::Possible => None,
            })
            .collect();
        let separated = !separator.is_empty() && parts.len() > 1;
        let label = match exact.map(|parts| parts.join(separator)) {
            Some(value) if value.is_empty() => Label::impossible(why),
            Some(value) => Label::guaranteed(Some(OneOf::One(Cow::Owned(value))), why),
            None if separated || parts.iter().any(Label::is_guaranteed) => {
                Label::guaranteed(None, why)
            }
            None => Label { why: Some(why), ..Label::possible() },
        };
        labels.set(target, label);
    })
}

/// `info(operand)`: labels of info series are added where the operand has none.
pub(super) fn informed<'e>(operand: &Node<'e>) -> Node<'e> {
    let mut node = relabelled(operand, |labels| {
        let mut open = LabelSet::open();
        for (name, label) in labels.named() {
            let label = if label.is_guaranteed() { label.clone() } else { Label::possible() };
            open.set(name, label);
        }
        *labels = open;
    });
    if node.presence == super::Presence::Always {
        node.presence = super::Presence::Maybe;
        node.presence_why = None;
    }
    node
}
