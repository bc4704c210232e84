//! `regex-in-equality`: `=` with what looks like a pattern.

use diagnostics::{Proof, Severity};
use model::{MatchOp, Matcher};

use crate::{Check, Found, Level, Lint, RuleContext, selectors};

pub(super) static LINT: Lint = Lint {
    name: "regex-in-equality",
    code: "PQ013",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "An equality matcher compares with what looks like a regular expression.",
    why: "`code=\"5..\"` selects series whose code is the text `5..`; the pattern needs `=~`. \
          Prometheus cannot know, so such a selector selects nothing and the alert stays silent. \
          The lint speaks for `a|b`, `.*`, `.+`, `5..`, `[0-9]` and `\\d`; labels that usually \
          hold such texts (paths, routes, queries, expressions) are left alone.",
    example: r#"
- alert: ApiErrors
  expr: sum(rate(http_requests_total{code="5.."}[5m])) > 10
"#,
    instead: r#"
- alert: ApiErrors
  expr: sum(rate(http_requests_total{code=~"5.."}[5m])) > 10
"#,
    fix: "Makes the operator `=~` or `!~`. It is unsafe: other series are selected.",
    check: Check::Rule(check),
};

/// Words in names of labels whose values are often written like patterns, or hold bars and dots.
const TEXTS: &[&str] = &[
    "path",
    "route",
    "uri",
    "url",
    "handler",
    "endpoint",
    "query",
    "expr",
    "pattern",
    "mountpoint",
    "device",
    "filter",
    "regex",
    "glob",
    "le",
    "quantile",
    "version",
    "cmd",
    "command",
    "mode",
];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_selector(|selector, _| {
        for (_, matcher, span) in selectors::in_braces(selector) {
            let op = match matcher.op {
                MatchOp::Equal => MatchOp::Regex,
                MatchOp::NotEqual => MatchOp::NotRegex,
                MatchOp::Regex | MatchOp::NotRegex => continue,
            };
            let Some(sign) = looks_like(matcher) else { continue };
            let (is, wanted) = (matcher.op.as_str(), op.as_str());
            let message = format!("`{is}` compares with the very text {}", quoted(matcher));
            let finding = cx
                .at(span, message)
                .label(format!("`{sign}` means nothing special here"))
                .help(format!("write `{}{wanted}{}`", matcher.name, quoted(matcher)))
                .unsafe_fix(selectors::rewrite(cx, span, matcher, op, &matcher.value));
            cx.report(found, finding);
        }
    });
}

fn quoted(matcher: &Matcher) -> String {
    model::quote::quote(&matcher.value)
}

/// The part of the value that is meant as a pattern, as far as one can tell.
fn looks_like(matcher: &Matcher) -> Option<&'static str> {
    if !matcher.value.contains(['.', '\\', '[', '|']) {
        return None;
    }
    if matcher.name.split(['_', '.']).any(|word| TEXTS.contains(&word)) {
        return None;
    }
    let value = &*matcher.value;
    let sign = [".*", ".+", "\\d", "\\w", "[0-9]", "[a-z", "[A-Z", "[^"]
        .into_iter()
        .find(|part| value.contains(part))
        .or_else(|| is_alternation(value).then_some("|"))
        .or_else(|| is_digits_and_dots(value).then_some("."))?;
    // It has to be a pattern to be meant as one.
    Matcher::new(&matcher.name, MatchOp::Regex, value).ok()?;
    Some(sign)
}

/// `a|b`: words without blanks on both sides.
fn is_alternation(value: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_-./()".contains(c))
    };
    value.contains('|') && value.split('|').all(is_word)
}

/// `5..`: a code with its last digits open.
fn is_digits_and_dots(value: &str) -> bool {
    let digits = value.trim_end_matches('.');
    value.len() == 3
        && digits.len() < 3
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.is_empty()
}
