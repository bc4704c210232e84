//! The benchmark harness: the same samples and the same rules for Watchfire and for its peers.
//!
//! It makes a platform of any size (`simulator`), a set of rules over it, starts each subject with
//! what it needs on loopback, feeds it in real time, by remote write or as targets that a Prometheus
//! scrapes, and reads what the kernel and the subject itself count. One subject after another, so
//! that figures are not mixed. It judges nothing and prints nothing.
//! Start at [`peers::run`]; then [`Deck`] (the samples), [`rule_set()`] (the rules), [`Subject`].

pub mod chart;
mod child;
pub mod curves;
mod deck;
mod error;
mod exposition;
mod feed;
mod machine;
mod measure;
pub mod peers;
pub mod range;
pub mod report;
mod rule_set;
mod sink;
mod subject;
pub mod table;
mod targets;
pub mod wire;

pub use deck::Deck;
pub use error::BenchError;
pub use machine::Machine;
pub use report::Report;
pub use rule_set::{N_NATIVE, rule_set, with_native_histograms};
pub use subject::Subject;
