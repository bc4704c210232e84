//! What facts are based on, in words and with places.

use std::sync::Arc;

use diagnostics::{Diagnostic, Proof};

use crate::{
    RuleContext,
    facts::{Reason, Why},
};

/// Whether what decided is what a recording rule of another file produces. Such series may come from
/// another server, which adds labels of its own.
pub(crate) fn is_from_elsewhere(cx: &RuleContext<'_>, why: Option<Why>) -> bool {
    let Some(Reason::Recorded(number)) = why.map(|why| why.reason) else { return false };
    let rule = cx.world.produced.rule(number);
    rule.is_none_or(|rule| !Arc::ptr_eq(rule.name.origin().source(), &cx.file.source))
}

/// A finding with the place that decided that a label cannot be there.
pub(crate) fn missing(
    cx: &RuleContext<'_>,
    finding: Diagnostic,
    label: &str,
    why: Option<Why>,
) -> Diagnostic {
    let Some(why) = why else { return finding };
    recorded(cx, finding.because(cx.place(why.span), words(why.reason, label)), why)
}

/// A finding with the rule that records what decided it.
pub(crate) fn recorded(cx: &RuleContext<'_>, finding: Diagnostic, why: Why) -> Diagnostic {
    let Reason::Recorded(number) = why.reason else { return finding };
    // Another server may record the same.
    let finding = Diagnostic { proof: Some(Proof::Likely), ..finding };
    let Some(rule) = cx.world.produced.rule(number) else { return finding };
    let ids = cx.world.records(rule.name());
    match ids.iter().find(|id| std::ptr::eq(cx.world.rule(**id), rule)) {
        Some(id) => {
            finding.because_of(&cx.world.file(*id).source, rule.name.span(), "recorded here")
        }
        None => finding,
    }
}

fn words(reason: Reason, label: &str) -> String {
    match reason {
        Reason::Matcher => format!("asks for series without `{label}`"),
        Reason::By => "`by` keeps no other labels".to_owned(),
        Reason::Without => format!("`without` drops `{label}`"),
        Reason::NoGrouping | Reason::Aggregate(_) => "drops all labels".to_owned(),
        Reason::On => "`on` keeps no other labels".to_owned(),
        Reason::Ignoring => format!("`ignoring` drops `{label}`"),
        Reason::Include => format!("the other side has no `{label}`"),
        Reason::Partner => format!("has to be equal on both sides, of which one has no `{label}`"),
        Reason::Absent => "has the labels of equality matchers only".to_owned(),
        Reason::NoLabels => "has no labels".to_owned(),
        Reason::NameDropped => "drops the metric name".to_owned(),
        Reason::Recorded(_) => format!("is recorded without `{label}`"),
        _ => format!("has no `{label}`"),
    }
}
