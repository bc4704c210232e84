//! `unused-suppression`: a comment that keeps nothing quiet.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(crate) static LINT: Lint = Lint {
    name: "unused-suppression",
    code: "PZ002",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A comment is to keep a finding quiet that is not there.",
    why: "What was once wrong has been mended, or the comment stands in the wrong place. If it \
          stays, it hides the same mistake when it is made again. Lints that are off are asked \
          all the same, so that a comment does not depend on which lints a run has on. Comments \
          that name a group or `all`, and those for lints that look across files, are not judged.",
    example: "
- alert: InstanceDown
  # watchfire: ignore[chained-comparison] reads well
  expr: up == 0",
    instead: "
- alert: InstanceDown
  expr: up == 0",
    fix: "Takes the comment away, or the name that is not needed. Safe: it says nothing to \
          Prometheus.",
    check: Check::Comments,
};
