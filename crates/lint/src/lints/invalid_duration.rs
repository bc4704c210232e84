//! `invalid-duration`: a duration that Prometheus cannot read.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "invalid-duration",
    code: "PY014",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A duration that Prometheus cannot read.",
    why: "Prometheus refuses the whole file. A duration is whole numbers with units, \
          the largest first: `1h30m`. The units are `ms`, `s`, `m`, `h`, `d`, `w` \
          and `y`; a number alone is none, but for `0`.",
    example: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  for: 5
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
  for: 5m
",
    fix: "",
    check: Check::Reading,
};
