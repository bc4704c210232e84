//! `manifest-shape`: a manifest that no operator will take.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "manifest-shape",
    code: "PY009",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A PrometheusRule manifest that no operator will take, or that holds nothing.",
    why: "Manifests are read as they are: every document of a file, items of lists, \
          and rule files inside of ConfigMaps, with places in the manifest. What the \
          operator or the API server would refuse, although the rules themselves are \
          good, is told here.",
    example: "
apiVersion: v1
kind: PrometheusRule
metadata: {name: disks}
spec:
  groups:
  - name: disks
    rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
",
    instead: "
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: disks}
spec:
  groups:
  - name: disks
    rules: [{alert: DiskFull, expr: disk_free_bytes < 1e9}]
",
    fix: "",
    check: Check::Reading,
};
