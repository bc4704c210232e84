//! Whether what came is what was expected.

pub(crate) mod alerts;
pub(crate) mod pairs;
pub(crate) mod samples;
