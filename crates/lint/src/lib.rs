//! Rule files to findings.
//!
//! Most lints are short questions to what one abstract interpreter ([`facts`]) knows of each node
//! of an expression: which labels a result has, which values, whether it can be empty. Files are
//! read elsewhere (`rules`) and shown elsewhere (`diagnostics`).
#![warn(clippy::disallowed_methods, reason = "pure")]

pub mod facts;
