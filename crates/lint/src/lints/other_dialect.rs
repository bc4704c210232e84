//! `other-dialect`: an expression is of another language.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "other-dialect",
    code: "PY006",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "An expression is MetricsQL or LogQL.",
    why: "VictoriaMetrics and Loki have languages that look like PromQL. Prometheus \
          refuses a file with what only they know, and says `unknown function` or \
          `unexpected character` about it. In `VMRule` manifests MetricsQL is at \
          home, and nothing is said.",
    example: "
- alert: TargetLost
  expr: lag(up[10m]) > 5m
",
    instead: "
- alert: TargetLost
  expr: time() - timestamp(up) > 300
",
    fix: "",
    check: Check::Reading,
};
