//! `invalid-group`: a group without a name of its own.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "invalid-group",
    code: "PY015",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "A group without a name, or two of one name in a file.",
    why: "Prometheus refuses the whole file: file and name together identify a \
          group. The names of groups in different documents of manifests do not \
          meet.",
    example: "
groups:
- name: disks
  rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
- name: disks
  rules: [{alert: DiskBroken, expr: disk_errors > 0}]
",
    instead: "
groups:
- name: disks
  rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
- name: broken-disks
  rules: [{alert: DiskBroken, expr: disk_errors > 0}]
",
    fix: "",
    check: Check::Reading,
};
