//! What a plan asks of its data source: the cut `selectors`.
//!
//! A fragment is a bare selector, asked for in one of three ways. Offsets and `@` are not part of
//! it: they shift the times at which it is needed.

use model::{Labels, Matcher};

use super::Steps;

/// A dense number for a fragment of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentId(pub u32);

/// A selector that the data source evaluates.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// Its number.
    pub id: FragmentId,
    /// In which form it is needed.
    pub kind: FragmentKind,
    /// What it selects.
    pub matchers: Vec<Matcher>,
    /// The same as PromQL: `{__name__="up",job="x"}`, as `timestamp(…)` for sample times.
    pub query: String,
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
            FragmentKind::Instant | FragmentKind::Window => selector,
            FragmentKind::SampleTime => format!("timestamp({selector})"),
        };
        Self { id, kind, matchers, query }
    }

    /// The bare selector as PromQL, in whatever form it is needed.
    pub fn selector(&self) -> String {
        selector(&self.matchers)
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
