//! `unknown-field`: a field that Prometheus does not know.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "unknown-field",
    code: "PY002",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A field that Prometheus does not know.",
    why: "Prometheus refuses the whole file. Mostly a field is misspelt, or stands \
          one level too high: `severity` is a label and belongs below `labels:`, \
          `summary` and `runbook_url` are annotations, `interval` belongs to the \
          group. Fields of other rulers, such as Thanos's \
          `partial_response_strategy`, are known in the manifests that their \
          operators read.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  severity: page
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: page
",
    fix: "Writes the name that was probably meant, or moves the field below \
          `labels:` or `annotations:`. It is unsafe: something else may have been \
          meant.",
    check: Check::Reading,
};
