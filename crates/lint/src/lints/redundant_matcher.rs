//! `redundant-matcher`: a matcher that the others of its label already imply.

use diagnostics::{Proof, Severity};
use model::{
    Matcher,
    regex::language::{implies, satisfiable},
};

use crate::{Check, Found, Level, Lint, RuleContext, selectors};

pub(super) static LINT: Lint = Lint {
    name: "redundant-matcher",
    code: "PQ039",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "A matcher excludes nothing that another matcher of the same label lets through.",
    why: "`{code=\"500\", code=~\"5..\"}` selects what `{code=\"500\"}` selects. The second \
          matcher costs work and hides what is meant; mostly one of the two was to be replaced. \
          Whether one implies the other is decided with automata over every possible value.",
    example: r#"
- record: job:errors:rate5m
  expr: sum by (job) (rate(http_requests_total{code="500", code=~"5.."}[5m]))
"#,
    instead: r#"
- record: job:errors:rate5m
  expr: sum by (job) (rate(http_requests_total{code="500"}[5m]))
"#,
    fix: "Takes the matcher out. It is safe: the same series are selected.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        for (index, matcher, span) in selectors::in_braces(selector) {
            let others: Vec<(usize, &Matcher)> = selector
                .matchers
                .iter()
                .enumerate()
                .filter(|(i, other)| *i != index && other.name == matcher.name)
                .collect();
            let Some(cause) = others.iter().find(|(i, other)| {
                // Of two that imply each other only the later one is too much.
                let is_first = *i > index && implies(&[matcher], other) == Some(true);
                !is_first && implies(&[other], matcher) == Some(true)
            }) else {
                continue;
            };
            let all: Vec<&Matcher> =
                others.iter().map(|(_, other)| *other).chain([matcher]).collect();
            if satisfiable(&all) == Some(false) {
                continue;
            }
            let message = format!("this matcher of `{}` excludes nothing more", matcher.name);
            let mut finding = cx
                .at(span, message)
                .because(cx.place(selector.matcher_spans[cause.0]), "this one lets less through")
                .help("remove it");
            if selectors::can_lose(selector, index) {
                finding = finding.safe_fix(selectors::remove(cx, selector, index));
            }
            cx.report(found, finding);
        }
    });
}
