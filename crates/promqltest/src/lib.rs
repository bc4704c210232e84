//! Prometheus's test language: scripts of samples, expressions and what should come of them.
//!
//! It reads scripts and runs them against our engine; where they come from and how the outcome is
//! shown is the caller's. Start at [`run_script`]; the language is in [`script`] and [`series`], what
//! is compared in [`compare`]. Samples are read as Prometheus's database would give them back
//! ([`head`]), as that decides what histograms say about counter resets.
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod script;
pub mod series;

pub mod head;
mod nhcb;

pub mod compare;
pub mod report;
pub mod rerun;
pub mod run;

pub use report::{EvalReport, Failure, FileReport, Report};
pub use run::{run_evals, run_script};
