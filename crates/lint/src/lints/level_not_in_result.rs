//! `level-not-in-result`: a recorded name that promises labels which its series do not have.

use std::collections::BTreeSet;

use diagnostics::{Proof, Severity, Span};
use promql::ExprKind;

use crate::{Check, Found, Level, Lint, RuleContext, reasons};

pub(super) static LINT: Lint = Lint {
    name: "level-not-in-result",
    code: "PR005",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "The name of a recording rule begins with a label that its series do not have.",
    why: "By convention the name of a recorded series is `level:metric:operations`, where the \
          level names the labels that are left, such as `job` or `namespace_pod`. Here the level \
          names a label that the expression drops: whoever reads the name looks for series that \
          are not there. Words are taken for labels where the expression or the rule itself uses \
          them as such, and where they are labels nearly everywhere, such as `job`.",
    example: "
- record: pod:cpu_usage:rate5m
  expr: sum by (namespace) (rate(cpu_usage_seconds_total{pod!=''}[5m]))
",
    instead: "
- record: namespace:cpu_usage:rate5m
  expr: sum by (namespace) (rate(cpu_usage_seconds_total{pod!=''}[5m]))
",
    fix: "",
    check: Check::Rule(check),
};

/// Labels that targets have nearly everywhere. Words that are also levels of organisation, such as
/// `cluster`, are not among them.
const USUAL: [&str; 5] = ["job", "instance", "namespace", "pod", "container"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for word in words(cx) {
        let label = word.of(cx.rule.name());
        let root = cx.facts().root().label(label);
        let is_set = cx.rule.labels.iter().any(|(name, _)| **name == *label);
        let why = root.impossible.first().and_then(|(_, why)| *why);
        if !root.label.is_impossible() || is_set || reasons::is_from_elsewhere(cx, why) {
            continue;
        }
        let message =
            format!("the name begins with the label `{label}`, which the series do not have");
        let finding = cx.at_place(cx.rule.name.locate(word), message);
        cx.report(found, reasons::missing(cx, finding, label, why));
    }
}

/// The labels of which the level of a recorded name is made; none where it is made of anything else.
pub(super) fn words(cx: &RuleContext<'_>) -> Vec<Span> {
    let level = cx.rule.name().split_once(':').filter(|_| cx.rule.alerting().is_none());
    level.map_or(Vec::new(), |(level, _)| split(level, &labels(cx)))
}

/// Labels of which a level may be made.
fn labels<'w>(cx: &RuleContext<'w>) -> BTreeSet<&'w str> {
    let mut known: BTreeSet<&str> = USUAL.into();
    cx.each_node(|expr| match &expr.kind {
        ExprKind::Aggregate(aggregate) => {
            known.extend(aggregate.grouping.iter().flat_map(|by| &by.labels).map(String::as_str));
        }
        ExprKind::Binary(binary) => {
            let matching = binary.matching.iter();
            let labels = matching.flat_map(|m| m.labels.iter().chain(&m.include));
            known.extend(labels.map(String::as_str));
        }
        _ => {}
    });
    known
}

/// The labels that a level consists of, joined by underscores; the longest first. None where not
/// all of it is labels.
fn split(level: &str, known: &BTreeSet<&str>) -> Vec<Span> {
    let (mut words, mut start) = (Vec::new(), 0);
    while start < level.len() {
        let rest = &level[start..];
        let ends = rest.match_indices('_').map(|(i, _)| i).chain([rest.len()]);
        let Some(length) = ends.filter(|end| known.contains(&rest[..*end])).max() else {
            return Vec::new();
        };
        words.push(Span::new(start, start + length));
        start += length + 1;
    }
    words
}
