//! `variable-outside-braces`: a template variable in plain text.

use diagnostics::{Edit, Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext, Text};

pub(super) static LINT: Lint = Lint {
    name: "variable-outside-braces",
    code: "PT005",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A template variable stands outside of braces, where it is plain text.",
    why: "Only what stands between `{{` and `}}` is expanded. Elsewhere `$labels.instance` \
          arrives in the notification just so. Texts that print `{{` themselves, for another \
          program to expand, are left alone.",
    example: "
- alert: Down
  expr: up == 0
  annotations:
    summary: $labels.instance is down
",
    instead: "
- alert: Down
  expr: up == 0
  annotations:
    summary: '{{ $labels.instance }} is down'
",
    fix: "Writes braces around it. It is unsafe, for the text changes.",
    check: Check::Rule(check),
};

const VARIABLES: [&str; 3] = ["labels", "value", "externalLabels"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts() {
        let plain = text.plain();
        if !plain.contains('$') || prints_braces(text) {
            continue;
        }
        for (at, _) in plain.match_indices('$') {
            if let Some(span) = variable(&plain, at) {
                report(cx, found, text, &plain, span);
            }
        }
    }
}

fn report(cx: &RuleContext<'_>, found: &mut Found, text: &Text<'_>, plain: &str, span: Span) {
    let variable = span.of(plain);
    let message = format!("`{variable}` is plain text here: it stands outside of braces");
    let finding = cx
        .at_place(text.place(span), message)
        .help(format!("write `{{{{ {variable} }}}}`"))
        .unsafe_fix(braces(text, plain, span));
    cx.report(found, finding);
}

/// Whether an action prints braces, so that another program finds the variable between them.
fn prints_braces(text: &Text<'_>) -> bool {
    let written = &*text.pair.value.text;
    ["\"{{\"", "`{{`", "\"{{ ", "`{{ "].iter().any(|braces| written.contains(braces))
}

/// The variable that begins with the `$` at a byte, with the field behind it.
fn variable(plain: &str, at: usize) -> Option<Span> {
    let rest = &plain[at + 1..];
    let name_length = word(rest);
    if !VARIABLES.contains(&&rest[..name_length]) {
        return None;
    }
    let field = rest[name_length..].strip_prefix('.').map_or(0, word);
    let length = if field > 0 { name_length + 1 + field } else { name_length };
    Some(Span::new(at, at + 1 + length))
}

/// How long the word is that a text begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The edit that puts a variable into braces; single ones around it become double. None where
/// half of the braces are there, so that more is wrong.
fn braces(text: &Text<'_>, plain: &str, span: Span) -> Option<Edit> {
    let (before, after) = (&plain[..span.start as usize], &plain[span.end as usize..]);
    let (left, right) = (before.trim_end_matches(' '), after.trim_start_matches(' '));
    let whole = match (left.ends_with('{'), right.starts_with('}')) {
        (true, true) => Span::new(left.len() - 1, plain.len() - right.len() + 1),
        (false, false) => span,
        _ => return None,
    };
    let is_broken = left.ends_with("{{") || right.trim_start_matches(['"', '\'']).starts_with("}}");
    let new = format!("{{{{ {} }}}}", span.of(plain));
    if is_broken { None } else { text.pair.value.replace(whole, &new) }
}
