//! `missing-label-or-annotation`: an alert without what the configuration asks for.

use diagnostics::{Proof, Severity, Span};

use crate::{Check, Found, Level, Lint, RuleContext, near::nearest};

pub(super) static LINT: Lint = Lint {
    name: "missing-label-or-annotation",
    code: "PT011",
    level: Level::Policy,
    severity: Severity::Warning,
    proof: Proof::Style,
    summary: "An alert lacks a label or an annotation that the configuration requires, or has \
              another value than those allowed.",
    why: "Routes, dashboards and people rely on some labels and annotations, such as `severity` \
          and `team`. The configuration names them, with the values that a label may have. A \
          value that is a template is taken for good.",
    example: "",
    instead: "",
    fix: "Writes the allowed value that is most like the one there. It is unsafe, for it changes \
          where the alert goes.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    if cx.rule.alerting().is_none() {
        return;
    }
    let options = cx.world.options;
    for (name, allowed) in &options.required_labels {
        match cx.rule.labels.iter().find(|(label, _)| **label == **name) {
            None => missing(cx, found, "label", name, allowed),
            Some((_, value)) if value.is_literal() => check_value(cx, found, name, allowed),
            Some(_) => {}
        }
    }
    for name in &options.required_annotations {
        let found_one = cx.rule.annotations.iter().find(|pair| *pair.name == **name);
        if found_one.is_none_or(|pair| pair.value.trim().is_empty()) {
            missing(cx, found, "annotation", name, &[]);
        }
    }
}

fn missing(cx: &RuleContext<'_>, found: &mut Found, what: &str, name: &str, allowed: &[String]) {
    let message = format!("the alert has no {what} `{name}`");
    let mut finding = cx.at_place(cx.rule.name.span(), message);
    if !allowed.is_empty() {
        finding = finding.help(format!("set it to one of {}", list(allowed)));
    }
    cx.report(found, finding);
}

fn check_value(cx: &RuleContext<'_>, found: &mut Found, name: &str, allowed: &[String]) {
    // The group's labels are the rule's where it has none of its own.
    let pairs = cx.rule.own_labels.iter().chain(&cx.group.labels);
    let Some(pair) = pairs.into_iter().find(|pair| *pair.name == *name) else { return };
    let value = &*pair.value.text;
    let is_good = if allowed.is_empty() {
        !value.trim().is_empty()
    } else {
        allowed.iter().any(|one| one == value)
    };
    if is_good {
        return;
    }
    let message = format!("`{value}` is no value for the label `{name}`");
    let finding = cx.at_place(pair.value.span(), message);
    let finding = match nearest(value, allowed.iter().map(String::as_str), 0.5) {
        Some(nearest) => {
            let fix = pair.value.replace(Span::new(0, value.len()), nearest);
            finding.help(format!("did you mean `{nearest}`?")).unsafe_fix(fix)
        }
        None if allowed.is_empty() => finding.help("give it a value"),
        None => finding.help(format!("use one of {}", list(allowed))),
    };
    cx.report(found, finding);
}

fn list(values: &[String]) -> String {
    let quoted: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(", ")
}
