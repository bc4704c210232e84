//! `template-syntax`: a template that does not parse.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "template-syntax",
    code: "PY018",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A label or an annotation holds a template that does not parse.",
    why: "Prometheus refuses the whole file. Templates are Go's `text/template`: `{{ \
          $labels.job }}`, `{{ $value | humanize }}`. They know no arithmetic, and \
          no variables but `$labels`, `$value`, `$externalLabels`, `$externalURL` \
          and their own.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  annotations:
    summary: '{{ $label.device }} is full'
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  annotations:
    summary: '{{ $labels.device }} is full'
",
    fix: "",
    check: Check::Reading,
};
