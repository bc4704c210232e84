//! What a query reports beside its values: Prometheus's annotations.
//!
//! A node keeps raw notices without text; they are worded when somebody reads them.

mod kind;

use diagnostics::{LineIndex, Span};

pub(crate) use kind::{ForcedMonotonic, HistogramOperation, Kind, NoticeKind};
pub use kind::{NOTICES, NoticeText};

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The result is likely not what was meant.
    Warning,
    /// Worth knowing.
    Info,
}

/// A notice about a part of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// Prometheus's text with its prefix, without a position.
    pub message: String,
    /// The part of the expression.
    pub span: Span,
}

impl Notice {
    /// The message with the position in the query: `… (1:5)`.
    pub fn render(&self, query: &str) -> String {
        format!("{} ({})", self.message, LineIndex::new(query).line_col(self.span.start))
    }
}

/// Which part of a node's expression a notice cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cite {
    /// The whole expression.
    Whole,
    /// An argument, from 0; an aggregation's parameter is 0 and its vector 1.
    Arg(u8),
}

/// A notice without text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawNotice {
    pub(crate) cite: Cite,
    pub(crate) kind: NoticeKind,
}

/// What a notice did with a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absorbed {
    /// It says something else.
    No,
    /// Its details were taken; the place of the first counts.
    Details,
    /// It says the same; the place of the last counts.
    Whole,
}

impl RawNotice {
    /// Takes what a later notice of the same text tells. Details that the text gives only at the
    /// end do not tell two notices apart.
    pub(crate) fn absorb(&mut self, other: &Self) -> Absorbed {
        use NoticeKind::{ForcedMonotonic, StartOverlap};
        match (&mut self.kind, &other.kind) {
            (ForcedMonotonic(all), ForcedMonotonic(more)) if all.metric == more.metric => {
                all.absorb(more);
                Absorbed::Details
            }
            (StartOverlap { metric, count }, StartOverlap { metric: same, count: more })
                if metric == same =>
            {
                *count += more;
                Absorbed::Details
            }
            (kind, other_kind) if kind.says_the_same(other_kind) => {
                self.cite = other.cite;
                Absorbed::Whole
            }
            _ => Absorbed::No,
        }
    }
}

/// Adds a notice to others; each text stands once.
pub(crate) fn add(notices: &mut Vec<RawNotice>, notice: RawNotice) {
    if notices.iter_mut().all(|known| known.absorb(&notice) == Absorbed::No) {
        notices.push(notice);
    }
}
