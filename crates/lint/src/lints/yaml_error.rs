//! `yaml-error`: the file is no YAML.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "yaml-error",
    code: "PY001",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "The file is no YAML.",
    why: "Prometheus refuses the whole file, and keeps the rules that it had before. \
          What comes after the place was not read: further mistakes show once this \
          one is gone. A template of Helm or Jinja is no YAML before it is rendered; \
          check what it renders to.",
    example: "
groups:
- name: disks
  rules:
  - alert: DiskFull
    expr: disk_free_bytes < 1e9
    summary: it says: full
",
    instead: "
- alert: DiskFull
  expr: disk_free_bytes < 1e9
",
    fix: "",
    check: Check::Reading,
};
