//! `impossible-grouping-label`: an aggregation or a join names a label that was lost before.

use diagnostics::{Proof, Severity, Span};
use promql::ExprKind;

use crate::{
    Check, Found, Level, Lint, RuleContext,
    facts::{Label, Reason},
    joins, reasons,
};

pub(super) static LINT: Lint = Lint {
    name: "impossible-grouping-label",
    code: "PQ001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "An aggregation or a join names a label that its operand cannot have.",
    why: "`sum by (pod) (rate(x[5m]))` keeps `pod`; once it is inside `sum by (namespace) (…)`, \
          nothing outside can ask for `pod` again. Such a name in `by` or `on` does nothing, and \
          mostly it is missing further inside. Labels that matchers exclude, what rules of other \
          files record, and names in `without`, which do no harm, are left alone.",
    example: "
- record: namespace_pod:x:sum
  expr: sum by (namespace, pod) (max by (namespace) (x))
",
    instead: "
- record: namespace_pod:x:sum
  expr: sum by (namespace, pod) (max by (namespace, pod) (x))
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return };
        let Some(grouping) = aggregate.grouping.as_ref().filter(|g| !g.without) else { return };
        let node = cx.facts().node(&aggregate.expr);
        if node.branches.is_empty() {
            return;
        }
        for (name, span) in grouping.labels.iter().zip(&grouping.label_spans) {
            let label = node.label(name).label;
            report(cx, found, name, *span, &label);
        }
    });
    joins::each(cx, &mut |join| {
        if !join.matching.on {
            return;
        }
        for name in &join.matching.labels {
            let (lhs, rhs) = (join.lhs.label(name).label, join.rhs.label(name).label);
            let neither = lhs.is_impossible() && rhs.is_impossible();
            let label = if rhs.is_impossible() { &rhs } else { &lhs };
            let other = if rhs.is_impossible() { &lhs } else { &rhs };
            if (neither || label.is_impossible()) && !other.is_guaranteed() {
                report(cx, found, name, join.binary.op_span, label);
            }
        }
    });
}

fn report(cx: &RuleContext<'_>, found: &mut Found, name: &str, span: Span, label: &Label<'_>) {
    let by_choice = [Reason::Matcher, Reason::NameDropped, Reason::NoLabels];
    let Some(why) = label.why.filter(|why| !by_choice.contains(&why.reason)) else { return };
    if !label.is_impossible() || name.starts_with("__") {
        return;
    }
    if reasons::is_from_elsewhere(cx, label.why) {
        return;
    }
    let message = format!("there is no label `{name}` any more");
    let finding = reasons::missing(cx, cx.at(span, message), name, Some(why));
    let help = format!("keep `{name}` further inside, or leave it out here");
    cx.report(found, finding.help(help));
}
