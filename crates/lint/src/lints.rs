//! The table of lints, sorted by code: a lint is a file and a line here.

mod chained_comparison;

use crate::Lint;

/// Every lint, sorted by code.
pub static LINTS: &[&Lint] = &[&chained_comparison::LINT];
