//! Windows of many series at one time: where one lies on a clock is found once per clock.

use crate::{
    column::Column,
    digest::Known,
    floats::Span,
    table::{SeriesId, Table},
};

/// The floats of a series in a span of time, where the series has nothing else.
#[derive(Clone, Copy, Debug)]
pub struct PlainWindow<'a> {
    /// Milliseconds, ascending.
    pub ts: &'a [i64],
    /// As many.
    pub values: &'a [f64],
    /// What is known of them without reading them.
    pub known: Known<'a>,
}

impl<'a> PlainWindow<'a> {
    /// Samples of which nothing is known.
    pub fn new(ts: &'a [i64], values: &'a [f64]) -> Self {
        Self { ts, values, known: Known::default() }
    }
}

/// So many clocks are remembered; neighbours in a table mostly share one of a few.
const REMEMBERED: usize = 64;

/// Finds the windows `(lo, hi]` of series of one table.
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    table: &'a Table,
    lo: i64,
    hi: i64,
    /// Where the window lies on clocks, by the last digits of their numbers.
    seen: [Span; REMEMBERED],
}

impl<'a> Windows<'a> {
    pub(crate) fn new(table: &'a Table, lo: i64, hi: i64) -> Self {
        Self { table, lo, hi, seen: [Span::NOWHERE; REMEMBERED] }
    }

    /// The floats of a series, where they are all that it has: no histograms, no start timestamps.
    #[inline]
    pub fn plain(&mut self, id: SeriesId) -> Option<PlainWindow<'a>> {
        let column = self.table.column(id);
        if column.is_plain() { Some(self.of(column)) } else { None }
    }

    /// The same where the series never went stale, as far as is remembered.
    #[inline]
    pub fn bare(&mut self, id: SeriesId) -> Option<PlainWindow<'a>> {
        let column = self.table.column(id);
        if column.is_bare() { Some(self.of(column)) } else { None }
    }

    /// Asks for what the window of a series is found by; to be called well before [`Self::ask_for`].
    #[inline]
    pub fn ask_for_series(&self, id: SeriesId) {
        self.table.ask_for(id);
    }

    /// Asks for both ends of the window of a series, of which nothing is waited for.
    #[inline]
    pub fn ask_for(&mut self, id: SeriesId) {
        let column = self.table.column(id);
        let Span { from, to, .. } = self.span(column);
        column.floats().ask_for_value(from);
        column.floats().ask_for_last(to);
    }

    /// Asks for the last sample in the window of a series, of which nothing is waited for.
    #[inline]
    pub fn ask_for_last(&mut self, id: SeriesId) {
        let column = self.table.column(id);
        let Span { to, .. } = self.span(column);
        column.floats().ask_for_last(to);
    }

    #[inline]
    fn of(&mut self, column: &'a Column) -> PlainWindow<'a> {
        let span = self.span(column);
        let (ts, values, known) = column.at(self.table.clocks(), span);
        PlainWindow { ts, values, known }
    }

    /// Where the window lies on the clock of a series.
    #[inline]
    fn span(&mut self, column: &Column) -> Span {
        let clock = column.clock();
        let seen = self.seen[clock as usize % REMEMBERED];
        if seen.clock == clock { seen } else { self.look(column) }
    }

    #[cold]
    fn look(&mut self, column: &Column) -> Span {
        let span = column.span(self.table.clocks(), self.lo, self.hi);
        self.seen[column.clock() as usize % REMEMBERED] = span;
        span
    }
}
