//! What a plan asks of its data source.
//!
//! A fragment is a bare selector, asked for in one of three ways, or a whole expression. Offsets
//! and `@` of selectors are not part of it: they shift the times at which it is needed.

use std::sync::Arc;

use model::{Labels, Matcher};
use promql::Expr;

use super::Steps;

/// A dense number for a fragment of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentId(pub u32);

/// A selector or an expression that the data source evaluates.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// Its number.
    pub id: FragmentId,
    /// In which form it is needed.
    pub kind: FragmentKind,
    /// What it selects; nothing for an expression.
    pub matchers: Vec<Matcher>,
    /// The same as PromQL: `{__name__="up",job="x"}`, as `timestamp(…)` for sample times.
    pub query: String,
    /// The expression, where it is one.
    pub(crate) expr: Option<Arc<Expr>>,
}

/// In which form a fragment is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FragmentKind {
    /// The selector's value at given times; lookback and staleness are the source's.
    Instant,
    /// The selector's sample times in seconds at given times.
    SampleTime,
    /// The raw samples of a span of time.
    Window,
    /// The value of an expression at given times, which is an instant vector. No rule produces
    /// any of the series that it reads.
    Expression,
}

/// A fragment and the times at which it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// Which fragment.
    pub fragment: FragmentId,
    /// When.
    pub times: NeedTimes,
}

/// The times at which a fragment is needed; offsets and `@` are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeedTimes {
    /// Values at these times.
    Grid(Steps),
    /// Raw samples in `(lo, hi]`, milliseconds.
    Range {
        /// Exclusive.
        lo: i64,
        /// Inclusive.
        hi: i64,
    },
}

impl Fragment {
    pub(crate) fn new(id: FragmentId, kind: FragmentKind, matchers: Vec<Matcher>) -> Self {
        let selector = selector(&matchers);
        let query = match kind {
            FragmentKind::SampleTime => format!("timestamp({selector})"),
            _ => selector,
        };
        Self { id, kind, matchers, query, expr: None }
    }

    /// An expression in its canonical form.
    pub(crate) fn of_expr(id: FragmentId, expr: Expr) -> Self {
        let (kind, query) = (FragmentKind::Expression, expr.to_string());
        Self { id, kind, matchers: Vec::new(), query, expr: Some(Arc::new(expr)) }
    }

    /// Whether rules may produce some of its series.
    pub(crate) fn may_be_produced(&self) -> bool {
        self.kind != FragmentKind::Expression
    }

    /// The bare selector as PromQL, in whatever form it is needed.
    pub fn selector(&self) -> String {
        selector(&self.matchers)
    }

    /// Whether all its series are selected by one with fewer of its matchers.
    pub(crate) fn is_part_of(&self, wider: &Self) -> bool {
        wider.matchers.len() < self.matchers.len()
            && wider.matchers.iter().all(|m| self.matchers.contains(m))
    }

    /// Whether a series is selected.
    pub fn selects(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|m| m.matches_labels(labels))
    }
}

fn selector(matchers: &[Matcher]) -> String {
    let texts: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", texts.join(","))
}
