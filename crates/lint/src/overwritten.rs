//! Labels of a result that a rule replaces by its own.

use diagnostics::{Diagnostic, Span};
use promql::{Expr, ExprKind, visit::walk};
use rules::{
    Pair,
    template::outline::{Of, Outline, What},
};

use crate::{
    RuleContext,
    facts::{Branch, Label, Reason},
};

/// A label of the rule that replaces one of the result, which may tell series apart.
pub(crate) struct Overwritten<'c> {
    /// The label as the rule sets it.
    pub(crate) pair: &'c Pair,
    /// What the result has.
    pub(crate) label: Label<'c>,
}

/// The labels of a rule that replace a label of the result which its expression names, as in
/// `by (…)`, and which may have several values. What `label_replace` makes of another label is no
/// such label: that one tells the series apart.
pub(crate) fn all<'c>(cx: &'c RuleContext<'_>) -> Vec<Overwritten<'c>> {
    let pairs = cx.rule.own_labels.iter();
    let all = pairs.filter_map(|pair| {
        let label =
            cx.facts().root().branches.iter().find_map(|branch| named(branch, &pair.name))?;
        let is_made = label.why.is_some_and(|why| why.reason == Reason::Relabel);
        let tells_apart = label.constant().is_none() && !is_made && !keeps(pair);
        tells_apart.then(|| Overwritten { pair, label: label.clone() })
    });
    all.collect()
}

/// A label that a branch names and may have.
fn named<'b, 'e>(branch: &'b Branch<'e>, name: &str) -> Option<&'b Label<'e>> {
    let mut named = branch.labels.named();
    named.find(|(known, _)| *known == name).map(|(_, label)| label).filter(|l| !l.is_impossible())
}

/// Whether the new value is made of the old one.
fn keeps(pair: &Pair) -> bool {
    let reads = Outline::of(&pair.template).reads;
    reads.iter().any(|read| match &read.what {
        What::Label { of: Of::Alert, name } => *name == *pair.name.text,
        _ => false,
    })
}

impl Overwritten<'_> {
    /// A finding with the place that gives the result its label.
    pub(crate) fn finding(&self, cx: &RuleContext<'_>, message: String) -> Diagnostic {
        let finding = cx.at_place(self.pair.name.span(), message);
        let decided = self.label.why.map(|why| why.span);
        match decided.or_else(|| kept(cx.expr(), &self.pair.name)) {
            Some(span) => {
                let cause = format!("the result has a label `{}`", self.pair.name);
                finding.because(cx.place(span), cause)
            }
            None => finding,
        }
    }
}

/// Where a `by` keeps a label.
fn kept(expr: &Expr, name: &str) -> Option<Span> {
    let mut found = None;
    walk(expr, &mut |expr| {
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return };
        let Some(grouping) = aggregate.grouping.as_ref().filter(|by| !by.without) else { return };
        let mut labels = grouping.labels.iter().zip(&grouping.label_spans);
        found = found.or_else(|| labels.find(|(label, _)| *label == name).map(|(_, span)| *span));
    });
    found
}
