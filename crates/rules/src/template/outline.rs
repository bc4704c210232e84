//! What a template reads, without expanding it: labels, values, and the queries it makes.
//!
//! For linters. Branches are all followed, whichever way their conditions go; what a variable
//! holds is followed as far as it can be told. All spans count in the text as written.
//! Start at [`Outline::of`]; `walk` follows the tree.

mod query;
mod walk;

use std::borrow::Cow;

use diagnostics::Span;

pub use self::query::{Query, QueryText};
use super::{Program, Template};

/// What a template reads, in the order in which it is written.
#[derive(Clone, Debug, Default)]
pub struct Outline<'t> {
    /// Labels and values that are looked up.
    pub reads: Vec<Read<'t>>,
    /// Calls of `query`.
    pub queries: Vec<Query>,
    /// What is not inside of actions.
    pub texts: Vec<Span>,
}

/// Something that is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<'t> {
    /// What.
    pub what: What<'t>,
    /// Where it is written, such as `$labels.pod`.
    pub span: Span,
    /// Whether the template provides for its absence: it asks whether it is there, or has asked.
    pub is_optional: bool,
}

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'t> {
    /// A label.
    Label {
        /// Of what.
        of: Of,
        /// Its name.
        name: Cow<'t, str>,
    },
    /// A value.
    Value {
        /// Of what.
        of: Of,
        /// Whether it is printed as it is, without a function that formats it.
        is_raw: bool,
    },
    /// A field that does not exist: looking it up fails when the template is expanded.
    Nothing {
        /// Its name.
        field: &'t str,
    },
}

/// What a label or a value belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The sample that makes the alert.
    Alert,
    /// The server.
    External,
    /// A sample that a query of the template returns, by its index among [`Outline::queries`].
    Query(usize),
}

impl<'t> Outline<'t> {
    /// What a template reads; one that does not parse reads nothing.
    pub fn of(template: &'t Template) -> Self {
        match &template.program {
            Program::Literal => {
                let texts = vec![Span::new(0, template.text.len())];
                Self { texts, ..Self::default() }
            }
            Program::Tree(tree) => walk::walk(tree),
            Program::Broken(_) => Self::default(),
        }
    }
}
