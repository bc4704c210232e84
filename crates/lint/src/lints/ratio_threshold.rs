//! `ratio-threshold-out-of-range`: a part of a whole is compared with more than all of it.

use diagnostics::{Proof, Severity};
use model::number::format_g;

use crate::{Check, Found, Level, Lint, RuleContext, bounds, facts::Reason};

pub(super) static LINT: Lint = Lint {
    name: "ratio-threshold-out-of-range",
    code: "PV003",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Likely,
    summary: "A part divided by its whole is compared with what it cannot reach.",
    why: "Where the numerator is the same as the denominator but for more matchers, the quotient is \
          from 0 to 1: `errors / total > 5` never fires. Mostly the threshold was meant in percent. \
          Both sides must be the same sums or counts of the same counter, so that the part is one.",
    example: "
- alert: Errors
  expr: sum(rate(requests_total{code=~'5..'}[5m])) / sum(rate(requests_total[5m])) > 5
",
    instead: "
- alert: Errors
  expr: sum(rate(requests_total{code=~'5..'}[5m])) / sum(rate(requests_total[5m])) > 0.05
",
    fix: "Divides the threshold by 100. It is unsafe: the alert can fire then.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for dead in bounds::dead(cx) {
        let Some(why) = dead.why.filter(|why| why.reason == Reason::Part) else { continue };
        let (_, _, number) = bounds::vector_first(dead.comparison);
        let finding = cx
            .at(dead.comparison.op_span.to(dead.comparison.rhs.span), "this is never true")
            .label(format!("{} is {}", bounds::side(dead.is_left), bounds::range(&dead.values)));
        let finding = bounds::because(cx, finding, Some(why));
        let written = bounds::number(number);
        let finding = match written.filter(|n| (1.0..=100.0).contains(n)) {
            Some(percent) if is_plain(&dead.values) => {
                let ratio = format_g(percent / 100.0);
                finding
                    .help(format!("if percents are meant, write `{ratio}`"))
                    .unsafe_fix(cx.replace(number.span, &ratio))
            }
            _ => finding,
        };
        cx.report(found, finding);
    }
}

/// Whether values are parts of 1.
fn is_plain(values: &crate::facts::Values) -> bool {
    (values.upper.value - 1.0).abs() < f64::EPSILON
}
