//! Samples in columns: one table of series, looked up by label set and by matchers.
//!
//! It does no IO and evaluates nothing; what it keeps, and for how long, is its owner's decision
//! ([`Table::truncate`]). Start at [`Table`]; `column` is how one series' samples lie.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod changes;
mod column;
mod index;
mod run;
mod samples;
mod selection;
mod table;

pub use changes::{Changes, Version};
pub use samples::{Floats, Histograms, Newest, NewestValue, Samples};
pub use selection::Wanted;
pub use table::{Append, SeriesId, Table};
