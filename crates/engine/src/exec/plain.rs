//! Stored series that have nothing but floats, which nearly all are.

use store::{PlainHead, PlainWindow, Windows};

use crate::{
    bind::SeriesRef,
    engine::Ctx,
    plan::{FragmentId, node::RangeFrom},
};

/// Finds samples in the tables that a node reads.
pub(super) struct Plain<'a> {
    base: Option<Windows<'a>>,
    overlay: Option<Windows<'a>>,
}

/// Where a series' floats are, in which table.
#[derive(Clone, Copy)]
pub(super) enum Head<'a> {
    Base(PlainHead<'a>),
    Overlay(PlainHead<'a>),
}

impl<'a> Plain<'a> {
    /// Samples in `(lo, hi]` for a window function; none of a subquery's inside.
    pub(super) fn windows(from: RangeFrom, span: (i64, i64), ctx: &Ctx<'a>) -> Self {
        match from {
            RangeFrom::Fragment(fragment) => Self::new(fragment, [span; 2], ctx),
            RangeFrom::Subquery(_) => Self { base: None, overlay: None },
        }
    }

    /// Samples in `(lo, hi]` of the table from outside and of that of produced series.
    pub(super) fn new(fragment: FragmentId, spans: [(i64, i64); 2], ctx: &Ctx<'a>) -> Self {
        let [base, overlay] = spans;
        Self {
            base: Some(ctx.base_table(fragment).windows(base.0, base.1)),
            overlay: ctx.data.overlay.map(|table| table.windows(overlay.0, overlay.1)),
        }
    }

    /// Where the floats of a series are that has no histograms and no start timestamps.
    #[inline]
    pub(super) fn head(&self, series: SeriesRef) -> Option<Head<'a>> {
        match series {
            SeriesRef::Base(id) => self.base.as_ref()?.head(id).map(Head::Base),
            SeriesRef::Overlay(id) => self.overlay.as_ref()?.head(id).map(Head::Overlay),
            SeriesRef::Inside => None,
        }
    }

    /// These floats.
    #[inline]
    pub(super) fn found(&mut self, head: Head<'a>) -> Option<PlainWindow<'a>> {
        Some(match head {
            Head::Base(head) => self.base.as_mut()?.found(head),
            Head::Overlay(head) => self.overlay.as_mut()?.found(head),
        })
    }

    /// The floats of a series that has no stale markers either.
    #[inline]
    pub(super) fn find_bare(&mut self, series: SeriesRef) -> Option<PlainWindow<'a>> {
        match series {
            SeriesRef::Base(id) => self.base.as_mut()?.bare(id),
            SeriesRef::Overlay(id) => self.overlay.as_mut()?.bare(id),
            SeriesRef::Inside => None,
        }
    }
}
