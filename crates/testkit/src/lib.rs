//! What tests and benches share: folders of scripts, data to measure on.
//!
//! Nothing that ships depends on it. The scripts' language is the crate `promqltest`; here they
//! are read from folders, in [`scripts`]. [`platform`] is simulated data. [`reference`] evaluates
//! everything once more, slowly, to compare with.

pub mod platform;
pub mod reference;
pub mod scripts;
