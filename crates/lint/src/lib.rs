//! Rule files, perhaps with what surrounds them, to findings.
//!
//! Each lint is a file in `lints` and a line in its table. Most are short questions to the facts
//! that one abstract interpreter ([`facts`]) derives for each node of an expression: which labels
//! a result has, which values, whether it can be empty. Files are read elsewhere (`rules`), and
//! shown elsewhere (`diagnostics`); nothing here touches a disk or a network.
//! Start at [`check`]; then [`Lint`].
#![warn(clippy::disallowed_methods, reason = "pure")]

mod bounds;
mod constants;
mod context;
mod exclusion;
mod explain;
pub mod facts;
mod identity;
mod joins;
mod lint;
mod lints;
mod near;
mod overwritten;
mod producers;
mod prose;
mod reasons;
mod routes;
mod run;
mod selectors;
mod settings;
mod suppress;
mod texts;
mod world;

pub use context::{FileContext, RuleContext};
pub use explain::{document, explain};
pub use lint::{Check, Found, Level, Lint};
pub use lints::LINTS;
pub use run::{check, check_across, check_file, check_reading};
pub use settings::{Options, RunbookPages, Selection, SelectionError};
pub use suppress::{Day, Settled, Suppressions};
pub use texts::Text;
pub use world::{Names, RuleId, Tests, World, rules_of};

/// A map by names. What is in files is no attack on it: a slow run is all that collisions give.
type Map<K, V> = std::collections::HashMap<K, V, hashbrown::DefaultHashBuilder>;
