//! `further-document`: a document that Prometheus does not read.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "further-document",
    code: "PY019",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A rule file holds a further document, which Prometheus does not read.",
    why: "Of a file with several YAML documents Prometheus reads the first, and logs \
          a warning. What stands behind `---` is neither evaluated nor checked. \
          Manifests of Kubernetes are another matter: all documents are read.",
    example: "
groups:
- name: disks
  rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
---
groups:
- name: more
  rules: [{alert: DiskBroken, expr: disk_errors > 0}]
",
    instead: "
groups:
- name: disks
  rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
- name: more
  rules: [{alert: DiskBroken, expr: disk_errors > 0}]
",
    fix: "",
    check: Check::Reading,
};
