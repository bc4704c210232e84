//! Stored series that have nothing but floats, which nearly all are.

use store::{PlainWindow, Windows};

use crate::{
    bind::{SeriesRef, Visit},
    engine::Ctx,
    plan::{FragmentId, node::RangeFrom},
};

/// Finds samples in the tables that a node reads.
pub(super) struct Plain<'a> {
    base: Option<Windows<'a>>,
    overlay: Option<Windows<'a>>,
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

    /// Gets ready to find those of some series.
    #[inline]
    pub(super) fn approach(&mut self, visits: &[Visit]) {
        let Some(base) = &mut self.base else { return };
        base.approach(visits.iter().filter_map(|visit| match visit.series {
            SeriesRef::Base(id) => Some(id),
            SeriesRef::Overlay(_) | SeriesRef::Inside => None,
        }));
    }

    /// The floats of a series that has no histograms and no start timestamps.
    #[inline]
    pub(super) fn find(&mut self, series: SeriesRef) -> Option<PlainWindow<'a>> {
        match series {
            SeriesRef::Base(id) => self.base.as_mut()?.plain(id),
            SeriesRef::Overlay(id) => self.overlay.as_mut()?.plain(id),
            SeriesRef::Inside => None,
        }
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
