//! Evaluates PromQL over the columns of a store, in three times of day.
//!
//! *Plan*: expressions become one graph of interned nodes ([`plan`]). *Bind*: when series come or
//! go, matching, grouping and output labels become row numbers (`bind`). *Exec*: each evaluation
//! moves numbers only (`exec`, over the plain functions in `kernels`).
//!
//! It does no IO: what a plan needs from outside it tells ([`Plan::needs`]), and whoever drives it
//! fills tables. Start at [`query`] for one expression, at [`Engine`] for rules.
#![warn(clippy::disallowed_methods, reason = "pure")]

mod output;
pub mod plan;
pub mod query;

mod bind;
mod binds;
mod data;
mod engine;
mod error;
mod exec;
mod inspect;
mod kernels;
mod measure;
mod notice;
mod regroup;
mod row;
mod sharing;
mod threshold;

pub use binds::Binds;
pub use engine::{Base, Data, Engine};
pub use error::EvalError;
pub use inspect::{Branch, Part, PartValue};
pub use measure::Measured;
pub use notice::{Level, NOTICES, Notice, NoticeText};
pub use output::{Output, OutputKind};
pub use plan::{
    Batch, BatchId, Cut, Fragment, FragmentId, FragmentKind, Member, Merged, Need, NeedTimes,
    NodeOutline, Plan, PlanBuilder, PlanOptions, Question, Reading, Regrouping, RootId, Steps,
    has_threshold, merge,
};
pub use regroup::Regroup;
pub use sharing::{Join, Piece, Sharing};
pub use threshold::Threshold;
