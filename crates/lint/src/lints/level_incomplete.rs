//! `level-incomplete`: a recorded name that does not say which labels are left.

use diagnostics::{Proof, Severity, Span};

use super::level_not_in_result::words;
use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "level-incomplete",
    code: "PR014",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Style,
    summary: "The name of a recording rule begins with some of the labels that its series have, \
              and leaves others out.",
    why: "By convention the name of a recorded series is `level:metric:operations`, where the \
          level names the labels that are left. Many leave some out by habit, so this is off by \
          default; `cluster` and `le` need not be named. It speaks only \
          where every word of the level is a label, and the expression says which labels are \
          left.",
    example: "
- record: pod:cpu_usage:rate5m
  expr: sum by (namespace, pod) (rate(cpu_usage_seconds_total[5m]))
",
    instead: "
- record: namespace_pod:cpu_usage:rate5m
  expr: sum by (namespace, pod) (rate(cpu_usage_seconds_total[5m]))
",
    fix: "",
    check: Check::Rule(check),
};

/// Labels that names leave out by habit.
const IMPLIED: [&str; 2] = ["le", "cluster"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let Some((level, _)) = cx.rule.name().split_once(':') else { return };
    let words: Vec<&str> = words(cx).into_iter().map(|word| word.of(level)).collect();
    let [branch] = &cx.facts().root().branches[..] else { return };
    if words.is_empty() || !branch.labels.is_closed() {
        return;
    }
    let left = branch.labels.named().filter(|(_, label)| !label.is_impossible());
    let others: Vec<&str> = left
        .map(|(name, _)| name)
        .filter(|name| !IMPLIED.contains(name) && !words.contains(name))
        .collect();
    if others.is_empty() {
        return;
    }
    let names: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("the name leaves out {}", names.join(", "));
    let place = cx.rule.name.locate(Span::new(0, level.len()));
    let finding = cx.at_place(place, message).label("names the other labels of the series");
    let full = [&others[..], &words[..]].concat().join("_");
    cx.report(found, finding.help(format!("begin it with `{full}:`")));
}
