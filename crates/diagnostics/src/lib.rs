//! Where something stands in a text, what is wrong with it, and how that is shown.
//!
//! It knows neither PromQL nor YAML: a diagnostic is a message at a byte span, perhaps with a
//! second place that is its cause, and with a fix. Start at [`Diagnostic`]; a [`Finding`] is one
//! in its file; [`Format::render`] shows many.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod apply;
mod catalogue;
mod finding;
mod fix;
pub mod render;
mod span;

pub use apply::{Applied, apply};
pub use catalogue::{Entry, Tool};
pub use finding::{Diagnostic, Finding, Proof, Related, Severity, Source};
pub use fix::{Applicability, Edit, Fix};
pub use render::{Format, Report, TextStyle};
pub use span::{LineCol, LineIndex, Span};
