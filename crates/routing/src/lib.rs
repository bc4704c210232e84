//! Alertmanager's configuration, as far as it decides where an alert goes: routes, receivers' names,
//! inhibitions, names of time intervals, each with its place in the file.
//!
//! It sends nothing and does not read how receivers deliver; fields that it does not know are
//! passed over. Start at [`read()`]; [`Route`] is the tree.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod config;
mod matcher;
mod read;

pub use config::{Config, InhibitRule, Receiver, Route, RouteMatcher};
pub use matcher::parse as parse_matchers;
pub use read::read;
