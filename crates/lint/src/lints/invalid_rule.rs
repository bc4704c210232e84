//! `invalid-rule`: a rule that misses or has what it must not.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "invalid-rule",
    code: "PY016",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A rule that misses what each rule must have, or has what it must not have.",
    why: "Prometheus refuses the whole file. A rule is an alert or recorded, not \
          both, and has an expression. `for`, `keep_firing_for` and annotations mean \
          nothing in a recording rule; neither do braces in the name of what is \
          recorded.",
    example: "
- record: job:disk_free_bytes:sum
  expr: sum by (job) (disk_free_bytes)
  for: 5m
",
    instead: "
- record: job:disk_free_bytes:sum
  expr: sum by (job) (disk_free_bytes)
",
    fix: "",
    check: Check::Reading,
};
