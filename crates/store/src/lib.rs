//! Samples in columns: one table of series, looked up by label set and by matchers.
//!
//! It does no IO and evaluates nothing; what it keeps, and for how long, is its owner's decision
//! ([`Table::truncate`]). Start at [`Table`]; `column` is how one series' samples lie, `clock` how
//! series share the times, `digest` what is known of samples without reading them.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod ahead;
mod changes;
mod clock;
mod column;
mod digest;
mod floats;
mod index;
mod run;
mod samples;
mod table;
mod window;

pub use changes::{Changes, Version};
pub use digest::{Known, Part, Stretch, greatest, is_change, is_fall, least};
pub use samples::{Floats, Histograms, Newest, NewestValue, Samples};
pub use table::{Append, SeriesId, Table};
pub use window::{PlainWindow, Windows};
