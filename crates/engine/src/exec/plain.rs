//! Stored series that have nothing but floats, which nearly all are.

use store::{PlainWindow, Windows};

use crate::{
    bind::{SeriesRef, Visit},
    engine::Ctx,
    plan::{FragmentId, node::RangeFrom},
};

/// So many series ahead memory is asked for: long enough before it is read, and no more than a
/// processor waits for at a time.
const AHEAD: usize = 32;

/// Finds samples in the tables that a node reads.
pub(super) struct Plain<'a> {
    base: Option<Windows<'a>>,
    overlay: Option<Windows<'a>>,
    /// Whether both ends of windows are read, or only the last sample.
    whole: bool,
}

impl<'a> Plain<'a> {
    /// Samples in `(lo, hi]` for a window function; none of a subquery's inside.
    pub(super) fn windows(from: RangeFrom, span: (i64, i64), ctx: &Ctx<'a>) -> Self {
        match from {
            RangeFrom::Fragment(fragment) => {
                Self { whole: true, ..Self::new(fragment, [span; 2], ctx) }
            }
            RangeFrom::Subquery(_) => Self { base: None, overlay: None, whole: true },
        }
    }

    /// Samples in `(lo, hi]` of the table from outside and of that of produced series, mostly the
    /// last one.
    pub(super) fn new(fragment: FragmentId, spans: [(i64, i64); 2], ctx: &Ctx<'a>) -> Self {
        let [base, overlay] = spans;
        Self {
            base: Some(ctx.base_table(fragment).windows(base.0, base.1)),
            overlay: ctx.data.overlay.map(|table| table.windows(overlay.0, overlay.1)),
            whole: false,
        }
    }

    /// Asks for the memory of the series that come soon after the `i`th; to be called with each
    /// number, in order.
    #[inline]
    pub(super) fn ask_ahead(&mut self, visits: &[Visit], i: usize) {
        if i == 0 {
            visits.iter().take(2 * AHEAD).for_each(|visit| self.ask_for_series(*visit));
            visits.iter().take(AHEAD).for_each(|visit| self.ask_for(*visit));
        }
        if let Some(later) = visits.get(i + 2 * AHEAD) {
            self.ask_for_series(*later);
        }
        if let Some(next) = visits.get(i + AHEAD) {
            self.ask_for(*next);
        }
    }

    #[inline]
    fn ask_for_series(&self, visit: Visit) {
        if let (SeriesRef::Base(id), Some(base)) = (visit.series, &self.base) {
            base.ask_for_series(id);
        }
    }

    #[inline]
    fn ask_for(&mut self, visit: Visit) {
        let (SeriesRef::Base(id), Some(base)) = (visit.series, &mut self.base) else { return };
        if self.whole {
            base.ask_for(id);
        } else {
            base.ask_for_last(id);
        }
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
