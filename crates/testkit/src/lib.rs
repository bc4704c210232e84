//! Tests as text: Prometheus's script language, run against our engine.
//!
//! It is for tests and tools of ours: nothing that ships depends on it. Native histograms, start
//! timestamps and `load_with_nhcb` are read but not run: what depends on them is skipped, with the
//! reason. Start at [`run_dir`]; the language is in [`script`], what is compared in [`run`].

pub mod compare;
pub mod platform;
pub mod report;
pub mod rerun;
pub mod run;
pub mod script;
pub mod series;

pub use report::{FileReport, Outcome, Report};
pub use run::{run_dir, run_script};
