//! `wrong-type`: a field holds something of another kind.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "wrong-type",
    code: "PY013",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A field holds something of another kind: a text where a list should be, and the like.",
    why: "Prometheus refuses the whole file. Often a hyphen is missing or too many, \
          or a line is not far enough to the right.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels: page
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: page
",
    fix: "",
    check: Check::Reading,
};
