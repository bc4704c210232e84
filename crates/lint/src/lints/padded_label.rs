//! `padded-label`: a label value with white space around it, or with nothing in it.

use diagnostics::{Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "padded-label",
    code: "PT016",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "The value of a label begins or ends with white space.",
    why: "`severity: \"critical \"` is another value than `critical`: matchers of routes, \
          inhibitions and silences pass it over. Mostly the space comes from quotes, or a line \
          break from a block scalar (`|` keeps it, `|-` does not).",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: 'critical '
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: critical
",
    fix: "Takes the white space away. It is unsafe: where something matches the value with its \
          space, it no longer does.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for pair in &cx.rule.own_labels {
        let (value, text) = (&pair.value, &*pair.value.text);
        let trimmed = text.trim();
        if trimmed == text {
            continue;
        }
        let whole = Span::new(0, text.len());
        let message = format!("the value of label `{}` has white space around it", pair.name);
        let finding = cx
            .at_place(value.span(), message)
            .label(format!("is {text:?}"))
            .help(format!("write `{}: {trimmed}`", pair.name))
            .unsafe_fix(value.replace(whole, trimmed));
        cx.report(found, finding);
    }
}
