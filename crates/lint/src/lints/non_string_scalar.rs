//! `non-string-scalar`: a value of a label that is a number or a boolean to YAML.

use diagnostics::{Diagnostic, Proof, Severity};
use rules::{Located, yaml::Tag};

use crate::{Check, FileContext, Found, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "non-string-scalar",
    code: "PY004",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "The value of a label or an annotation is no text to a reader of YAML.",
    why: "`severity: 3` is a number, `enabled: yes` a boolean to some readers, \
          `code: 0123` 83 to others and 2024-01-01 a date. Prometheus takes what is \
          written as text; the API server of Kubernetes refuses the manifest, and \
          tools that write the file anew may write another text.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    priority: 1
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    priority: \"1\"
",
    fix: "Writes quotes around the value. Prometheus reads the same text as before.",
    check: Check::File(check),
};

/// Words that are booleans in YAML 1.1.
const BOOLEANS: [&str; 6] = ["y", "yes", "on", "n", "no", "off"];

fn check(cx: &FileContext<'_>, found: &mut Found) {
    for group in &cx.file.groups {
        let of_rules = group.rules.iter().flat_map(|rule| {
            let pairs = rule.own_labels.iter().chain(&rule.annotations);
            pairs.map(move |pair| (Some(rule), pair))
        });
        let of_group = group.labels.iter().map(|pair| (None, pair));
        for (rule, pair) in of_group.chain(of_rules) {
            let Some(what) = kind(&pair.value) else { continue };
            let message = format!("the value of `{}` is {what}, not a text", pair.name);
            let mut finding = Diagnostic::new(Severity::Warning, "", pair.value.span(), message)
                .help(format!("write `{}: \"{}\"`", pair.name, pair.value))
                .safe_fix(pair.value.quote());
            finding.subject = rule.map(crate::context::subject);
            cx.report(found, finding);
        }
    }
}

/// What YAML takes a value for, if it is no text.
fn kind(value: &Located) -> Option<&'static str> {
    let is_boolean = BOOLEANS.iter().any(|word| value.eq_ignore_ascii_case(word));
    match value.tag() {
        Tag::Str if is_boolean && value.style() == rules::yaml::ScalarStyle::Plain => {
            Some("a boolean to some readers")
        }
        // Nothing, or no scalar at all: others speak of that.
        Tag::Str | Tag::Null | Tag::Seq | Tag::Map => None,
        tag => Some(tag.describe()),
    }
}
