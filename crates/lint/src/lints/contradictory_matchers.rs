//! `contradictory-matchers`: matchers of one label that no value passes.

use diagnostics::{Proof, Severity, Span};
use model::{Matcher, regex::language::satisfiable};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "contradictory-matchers",
    code: "PQ012",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "The matchers of a label let no value through, so the selector never selects a series.",
    why: "All matchers of a selector must hold at once. Two that exclude each other, such as \
          `a=\"x\", a=~\"y.*\"`, or one that excludes everything, such as `a!~\".*\"`, select \
          nothing, whatever is scraped: an alert on it can never fire. Prometheus accepts it \
          without a word. Patterns are compared as automata over every possible value, a missing \
          label included, so there is no guess in it; where that would be too much work, the lint \
          is silent.",
    example: r#"
- alert: ApiErrors
  expr: rate(http_requests_total{code="500", code=~"4.."}[5m]) > 0
"#,
    instead: r#"
- alert: ApiErrors
  expr: rate(http_requests_total{code=~"500|4.."}[5m]) > 0
"#,
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        if !may_contradict(&selector.matchers) {
            return;
        }
        let spans = selector.matcher_spans.iter().copied();
        let mut matchers: Vec<(&Matcher, Span)> = selector.matchers.iter().zip(spans).collect();
        matchers.sort_by_key(|(matcher, _)| &matcher.name);
        let of_labels = matchers.chunk_by(|(a, _), (b, _)| a.name == b.name);
        for matchers in of_labels.filter(|of_label| !is_one_text(of_label)) {
            let all: Vec<&Matcher> = matchers.iter().map(|(matcher, _)| *matcher).collect();
            if satisfiable(&all) == Some(false) {
                report(cx, found, &matchers[0].0.name, matchers);
            }
        }
    });
}

/// Whether there is but one, which compares with a text and so always lets something through.
fn is_one_text(matchers: &[(&Matcher, Span)]) -> bool {
    matches!(matchers, [(only, _)] if only.regex().is_none() && only.is_utf8())
}

/// It takes a pattern, or two matchers of a label.
fn may_contradict(matchers: &[Matcher]) -> bool {
    let again = |(i, m): (usize, &Matcher)| matchers[..i].iter().any(|o| o.name == m.name);
    matchers.iter().any(|m| m.regex().is_some() || !m.is_utf8())
        || matchers.iter().enumerate().any(again)
}

fn report(cx: &RuleContext<'_>, found: &mut Found, label: &str, matchers: &[(&Matcher, Span)]) {
    // The first that contradicts what stands before it.
    let conflict = (1..=matchers.len()).find(|n| {
        let first: Vec<&Matcher> = matchers[..*n].iter().map(|(matcher, _)| *matcher).collect();
        satisfiable(&first) == Some(false)
    });
    let (before, (_, span)) = match conflict {
        Some(n) => (&matchers[..n - 1], matchers[n - 1]),
        None => return,
    };
    let mut finding = if before.is_empty() {
        let message = format!("no value of `{label}` passes this matcher");
        cx.at(span, message).label("excludes every value, also a missing label")
    } else {
        let message = format!("no value of `{label}` passes all of these matchers");
        cx.at(span, message).label("excludes what the others let through")
    };
    for (_, span) in before {
        finding = finding.because(cx.place(*span), "must hold at the same time");
    }
    cx.report(found, finding.note("the selector can never return a series"));
}
