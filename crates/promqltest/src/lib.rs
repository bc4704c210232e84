//! Prometheus's test language: scripts of samples, expressions and what should come of them.
//!
//! It reads scripts and runs them against our engine; where they come from and how the outcome is
//! shown is the caller's. Start at [`run_script`]; the language is in [`script`], what is compared
//! in [`compare`].
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod compare;
pub mod report;
pub mod rerun;
pub mod run;
pub mod script;
pub mod series;

pub use report::{FileReport, Outcome, Report};
pub use run::run_script;
