//! `template-label-impossible`: a template reads a label that the alert's query cannot have.

use diagnostics::{Diagnostic, Edit, Proof, Severity, Span};
use promql::{
    Expr, ExprKind,
    ast::{Aggregate, Grouping},
    visit::for_each_child,
};
use rules::template::outline::{Of, What};

use crate::{
    Check, Found, Level, Lint, RuleContext, Text,
    facts::{Reason, Why},
    reasons,
};

pub(super) static LINT: Lint = Lint {
    name: "template-label-impossible",
    code: "PT002",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A template reads a label that the result of the alert's query cannot have.",
    why: "What is not there is expanded to nothing: `Pod  in namespace  is down`. Labels are lost \
          by aggregations and by joins; the finding shows where. `$labels` are the labels of the \
          query's result, without those that the rule adds. What a rule of another file records may \
          come from another server with more labels, and is left alone. Everything that a template may \
          reach is looked at: branches, `index`, variables, templates that it defines. Where it \
          asks whether the label is there, nothing is said.",
    example: "
- alert: PodsDown
  expr: sum by (namespace) (kube_pod_status_phase{phase='Failed'}) > 0
  annotations:
    summary: '{{ $labels.pod }} in {{ $labels.namespace }} is down'
",
    instead: "
- alert: PodsDown
  expr: sum by (namespace, pod) (kube_pod_status_phase{phase='Failed'}) > 0
  annotations:
    summary: '{{ $labels.pod }} in {{ $labels.namespace }} is down'
",
    fix: "Adds the label to the `by` that loses it, where nothing else stands between that and \
          the result. It is unsafe: the alert becomes one per value of the label.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for (text, name, span) in labels_read(cx) {
        let root = cx.facts().root();
        let label = root.label(name);
        if root.branches.is_empty() || !label.label.is_impossible() {
            continue;
        }
        let why = label.impossible.first().and_then(|(_, why)| *why);
        if reasons::is_from_elsewhere(cx, why) {
            continue;
        }
        let message = format!("the result has no label `{name}`, so this is empty");
        let finding = cx.at_place(text.place(span), message);
        let finding = reasons::missing(cx, finding, name, why);
        cx.report(found, remedy(cx, finding, name, why));
    }
}

/// Labels of the alert's sample that its texts need, each once, where it is read first.
pub(super) fn labels_read<'c>(cx: &'c RuleContext<'_>) -> Vec<(&'c Text<'c>, &'c str, Span)> {
    let mut all: Vec<(&Text<'_>, &str, Span)> = Vec::new();
    for text in cx.texts() {
        for read in text.outline.reads.iter().filter(|read| !read.is_optional) {
            let What::Label { of: Of::Alert, name } = &read.what else { continue };
            if !all.iter().any(|(_, known, _)| known == name) {
                all.push((text, name, read.span));
            }
        }
    }
    all
}

/// The finding with what to do.
fn remedy(cx: &RuleContext<'_>, finding: Diagnostic, name: &str, why: Option<Why>) -> Diagnostic {
    if let Some((_, own)) = cx.rule.labels.iter().find(|(label, _)| **label == *name) {
        let note = "labels that the rule adds are not among `$labels`";
        if own.is_literal() {
            return finding.help(format!("write `{}`: {note}", own.text));
        }
        return finding.help(note);
    }
    if name == model::ALERT_NAME {
        let help = format!("write `{}`: an alert's name is not among `$labels`", cx.rule.name());
        return finding.help(help);
    }
    let Some(grouping) = why.filter(|why| why.reason == Reason::By).and_then(|why| {
        let aggregate = outermost(cx.expr())?;
        let grouping = aggregate.grouping.as_ref()?;
        let inner = cx.facts().node(&aggregate.expr).label(name);
        let decides = grouping.span == why.span && !inner.label.is_impossible();
        decides.then_some(grouping)
    }) else {
        return finding;
    };
    finding
        .help(format!("add `{name}` to the labels of `by`"))
        .unsafe_fix(added(cx, grouping, name))
}

/// The aggregation that alone decides which labels the result has.
fn outermost(expr: &Expr) -> Option<&Aggregate> {
    match &expr.kind {
        ExprKind::Aggregate(aggregate) => Some(aggregate),
        ExprKind::Binary(binary) if binary.matching.is_some() => None,
        ExprKind::Call(_) | ExprKind::Subquery(_) => None,
        _ => {
            let mut found = None;
            for_each_child(expr, |child| found = found.or_else(|| outermost(child)));
            found
        }
    }
}

fn added(cx: &RuleContext<'_>, grouping: &Grouping, name: &str) -> Option<Edit> {
    let is_plain = model::labels::is_legacy_label_name(name);
    match grouping.label_spans.last() {
        _ if !is_plain => None,
        Some(last) => cx.replace(Span { start: last.end, end: last.end }, &format!(", {name}")),
        None => {
            let end = grouping.span.end - 1;
            cx.replace(Span { start: end, end }, name)
        }
    }
}
