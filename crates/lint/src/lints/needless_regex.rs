//! `needless-regex`: a pattern that says what `=` would say, or nothing.

use diagnostics::{Diagnostic, Proof, Severity, Span};
use model::{MatchOp, Matcher};
use promql::ast::Selector;

use crate::{Check, Found, Level, Lint, RuleContext, selectors};

pub(super) static LINT: Lint = Lint {
    name: "needless-regex",
    code: "PQ014",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Style,
    summary: "A regular expression is a plain text, has anchors that it has anyway, or matches all.",
    why: "Patterns of matchers are anchored at both ends by Prometheus, so `^` and `$` around \
          them say nothing. A pattern without special characters is an equality, which is faster \
          and says what is meant. And `=~\".*\"` excludes nothing, not even series without the \
          label: who means \"has the label\" writes `!=\"\"`.",
    example: r#"
- record: job:errors:rate5m
  expr: sum by (job) (rate(http_requests_total{code=~"^5..$", method=~"GET", path=~".*"}[5m]))
"#,
    instead: r#"
- record: job:errors:rate5m
  expr: sum by (job) (rate(http_requests_total{code=~"5..", method="GET"}[5m]))
"#,
    fix: "Writes the equality, drops the anchors or removes the matcher. It is safe: the same \
          series are selected.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        for (index, matcher, span) in selectors::in_braces(selector) {
            if let Some(finding) = judge(cx, selector, index, matcher, span) {
                cx.report(found, finding);
            }
        }
    });
}

fn judge(
    cx: &RuleContext<'_>,
    selector: &Selector,
    index: usize,
    matcher: &Matcher,
    span: Span,
) -> Option<Diagnostic> {
    let regex = matcher.regex()?;
    let equality = match matcher.op {
        MatchOp::Regex => MatchOp::Equal,
        _ => MatchOp::NotEqual,
    };
    if &*matcher.value == ".*" && matcher.op == MatchOp::Regex {
        let message = format!("every series passes this matcher of `{}`", matcher.name);
        let mut finding = cx.at(span, message).label("also passes where the label is missing");
        let present = format!("{}!=\"\"", matcher.name);
        finding =
            finding.help(format!("remove it, or write `{present}` if the label must be there"));
        if selectors::can_lose(selector, index) {
            finding = finding.safe_fix(selectors::remove(cx, selector, index));
        }
        return Some(finding);
    }
    if let Some([text]) = regex.literals().as_deref() {
        let message = "this pattern is a plain text";
        let (sign, text) = (equality.as_str(), (*text).to_owned());
        let quoted = model::quote::quote(&text);
        return Some(
            cx.at(span, message)
                .help(format!("write `{}{sign}{quoted}`", matcher.name))
                .safe_fix(selectors::rewrite(cx, span, matcher, equality, &text)),
        );
    }
    let bare = without_anchors(&matcher.value)?;
    Some(
        cx.at(span, "patterns of matchers are anchored anyway")
            .help(format!(
                "write `{}{}{}`",
                matcher.name,
                matcher.op.as_str(),
                model::quote::quote(bare)
            ))
            .safe_fix(selectors::rewrite(cx, span, matcher, matcher.op, bare)),
    )
}

/// The pattern without anchors at its very ends, if it has any and needs none.
fn without_anchors(pattern: &str) -> Option<&str> {
    // Flags may give `^` and `$` another meaning.
    if pattern.contains("(?") {
        return None;
    }
    let bare = pattern.strip_prefix('^').unwrap_or(pattern);
    let bare = match bare.strip_suffix('$') {
        Some(rest) if !ends_in_escape(rest) => rest,
        _ => bare,
    };
    // What a quantifier followed would change its meaning.
    let starts_well = !bare.starts_with(['*', '+', '?', '{']);
    (bare.len() < pattern.len() && starts_well).then_some(bare)
}

fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}
