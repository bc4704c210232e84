//! `invalid-label-name`: a label that cannot be set.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "invalid-label-name",
    code: "PY017",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A label that cannot be set.",
    why: "Prometheus refuses the whole file. The label `__name__` is the metric's \
          name: an alert has its own below `alert:`, and a recorded series below \
          `record:`.",
    example: "
- record: job:disk_free_bytes:sum
  expr: sum by (job) (disk_free_bytes)
  labels:
    __name__: disk_free
",
    instead: "
- record: disk_free
  expr: sum by (job) (disk_free_bytes)
",
    fix: "",
    check: Check::Reading,
};
