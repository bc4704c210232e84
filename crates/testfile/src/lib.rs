//! Unit tests of rules as promtool's files have them: text to definitions with positions.
//!
//! It runs nothing and reads no files; the crate `unittest` does. All that promtool refuses is
//! refused, in its words, but not only the first of it. A few keys are ours (see
//! [`TestFile::extensions`]); promtool knows none of them.
//! Start at [`parse`]; what a file holds is in [`mod@file`], how samples are written in [`series`].
#![warn(clippy::disallowed_methods, reason = "pure")]

mod error;
pub mod file;
mod read;
pub mod series;
mod start;

pub use error::FileError;
pub use file::{AlertTest, ExpAlert, ExpSample, ExprTest, Names, Test, TestFile, Text, Time};
pub use series::{InputSeries, Samples, SeriesFault};

/// Reads a file of unit tests.
pub fn parse(text: &str) -> TestFile {
    read::read(text)
}
