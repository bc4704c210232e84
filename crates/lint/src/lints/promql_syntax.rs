//! `promql-syntax`: an expression is no PromQL.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "promql-syntax",
    code: "PY005",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "An expression is no PromQL.",
    why: "Prometheus refuses the whole file. The place is where the parser could not \
          go on, in the file as it is written, also within block scalars; what it \
          would have needed there is in the message.",
    example: "
- alert: DiskFull
  expr: sum(rate(disk_errors_total[5m]) > 0
",
    instead: "
- alert: DiskFull
  expr: sum(rate(disk_errors_total[5m])) > 0
",
    fix: "",
    check: Check::Reading,
};
