//! `text-duration`: a text that names another time than the rule waits or looks back.

use diagnostics::{Diagnostic, Edit, Proof, Severity, Span};
use model::duration;

use crate::{
    Check, Found, Level, Lint, RuleContext, Text, constants,
    prose::{self, Claim},
};

pub(super) static LINT: Lint = Lint {
    name: "text-duration",
    code: "PT007",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "The text of an alert names a duration that stands nowhere in the rule.",
    why: "`for more than 15 minutes` in the text, and `for: 1h` in the rule: somebody changed the \
          one and forgot the other, and whoever reads the notification reckons with the wrong \
          time. Taken for good are `for`, windows, offsets, numbers of any unit, durations in \
          names and labels, sums of two of these, and what differs by less than a twentieth.",
    example: "
- alert: QueryOverload
  expr: queries > 100
  for: 1h
  annotations:
    summary: More than 100 queries for more than 15 minutes
",
    instead: "
- alert: QueryOverload
  expr: queries > 100
  for: 1h
  annotations:
    summary: More than 100 queries for more than 1 hour
",
    fix: "Writes the rule's `for` into the text, where the text says how long something lasts. It \
          is unsafe: the text may be right and the rule wrong.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    let mut known: Option<Vec<f64>> = None;
    for text in cx.texts().iter().filter(|text| !text.is_label && prose::may_name_amounts(text)) {
        for claim in prose::durations(&text.plain()) {
            let known = known.get_or_insert_with(|| constants::durations(cx));
            if !constants::is_near_sum(claim.amount, known) {
                report(cx, found, text, &claim);
            }
        }
    }
}

fn report(cx: &RuleContext<'_>, found: &mut Found, text: &Text<'_>, claim: &Claim) {
    let written = claim.span.of(&text.pair.value.text);
    let message = format!("the text says `{written}`, which stands nowhere in the rule");
    let finding = cx.at_place(text.place(claim.span), message);
    cx.report(found, with_for(cx, finding, text, claim));
}

/// The finding with the rule's `for`, if the text speaks of that.
fn with_for(
    cx: &RuleContext<'_>,
    finding: Diagnostic,
    text: &Text<'_>,
    claim: &Claim,
) -> Diagnostic {
    if !claim.lasts {
        return finding;
    }
    match &cx.rule.for_ {
        Some((ms, place)) if *ms > 0 => {
            let written = claim.span.of(&text.pair.value.text);
            let new = spelled(*ms, written);
            finding
                .because(place.span(), "the alert waits this long")
                .help(format!("write `{new}`"))
                .unsafe_fix(edit(text, claim.span, &new))
        }
        _ => finding.because(cx.rule.name.span(), "the alert fires at once: it has no `for`"),
    }
}

fn edit(text: &Text<'_>, span: Span, new: &str) -> Option<Edit> {
    text.pair.value.replace(span, new)
}

/// A duration in words, where another one was in words, and otherwise as Prometheus writes it.
fn spelled(ms: i64, like: &str) -> String {
    let units = [(86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second")];
    let unit = units.into_iter().find(|(unit, _)| ms % unit == 0);
    match unit.filter(|_| like.contains(' ')) {
        Some((unit, name)) => {
            let n = ms / unit;
            format!("{n} {name}{}", if n == 1 { "" } else { "s" })
        }
        None => duration::format(ms),
    }
}
