//! What is shown of findings, in every format.

mod formats;
mod properties;
mod random;
mod schemas;
mod text;
