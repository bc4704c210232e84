//! `unavailable-feature`: what the declared version cannot do.

use diagnostics::{Diagnostic, Proof, Severity};
use rules::features::{self, Use};

use crate::{Check, FileContext, Found, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "unavailable-feature",
    code: "PY007",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "Something that the Prometheus which is to read the rules cannot do.",
    why: "An older Prometheus refuses the whole file when it meets a field, a \
          function or an operator that it does not know, and so does one without the \
          flag that turns an experimental part of the language on. The version is \
          declared as `target-version`; without it only the flags are looked at \
          (`--enable-feature`).",
    example: "",
    instead: "",
    fix: "",
    check: Check::File(check),
};

fn check(cx: &FileContext<'_>, found: &mut Found) {
    let Some(target) = cx.world.options.target_version else { return };
    for group in &cx.file.groups {
        for used in features::of_group(group) {
            report(cx, found, used, target, None);
        }
        for rule in &group.rules {
            for used in features::of_rule(rule) {
                report(cx, found, used, target, Some(crate::context::subject(rule)));
            }
        }
    }
}

fn report(
    cx: &FileContext<'_>,
    found: &mut Found,
    Use { feature, span }: Use,
    target: (u32, u32),
    subject: Option<String>,
) {
    if feature.since <= target {
        return;
    }
    let since = feature.since_text();
    let message = format!("{} needs Prometheus {since}", feature.name);
    let note = format!("Prometheus {}.{} is to read the rules", target.0, target.1);
    let mut finding = Diagnostic::new(Severity::Error, "", span, message).note(note);
    finding.subject = subject;
    cx.report(found, finding);
}
