//! `unformatted-value`: a value printed with all its digits.

use diagnostics::{Proof, Severity};
use rules::template::outline::{Of, What};

use crate::{
    Check, Found, Level, Lint, RuleContext,
    facts::{Base, Node},
    texts::BLANK,
};

pub(super) static LINT: Lint = Lint {
    name: "unformatted-value",
    code: "PT006",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Style,
    summary: "A template prints a value whose unit is known without formatting it.",
    why: "`{{ $value }}` prints all digits: `0.9346666666666668`, `1.7179869184e+10`. Functions \
          of templates make `93.47%` and `16Gi` of these. It speaks only where the expression \
          shows what the value is: a share, bytes, or seconds.",
    example: "
- alert: DiskFull
  expr: node_filesystem_avail_bytes < 1e9
  annotations:
    summary: Only {{ $value }} left
",
    instead: "
- alert: DiskFull
  expr: node_filesystem_avail_bytes < 1e9
  annotations:
    summary: Only {{ $value | humanize1024 }}B left
",
    fix: "Hands the value to the function. It is unsafe: the text changes.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts().iter().filter(|text| !text.is_label) {
        for read in &text.outline.reads {
            if read.what != (What::Value { of: Of::Alert, is_raw: true }) {
                continue;
            }
            let Some((unit, function)) = formatter(cx.facts().root()) else { return };
            let written = read.span.of(&text.pair.value.text);
            let after = text.plain()[read.span.end as usize..].trim_start_matches(BLANK).to_owned();
            let function = if names_unit(&after) { "printf \"%.2f\"" } else { function };
            let new = format!("{written} | {function}");
            let message = format!("{unit} with all their digits");
            let finding = cx
                .at_place(text.place(read.span), message)
                .help(format!("write `{{{{ {new} }}}}`"))
                .unsafe_fix(text.pair.value.replace(read.span, &new));
            cx.report(found, finding);
        }
    }
}

/// Whether a text begins with the unit of what was printed before it.
fn names_unit(after: &str) -> bool {
    let word = after.trim_start().split(|c: char| !c.is_alphabetic() && c != '%').next();
    let units = ["%", "percent", "s", "sec", "seconds", "bytes", "B"];
    word.is_some_and(|word| units.contains(&word))
}

/// What a result counts, and the function that formats it.
fn formatter(result: &Node<'_>) -> Option<(&'static str, &'static str)> {
    match result.unit.base {
        Base::Ratio => Some(("prints shares", "humanizePercentage")),
        Base::Percent => Some(("prints percentages", "printf \"%.1f\"")),
        Base::Bytes => Some(("prints bytes", "humanize1024")),
        Base::Seconds if !result.unit.per_second => Some(("prints seconds", "humanizeDuration")),
        _ => None,
    }
}
