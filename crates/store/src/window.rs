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
    /// The first and the last value; NaN where there are none. Who finds many windows before
    /// reading one has these by then: a processor waits for many places in memory at a time.
    pub ends: [f64; 2],
}

impl<'a> PlainWindow<'a> {
    /// Samples of which nothing is known.
    pub fn new(ts: &'a [i64], values: &'a [f64]) -> Self {
        Self { ts, values, known: Known::default(), ends: ends(values) }
    }
}

#[inline]
fn ends(values: &[f64]) -> [f64; 2] {
    if let ([first, ..], [.., last]) = (values, values) { [*first, *last] } else { [f64::NAN; 2] }
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
    seen: [Option<Span>; REMEMBERED],
}

impl<'a> Windows<'a> {
    pub(crate) fn new(table: &'a Table, lo: i64, hi: i64) -> Self {
        Self { table, lo, hi, seen: [None; REMEMBERED] }
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

    /// Reads what the windows of some series will be found from, and does nothing else: little
    /// stands between one read and the next, so that a processor waits for many at a time.
    #[inline]
    pub fn approach(&mut self, ids: impl Iterator<Item = SeriesId> + Clone) {
        let (mut clocks, mut bits) = (0, 0);
        for id in ids.clone() {
            clocks ^= self.table.column(id).clock();
        }
        for id in ids {
            let column = self.table.column(id);
            let Span { from, to, .. } = self.span(column);
            bits ^= column.touch(from, to);
        }
        std::hint::black_box((clocks, bits));
    }

    #[inline]
    fn of(&mut self, column: &'a Column) -> PlainWindow<'a> {
        let span = self.span(column);
        let (ts, values, known) = column.at(self.table.clocks(), span);
        PlainWindow { ts, values, known, ends: ends(values) }
    }

    /// Where the window lies on the clock of a series.
    #[inline]
    fn span(&mut self, column: &Column) -> Span {
        let clock = column.clock();
        let seen = &mut self.seen[clock as usize % REMEMBERED];
        match *seen {
            Some(span) if span.clock == clock => span,
            _ => *seen.insert(column.span(self.table.clocks(), self.lo, self.hi)),
        }
    }
}
