//! `invalid-suppression`: a comment that is to keep findings quiet and does not, or no longer.

use diagnostics::{Proof, Severity};

use crate::{Check, Level, Lint};

pub(crate) static LINT: Lint = Lint {
    name: "invalid-suppression",
    code: "PZ001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A comment that is to keep findings quiet cannot be understood, or has run out.",
    why: "A comment such as `# watchfire: ignore[comparison-never-true] until 2027-01-31: known` \
          above a rule, or behind a line, keeps findings of that rule or line quiet; \
          `# watchfire: ignore-file[…]` those of the file. In the brackets stand names, codes or \
          groups of lints, or `all`. With a name that no lint has, above no rule, or past its \
          last day it does nothing, and the one who wrote it believes otherwise. Where \
          `require-suppression-reason` is set, a comment without a reason is reported as well. \
          Comments for pint are honoured where a lint finds the same, and never reported.",
    example: "
- alert: InstanceDown
  # watchfire: ignore[comparison-never-treu]
  expr: up == 0",
    instead: "
- alert: InstanceDown
  expr: up == 0",
    fix: "Writes the name of the lint that was probably meant. Unsafe: it may not have been.",
    check: Check::Comments,
};
