//! What the lints about joins ask.

use promql::{
    ExprKind,
    ast::{Binary, Matching},
};

use crate::{
    RuleContext,
    facts::{Label, LabelSet, Node, Reason, Why},
};

/// An operation of two vectors, with what is known of its sides.
pub(crate) struct Join<'e, 'c> {
    pub(crate) binary: &'e Binary,
    pub(crate) matching: &'e Matching,
    pub(crate) lhs: &'c Node<'e>,
    pub(crate) rhs: &'c Node<'e>,
}

/// Calls `f` for each operation of two vectors of which each may have series.
pub(crate) fn each<'e>(cx: &RuleContext<'e>, f: &mut dyn FnMut(&Join<'e, '_>)) {
    cx.each_node(|expr| {
        let ExprKind::Binary(binary) = &expr.kind else { return };
        let Some(matching) = &binary.matching else { return };
        let (lhs, rhs) = (cx.facts().node(&binary.lhs), cx.facts().node(&binary.rhs));
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if !fills && !lhs.branches.is_empty() && !rhs.branches.is_empty() {
            f(&Join { binary, matching, lhs, rhs });
        }
    });
}

/// The labels that the series of a node are told apart by, where all of them are named by a `by`.
pub(crate) fn grouped<'n, 'e>(node: &'n Node<'e>) -> Option<&'n LabelSet<'e>> {
    match node.branches.as_slice() {
        [branch] if branch.labels.is_closed() => Some(&branch.labels),
        _ => None,
    }
}

/// Labels that the series of one side may have, and those of the other cannot.
pub(crate) fn only_here<'e>(here: &LabelSet<'e>, there: &LabelSet<'e>) -> Vec<&'e str> {
    let named = here
        .named()
        .filter(|(name, label)| !label.is_impossible() && there.get(name).is_impossible());
    named.map(|(name, _)| name).filter(|name| !name.starts_with("__")).collect()
}

/// Whether operands are matched by a label.
pub(crate) fn matches_by(matching: &Matching, label: &str) -> bool {
    matching.on == matching.labels.iter().any(|known| known == label)
}

/// Names as they are listed in a message: `` `a` and `b` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// What decided a label, in words.
pub(crate) fn has(label: &Label<'_>, name: &str) -> String {
    match (label.is_impossible(), label.constant()) {
        (true, _) => match label.why.map(|why| why.reason) {
            Some(Reason::By) => format!("`by` drops `{name}`"),
            Some(Reason::Without) => format!("`without` drops `{name}`"),
            Some(Reason::Matcher) => format!("asks for series without `{name}`"),
            Some(Reason::Absent) => "has the labels of equality matchers only".to_owned(),
            _ => format!("has no `{name}`"),
        },
        (false, Some(value)) => format!("has `{name}=\"{value}\"`"),
        (false, None) => match label.why.map(|why| why.reason) {
            Some(Reason::Relabel) => format!("sets `{name}`"),
            _ => format!("always has `{name}`"),
        },
    }
}

/// Whether what decided is a recording rule, whose series may come from elsewhere too.
pub(crate) fn is_recorded(why: Option<Why>) -> bool {
    matches!(why.map(|why| why.reason), Some(Reason::Recorded(_)))
}
