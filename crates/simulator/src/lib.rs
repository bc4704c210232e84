//! A simulated Tripo04OS: what Prometheus would have scraped from it.
//!
//! Seventeen services with their pods and endpoints, `PostgreSQL`, Redis, Kubernetes, orders and
//! drivers, scraped every 15 seconds of simulated time into a [`store::Table`]. Incidents are data
//! that bend it ([`Incident`]). The same configuration and seed give the same samples, however
//! time is cut into steps. It evaluates nothing and serves nothing (see `server`).
//! Start at [`Platform`]; what each job exports is in [`exporter`].
#![warn(clippy::disallowed_methods, reason = "pure")]

mod config;
pub mod exporter;
mod fleet;
mod incident;
mod noise;
mod page;
mod platform;
mod script;
mod target;

pub use config::Config;
pub use fleet::SERVICES;
pub use incident::{Effect, Incident, Pods};
pub use platform::Platform;
pub use script::demo_script;
