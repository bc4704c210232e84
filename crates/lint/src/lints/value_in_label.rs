//! `value-in-label`: an alert whose identity changes with its value.

use diagnostics::{Proof, Severity};
use rules::template::outline::{Of, What};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "value-in-label",
    code: "PA011",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A label of an alert is made of a value that changes.",
    why: "Labels are what an alert is known by. With a value in one of them, each new value is a \
          new alert: the old one resolves, the `for` of the new one begins anew and perhaps \
          never elapses, and each change sends a notification. A label that only asks, such as \
          `{{ if gt $value 90.0 }}critical{{ else }}warning{{ end }}`, is left alone.",
    example: "
- alert: QueueLong
  expr: queue_length > 100
  for: 10m
  labels:
    length: '{{ $value }}'
",
    instead: "
- alert: QueueLong
  expr: queue_length > 100
  for: 10m
  annotations:
    length: '{{ $value }}'
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    for text in cx.texts().iter().filter(|text| text.is_label) {
        let values = text.outline.reads.iter().filter_map(|read| match read.what {
            What::Value { of, .. } if !read.is_optional => Some((of, read.span)),
            _ => None,
        });
        for (of, span) in values {
            let finding = cx
                .at_place(text.place(span), "each new value makes this a new alert")
                .label(match of {
                    Of::Query(_) => "the value of a query",
                    _ => "the value of the alert's expression",
                })
                .help(format!(
                    "put it into an annotation instead of the label `{}`",
                    text.pair.name
                ));
            cx.report(found, finding);
        }
    }
}
