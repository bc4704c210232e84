//! `odd-alternative`: `a||b` and `a|b|a` in a pattern.

use diagnostics::{Proof, Severity};
use model::MatchOp;

use crate::{Check, Found, Level, Lint, RuleContext, selectors};

pub(super) static LINT: Lint = Lint {
    name: "odd-alternative",
    code: "PQ040",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Likely,
    summary: "A pattern has an empty alternative, or the same one twice.",
    why: "`kind=~\"Pod||Job\"` lets the empty value through too, and so every series without the \
          label; mostly that is what is left of an alternative that somebody removed, or of an \
          empty variable. The same alternative twice is a slip of copying. An empty alternative \
          at an end (`|a`, `a|`) is the usual way to write \"missing or a\" and is left alone.",
    example: r#"
- alert: PodRestarts
  expr: increase(restarts_total{kind=~"Pod||Job"}[5m]) > 3
- alert: PodRestartsOften
  expr: increase(restarts_total{kind=~"Pod|Job|Pod"}[5m]) > 9
"#,
    instead: r#"
- alert: PodRestarts
  expr: increase(restarts_total{kind=~"Pod|Job"}[5m]) > 3
- alert: PodRestartsOften
  expr: increase(restarts_total{kind=~"Pod|Job"}[5m]) > 9
"#,
    fix: "Removes the alternative. That is safe of the second of two, and unsafe of an empty one: \
          series without the label are no longer selected.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        for (_, matcher, span) in selectors::in_braces(selector) {
            let is_regex = matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex);
            // Bars inside of brackets and the like belong to parts of the pattern.
            if !is_regex || matcher.value.contains(['(', '[', '\\']) {
                continue;
            }
            let words: Vec<&str> = matcher.value.split('|').collect();
            let mut unique: Vec<&str> = Vec::new();
            for word in &words {
                if !unique.contains(word) {
                    unique.push(word);
                }
            }
            let edit = |words: &[&str]| {
                selectors::rewrite(cx, span, matcher, matcher.op, &words.join("|"))
            };
            if words.len() > 2 && words[1..words.len() - 1].contains(&"") {
                let kept: Vec<&str> = words.iter().copied().filter(|w| !w.is_empty()).collect();
                let finding = cx
                    .at(span, "an empty alternative matches series without the label")
                    .help("remove it, or put it at the end if it is meant")
                    .unsafe_fix(edit(&kept));
                cx.report(found, finding);
            } else if unique.len() < words.len() {
                let finding = cx
                    .at(span, "an alternative stands here twice")
                    .help("remove the second one")
                    .safe_fix(edit(&unique));
                cx.report(found, finding);
            }
        }
    });
}
