//! What tests and benches share: folders of scripts, data to measure on.
//!
//! Nothing that ships depends on it. The scripts' language is the crate `promqltest`; here they
//! are read from folders, in [`scripts`]. [`platform`] is simulated data. [`mod@reference`] evaluates
//! everything once more, slowly, to compare with; [`generate`] makes what is compared. [`fuzz`] is
//! what the fuzz targets do.

pub mod fuzz;
pub mod generate;
pub mod platform;
pub mod reference;
pub mod scripts;
