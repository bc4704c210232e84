//! `template-not-expanded`: a template where Prometheus expands none.

use diagnostics::{Proof, Severity, Span};
use rules::Located;

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "template-not-expanded",
    code: "PR004",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A template stands where it is taken literally.",
    why: "Templates are expanded in labels and annotations of alerts, and nowhere else. In a \
          label of a recording rule, in the name of an alert or in the name of a label, the \
          braces stay what they are.",
    example: "
- record: job:up:sum
  expr: sum by (job) (up)
  labels:
    team: '{{ $labels.team }}'
",
    instead: "
- record: job_team:up:sum
  expr: sum by (job, team) (up)
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let is_alert = cx.rule.alerting().is_some();
    let mut look = |text: &Located, what: &str| {
        let Some(span) = action(text) else { return };
        let message = format!("templates are not expanded in {what}");
        let finding = cx.at_place(text.locate(span), message).label("is taken literally");
        cx.report(found, finding);
    };
    if is_alert {
        look(&cx.rule.name, "the name of an alert");
    }
    for pair in &cx.rule.own_labels {
        look(&pair.name, "the name of a label");
        if !is_alert {
            look(&pair.value, "labels of recording rules");
        }
    }
    for pair in &cx.rule.annotations {
        look(&pair.name, "the name of an annotation");
    }
}

/// From the first `{{` to the next `}}`.
fn action(text: &str) -> Option<Span> {
    let start = rules::template::find_action(text)?;
    let end = start + text[start..].find("}}")? + 2;
    Some(Span::new(start, end))
}
