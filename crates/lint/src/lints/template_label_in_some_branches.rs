//! `template-label-in-some-branches`: a template reads a label that one branch of `or` cannot
//! have.

use diagnostics::{Proof, Severity};

use super::template_label_impossible::labels_read;
use crate::{Check, Found, Level, Lint, RuleContext, reasons};

pub(super) static LINT: Lint = Lint {
    name: "template-label-in-some-branches",
    code: "PT003",
    level: Level::Stable,
    severity: Severity::Info,
    proof: Proof::Proven,
    summary: "A template reads a label that one branch of `or` cannot have.",
    why: "When the alert fires for that branch, the text has a gap. Often that is accepted, as in \
          `up == 0 or absent(up)`, so this is for information. Where the template asks whether \
          the label is there, nothing is said.",
    example: "
- alert: Down
  expr: up{job='web'} == 0 or absent(up{job='web'})
  annotations:
    summary: '{{ $labels.instance }} is down'
",
    instead: "
- alert: Down
  expr: up{job='web'} == 0 or absent(up{job='web'})
  annotations:
    summary: '{{ with $labels.instance }}{{ . }}{{ else }}All{{ end }} down'
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for (text, name, span) in labels_read(cx) {
        let label = cx.facts().root().label(name);
        let mut impossible = label.impossible.iter();
        let here = impossible.find(|(_, why)| !reasons::is_from_elsewhere(cx, *why));
        let Some((branch, why)) = here else { continue };
        if label.label.is_impossible() {
            continue;
        }
        let message = format!("a branch of `or` has no label `{name}`, where this is empty");
        let finding = cx.at_place(text.place(span), message);
        let finding = match why {
            Some(_) => reasons::missing(cx, finding, name, *why),
            None => finding.because(cx.place(branch.span), format!("has no `{name}`")),
        };
        let help = format!("write `{{{{ with $labels.{name} }}}}…{{{{ end }}}}` around it");
        cx.report(found, finding.help(help));
    }
}
