//! `duplicate-key`: a key is written twice.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "duplicate-key",
    code: "PY003",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A key is written twice in one mapping.",
    why: "Prometheus refuses the whole file; other readers of YAML take the last one \
          without a word.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: page
  labels:
    team: storage
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  labels:
    severity: page
    team: storage
",
    fix: "",
    check: Check::Reading,
};
