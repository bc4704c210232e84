//! Functions of labels: `label_replace`, `label_join`, and the labels of `absent`.

use std::{borrow::Cow, collections::BTreeSet};

use model::{Labels, LabelsBuilder, METRIC_NAME, MatchOp, Matcher, Regex};
use promql::{Expr, ExprKind, Text};

use super::{
    eval::{Evaluated, Evaluator},
    notes::Notes,
    value::merged,
};

/// A string argument.
pub(super) fn string(arg: &Expr) -> &Text {
    match &arg.unparen().kind {
        ExprKind::String(text) => text,
        _ => unreachable!("the checker wants a string here"),
    }
}

/// The name of a label that is written; any text but the empty one. The error is what was given.
pub(super) fn label_name(arg: &Expr) -> Result<&str, Cow<'_, str>> {
    let text = string(arg);
    text.as_str().filter(|name| !name.is_empty()).ok_or_else(|| text.to_lossy())
}

/// The name of a label that is read; no label has a name that is no text.
pub(super) fn read_name(arg: &Expr) -> &str {
    string(arg).as_str().unwrap_or("")
}

/// `label_replace`
pub(super) fn replace(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    let pattern = string(args[4]);
    let bad = || format!("invalid regular expression in label_replace(): {}", pattern.to_lossy());
    let regex = Regex::anchored(pattern.as_str().ok_or_else(bad)?).map_err(|_| bad())?;
    let to = label_name(args[1])
        .map_err(|name| format!("invalid destination label name in label_replace(): {name}"))?;
    let (template, from) = (string(args[2]).to_lossy(), read_name(args[3]));
    relabelled(ev, args[0], to, notes, |labels| regex.expand_first(labels.value(from), &template))
}

/// `label_join`
pub(super) fn join(ev: &Evaluator<'_>, args: &[&Expr], notes: &mut Notes) -> Evaluated {
    let separator = string(args[2]).to_lossy();
    let mut from = Vec::new();
    for arg in &args[3..] {
        from.push(
            label_name(arg)
                .map_err(|name| format!("invalid source label name in label_join(): {name}"))?,
        );
    }
    let to = label_name(args[1])
        .map_err(|name| format!("invalid destination label name in label_join(): {name}"))?;
    relabelled(ev, args[0], to, notes, |labels| {
        let values: Vec<&str> = from.iter().map(|name| labels.value(name)).collect();
        Some(values.join(&separator))
    })
}

/// Sets a label of every series that `value` gives one for.
fn relabelled(
    ev: &Evaluator<'_>,
    arg: &Expr,
    label: &str,
    notes: &mut Notes,
    value: impl Fn(&Labels) -> Option<String>,
) -> Evaluated {
    let mut series = ev.eval(arg, notes)?;
    for s in &mut series {
        let Some(value) = value(&s.labels) else { continue };
        s.labels = s.labels.to_builder().set(label, &value).build();
        // A name that was written is there to stay.
        s.drop_name = s.drop_name && label != METRIC_NAME;
    }
    merged(series)
}

/// The labels that a selector asks for by `=`, but for those that another matcher asks for too.
pub(super) fn of_absent(arg: &Expr) -> Labels {
    match &arg.kind {
        ExprKind::Selector(selector) => equal_labels(&selector.matchers),
        ExprKind::Matrix(matrix) => equal_labels(&matrix.selector.matchers),
        _ => Labels::empty(),
    }
}

fn equal_labels(matchers: &[Matcher]) -> Labels {
    let mut labels = LabelsBuilder::default();
    let mut set: BTreeSet<&str> = BTreeSet::new();
    for matcher in matchers.iter().filter(|m| &*m.name != METRIC_NAME) {
        if matcher.op == MatchOp::Equal && set.insert(&matcher.name) {
            labels.set(&matcher.name, &matcher.value);
        } else {
            labels.remove(&matcher.name);
        }
    }
    labels.build()
}
