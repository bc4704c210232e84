//! Unit tests of rules: what promtool's test files say, run on simulated time.
//!
//! Rules are evaluated and alerts stepped by the code that does it live ([`ruler::offline`]).
//! Files are read by the caller, who also chooses what of a report is shown and how. What a test
//! file holds is in the crate `testfile`.
//! Start at [`run()`]; a test's ticks are in `simulate`, what is compared in `expect`; reports are
//! worded in [`render`] (ours) and in `promtool` (word for word).

mod input;
mod report;

mod database;
mod load;
mod rules_of;
mod simulate;

mod coverage;
mod expect;
mod parts;
mod vacuous;

pub mod junit;
mod promtool;
pub mod render;
mod run;

pub use coverage::{AlertCoverage, Coverage, RuleCoverage, Side};
pub use input::{Input, Mode, Options, RuleText};
pub use report::{Failure, FileReport, Line, Mark, TestReport};
pub use run::run;
