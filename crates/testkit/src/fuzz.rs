//! What the fuzz targets do, as plain functions, so that property tests run the same.
//!
//! The targets themselves are in `/fuzz`; each takes bytes and panics where something is wrong.

mod dice;
pub mod engine;
pub mod expressions;
mod parser;
mod regex;
mod rule_file;
pub mod ticks;
mod tree;
mod words;

pub use dice::Dice;
pub use engine::engine;
pub use parser::{formats, parses, prints};
pub use regex::{check as regex_matches, matches};
pub use rule_file::{broken_rule_file, rule_file};
pub use ticks::ticks;
