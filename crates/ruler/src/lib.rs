//! Schedules groups, and wires source, engine, alert state and delivery.
//!
//! [`run::Ruler`] owns the clock and does everything that waits; what is to be done is decided by
//! [`step::Core`], a state machine without clock and network, and a group's rules are evaluated by
//! `tick`. Definitions ([`group`]) carry no status ([`status`]).
//! Start at [`run::Ruler`], follow one tick through [`step`], [`gather`], `tick`, [`report`].

pub mod clock;
pub mod config;
pub mod costs;
pub mod coverage;
pub mod fetch;
pub mod gather;
pub mod group;
pub mod memory;
pub mod offline;
pub mod overlay;
pub mod probe;
pub mod report;
pub mod run;
pub mod slots;
pub mod status;
pub mod step;
pub mod stream;

mod flights;
mod restore;
mod threads;

mod tick;

pub use clock::{Clock, Simulated, Wall};
pub use config::{Config, Evaluation, EvaluationSlots};
pub use group::RuleSet;
pub use probe::{Probe, StoreStatus};
pub use report::Delivery;
pub use run::Ruler;
pub use status::Snapshot;
pub use stream::{
    StreamConfig,
    wanted::{Names, Wanted},
};
pub use threads::Cores;
pub use tick::{Answers, Found, Question};
