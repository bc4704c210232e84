//! `template-fails`: a template that parses and cannot be expanded.

use diagnostics::{Proof, Severity};
use rules::template::outline::What;

use crate::{Check, Found, Level, Lint, RuleContext, Text};

pub(super) static LINT: Lint = Lint {
    name: "template-fails",
    code: "PT017",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A template looks up a field that does not exist, which fails when it is expanded.",
    why: "A template is given `.Labels`, `.Value`, `.ExternalLabels` and `.ExternalURL`, and a \
          sample of a query has `.Labels` and `.Value`; there are no other fields, and their \
          capital letters matter. Looking up another one passes when rules are loaded, and puts \
          an error in the place of the text when the alert fires.",
    example: "
- alert: Down
  expr: up == 0
  annotations:
    summary: '{{ .labels.instance }} is down'
",
    instead: "
- alert: Down
  expr: up == 0
  annotations:
    summary: '{{ .Labels.instance }} is down'
",
    fix: "Writes the field with its capital letter. It is unsafe, for the text changes.",
    check: Check::Rule(check),
};

/// What a template is given.
const FIELDS: [&str; 4] = ["Labels", "Value", "ExternalLabels", "ExternalURL"];

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts() {
        for read in &text.outline.reads {
            if let What::Nothing { field } = &read.what {
                report(cx, found, text, field, read.span);
            }
        }
    }
}

fn report(
    cx: &RuleContext<'_>,
    found: &mut Found,
    text: &Text<'_>,
    field: &str,
    span: diagnostics::Span,
) {
    let message = format!("{} cannot be expanded: there is no `.{field}`", text.title());
    let finding = cx.at_place(text.place(span), message);
    let meant = FIELDS.iter().find(|known| known.eq_ignore_ascii_case(field));
    let finding = match meant {
        Some(meant) => {
            let length = u32::try_from(field.len()).unwrap_or(0);
            let name = diagnostics::Span { start: span.end - length, ..span };
            let fix = text.pair.value.replace(name, meant);
            finding.help(format!("write `.{meant}`")).unsafe_fix(fix)
        }
        None => finding.help("there are `.Labels`, `.Value`, `.ExternalLabels` and `.ExternalURL`"),
    };
    cx.report(found, finding);
}
